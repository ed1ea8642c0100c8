//! Second factors: the sealed secret of an authenticator, and hashes of recovery codes.

use domain::{
    id::{SessionId, UserId},
    time::Moment,
};
use uuid::Uuid;

use crate::{
    engine::{Tx, execute, fetch_optional},
    error::StoreError,
};

/// What is stored of an authenticator. Debug shows no secret: it is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFactor {
    pub sealed_secret: Vec<u8>,
    /// When, and in which session: before it is confirmed it is that one's alone. None where that was not noted yet.
    pub begun: (Moment, Option<SessionId>),
    /// None while no code has shown yet that the authenticator works.
    pub confirmed: Option<Moment>,
}

pub async fn find(tx: &mut Tx, user: UserId) -> Result<Option<StoredFactor>, StoreError> {
    let row = fetch_optional!(
        tx,
        (Vec<u8>, i64, Option<Uuid>, Option<i64>),
        "select sealed_secret, created_at, begun_in, confirmed_at from second_factors where user_id = $1",
        user.0
    )?;
    Ok(row.map(|(sealed_secret, begun, begun_in, confirmed)| StoredFactor {
        sealed_secret,
        begun: (Moment(begun), begun_in.map(SessionId)),
        confirmed: confirmed.map(Moment),
    }))
}

/// Since when a user has a second factor.
pub async fn since(tx: &mut Tx, user: UserId) -> Result<Option<Moment>, StoreError> {
    Ok(find(tx, user).await?.and_then(|found| found.confirmed))
}

/// Begins with a new secret, in place of one that was never confirmed. False where there is a confirmed one.
pub async fn begin(
    tx: &mut Tx,
    user: UserId,
    session: SessionId,
    sealed_secret: &[u8],
    now: Moment,
) -> Result<bool, StoreError> {
    let changed = execute!(
        tx,
        "insert into second_factors (user_id, sealed_secret, created_at, begun_in) values ($1, $2, $3, $4)
         on conflict (user_id) do update
         set sealed_secret = excluded.sealed_secret, created_at = excluded.created_at, begun_in = excluded.begun_in
         where second_factors.confirmed_at is null",
        user.0,
        sealed_secret,
        now.0,
        session.0
    )?;
    Ok(changed == 1)
}

/// Confirms the secret that a code was checked against. False when it is another by now, or confirmed already.
pub async fn confirm(tx: &mut Tx, user: UserId, sealed_secret: &[u8], now: Moment) -> Result<bool, StoreError> {
    let changed = execute!(
        tx,
        "update second_factors set confirmed_at = $3
         where user_id = $1 and sealed_secret = $2 and confirmed_at is null",
        user.0,
        sealed_secret,
        now.0
    )?;
    Ok(changed == 1)
}

/// Uses up a code: false when it, or a later one, was used before, or the secret is another by now.
pub async fn use_step(tx: &mut Tx, user: UserId, sealed_secret: &[u8], step: i64) -> Result<bool, StoreError> {
    let changed = execute!(
        tx,
        "update second_factors set last_step = $3 where user_id = $1 and sealed_secret = $2 and last_step < $3",
        user.0,
        sealed_secret,
        step
    )?;
    Ok(changed == 1)
}

/// Puts recovery codes in the place of all earlier ones.
pub async fn replace_codes(tx: &mut Tx, user: UserId, hashes: &[[u8; 32]]) -> Result<(), StoreError> {
    execute!(tx, "delete from recovery_codes where user_id = $1", user.0)?;
    for hash in hashes {
        execute!(
            tx,
            "insert into recovery_codes (code_hash, user_id) values ($1, $2)",
            hash.as_slice(),
            user.0
        )?;
    }
    Ok(())
}

/// Uses up a recovery code. False when it is none of this user's.
pub async fn use_code(tx: &mut Tx, user: UserId, hash: &[u8]) -> Result<bool, StoreError> {
    let deleted = execute!(
        tx,
        "delete from recovery_codes where code_hash = $1 and user_id = $2",
        hash,
        user.0
    )?;
    Ok(deleted == 1)
}

/// How many recovery codes are left.
pub async fn count_codes(tx: &mut Tx, user: UserId) -> Result<i64, StoreError> {
    let row = fetch_optional!(
        tx,
        (i64,),
        "select count(*) from recovery_codes where user_id = $1",
        user.0
    )?;
    Ok(row.map_or(0, |row| row.0))
}

/// Takes the second factor away with its recovery codes. False when there was none.
pub async fn delete(tx: &mut Tx, user: UserId) -> Result<bool, StoreError> {
    execute!(tx, "delete from recovery_codes where user_id = $1", user.0)?;
    Ok(execute!(tx, "delete from second_factors where user_id = $1", user.0)? == 1)
}
