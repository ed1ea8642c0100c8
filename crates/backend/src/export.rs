//! Lists as CSV: everything that matches, in the list's order, read a thousand rows at a time, so that memory stays
//! small however long the list is.

mod cells;

pub use cells::harmless;
use domain::{
    audit::{Action, ObjectKind},
    page::{Cursor, Page, Position, SortValue, Total},
    query::{AuditQuery, InvitationQuery, OrganizationQuery, UserQuery},
    time::Moment,
};
use serde_json::json;
use store::Scope;
use uuid::Uuid;

use crate::{
    Backend,
    access::{Administration, Caller, Management},
    audit::{Entry, record},
    error::Error,
};

/// Rows of one chunk.
const ROWS: u32 = 1000;

/// A list on its way out, chunk by chunk.
pub struct Export {
    backend: Backend,
    scope: Scope,
    list: List,
    /// Status is told as of the beginning.
    now: Moment,
    /// None once the last row was read.
    next: Option<Position>,
}

enum List {
    Organizations(OrganizationQuery),
    Users(UserQuery),
    Invitations(InvitationQuery),
    Audit(AuditQuery),
}

impl List {
    const fn name(&self) -> &'static str {
        match self {
            Self::Organizations(_) => "Organizations",
            Self::Users(_) => "Users",
            Self::Invitations(_) => "Invitations",
            Self::Audit(_) => "Audit log",
        }
    }

    /// The query's words, but for where one had paged to.
    fn words(&self) -> String {
        let words = match self {
            Self::Organizations(query) => query.from_first().words(),
            Self::Users(query) => query.from_first().words(),
            Self::Invitations(query) => query.from_first().words(),
            Self::Audit(query) => query.from_first().words(),
        };
        let words: Vec<String> = words
            .0
            .into_iter()
            .map(|(word, value)| format!("{word}={value}"))
            .collect();
        words.join(" ")
    }
}

impl Administration {
    pub async fn export_organizations(&self, query: OrganizationQuery) -> Result<Export, Error> {
        begin(&self.backend, &self.caller, Scope::All, List::Organizations(query)).await
    }
}

impl Management {
    pub async fn export_users(&self, query: UserQuery) -> Result<Export, Error> {
        begin(&self.backend, &self.caller, self.scope, List::Users(query)).await
    }

    pub async fn export_invitations(&self, query: InvitationQuery) -> Result<Export, Error> {
        begin(&self.backend, &self.caller, self.scope, List::Invitations(query)).await
    }

    pub async fn export_audit(&self, query: AuditQuery) -> Result<Export, Error> {
        begin(&self.backend, &self.caller, self.scope, List::Audit(query)).await
    }
}

/// Notes the export before a byte of it leaves.
async fn begin(backend: &Backend, caller: &Caller, scope: Scope, list: List) -> Result<Export, Error> {
    let now = backend.clock().now();
    let (name, words) = (list.name(), &list.words());
    backend
        .store()
        .write(|mut tx| async move {
            let entry = Entry {
                action: Action::ListExported,
                kind: ObjectKind::List,
                object: None,
                name,
                organization: caller.user.organization,
                before: None,
                after: Some(json!({ "Query": words })),
            };
            record(&mut tx, &caller.into(), now, entry).await
        })
        .await?;
    Ok(Export {
        backend: backend.clone(),
        scope,
        list,
        now,
        next: Some(Position::First),
    })
}

impl Export {
    /// The next lines, the first time with the header; None at the end.
    pub async fn next_chunk(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let Some(position) = self.next.take() else {
            return Ok(None);
        };
        let mut lines = cells::Lines::default();
        if position == Position::First {
            lines.header(match &self.list {
                List::Organizations(_) => &cells::ORGANIZATION,
                List::Users(_) => &cells::USER,
                List::Invitations(_) => &cells::INVITATION,
                List::Audit(_) => &cells::EVENT,
            })?;
        }
        // The connection is given back between the chunks: a slow reader holds nothing.
        let mut tx = self.backend.store().read().await?;
        let total = Total::Exact(0);
        self.next = match &self.list {
            List::Organizations(query) => {
                let (search, filter) = (query.search.as_deref(), &query.filter);
                let page =
                    store::organization::page(&mut tx, self.scope, search, filter, query.sort, &position, ROWS, total)
                        .await?;
                lines.rows(&page, cells::organization)?;
                after(&page, |row| row.place_in(query.sort.key))
            }
            List::Users(query) => {
                let (search, filter) = (query.search.as_deref(), &query.filter);
                let page =
                    store::user::page(&mut tx, self.scope, search, filter, query.sort, &position, ROWS, total).await?;
                lines.rows(&page, cells::user)?;
                after(&page, |row| row.place_in(query.sort.key))
            }
            List::Invitations(query) => {
                let (search, filter, now) = (query.search.as_deref(), &query.filter, self.now);
                let page = store::invitation::page(
                    &mut tx, self.scope, search, filter, query.sort, &position, ROWS, total, now,
                )
                .await?;
                lines.rows(&page, |row| cells::invitation(row, now))?;
                after(&page, |row| row.place_in(query.sort.key))
            }
            List::Audit(query) => {
                let oldest_first = query.sort.descending;
                let page = store::audit::page(
                    &mut tx,
                    self.scope,
                    query.search.as_deref(),
                    &query.filter,
                    oldest_first,
                    &position,
                    ROWS,
                    total,
                )
                .await?;
                lines.rows(&page, cells::event)?;
                after(&page, |row| row.place())
            }
        };
        Ok(Some(lines.into_bytes()?))
    }
}

/// Where the page after this one begins; None when this one is the last.
fn after<T>(page: &Page<T>, place: impl Fn(&T) -> (SortValue, Uuid)) -> Option<Position> {
    let last = page.rows.last().filter(|_| page.has_next)?;
    let (value, id) = place(last);
    let number = page.first_number + page.rows.len() as u64 - 1;
    let inclusive = false;
    Some(Position::After(Cursor {
        value,
        id,
        number,
        inclusive,
    }))
}
