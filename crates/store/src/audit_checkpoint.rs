//! Checkpoints: up to where the audit log was pruned. Triggers refuse to delete anything in front of one; who made one,
//! `backend` tells by its proof.

use crate::{
    audit_chain::Stray,
    engine::{Tx, execute, fetch_optional},
    error::StoreError,
};

/// Events up to `sequence` are gone.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RawCheckpoint {
    pub number: i64,
    pub sequence: i64,
    /// That of the last seal that is gone.
    pub mac: Vec<u8>,
    pub created_at: i64,
    pub proof: Vec<u8>,
}

/// The one that counts.
pub async fn last(tx: &mut Tx) -> Result<Option<RawCheckpoint>, StoreError> {
    fetch_optional!(
        tx,
        RawCheckpoint,
        "select number, sequence, mac, created_at, proof from audit_checkpoints order by number desc limit 1"
    )
}

/// The one that counted before.
pub async fn before(tx: &mut Tx, number: i64) -> Result<Option<RawCheckpoint>, StoreError> {
    fetch_optional!(
        tx,
        RawCheckpoint,
        "select number, sequence, mac, created_at, proof from audit_checkpoints where number < $1
         order by number desc limit 1",
        number
    )
}

pub async fn insert(tx: &mut Tx, checkpoint: &RawCheckpoint) -> Result<(), StoreError> {
    execute!(
        tx,
        "insert into audit_checkpoints (number, sequence, mac, created_at, proof) values ($1, $2, $3, $4, $5)",
        checkpoint.number,
        checkpoint.sequence,
        checkpoint.mac.as_slice(),
        checkpoint.created_at,
        checkpoint.proof.as_slice()
    )?;
    Ok(())
}

/// Deletes the events up to a checkpoint, with their details and seals. Returns how many.
pub async fn prune(tx: &mut Tx, through: i64) -> Result<u64, StoreError> {
    execute!(
        tx,
        "delete from audit_details where event_id in (select event_id from audit_seals where sequence <= $1)",
        through
    )?;
    execute!(
        tx,
        "delete from audit_events where id in (select event_id from audit_seals where sequence <= $1)",
        through
    )?;
    execute!(tx, "delete from audit_seals where sequence <= $1", through)
}

/// A seal that a checkpoint has let go, and that is there all the same.
pub async fn left_behind(tx: &mut Tx, through: i64) -> Result<Option<Stray>, StoreError> {
    fetch_optional!(
        tx,
        Stray,
        "select s.event_id, e.created_at, e.action from audit_seals s left join audit_events e on e.id = s.event_id
         where s.sequence <= $1 order by s.sequence limit 1",
        through
    )
}
