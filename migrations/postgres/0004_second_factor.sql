-- A second factor: a code from an authenticator, or one of ten recovery codes.
create table second_factors (
    user_id uuid not null primary key references users (id) on delete cascade,
    -- What the authenticator knows, sealed with the installation's key.
    sealed_secret bytea not null,
    created_at bigint not null,
    -- Null until a first code has shown that the authenticator works: until then it protects nothing.
    confirmed_at bigint,
    -- The latest half minute whose code was used: each counts once.
    last_step bigint not null default 0
);

create table recovery_codes (
    -- SHA-256: the codes are random enough to need no more.
    code_hash bytea not null primary key,
    user_id uuid not null references users (id) on delete cascade
);
create index recovery_codes_of_user on recovery_codes (user_id);

-- Whoever has given the password and not yet the code has a session that opens nothing else.
alter table sessions add column awaits_code boolean not null default false;

alter table organizations add column requires_second_factor boolean not null default false;
