//! Lists as CSV, the audit log as JSON Lines too: everything that matches, in the list's order, read a thousand rows at a
//! time, so that memory stays small however long the list is.

mod cells;
mod json_lines;

pub use cells::harmless;
use domain::{
    audit::{Action, ObjectKind},
    page::{Cursor, Page, Position, SortValue, Total},
    query::{AuditQuery, InvitationQuery, OrganizationQuery, UserQuery},
    time::Moment,
};
use serde_json::json;
use store::{
    Scope, Tx,
    audit::{self, Row},
};
use uuid::Uuid;

use crate::{
    Backend,
    access::{Administration, Caller, Management},
    audit::{Entry, record},
    error::Error,
    sealing,
};

/// Rows of one chunk.
pub(crate) const ROWS: u32 = 1000;

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
    AuditLines(AuditQuery),
}

impl List {
    const fn name(&self) -> &'static str {
        match self {
            Self::Organizations(_) => "Organizations",
            Self::Users(_) => "Users",
            Self::Invitations(_) => "Invitations",
            Self::Audit(_) | Self::AuditLines(_) => "Audit log",
        }
    }

    /// The query's words, but for where one had paged to.
    fn words(&self) -> String {
        let words = match self {
            Self::Organizations(query) => query.from_first().words(),
            Self::Users(query) => query.from_first().words(),
            Self::Invitations(query) => query.from_first().words(),
            Self::Audit(query) | Self::AuditLines(query) => query.from_first().words(),
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

    /// As JSON Lines: for an Admin, to whom the whole log belongs, the last line is the head.
    pub async fn export_audit_lines(&self, query: AuditQuery) -> Result<Export, Error> {
        begin(&self.backend, &self.caller, self.scope, List::AuditLines(query)).await
    }
}

/// Notes the export before a byte of it leaves.
async fn begin(backend: &Backend, caller: &Caller, scope: Scope, list: List) -> Result<Export, Error> {
    let now = backend.clock().now();
    let (name, words) = (list.name(), &list.words());
    backend
        .store()
        .write(|mut tx| async move {
            let entry = Entry::without_object(Action::ListExported, ObjectKind::List, name)
                .organization(caller.user.organization)
                .after(json!({ "Query": words }));
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
        let mut lines = cells::Csv::default();
        if position == Position::First {
            match &self.list {
                List::Organizations(_) => lines.header(&cells::ORGANIZATION)?,
                List::Users(_) => lines.header(&cells::USER)?,
                List::Invitations(_) => lines.header(&cells::INVITATION)?,
                List::Audit(_) => lines.header(&cells::EVENT)?,
                List::AuditLines(_) => {}
            }
        }
        // The connection is given back between the chunks: a slow reader holds nothing.
        let mut tx = self.backend.store().read().await?;
        // Nobody is told how many there are, so nobody counts.
        let total = Total::MoreThan(0);
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
                let (scope, sort) = (self.scope, query.sort);
                let users = store::user::lines(&mut tx, scope, search, filter, sort, &position, ROWS).await?;
                lines.users(&users)?;
                users.next
            }
            List::Invitations(query) => {
                let (search, filter, now) = (query.search.as_deref(), &query.filter, self.now);
                let page = store::invitation::page(
                    &mut tx,
                    self.scope,
                    search,
                    filter,
                    query.sort,
                    &position,
                    ROWS,
                    &total.into(),
                    now,
                )
                .await?;
                lines.rows(&page, |row| cells::invitation(row, now))?;
                after(&page, |row| row.place_in(query.sort.key))
            }
            List::Audit(query) => {
                let page = self.events(&mut tx, query, &position).await?;
                lines.rows(&page, cells::audit_row)?;
                after(&page, audit::place)
            }
            List::AuditLines(query) => {
                let page = self.events(&mut tx, query, &position).await?;
                let next = after(&page, audit::place);
                let mut lines = json_lines::events(&page.rows)?;
                if next.is_none() && self.scope == Scope::All {
                    lines.extend(json_lines::head(&sealing::head(&mut tx).await?)?);
                }
                self.next = next;
                return Ok(Some(lines));
            }
        };
        Ok(Some(lines.into_bytes()?))
    }
}

impl Export {
    async fn events(&self, tx: &mut Tx, query: &AuditQuery, position: &Position) -> Result<Page<Row>, Error> {
        let (search, oldest_first) = (query.search.as_deref(), query.sort.descending);
        let (filter, total) = (&query.filter, Total::MoreThan(0));
        Ok(audit::page(tx, self.scope, search, filter, oldest_first, position, ROWS, total).await?)
    }
}

/// Where the page after this one begins; None when this one is the last.
pub(crate) fn after<T>(page: &Page<T>, place: impl Fn(&T) -> (SortValue, Uuid)) -> Option<Position> {
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
