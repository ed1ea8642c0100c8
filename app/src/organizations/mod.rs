//! Organizations: the list, the detail page, and the dialogs that create, edit and delete.

pub(crate) mod api;
mod detail;
mod dialogs;
mod list;

pub use detail::OrganizationPage;
pub use dialogs::{DeleteOrganization, EditOrganization, NewOrganization};
pub use list::OrganizationsPage;
