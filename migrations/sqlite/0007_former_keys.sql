-- With what the audit log was chained before the installation's key was rotated.
create table audit_former_keys (
    -- The last seal under it, and that seal's mac: the key opens for these alone.
    last_sequence integer not null primary key,
    mac blob not null,
    -- Sealed with the installation's present key.
    sealed_key blob not null
) strict;
