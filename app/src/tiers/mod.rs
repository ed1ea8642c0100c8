//! Tiers: the list, and the dialogs that create, edit and delete one.

pub(crate) mod api;
mod dialogs;
mod list;

pub use dialogs::{DeleteTier, EditTier, NewTier};
pub use list::TiersPage;
