-- Where the log begins since its oldest events were pruned. The last row counts.
create table audit_checkpoints (
    number integer not null primary key,
    -- Events and seals up to this one are gone; the next seal goes on from its mac.
    sequence integer not null,
    mac blob not null,
    created_at integer not null,
    -- A mac over all of this, so that nobody without the key makes room for deleting.
    proof blob not null
) strict;
create index audit_checkpoints_by_sequence on audit_checkpoints (sequence);

create trigger audit_checkpoints_are_not_changed before update on audit_checkpoints
begin
    select raise(abort, 'the audit log only grows');
end;

create trigger audit_checkpoints_are_not_deleted before delete on audit_checkpoints
begin
    select raise(abort, 'the audit log only grows');
end;

create trigger audit_checkpoints_are_not_replaced before insert on audit_checkpoints
when exists (select 1 from audit_checkpoints where number = new.number)
begin
    select raise(abort, 'the audit log only grows');
end;

-- Only what lies behind a checkpoint may go: the event first, then its seal.
drop trigger audit_events_are_not_deleted;
create trigger audit_events_are_not_deleted before delete on audit_events
when not exists (
    select 1 from audit_seals
    where event_id = old.id and sequence <= (select max(sequence) from audit_checkpoints)
)
begin
    select raise(abort, 'the audit log only grows');
end;

drop trigger audit_seals_are_not_deleted;
create trigger audit_seals_are_not_deleted before delete on audit_seals
when old.sequence > coalesce((select max(sequence) from audit_checkpoints), 0)
begin
    select raise(abort, 'the audit log only grows');
end;
