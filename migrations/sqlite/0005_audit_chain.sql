-- The chain that vouches for the audit log. No foreign key leads out of it, as none leads out of the log.

-- Events that no seal covers yet: written with the event, taken away with its seal.
create table audit_unsealed (
    event_id blob not null primary key
) strict;
insert into audit_unsealed (event_id) select id from audit_events;

-- In the order of sealing, without a gap. A mac covers the one before it, its sequence, and every column of its event.
create table audit_seals (
    sequence integer not null primary key,
    event_id blob not null unique,
    mac blob not null
) strict;

-- Where the log begins since its oldest events were pruned. The last row counts.
create table audit_checkpoints (
    number integer not null primary key,
    -- Events and seals up to this one may be deleted; the next seal goes on from its mac.
    sequence integer not null,
    mac blob not null,
    created_at integer not null,
    -- A mac over all of this, so that nobody without the key makes room for deleting.
    proof blob not null
) strict;

-- Keys of the chain before the installation's key was rotated, sealed with the present one for their last seal.
create table audit_former_keys (
    last_sequence integer not null primary key,
    sealed_key blob not null
) strict;

-- Tells whether a key is the one that this database was written with. It is derived from the key one way.
alter table installation add column key_check blob;

create trigger audit_seals_are_not_changed before update on audit_seals
begin
    select raise(abort, 'the audit log only grows');
end;

create trigger audit_seals_are_not_deleted before delete on audit_seals
when old.sequence > coalesce((select max(sequence) from audit_checkpoints), 0)
begin
    select raise(abort, 'the audit log only grows');
end;

create trigger audit_seals_are_not_replaced before insert on audit_seals
when exists (select 1 from audit_seals where sequence = new.sequence or event_id = new.event_id)
begin
    select raise(abort, 'the audit log only grows');
end;

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

-- Only what lies behind a checkpoint may go.
drop trigger audit_events_are_not_deleted;
create trigger audit_events_are_not_deleted before delete on audit_events
when not exists (
    select 1 from audit_seals
    where event_id = old.id and sequence <= coalesce((select max(sequence) from audit_checkpoints), 0)
)
begin
    select raise(abort, 'the audit log only grows');
end;
