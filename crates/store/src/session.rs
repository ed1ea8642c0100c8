//! Signed-in browsers. Only the SHA-256 of a cookie's secret is stored.

use domain::{
    id::{SessionId, UserId},
    time::Moment,
};
use uuid::Uuid;

use crate::{
    engine::{Tx, execute, fetch_all, fetch_optional},
    error::StoreError,
    user::{ListedUser, UserRow},
};

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub user: UserId,
    pub created: Moment,
    pub last_seen: Moment,
    pub address: String,
    pub user_agent: String,
}

/// A session with everything that decides what it opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    pub session: Session,
    pub user: ListedUser,
    /// The password was right, and the code of the second factor is still missing.
    pub awaits_code: bool,
    pub has_second_factor: bool,
    pub organization_requires_second_factor: bool,
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    session_id: Uuid,
    session_user_id: Uuid,
    session_created_at: i64,
    last_seen_at: i64,
    address: String,
    user_agent: String,
}

#[derive(sqlx::FromRow)]
struct SignedInRow {
    #[sqlx(flatten)]
    session: SessionRow,
    #[sqlx(flatten)]
    user: UserRow,
    awaits_code: bool,
    confirmed_at: Option<i64>,
    requires_second_factor: Option<bool>,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: SessionId(row.session_id),
            user: UserId(row.session_user_id),
            created: Moment(row.session_created_at),
            last_seen: Moment(row.last_seen_at),
            address: row.address,
            user_agent: row.user_agent,
        }
    }
}

/// The session of a cookie with its user, in one statement.
pub async fn find(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<SignedIn>, StoreError> {
    let row = fetch_optional!(
        tx,
        SignedInRow,
        "select s.id as session_id, s.user_id as session_user_id, s.created_at as session_created_at, s.last_seen_at,
           s.address, s.user_agent, u.id, u.email, u.name, u.name_key, u.role, u.organization_id,
           o.name as organization_name, u.suspended, u.must_change_password, u.created_at, u.updated_at,
           u.last_sign_in_at, u.version, s.awaits_code, f.confirmed_at, o.requires_second_factor
         from sessions s join users u on u.id = s.user_id left join organizations o on o.id = u.organization_id
           left join second_factors f on f.user_id = u.id
         where s.token_hash = $1",
        token_hash
    )?;
    row.map(|row| {
        Ok(SignedIn {
            session: Session::from(row.session),
            user: ListedUser::try_from(row.user)?,
            awaits_code: row.awaits_code,
            has_second_factor: row.confirmed_at.is_some(),
            organization_requires_second_factor: row.requires_second_factor.unwrap_or_default(),
        })
    })
    .transpose()
}

/// Whoever is signed in by a session, as they stand; nobody once it has ended.
pub async fn user_of(tx: &mut Tx, id: SessionId) -> Result<Option<ListedUser>, StoreError> {
    let row = fetch_optional!(
        tx,
        UserRow,
        "select u.id, u.email, u.name, u.name_key, u.role, u.organization_id, o.name as organization_name, u.suspended,
           u.must_change_password, u.created_at, u.updated_at, u.last_sign_in_at, u.version
         from sessions s join users u on u.id = s.user_id left join organizations o on o.id = u.organization_id
         where s.id = $1",
        id.0
    )?;
    row.map(ListedUser::try_from).transpose()
}

pub async fn insert(tx: &mut Tx, session: &Session, token_hash: &[u8], awaits_code: bool) -> Result<(), StoreError> {
    execute!(
        tx,
        "insert into sessions (id, token_hash, user_id, created_at, last_seen_at, address, user_agent, awaits_code)
         values ($1, $2, $3, $4, $4, $5, $6, $7)",
        session.id.0,
        token_hash,
        session.user.0,
        session.created.0,
        session.address.as_str(),
        session.user_agent.as_str(),
        awaits_code
    )?;
    Ok(())
}

/// Notes that the session was used.
pub async fn touch(tx: &mut Tx, id: SessionId, now: Moment) -> Result<(), StoreError> {
    execute!(
        tx,
        "update sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2",
        id.0,
        now.0
    )?;
    Ok(())
}

/// A user's sessions that were seen since, latest first; none that still awaits a code.
pub async fn of_user(tx: &mut Tx, user: UserId, since: Moment) -> Result<Vec<Session>, StoreError> {
    let rows = fetch_all!(
        tx,
        SessionRow,
        "select id as session_id, user_id as session_user_id, created_at as session_created_at, last_seen_at, address,
           user_agent
         from sessions where user_id = $1 and last_seen_at >= $2 and awaits_code = $3 order by last_seen_at desc, id",
        user.0,
        since.0,
        false
    )?;
    Ok(rows.into_iter().map(Session::from).collect())
}

/// Ends one session of a user. False when there is none.
pub async fn delete(tx: &mut Tx, user: UserId, id: SessionId) -> Result<bool, StoreError> {
    Ok(execute!(tx, "delete from sessions where id = $1 and user_id = $2", id.0, user.0)? == 1)
}

/// Ends all sessions of a user but one.
pub async fn delete_of(tx: &mut Tx, user: UserId, except: Option<SessionId>) -> Result<u64, StoreError> {
    // No session has the id of all zeros.
    let except = except.map_or(Uuid::nil(), |id| id.0);
    execute!(
        tx,
        "delete from sessions where user_id = $1 and id <> $2",
        user.0,
        except
    )
}

/// Ends all sessions of everybody.
pub async fn delete_all(tx: &mut Tx) -> Result<u64, StoreError> {
    execute!(tx, "delete from sessions")
}

/// All that are kept, those that time has ended too.
pub async fn count(tx: &mut Tx) -> Result<i64, StoreError> {
    let count = fetch_optional!(tx, (i64,), "select count(*) from sessions")?;
    Ok(count.map_or(0, |row| row.0))
}

/// Forgets sessions that ended by time.
pub async fn sweep(tx: &mut Tx, seen_before: Moment) -> Result<u64, StoreError> {
    execute!(tx, "delete from sessions where last_seen_at < $1", seen_before.0)
}
