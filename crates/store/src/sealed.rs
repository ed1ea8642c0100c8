//! What lies sealed under the installation's key, all of it: a rotation of the key seals it anew. Each such column has a name
//! that begins with `sealed_`.

use domain::id::{MailId, UserId};
use uuid::Uuid;

use crate::{
    audit_chain::RawHead,
    engine::{Tx, execute, fetch_all},
    error::StoreError,
};

/// Tokens of mails that wait.
pub async fn mail_tokens(tx: &mut Tx) -> Result<Vec<(MailId, Vec<u8>)>, StoreError> {
    let rows = fetch_all!(
        tx,
        (Uuid, Vec<u8>),
        "select id, sealed_token from mails where sealed_token is not null order by id"
    )?;
    Ok(rows.into_iter().map(|(id, sealed)| (MailId(id), sealed)).collect())
}

pub async fn set_mail_token(tx: &mut Tx, id: MailId, sealed: &[u8]) -> Result<(), StoreError> {
    execute!(tx, "update mails set sealed_token = $2 where id = $1", id.0, sealed)?;
    Ok(())
}

/// What authenticators know.
pub async fn second_factors(tx: &mut Tx) -> Result<Vec<(UserId, Vec<u8>)>, StoreError> {
    let rows = fetch_all!(
        tx,
        (Uuid, Vec<u8>),
        "select user_id, sealed_secret from second_factors order by user_id"
    )?;
    Ok(rows.into_iter().map(|(id, sealed)| (UserId(id), sealed)).collect())
}

pub async fn set_second_factor(tx: &mut Tx, user: UserId, sealed: &[u8]) -> Result<(), StoreError> {
    execute!(
        tx,
        "update second_factors set sealed_secret = $2 where user_id = $1",
        user.0,
        sealed
    )?;
    Ok(())
}

/// Former keys of the audit log's chain, oldest first, each with the last seal under it.
pub async fn former_keys(tx: &mut Tx) -> Result<Vec<(RawHead, Vec<u8>)>, StoreError> {
    let rows = fetch_all!(
        tx,
        (i64, Vec<u8>, Vec<u8>),
        "select last_sequence, mac, sealed_key from audit_former_keys order by last_sequence"
    )?;
    Ok(rows
        .into_iter()
        .map(|(sequence, mac, sealed)| (RawHead { sequence, mac }, sealed))
        .collect())
}

/// Keeps a former key, or keeps it sealed anew.
pub async fn put_former_key(tx: &mut Tx, last: &RawHead, sealed: &[u8]) -> Result<(), StoreError> {
    execute!(
        tx,
        "insert into audit_former_keys (last_sequence, mac, sealed_key) values ($1, $2, $3)
         on conflict (last_sequence) do update set sealed_key = excluded.sealed_key",
        last.sequence,
        last.mac.as_slice(),
        sealed
    )?;
    Ok(())
}
