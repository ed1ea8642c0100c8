-- Lists that are filtered to few rows among many, in each order: an index of those rows alone costs next to nothing to
-- keep. The list of all Users, and of all who are active, is read in its order, since nearly every row belongs to it.
create index users_org_admins_by_email on users (role, email, id) where role = 2;
create index users_admins_by_email on users (role, email, id) where role = 3;
create index users_org_admins_by_name on users (role, name_key, id) where role = 2;
create index users_admins_by_name on users (role, name_key, id) where role = 3;
create index users_org_admins_by_created on users (role, created_at, id) where role = 2;
create index users_admins_by_created on users (role, created_at, id) where role = 3;
create index users_org_admins_by_last_sign_in on users (role, last_sign_in_at, id) where role = 2;
create index users_admins_by_last_sign_in on users (role, last_sign_in_at, id) where role = 3;
create index users_org_admins_of_organization_by_email on users (organization_id, role, email, id) where role = 2;
create index users_admins_of_organization_by_email on users (organization_id, role, email, id) where role = 3;
create index users_org_admins_of_organization_by_name on users (organization_id, role, name_key, id) where role = 2;
create index users_admins_of_organization_by_name on users (organization_id, role, name_key, id) where role = 3;
create index users_org_admins_of_organization_by_created on users (organization_id, role, created_at, id) where role = 2;
create index users_admins_of_organization_by_created on users (organization_id, role, created_at, id) where role = 3;
create index users_org_admins_of_organization_by_last_sign_in on users (organization_id, role, last_sign_in_at, id)
    where role = 2;
create index users_admins_of_organization_by_last_sign_in on users (organization_id, role, last_sign_in_at, id)
    where role = 3;

create index users_suspended_by_email on users (email, id) where suspended;
create index users_suspended_by_name on users (name_key, id) where suspended;
create index users_suspended_by_role on users (role, id) where suspended;
create index users_suspended_by_created on users (created_at, id) where suspended;
create index users_suspended_by_last_sign_in on users (last_sign_in_at, id) where suspended;
create index users_suspended_of_organization_by_email on users (organization_id, email, id) where suspended;
create index users_suspended_of_organization_by_name on users (organization_id, name_key, id) where suspended;
create index users_suspended_of_organization_by_role on users (organization_id, role, id) where suspended;
create index users_suspended_of_organization_by_created on users (organization_id, created_at, id) where suspended;
create index users_suspended_of_organization_by_last_sign_in on users (organization_id, last_sign_in_at, id)
    where suspended;

create index invitations_org_admins_by_email on invitations (role, email, id) where role = 2;
create index invitations_admins_by_email on invitations (role, email, id) where role = 3;
create index invitations_org_admins_by_status on invitations (role, status_key, id) where role = 2;
create index invitations_admins_by_status on invitations (role, status_key, id) where role = 3;
create index invitations_org_admins_by_sent on invitations (role, sent_at, id) where role = 2;
create index invitations_admins_by_sent on invitations (role, sent_at, id) where role = 3;
create index invitations_org_admins_by_expires on invitations (role, expires_at, id) where role = 2;
create index invitations_admins_by_expires on invitations (role, expires_at, id) where role = 3;
create index invitations_org_admins_of_organization_by_email on invitations (organization_id, role, email, id)
    where role = 2;
create index invitations_admins_of_organization_by_email on invitations (organization_id, role, email, id)
    where role = 3;
create index invitations_org_admins_of_organization_by_status on invitations (organization_id, role, status_key, id)
    where role = 2;
create index invitations_admins_of_organization_by_status on invitations (organization_id, role, status_key, id)
    where role = 3;
create index invitations_org_admins_of_organization_by_sent on invitations (organization_id, role, sent_at, id)
    where role = 2;
create index invitations_admins_of_organization_by_sent on invitations (organization_id, role, sent_at, id)
    where role = 3;
create index invitations_org_admins_of_organization_by_expires on invitations (organization_id, role, expires_at, id)
    where role = 2;
create index invitations_admins_of_organization_by_expires on invitations (organization_id, role, expires_at, id)
    where role = 3;

-- What is open, in orders that time does not decide: expired or pending is told by the index itself, without its row.
create index invitations_open_by_email on invitations (email, id, status_key) where accepted_at is null;
create index invitations_open_by_sent on invitations (sent_at, id, status_key) where accepted_at is null;
create index invitations_open_of_organization_by_email on invitations (organization_id, email, id, status_key)
    where accepted_at is null;
create index invitations_open_of_organization_by_sent on invitations (organization_id, sent_at, id, status_key)
    where accepted_at is null;
create index invitations_accepted_by_email on invitations (email, id) where accepted_at is not null;
create index invitations_accepted_by_sent on invitations (sent_at, id) where accepted_at is not null;
create index invitations_accepted_by_expires on invitations (expires_at, id) where accepted_at is not null;
create index invitations_accepted_of_organization_by_email on invitations (organization_id, email, id)
    where accepted_at is not null;
create index invitations_accepted_of_organization_by_sent on invitations (organization_id, sent_at, id)
    where accepted_at is not null;
create index invitations_accepted_of_organization_by_expires on invitations (organization_id, expires_at, id)
    where accepted_at is not null;

-- Postgres takes an index's order for that of the rows without an organization only if it holds no others.
create index users_without_organization_by_email on users (email, id) where organization_id is null;
create index users_without_organization_by_name on users (name_key, id) where organization_id is null;
create index users_without_organization_by_role on users (role, id) where organization_id is null;
create index users_without_organization_by_created on users (created_at, id) where organization_id is null;
create index users_without_organization_by_last_sign_in on users (last_sign_in_at, id) where organization_id is null;
create index invitations_without_organization_by_email on invitations (email, id) where organization_id is null;
create index invitations_without_organization_by_status on invitations (status_key, id) where organization_id is null;
create index invitations_without_organization_by_sent on invitations (sent_at, id) where organization_id is null;
create index invitations_without_organization_by_expires on invitations (expires_at, id) where organization_id is null;

-- What somebody sent is read in the order of ids.
drop index invitations_of_inviter;
create index invitations_of_inviter on invitations (invited_by, id);

-- The unique index of addresses has this order already. Postgres does not see that it has.
drop index users_by_email;
