-- Where the log begins since its oldest events were pruned. The last row counts.
create table audit_checkpoints (
    number bigint not null primary key,
    -- Events and seals up to this one are gone; the next seal goes on from its mac.
    sequence bigint not null,
    mac bytea not null,
    created_at bigint not null,
    -- A mac over all of this, so that nobody without the key makes room for deleting.
    proof bytea not null
);
create index audit_checkpoints_by_sequence on audit_checkpoints (sequence);

create trigger audit_checkpoints_are_not_changed before update or delete on audit_checkpoints
    for each row execute function refuse_change_of_audit();

create trigger audit_checkpoints_are_not_emptied before truncate on audit_checkpoints
    for each statement execute function refuse_change_of_audit();

-- Only what lies behind a checkpoint may go: the event first, then its seal.
create function refuse_deletion_of_event() returns trigger language plpgsql as $$
begin
    if exists (
        select 1 from audit_seals
        where event_id = old.id and sequence <= (select max(sequence) from audit_checkpoints)
    ) then
        return old;
    end if;
    raise exception 'the audit log only grows';
end
$$;

drop trigger audit_events_are_not_changed on audit_events;
create trigger audit_events_are_not_changed before update on audit_events
    for each row execute function refuse_change_of_audit();
create trigger audit_events_are_not_deleted before delete on audit_events
    for each row execute function refuse_deletion_of_event();

create function refuse_deletion_of_seal() returns trigger language plpgsql as $$
begin
    if old.sequence <= (select max(sequence) from audit_checkpoints) then
        return old;
    end if;
    raise exception 'the audit log only grows';
end
$$;

drop trigger audit_seals_are_not_changed on audit_seals;
create trigger audit_seals_are_not_changed before update on audit_seals
    for each row execute function refuse_change_of_audit();
create trigger audit_seals_are_not_deleted before delete on audit_seals
    for each row execute function refuse_deletion_of_seal();
