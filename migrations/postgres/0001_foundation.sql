-- Times are milliseconds since 1970-01-01 in UTC. Keys to sort and search by are folded in Rust, never here.

-- One row. It is locked where an Admin could vanish and where people without an organization are invited.
create table installation (
    id bigint not null primary key check (id = 1),
    created_at bigint not null,
    -- SHA-256 of the one-time link that makes the first Admin; null once it was used.
    setup_token_hash bytea
);

create table tiers (
    id uuid not null primary key,
    name text collate "C" not null,
    name_key text collate "C" not null unique,
    -- Limits and price: null is unlimited, or no price.
    seats bigint,
    credits bigint,
    -- A JSON array of names.
    features text collate "C" not null,
    price_hundredths bigint,
    price_currency text collate "C",
    organization_count bigint not null default 0,
    created_at bigint not null,
    updated_at bigint not null,
    version bigint not null default 1
);

create table organizations (
    id uuid not null primary key,
    name text collate "C" not null,
    name_key text collate "C" not null,
    code text collate "C" not null unique,
    description text collate "C" not null,
    tier_id uuid references tiers (id),
    -- The tier's name_key, empty without one: what the list sorts by.
    tier_key text collate "C" not null,
    search_key text collate "C" not null,
    user_count bigint not null default 0,
    created_at bigint not null,
    updated_at bigint not null,
    version bigint not null default 1
);
create index organizations_by_name on organizations (name_key, id);
create index organizations_by_code on organizations (code, id);
create index organizations_by_tier on organizations (tier_key, id);
create index organizations_by_users on organizations (user_count, id);
create index organizations_by_created on organizations (created_at, id);
create index organizations_of_tier_by_name on organizations (tier_id, name_key, id);
create index organizations_of_tier_by_code on organizations (tier_id, code, id);
create index organizations_of_tier_by_tier on organizations (tier_id, tier_key, id);
create index organizations_of_tier_by_users on organizations (tier_id, user_count, id);
create index organizations_of_tier_by_created on organizations (tier_id, created_at, id);

create table users (
    id uuid not null primary key,
    email text collate "C" not null unique,
    name text collate "C" not null,
    name_key text collate "C" not null,
    search_key text collate "C" not null,
    -- 1 User, 2 Org Admin, 3 Admin: the order of the list.
    role bigint not null check (role in (1, 2, 3)),
    -- Null only for an Admin: a Global Administrator.
    organization_id uuid references organizations (id),
    suspended boolean not null,
    -- An argon2id PHC string; null for somebody who has to recover it by mail.
    password_hash text collate "C",
    must_change_password boolean not null,
    -- A password that somebody else set is good until then; null for no limit.
    password_expires_at bigint,
    created_at bigint not null,
    updated_at bigint not null,
    -- 0 for never, so that the sort key is never null.
    last_sign_in_at bigint not null default 0,
    version bigint not null default 1,
    check (organization_id is not null or role = 3)
);
create index users_by_email on users (email, id);
create index users_by_name on users (name_key, id);
create index users_by_role on users (role, id);
create index users_by_created on users (created_at, id);
create index users_by_last_sign_in on users (last_sign_in_at, id);
create index users_of_organization_by_email on users (organization_id, email, id);
create index users_of_organization_by_name on users (organization_id, name_key, id);
create index users_of_organization_by_role on users (organization_id, role, id);
create index users_of_organization_by_created on users (organization_id, created_at, id);
create index users_of_organization_by_last_sign_in on users (organization_id, last_sign_in_at, id);

create table sessions (
    -- Its name in pages. The secret in the cookie is another: only its SHA-256 is kept.
    id uuid not null primary key,
    token_hash bytea not null unique,
    user_id uuid not null references users (id) on delete cascade,
    created_at bigint not null,
    last_seen_at bigint not null,
    address text collate "C" not null,
    user_agent text collate "C" not null
);
create index sessions_of_user on sessions (user_id, last_seen_at);
create index sessions_by_last_seen on sessions (last_seen_at);

-- Links that set a new password.
create table recoveries (
    token_hash bytea not null primary key,
    user_id uuid not null references users (id) on delete cascade,
    created_at bigint not null,
    expires_at bigint not null
);
create index recoveries_of_user on recoveries (user_id);
create index recoveries_by_expiry on recoveries (expires_at);

