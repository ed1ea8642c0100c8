//! The own account: name, sessions, theme, password and second factor.

pub(crate) mod api;
mod end_sessions;
mod page;
mod password;
mod second_factor;

pub use end_sessions::EndSessionsPage;
pub use page::AccountPage;
pub use password::PasswordPage;
pub use second_factor::SecondFactorPage;
