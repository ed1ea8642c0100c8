//! Users. A password's hash leaves only as part of [`Credentials`].

mod lines;
mod list;

use domain::{
    id::UserId,
    role::Role,
    text::{Email, Name, fold},
    time::Moment,
    user::{User, UserDraft, UserState},
};
pub use lines::{Line, Lines, lines};
pub(crate) use list::SEARCHED;
pub(crate) use list::UserRow;
pub use list::{ListedUser, count, count_unseen_since, find, page};
use uuid::Uuid;

use crate::{
    counter::{self, Kind, Place},
    engine::{Tx, execute, fetch_optional},
    error::StoreError,
};

/// What sign-in needs. Debug shows no hash.
pub struct Credentials {
    pub user: User,
    pub organization_name: Option<Name>,
    /// An argon2id PHC string; None for somebody who has to recover it by mail.
    pub password_hash: Option<String>,
    /// A password that somebody else set is good until then.
    pub password_expires: Option<Moment>,
    pub has_second_factor: bool,
}

/// The number that stands for a role in the database, in the order of the list.
pub fn role_number(role: Role) -> i64 {
    match role {
        Role::User => 1,
        Role::OrgAdmin => 2,
        Role::Admin => 3,
    }
}

pub(crate) fn role_from(number: i64) -> Option<Role> {
    Role::ALL.into_iter().find(|role| role_number(*role) == number)
}

fn kind(user: &User) -> Kind {
    Kind::Users {
        role: role_number(user.role),
        suspended: user.state == UserState::Suspended,
    }
}

pub(crate) fn search_key(email: &Email, name: &Name) -> String {
    format!("{} {}", email.search_key(), fold(name.as_str()))
}

#[derive(sqlx::FromRow)]
struct CredentialsRow {
    #[sqlx(flatten)]
    user: UserRow,
    password_hash: Option<String>,
    password_expires_at: Option<i64>,
    confirmed_at: Option<i64>,
}

impl TryFrom<CredentialsRow> for Credentials {
    type Error = StoreError;

    fn try_from(row: CredentialsRow) -> Result<Self, StoreError> {
        let listed = ListedUser::try_from(row.user)?;
        Ok(Self {
            user: listed.user,
            organization_name: listed.organization_name,
            password_hash: row.password_hash,
            password_expires: row.password_expires_at.map(Moment),
            has_second_factor: row.confirmed_at.is_some(),
        })
    }
}

pub async fn credentials(tx: &mut Tx, email: &Email) -> Result<Option<Credentials>, StoreError> {
    let row = fetch_optional!(
        tx,
        CredentialsRow,
        "select u.id, u.email, u.name, u.name_key, u.role, u.organization_id, o.name as organization_name, u.suspended,
           u.must_change_password, u.created_at, u.updated_at, u.last_sign_in_at, u.version, u.password_hash,
           u.password_expires_at, f.confirmed_at
         from users u left join organizations o on o.id = u.organization_id
           left join second_factors f on f.user_id = u.id
         where u.email = $1",
        email.as_str()
    )?;
    row.map(Credentials::try_from).transpose()
}

/// A new user with a password's hash, or none for somebody who has to recover it by mail.
pub async fn insert(
    tx: &mut Tx,
    user: &User,
    password_hash: Option<&str>,
    password_expires: Option<Moment>,
) -> Result<(), StoreError> {
    execute!(
        tx,
        "insert into users (id, email, name, name_key, search_key, role, organization_id, suspended, password_hash,
           must_change_password, password_expires_at, created_at, updated_at, last_sign_in_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13)",
        user.id.0,
        user.email.as_str(),
        user.name.as_str(),
        fold(user.name.as_str()),
        search_key(&user.email, &user.name),
        role_number(user.role),
        user.organization.map(|organization| organization.0),
        user.state == UserState::Suspended,
        password_hash,
        user.must_change_password,
        password_expires.map(|moment| moment.0),
        user.created.0,
        user.last_sign_in.unwrap_or_default().0
    )?;
    count_in(tx, user, 1).await
}

async fn count_in(tx: &mut Tx, user: &User, by: i64) -> Result<(), StoreError> {
    counter::add(tx, user.organization, kind(user), user.id.0, by).await?;
    if let Some(organization) = user.organization {
        execute!(
            tx,
            "update organizations set user_count = user_count + $2 where id = $1",
            organization.0,
            by
        )?;
    }
    Ok(())
}

/// Saves e-mail, name, role and organization. False when somebody else changed the user since `before.version`.
pub async fn update(tx: &mut Tx, before: &User, draft: &UserDraft, now: Moment) -> Result<bool, StoreError> {
    let changed = execute!(
        tx,
        "update users set email = $3, name = $4, name_key = $5, search_key = $6, role = $7, organization_id = $8,
           updated_at = $9, version = version + 1
         where id = $1 and version = $2",
        before.id.0,
        before.version,
        draft.email.as_str(),
        draft.name.as_str(),
        fold(draft.name.as_str()),
        search_key(&draft.email, &draft.name),
        role_number(draft.placement.role()),
        draft.placement.organization().map(|organization| organization.0),
        now.0
    )?;
    let after = User {
        role: draft.placement.role(),
        organization: draft.placement.organization(),
        ..before.clone()
    };
    if changed == 1 && (after.role != before.role || after.organization != before.organization) {
        count_in(tx, before, -1).await?;
        count_in(tx, &after, 1).await?;
    }
    Ok(changed == 1)
}

