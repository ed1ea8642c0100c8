//! The audit log. Rows are written in the transaction of what they tell of, and never changed.

use domain::{
    audit::{Action, AuditFilter, ObjectKind},
    id::{EventId, OrganizationId, UserId},
    page::{Page, Position, SortValue, Total},
    time::Moment,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Scope, audit_chain,
    audit_raw::{RawId, Readable},
    engine::{Tx, execute},
    error::StoreError,
    list::{self, Keyset},
    sql::Sql,
};

/// One row of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: EventId,
    pub at: Moment,
    pub action: Action,
    /// None for somebody who is not signed in, and for the command line.
    pub actor: Option<UserId>,
    pub object_kind: ObjectKind,
    pub object: Option<Uuid>,
    pub organization: Option<OrganizationId>,
    pub request: String,
    /// None once they were erased.
    pub details: Option<Details>,
}

/// A row that Usher did not write so: one of its values cannot be read, or makes no sense.
#[derive(Clone, Debug, PartialEq)]
pub struct Unreadable {
    pub id: RawId,
    pub at: Moment,
}

/// A row of a list, which one that cannot be read does not end.
pub type Row = Result<Event, Unreadable>;

/// The personal values of an event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// The actor's e-mail address, or "command line".
    pub actor: String,
    /// What the object was called.
    pub object: String,
    pub address: String,
    pub before: Option<serde_json::Value>,
    pub after: Option<serde_json::Value>,
}

/// The details as they are stored, with the salt and hash that vouch for them.
pub struct SealedDetails {
    pub salt: [u8; 16],
    pub content: String,
    /// What the log is searched by.
    pub search_key: String,
    /// SHA-256 of salt and content.
    pub hash: [u8; 32],
}

#[derive(sqlx::FromRow)]
struct EventRow {
    id: RawId,
    created_at: i64,
    action: Readable<String>,
    actor_id: Option<Readable<Uuid>>,
    object_kind: Readable<String>,
    object_id: Option<Readable<Uuid>>,
    organization_id: Option<Readable<Uuid>>,
    request_id: Readable<String>,
    content: Option<Readable<String>>,
}

impl EventRow {
    fn read(self) -> Row {
        let (id, at) = (self.id.clone(), Moment(self.created_at));
        self.event().ok_or(Unreadable { id, at })
    }

    /// None if a value cannot be read, or makes no sense.
    fn event(self) -> Option<Event> {
        // Such a column may be null.
        let id_in = |column: Option<Readable<Uuid>>| column.map_or(Some(None), |id| id.0.map(Some));
        let details = match self.content {
            None => None,
            Some(content) => Some(serde_json::from_str(&content.0?).ok()?),
        };
        Some(Event {
            id: EventId(self.id.readable()?),
            at: Moment(self.created_at),
            action: Action::parse(&self.action.0?)?,
            actor: id_in(self.actor_id)?.map(UserId),
            object_kind: ObjectKind::parse(&self.object_kind.0?)?,
            object: id_in(self.object_id)?,
            organization: id_in(self.organization_id)?.map(OrganizationId),
            request: self.request_id.0?,
            details,
        })
    }
}

/// Where a row stands in the log: what a cursor is made of.
pub fn place(row: &Row) -> (SortValue, Uuid) {
    let (at, id) = match row {
        Ok(event) => (event.at, event.id.0),
        Err(unreadable) => (unreadable.at, unreadable.id.nearest()),
    };
    (SortValue::Number(at.0), id)
}

