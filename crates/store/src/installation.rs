//! The installation's one row: made at the first start, locked where an Admin could vanish.

use domain::time::Moment;

use crate::{
    dialect,
    engine::{Tx, execute, fetch_optional},
    error::StoreError,
};

/// Makes the row unless it is there.
pub async fn ensure(tx: &mut Tx, now: Moment) -> Result<(), StoreError> {
    execute!(
        tx,
        "insert into installation (id, created_at) values (1, $1) on conflict (id) do nothing",
        now.0
    )?;
    Ok(())
}

/// Makes transactions that could leave the installation without an Admin follow each other.
pub async fn lock(tx: &mut Tx) -> Result<(), StoreError> {
    dialect::lock_installation(tx).await
}

/// Replaces the one-time setup link; None withdraws it.
pub async fn set_setup_token(tx: &mut Tx, hash: Option<&[u8]>) -> Result<(), StoreError> {
    execute!(tx, "update installation set setup_token_hash = $1 where id = 1", hash)?;
    Ok(())
}

pub async fn has_setup_token(tx: &mut Tx, hash: &[u8]) -> Result<bool, StoreError> {
    let found = fetch_optional!(
        tx,
        (i64,),
        "select id from installation where id = 1 and setup_token_hash = $1",
        hash
    )?;
    Ok(found.is_some())
}

/// None before the first start; then what tells the key of this database, None inside until it is noted.
pub async fn key_check(tx: &mut Tx) -> Result<Option<Option<Vec<u8>>>, StoreError> {
    let row = fetch_optional!(
        tx,
        (Option<Vec<u8>>,),
        "select key_check from installation where id = 1"
    )?;
    Ok(row.map(|row| row.0))
}

/// Notes what tells the key of this database.
pub async fn set_key_check(tx: &mut Tx, check: &[u8]) -> Result<(), StoreError> {
    execute!(tx, "update installation set key_check = $1 where id = 1", check)?;
    Ok(())
}