/// Suspends or reactivates. False when somebody else changed the user since `before.version`.
pub async fn set_state(tx: &mut Tx, before: &User, state: UserState, now: Moment) -> Result<bool, StoreError> {
    let changed = execute!(
        tx,
        "update users set suspended = $3, updated_at = $4, version = version + 1 where id = $1 and version = $2",
        before.id.0,
        before.version,
        state == UserState::Suspended,
        now.0
    )?;
    if changed == 1 && before.state != state {
        count_in(tx, before, -1).await?;
        count_in(
            tx,
            &User {
                state,
                ..before.clone()
            },
            1,
        )
        .await?;
    }
    Ok(changed == 1)
}

/// Sets a password's hash. `must_change` and `expires` are for one that somebody else chose.
pub async fn set_password(
    tx: &mut Tx,
    id: UserId,
    hash: &str,
    must_change: bool,
    expires: Option<Moment>,
    now: Moment,
) -> Result<(), StoreError> {
    execute!(
        tx,
        "update users set password_hash = $2, must_change_password = $3, password_expires_at = $4, updated_at = $5
         where id = $1",
        id.0,
        hash,
        must_change,
        expires.map(|moment| moment.0),
        now.0
    )?;
    Ok(())
}

/// Sets the password that somebody chose for themselves, if the old one is still the one that was checked and the user
/// is not suspended.
pub async fn change_password(tx: &mut Tx, id: UserId, old: &str, new: &str, now: Moment) -> Result<bool, StoreError> {
    let changed = execute!(
        tx,
        "update users set password_hash = $3, must_change_password = $5, password_expires_at = null, updated_at = $4
         where id = $1 and password_hash = $2 and suspended = $5",
        id.0,
        old,
        new,
        now.0,
        false
    )?;
    Ok(changed == 1)
}

/// Replaces a hash that was made with weaker parameters, unless the password changed meanwhile.
pub async fn rehash(tx: &mut Tx, id: UserId, old: &str, new: &str) -> Result<(), StoreError> {
    execute!(
        tx,
        "update users set password_hash = $3 where id = $1 and password_hash = $2",
        id.0,
        old,
        new
    )?;
    Ok(())
}

/// Notes a sign-in, if the password is still the one that was checked and the user is not suspended.
pub async fn note_sign_in(tx: &mut Tx, id: UserId, hash: &str, now: Moment) -> Result<bool, StoreError> {
    let changed = execute!(
        tx,
        "update users set last_sign_in_at = $3 where id = $1 and password_hash = $2 and suspended = $4",
        id.0,
        hash,
        now.0,
        false
    )?;
    Ok(changed == 1)
}

/// Whether the password is still the one that was checked and the user is not suspended. The row is locked, so that both
/// stay so until the transaction ends.
pub async fn confirm_password(tx: &mut Tx, id: UserId, hash: &str) -> Result<bool, StoreError> {
    let changed = execute!(
        tx,
        "update users set last_sign_in_at = last_sign_in_at where id = $1 and password_hash = $2 and suspended = $3",
        id.0,
        hash,
        false
    )?;
    Ok(changed == 1)
}

/// Locks the row: whoever changes the password, the state or the second factor meanwhile comes before or after. False
/// when the user is suspended, or gone.
pub async fn lock(tx: &mut Tx, id: UserId) -> Result<bool, StoreError> {
    let changed = execute!(
        tx,
        "update users set last_sign_in_at = last_sign_in_at where id = $1 and suspended = $2",
        id.0,
        false
    )?;
    Ok(changed == 1)
}

/// Notes a sign-in whose password was checked in an earlier step.
pub async fn note_second_step(tx: &mut Tx, id: UserId, now: Moment) -> Result<(), StoreError> {
    execute!(tx, "update users set last_sign_in_at = $2 where id = $1", id.0, now.0)?;
    Ok(())
}

/// False when the user is gone already, or somebody else changed them since `before.version`. Sessions, recoveries and
/// mails go along.
pub async fn delete(tx: &mut Tx, before: &User) -> Result<bool, StoreError> {
    let deleted = execute!(
        tx,
        "delete from users where id = $1 and version = $2",
        before.id.0,
        before.version
    )? == 1;
    if deleted {
        count_in(tx, before, -1).await?;
    }
    Ok(deleted)
}

/// How many Admins can sign in. Call it with the installation locked where the answer decides.
pub async fn count_active_admins(tx: &mut Tx) -> Result<i64, StoreError> {
    counter::total(
        tx,
        Place::Installation,
        &counter::user_kinds(Some(role_number(Role::Admin)), Some(false)),
    )
    .await
}

/// Whether somebody has a password: whoever came by an import may have none yet.
pub async fn has_password(tx: &mut Tx, id: UserId) -> Result<bool, StoreError> {
    let row = fetch_optional!(
        tx,
        (Uuid,),
        "select id from users where id = $1 and password_hash is not null",
        id.0
    )?;
    Ok(row.is_some())
}

/// Whose address it is, in whatever organization.
pub async fn id_of(tx: &mut Tx, email: &Email) -> Result<Option<UserId>, StoreError> {
    let row = fetch_optional!(tx, (Uuid,), "select id from users where email = $1", email.as_str())?;
    Ok(row.map(|row| UserId(row.0)))
}

/// The address of a user who may be gone.
pub async fn email_of(tx: &mut Tx, id: UserId) -> Result<Option<Email>, StoreError> {
    let row = fetch_optional!(tx, (String,), "select email from users where id = $1", id.0)?;
    Ok(row.map(|row| Email::trusted(row.0)))
}
