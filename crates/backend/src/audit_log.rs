//! Reading the audit log: of everything for an Admin, of the own organization for an Org Admin.

use domain::{page::Page, query::AuditQuery};
pub use store::audit::{Details, Event};

use crate::{access::Management, error::Error};

impl Management {
    /// Newest first unless the order is turned round. A search has no meaning here.
    pub async fn list_audit(&self, query: &AuditQuery) -> Result<Page<Event>, Error> {
        let mut tx = self.backend.store().read().await?;
        let filter = &query.filter;
        let total = store::audit::count(&mut tx, self.scope, filter, query.count_exactly).await?;
        let (oldest_first, rows) = (query.sort.descending, query.size.rows());
        Ok(store::audit::page(&mut tx, self.scope, filter, oldest_first, &query.position, rows, total).await?)
    }
}
