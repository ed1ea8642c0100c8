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

-- Tells whether a key is the one that this database was written with. It is derived from the key one way.
alter table installation add column key_check bytea;

create trigger audit_seals_are_not_changed before update or delete on audit_seals
    for each row execute function refuse_change_of_audit();

create trigger audit_seals_are_not_emptied before truncate on audit_seals
    for each statement execute function refuse_change_of_audit();
