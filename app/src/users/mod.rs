//! Users: the list, the detail page, and the dialogs that create, edit, suspend and delete.

pub(crate) mod api;
mod detail;
mod dialogs;
mod form;
mod list;

pub use detail::UserPage;
pub use dialogs::{DeleteUser, EditUser, NewUser, ResetUserFactor, SuspendUser};
pub use form::PlacementFields;
pub use list::{PlaceFilter, UsersPage};
