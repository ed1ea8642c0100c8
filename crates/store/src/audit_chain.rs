//! The chain that vouches for the audit log: one seal for each event, in the order of sealing. What a mac is, `backend`
//! knows.

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

/// Makes transactions that lengthen the chain follow each other.
pub async fn lock(tx: &mut Tx) -> Result<(), StoreError> {
    dialect::lock_audit_chain(tx).await
}

/// The last seal. None before the first.
pub async fn head(tx: &mut Tx) -> Result<Option<RawHead>, StoreError> {
    fetch_optional!(
        tx,
        RawHead,
        "select sequence, mac from audit_seals order by sequence desc limit 1"
    )
}

/// Notes that an event is to be sealed, in the event's own transaction.
pub(crate) async fn enqueue(tx: &mut Tx, event: Uuid) -> Result<(), StoreError> {
    execute!(tx, "insert into audit_unsealed (event_id) values ($1)", event)?;
    Ok(())
}

/// Events that wait to be sealed, oldest first: their ids begin with the time. One that somebody queued a second time
/// stops nobody; a check names it.
pub async fn unsealed(tx: &mut Tx, limit: i64) -> Result<Vec<RawEvent>, StoreError> {
    fetch_all!(
        tx,
        RawEvent,
        "select e.id, e.created_at, e.action, e.actor_id, e.object_kind, e.object_id, e.organization_id, e.request_id,
           e.details_hash
         from audit_unsealed u join audit_events e on e.id = u.event_id
         where not exists (select 1 from audit_seals s where s.event_id = u.event_id)
         order by u.event_id limit $1",
        limit
    )
}

/// Whether any event waits to be sealed.
pub async fn is_waiting(tx: &mut Tx) -> Result<bool, StoreError> {
    let row = fetch_optional!(
        tx,
        (Uuid,),
        "select e.id from audit_unsealed u join audit_events e on e.id = u.event_id
         where not exists (select 1 from audit_seals s where s.event_id = u.event_id) limit 1"
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

/// A seal with what it vouches for, as far as that is still there.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SealRow {
    pub sequence: i64,
    pub event_id: Uuid,
    pub mac: Vec<u8>,
    created_at: Option<i64>,
    action: Option<String>,
    actor_id: Option<Uuid>,
    object_kind: Option<String>,
    object_id: Option<Uuid>,
    organization_id: Option<Uuid>,
    request_id: Option<String>,
    details_hash: Option<Vec<u8>>,
    salt: Option<Vec<u8>>,
    content: Option<String>,
}

impl SealRow {
    /// When its event happened. None if that is gone.
    pub fn event_at(&self) -> Option<i64> {
        self.created_at
    }

    /// None if its row is gone.
    pub fn event(&self) -> Option<RawEvent> {
        Some(RawEvent {
            id: self.event_id,
            created_at: self.created_at?,
            action: self.action.clone()?,
            actor_id: self.actor_id,
            object_kind: self.object_kind.clone()?,
            object_id: self.object_id,
            organization_id: self.organization_id,
            request_id: self.request_id.clone()?,
            details_hash: self.details_hash.clone()?,
        })
    }

    /// Salt and content; None once they were erased.
    pub fn details(&self) -> Option<(&[u8], &str)> {
        Some((self.salt.as_deref()?, self.content.as_deref()?))
    }
}

/// Seals behind `after`, in their order.
pub async fn seals(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<SealRow>, StoreError> {
    fetch_all!(
        tx,
        SealRow,
        "select s.sequence, s.event_id, s.mac, e.created_at, e.action, e.actor_id, e.object_kind, e.object_id,
           e.organization_id, e.request_id, e.details_hash, d.salt, d.content
         from audit_seals s left join audit_events e on e.id = s.event_id left join audit_details d on d.event_id = s.event_id
         where s.sequence > $1 order by s.sequence limit $2",
        after,
        limit
    )
}

/// An event that is not where it should be, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Stray {
    pub event_id: Uuid,
    pub created_at: Option<i64>,
    pub action: Option<String>,
}

/// The oldest event that is neither sealed nor waits for it: Usher did not write it.
pub async fn forged(tx: &mut Tx) -> Result<Option<Stray>, StoreError> {
    fetch_optional!(
        tx,
        Stray,
        "select e.id as event_id, e.created_at, e.action from audit_events e
         where not exists (select 1 from audit_seals s where s.event_id = e.id)
           and not exists (select 1 from audit_unsealed u where u.event_id = e.id)
         order by e.created_at, e.id limit 1"
    )
}

/// One that waits to be sealed, and is gone.
pub async fn lost(tx: &mut Tx) -> Result<Option<Stray>, StoreError> {
    fetch_optional!(
        tx,
        Stray,
        "select u.event_id, e.created_at, e.action from audit_unsealed u left join audit_events e on e.id = u.event_id
         where e.id is null order by u.event_id limit 1"
    )
}

/// One that is sealed, and waits to be sealed once more.
pub async fn queued_twice(tx: &mut Tx) -> Result<Option<Stray>, StoreError> {
    fetch_optional!(
        tx,
        Stray,
        "select u.event_id, e.created_at, e.action from audit_unsealed u join audit_seals s on s.event_id = u.event_id
           left join audit_events e on e.id = u.event_id order by u.event_id limit 1"
    )
}

/// How many events wait to be sealed.
pub async fn count_unsealed(tx: &mut Tx) -> Result<i64, StoreError> {
    let row = fetch_optional!(tx, (i64,), "select count(*) from audit_unsealed")?;
    Ok(row.map_or(0, |(number,)| number))
}
