//! Reading the audit log: of everything for an Admin, of the own organization for an Org Admin.

use domain::{page::Page, query::AuditQuery};
pub use store::audit::{Details, Event, Row, Unreadable, place};

use crate::{access::Management, error::Error};

/// What lists and files say in place of an event that they cannot read.
pub const UNREADABLE: &str = "Not as Usher wrote it";

impl Management {
    /// Newest first unless the order is turned round. Searched by actor and object.
    pub async fn list_audit(&self, query: &AuditQuery) -> Result<Page<Row>, Error> {
        let mut tx = self.backend.store().read().await?;
        let filter = &query.filter;
        let (scope, search) = (self.scope, query.search.as_deref());
        let total = store::audit::count(&mut tx, scope, search, filter, query.count_exactly).await?;
        let (oldest_first, rows) = (query.sort.descending, query.size.rows());
        let (position, tx) = (&query.position, &mut tx);
        Ok(store::audit::page(tx, scope, search, filter, oldest_first, position, rows, total).await?)
    }
}
