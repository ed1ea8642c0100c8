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

-- Tells whether a key is the one that this database was written with. It is derived from the key one way.
alter table installation add column key_check blob;

create trigger audit_seals_are_not_changed before update on audit_seals
begin
    select raise(abort, 'the audit log only grows');
end;

create trigger audit_seals_are_not_deleted before delete on audit_seals
begin
    select raise(abort, 'the audit log only grows');
end;

create trigger audit_seals_are_not_replaced before insert on audit_seals
when exists (select 1 from audit_seals where sequence = new.sequence or event_id = new.event_id)
begin
    select raise(abort, 'the audit log only grows');
end;