/// Writes a row; `event.details` is stored as `details` seals it.
pub async fn insert(tx: &mut Tx, event: &Event, details: &SealedDetails) -> Result<(), StoreError> {
    if tx.is_postgres() {
        return insert_at_once(tx, event, details).await;
    }
    execute!(
        tx,
        "insert into audit_events (id, created_at, action, actor_id, object_kind, object_id, organization_id, request_id,
           details_hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        event.id.0,
        event.at.0,
        event.action.key(),
        event.actor.map(|id| id.0),
        event.object_kind.key(),
        event.object,
        event.organization.map(|id| id.0),
        event.request.as_str(),
        details.hash.as_slice()
    )?;
    execute!(
        tx,
        "insert into audit_details (event_id, salt, content, search_key) values ($1, $2, $3, $4)",
        event.id.0,
        details.salt.as_slice(),
        details.content.as_str(),
        details.search_key.as_str()
    )?;
    audit_chain::enqueue(tx, event.id.0).await
}

/// The same by one statement, each of which goes to another process and back on Postgres.
async fn insert_at_once(tx: &mut Tx, event: &Event, details: &SealedDetails) -> Result<(), StoreError> {
    execute!(
        tx,
        "with event as (
           insert into audit_events (id, created_at, action, actor_id, object_kind, object_id, organization_id, request_id,
             details_hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ), details as (
           insert into audit_details (event_id, salt, content, search_key) values ($1, $10, $11, $12)
         )
         insert into audit_unsealed (event_id) values ($1)",
        event.id.0,
        event.at.0,
        event.action.key(),
        event.actor.map(|id| id.0),
        event.object_kind.key(),
        event.object,
        event.organization.map(|id| id.0),
        event.request.as_str(),
        details.hash.as_slice(),
        details.salt.as_slice(),
        details.content.as_str(),
        details.search_key.as_str()
    )?;
    Ok(())
}

const SELECT: &str = "select e.id, e.created_at, e.action, e.actor_id, e.object_kind, e.object_id, e.organization_id,
    e.request_id, d.content ";
const FROM: &str = "from audit_events e left join audit_details d on d.event_id = e.id where true";
/// Enough to count.
const FROM_ALONE: &str = "from audit_events e where true";

fn conditions(tx: &Tx, from: &'static str, scope: Scope, search: Option<&str>, filter: &AuditFilter) -> Sql {
    let mut sql = Sql::new(from);
    if let Some(search) = search {
        sql.and_contains(tx, "d.search_key", search);
    }
    if let Some(own) = scope.organization() {
        sql.and("e.organization_id =", own.0);
    }
    if let Some(organization) = filter.organization {
        sql.and("e.organization_id =", organization.0);
    }
    if let Some(actor) = filter.actor {
        sql.and("e.actor_id =", actor.0);
    }
    if let Some(object) = filter.object {
        sql.and("e.object_id =", object);
    }
    if let Some(action) = filter.action {
        sql.and("e.action =", action.key().to_owned());
    }
    let (from, until) = filter.span();
    if let Some(from) = from {
        sql.and("e.created_at >=", from.0);
    }
    if let Some(until) = until {
        sql.and("e.created_at <", until.0);
    }
    sql
}

pub async fn count(
    tx: &mut Tx,
    scope: Scope,
    search: Option<&str>,
    filter: &AuditFilter,
    exactly: bool,
) -> Result<Total, StoreError> {
    let from = if search.is_some() { FROM } else { FROM_ALONE };
    list::count(tx, &conditions(tx, from, scope, search, filter), exactly).await
}

#[expect(clippy::too_many_arguments, reason = "the shape that all lists have")]
/// One page of the log, newest first unless `oldest_first`.
pub async fn page(
    tx: &mut Tx,
    scope: Scope,
    search: Option<&str>,
    filter: &AuditFilter,
    oldest_first: bool,
    position: &Position,
    rows: u32,
    total: Total,
) -> Result<Page<Row>, StoreError> {
    let keyset = Keyset {
        column: "e.created_at",
        id: "e.id",
        descending: !oldest_first,
    };
    let base = conditions(tx, FROM, scope, search, filter).behind(SELECT);
    let page = list::page::<EventRow>(tx, &base, keyset, position, rows, total).await?;
    Ok(list::convert(page, EventRow::read))
}
