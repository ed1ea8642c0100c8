//! Accepting an invitation: what its link says, the form that makes an account of it, and asking for a new link.

pub(crate) mod api;
mod page;
mod renewal;

pub use page::AcceptPage;
pub use renewal::RenewalPage;
