-- With what the audit log was chained before the installation's key was rotated.
create table audit_former_keys (
    -- The last seal under it, and that seal's mac: the key opens for these alone.
    last_sequence bigint not null primary key,
    mac bytea not null,
    -- Sealed with the installation's present key.
    sealed_key bytea not null
);
