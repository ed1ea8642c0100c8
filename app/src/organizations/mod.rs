//! Organizations: the list, the detail page, and the dialogs that create, edit and delete.

pub(crate) mod api;
mod choices;
mod detail;
mod dialogs;
mod list;

pub use choices::{OfferOrganizations, OrganizationChoices, with_choices};
#[cfg(feature = "ssr")]
pub use choices::{offer_organizations, understood};
pub use detail::OrganizationPage;
pub use dialogs::{DeleteOrganization, EditOrganization, NewOrganization};
pub use list::OrganizationsPage;
