-- The chain that vouches for the audit log. No foreign key leads out of it, as none leads out of the log.

-- Events that no seal covers yet: written with the event, taken away with its seal.
create table audit_unsealed (
    event_id uuid not null primary key
);
insert into audit_unsealed (event_id) select id from audit_events;

-- In the order of sealing, without a gap. A mac covers the one before it, its sequence, and every column of its event.
create table audit_seals (
    sequence bigint not null primary key,
    event_id uuid not null unique,
    mac bytea not null
);

-- Where the log begins since its oldest events were pruned. The last row counts.
create table audit_checkpoints (
    number bigint not null primary key,
    -- Events and seals up to this one may be deleted; the next seal goes on from its mac.
    sequence bigint not null,
    mac bytea not null,
    created_at bigint not null,
    -- A mac over all of this, so that nobody without the key makes room for deleting.
    proof bytea not null
);

-- Keys of the chain before the installation's key was rotated, sealed with the present one for their last seal.
create table audit_former_keys (
    last_sequence bigint not null primary key,
    sealed_key bytea not null
);

-- Tells whether a key is the one that this database was written with. It is derived from the key one way.
alter table installation add column key_check bytea;

create trigger audit_seals_are_not_changed before update on audit_seals
    for each row execute function refuse_change_of_audit();

create trigger audit_seals_are_not_emptied before truncate on audit_seals
    for each statement execute function refuse_change_of_audit();

create function refuse_deletion_of_seal() returns trigger language plpgsql as $$
begin
    if old.sequence <= (select max(sequence) from audit_checkpoints) then
        return old;
    end if;
    raise exception 'the audit log only grows';
end
$$;

create trigger audit_seals_are_not_deleted before delete on audit_seals
    for each row execute function refuse_deletion_of_seal();

create trigger audit_checkpoints_are_not_changed before update or delete on audit_checkpoints
    for each row execute function refuse_change_of_audit();

create trigger audit_checkpoints_are_not_emptied before truncate on audit_checkpoints
    for each statement execute function refuse_change_of_audit();

-- Only what lies behind a checkpoint may go.
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
