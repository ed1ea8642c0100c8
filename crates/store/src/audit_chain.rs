//! The chain that vouches for the audit log: one seal for each event, in the order of sealing. What a mac is, `backend`
//! knows.

use uuid::Uuid;

use crate::{
    audit_raw::{RawId, Readable},
    dialect,
    engine::{Tx, execute, fetch_all, fetch_optional},
    error::StoreError,
};

/// An event as it lies in its row, whatever is written there that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// An event that waits to be sealed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Waiting {
    pub id: RawId,
    #[sqlx(flatten)]
    columns: Columns,
}

impl Waiting {
    /// None if it cannot be read.
    pub fn event(&self) -> Option<RawEvent> {
        match self.columns.event(&self.id) {
            Found::Event(event) => Some(event),
            Found::Gone | Found::Unreadable => None,
        }
    }

    pub fn stray(&self) -> Stray {
        Stray {
            event_id: self.id.clone(),
            created_at: self.columns.created_at,
            action: self.columns.action.clone(),
        }
    }
}

/// Events that wait to be sealed, by their ids, which begin with the time, and behind `after`. One that somebody queued a
/// second time stops nobody; a check names it.
pub async fn unsealed(tx: &mut Tx, after: Option<&RawId>, limit: i64) -> Result<Vec<Waiting>, StoreError> {
    fetch_all!(
        tx,
        Waiting,
        "select e.id, e.created_at, e.action, e.actor_id, e.object_kind, e.object_id, e.organization_id, e.request_id,
           e.details_hash
         from audit_unsealed u join audit_events e on e.id = u.event_id
         where not exists (select 1 from audit_seals s where s.event_id = u.event_id)
           and ($1 is null or u.event_id > $1)
         order by u.event_id limit $2",
        after,
        limit
    )
}

/// Whether any event waits to be sealed.
pub async fn is_waiting(tx: &mut Tx) -> Result<bool, StoreError> {
    let row = fetch_optional!(
        tx,
        (RawId,),
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

/// The columns of an event, none of them there if its row is gone.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
struct Columns {
    created_at: Option<i64>,
    action: Option<Readable<String>>,
    actor_id: Option<Readable<Uuid>>,
    object_kind: Option<Readable<String>>,
    object_id: Option<Readable<Uuid>>,
    organization_id: Option<Readable<Uuid>>,
    request_id: Option<Readable<String>>,
    details_hash: Option<Vec<u8>>,
}

/// What lies in an event's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Event(RawEvent),
    /// There is none.
    Gone,
    /// Usher did not write it so.
    Unreadable,
}

impl Columns {
    fn event(&self, id: &RawId) -> Found {
        match self.created_at {
            None => Found::Gone,
            Some(created_at) => self.read(id, created_at).map_or(Found::Unreadable, Found::Event),
        }
    }

    fn read(&self, id: &RawId, created_at: i64) -> Option<RawEvent> {
        let text = |column: &Option<Readable<String>>| column.as_ref()?.0.clone();
        // Such a column may be null.
        let id_in = |column: &Option<Readable<Uuid>>| column.as_ref().map_or(Some(None), |id| id.0.map(Some));
        Some(RawEvent {
            id: id.readable()?,
            created_at,
            action: text(&self.action)?,
            actor_id: id_in(&self.actor_id)?,
            object_kind: text(&self.object_kind)?,
            object_id: id_in(&self.object_id)?,
            organization_id: id_in(&self.organization_id)?,
            request_id: text(&self.request_id)?,
            details_hash: self.details_hash.clone()?,
        })
    }
}

/// A seal with what it vouches for, as far as that is still there.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SealRow {
    pub sequence: i64,
    pub event_id: RawId,
    pub mac: Vec<u8>,
    #[sqlx(flatten)]
    columns: Columns,
    salt: Option<Vec<u8>>,
    content: Option<Readable<String>>,
}

/// What lies in the row of an event's details.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundDetails<'a> {
    Details { salt: &'a [u8], content: &'a str },
    Erased,
    Unreadable,
}

impl SealRow {
    /// When its event happened. None if that is gone.
    pub fn event_at(&self) -> Option<i64> {
        self.columns.created_at
    }

    pub fn event(&self) -> Found {
        self.columns.event(&self.event_id)
    }

    pub fn details(&self) -> FoundDetails<'_> {
        match (&self.salt, &self.content) {
            (None, None) => FoundDetails::Erased,
            (Some(salt), Some(Readable(Some(content)))) => FoundDetails::Details { salt, content },
            _ => FoundDetails::Unreadable,
        }
    }

    pub fn stray(&self) -> Stray {
        Stray {
            event_id: self.event_id.clone(),
            created_at: self.columns.created_at,
            action: self.columns.action.clone(),
        }
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
    pub event_id: RawId,
    pub created_at: Option<i64>,
    action: Option<Readable<String>>,
}

impl Stray {
    /// None if it is gone or cannot be read.
    pub fn action(&self) -> Option<&str> {
        self.action.as_ref()?.0.as_deref()
    }
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

/// Details without an event: who deletes an event takes its details along, and Usher writes both at once.
pub async fn details_alone(tx: &mut Tx) -> Result<Option<Stray>, StoreError> {
    fetch_optional!(
        tx,
        Stray,
        "select d.event_id, e.created_at, e.action from audit_details d left join audit_events e on e.id = d.event_id
         where e.id is null order by d.event_id limit 1"
    )
}

/// How many events wait to be sealed.
pub async fn count_unsealed(tx: &mut Tx) -> Result<i64, StoreError> {
    let row = fetch_optional!(tx, (i64,), "select count(*) from audit_unsealed")?;
    Ok(row.map_or(0, |(number,)| number))
}
