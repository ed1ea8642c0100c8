//! The first page: for those who administer, how things are and what to do; for a User the own account.

pub(crate) mod api;
mod invitations;
mod mail;
mod page;

pub use page::HomePage;
