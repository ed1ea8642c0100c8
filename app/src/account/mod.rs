//! The own account: name, sessions, theme and password.

pub(crate) mod api;
mod page;
mod password;

pub use page::AccountPage;
pub use password::PasswordPage;
