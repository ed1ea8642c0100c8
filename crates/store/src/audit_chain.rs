//! The chain that vouches for the audit log: one seal for each event, in the order of sealing. What a mac is, `backend`
//! knows.

use domain::time::Moment;
use uuid::Uuid;

use crate::{
    dialect,
    engine::{Tx, execute, fetch_all, fetch_optional},
    error::StoreError,
};

/// An event as it lies in its row, whatever is written there.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RawEvent {
    pub id: Uuid,
    pub created_at: i64,
    pub action: String,
    pub actor_id: Option<Uuid>,
    pub object_kind: String,
    pub object_id: Option<Uuid>,
    pub organization_id: Option<Uuid>,
    pub request_id: String,
    pub details_hash: Vec<u8>,
}

/// Up to where the log is sealed, with the mac of the last seal.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RawHead {
    pub sequence: i64,
    pub mac: Vec<u8>,
}

/// Events up to `sequence` may be gone.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Checkpoint {
    pub number: i64,
    pub sequence: i64,
    pub mac: Vec<u8>,
    pub created_at: i64,
    pub proof: Vec<u8>,
}

/// A key of the chain from before a rotation, sealed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct FormerKey {
    pub last_sequence: i64,
    pub sealed_key: Vec<u8>,
}

/// Makes transactions that lengthen the chain follow each other.
pub async fn lock(tx: &mut Tx) -> Result<(), StoreError> {
    dialect::lock_audit_chain(tx).await
}

/// The last seal, or the checkpoint if all that it lets go is gone. None before the first seal.
pub async fn head(tx: &mut Tx) -> Result<Option<RawHead>, StoreError> {
    fetch_optional!(
        tx,
        RawHead,
        "select sequence, mac from (
           select sequence, mac from (select sequence, mac from audit_seals order by sequence desc limit 1) s
           union all
           select sequence, mac from (select sequence, mac from audit_checkpoints order by number desc limit 1) c
         ) heads order by sequence desc limit 1"
    )
}

/// Notes that an event is to be sealed, in the event's own transaction.
pub(crate) async fn enqueue(tx: &mut Tx, event: Uuid) -> Result<(), StoreError> {
    execute!(tx, "insert into audit_unsealed (event_id) values ($1)", event)?;
    Ok(())
}

/// Events that wait to be sealed, oldest first: their ids begin with the time.
pub async fn unsealed(tx: &mut Tx, limit: i64) -> Result<Vec<RawEvent>, StoreError> {
    fetch_all!(
        tx,
        RawEvent,
        "select e.id, e.created_at, e.action, e.actor_id, e.object_kind, e.object_id, e.organization_id, e.request_id,
           e.details_hash
         from audit_unsealed u join audit_events e on e.id = u.event_id order by u.event_id limit $1",
        limit
    )
}

/// Whether any event waits to be sealed.
pub async fn is_waiting(tx: &mut Tx) -> Result<bool, StoreError> {
    let row = fetch_optional!(
        tx,
        (Uuid,),
        "select e.id from audit_unsealed u join audit_events e on e.id = u.event_id limit 1"
    )?;
    Ok(row.is_some())
}

/// Seals an event, which then waits no longer.
pub async fn insert(tx: &mut Tx, event: Uuid, seal: &RawHead) -> Result<(), StoreError> {
    execute!(
        tx,
        "insert into audit_seals (sequence, event_id, mac) values ($1, $2, $3)",
        seal.sequence,
        event,
        seal.mac.as_slice()
    )?;
    execute!(tx, "delete from audit_unsealed where event_id = $1", event)?;
    Ok(())
}

/// The checkpoint that counts.
pub async fn checkpoint(tx: &mut Tx) -> Result<Option<Checkpoint>, StoreError> {
    fetch_optional!(
        tx,
        Checkpoint,
        "select number, sequence, mac, created_at, proof from audit_checkpoints order by number desc limit 1"
    )
}

pub async fn insert_checkpoint(tx: &mut Tx, checkpoint: &Checkpoint) -> Result<(), StoreError> {
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

/// The last of the oldest `limit` seals behind `after` before which every event is older than `before`.
pub async fn last_before(tx: &mut Tx, after: i64, before: Moment, limit: i64) -> Result<Option<RawHead>, StoreError> {
    let rows = fetch_all!(
        tx,
        (i64, Vec<u8>, i64),
        "select s.sequence, s.mac, e.created_at from audit_seals s join audit_events e on e.id = s.event_id
         where s.sequence > $1 order by s.sequence limit $2",
        after,
        limit
    )?;
    let old = rows.into_iter().take_while(|(_, _, at)| *at < before.0).last();
    Ok(old.map(|(sequence, mac, _)| RawHead { sequence, mac }))
}

/// Deletes the events that a checkpoint lets go, with their details and seals. Returns how many.
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

/// The chain's keys from before each rotation, oldest first.
pub async fn former_keys(tx: &mut Tx) -> Result<Vec<FormerKey>, StoreError> {
    fetch_all!(
        tx,
        FormerKey,
        "select last_sequence, sealed_key from audit_former_keys order by last_sequence"
    )
}

/// Keeps a former key, or keeps it sealed anew.
pub async fn put_former_key(tx: &mut Tx, key: &FormerKey) -> Result<(), StoreError> {
    execute!(
        tx,
        "insert into audit_former_keys (last_sequence, sealed_key) values ($1, $2)
         on conflict (last_sequence) do update set sealed_key = excluded.sealed_key",
        key.last_sequence,
        key.sealed_key.as_slice()
    )?;
    Ok(())
}
