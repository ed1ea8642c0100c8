//! The audit log: who did what, on which object, when.

pub(crate) mod api;
mod list;

pub use list::AuditPage;