create table invitations (
    id uuid not null primary key,
    email text collate "C" not null,
    role bigint not null check (role in (1, 2, 3)),
    organization_id uuid references organizations (id),
    invited_by uuid references users (id) on delete set null,
    -- SHA-256 of the token in the link; null once it was used.
    token_hash bytea unique,
    lifetime_seconds bigint not null,
    created_at bigint not null,
    sent_at bigint not null,
    expires_at bigint not null,
    accepted_at bigint,
    -- What the status sorts by: expires_at while open, beyond all times once accepted, so that the order is
    -- expired, pending, accepted at any moment and pending is a range.
    status_key bigint not null,
    -- The latest mail about it, whose fate the list shows.
    mail_id uuid,
    search_key text collate "C" not null,
    version bigint not null default 1,
    check (organization_id is not null or role = 3)
);
create index invitations_by_email on invitations (email, id);
create index invitations_by_status on invitations (status_key, id);
create index invitations_by_sent on invitations (sent_at, id);
create index invitations_by_expires on invitations (expires_at, id);
create index invitations_of_organization_by_email on invitations (organization_id, email, id);
create index invitations_of_organization_by_status on invitations (organization_id, status_key, id);
create index invitations_of_organization_by_sent on invitations (organization_id, sent_at, id);
create index invitations_of_organization_by_expires on invitations (organization_id, expires_at, id);
create index invitations_of_inviter on invitations (invited_by);

-- The outbox. A row that caused a mail takes it along when it is deleted, and the sealed token with it.
create table mails (
    id uuid not null primary key,
    template text collate "C" not null,
    recipient text collate "C" not null,
    -- JSON: what the template needs, without any secret.
    context text collate "C" not null,
    -- The link's token, sealed with the installation's key; null once the mail is sent, written or failed for good.
    sealed_token bytea,
    state text collate "C" not null check (state in ('queued', 'sent', 'written', 'failed')),
    attempts bigint not null default 0,
    last_answer text collate "C" not null default '',
    next_try_at bigint not null,
    created_at bigint not null,
    sent_at bigint,
    invitation_id uuid references invitations (id) on delete cascade,
    user_id uuid references users (id) on delete cascade
);
create index mails_by_state on mails (state, next_try_at);
create index mails_by_created on mails (created_at);
create index mails_of_invitation on mails (invitation_id);
create index mails_of_user on mails (user_id);

-- Who did what. No foreign key leads out: the log outlives what it tells of.
create table audit_events (
    id uuid not null primary key,
    created_at bigint not null,
    action text collate "C" not null,
    -- Null for somebody who is not signed in, and for the command line.
    actor_id uuid,
    object_kind text collate "C" not null,
    object_id uuid,
    organization_id uuid,
    request_id text collate "C" not null,
    -- SHA-256 of salt and content of the details: they can be erased without breaking what vouches for this row.
    details_hash bytea not null
);
create index audit_events_by_time on audit_events (created_at, id);
create index audit_events_of_organization_by_time on audit_events (organization_id, created_at, id);
create index audit_events_of_actor_by_time on audit_events (actor_id, created_at, id);
create index audit_events_of_object_by_time on audit_events (object_id, created_at, id);
create index audit_events_of_action_by_time on audit_events (action, created_at, id);

-- Personal values of an event.
create table audit_details (
    event_id uuid not null primary key,
    salt bytea not null,
    -- JSON: actor, object, address, before, after.
    content text collate "C" not null
);

-- Exact totals, kept in the transaction of each change. On Postgres a total is the sum of several slots, so that no
-- row is everybody's lock. Scope: an organization, all zeros for the installation, all ones for no organization.
create table counters (
    scope uuid not null,
    kind text collate "C" not null,
    slot bigint not null,
    value bigint not null,
    primary key (scope, kind, slot)
);

-- What happened on each day, so that deleting rows changes no rate.
create table tallies (
    scope uuid not null,
    day bigint not null,
    kind text collate "C" not null,
    slot bigint not null,
    value bigint not null,
    primary key (scope, day, kind, slot)
);

-- Token buckets: failures are counted here, so that limits survive a restart and are shared.
create table buckets (
    key text collate "C" not null primary key,
    -- Thousandths of a token that were taken.
    taken bigint not null,
    updated_at bigint not null
);
create index buckets_by_updated on buckets (updated_at);
