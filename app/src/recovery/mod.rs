//! Coming back after a forgotten password.

pub(crate) mod api;
mod forgot;
mod reset;

pub use forgot::ForgotPasswordPage;
pub use reset::ResetPasswordPage;
