//! Links that set a new password. Only the SHA-256 of a link's token is stored.

use domain::{id::UserId, time::Moment};
use uuid::Uuid;

use crate::{
    engine::{Tx, execute, fetch_optional},
    error::StoreError,
};

/// A new link; older ones of the same user die.
pub async fn insert(tx: &mut Tx, hash: &[u8], user: UserId, now: Moment, expires: Moment) -> Result<(), StoreError> {
    execute!(tx, "delete from recoveries where user_id = $1", user.0)?;
    execute!(
        tx,
        "insert into recoveries (token_hash, user_id, created_at, expires_at) values ($1, $2, $3, $4)",
        hash,
        user.0,
        now.0,
        expires.0
    )?;
    Ok(())
}

/// Whose link it is, if it is still good.
pub async fn find(tx: &mut Tx, hash: &[u8], now: Moment) -> Result<Option<UserId>, StoreError> {
    let row = fetch_optional!(
        tx,
        (Uuid,),
        "select user_id from recoveries where token_hash = $1 and expires_at >= $2",
        hash,
        now.0
    )?;
    Ok(row.map(|row| UserId(row.0)))
}

/// Uses a link up: of several that try, one gets the user.
pub async fn consume(tx: &mut Tx, hash: &[u8], now: Moment) -> Result<Option<UserId>, StoreError> {
    let row = fetch_optional!(
        tx,
        (Uuid,),
        "delete from recoveries where token_hash = $1 and expires_at >= $2 returning user_id",
        hash,
        now.0
    )?;
    Ok(row.map(|row| UserId(row.0)))
}

/// Ends all links of everybody.
pub async fn delete_all(tx: &mut Tx) -> Result<u64, StoreError> {
    execute!(tx, "delete from recoveries")
}

/// Ends all links of a user.
pub async fn delete_of(tx: &mut Tx, user: UserId) -> Result<u64, StoreError> {
    execute!(tx, "delete from recoveries where user_id = $1", user.0)
}
