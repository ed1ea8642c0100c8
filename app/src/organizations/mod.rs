//! Organizations: the list, the detail page, and the dialogs that create, edit and delete.

pub(crate) mod api;
mod choices;
mod detail;
mod dialogs;
mod list;

pub use choices::{OrganizationChoices, offer_organizations};
pub use detail::OrganizationPage;
pub use dialogs::{DeleteOrganization, EditOrganization, NewOrganization};
pub use list::OrganizationsPage;
