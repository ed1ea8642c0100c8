//! Invitations: the list, the detail page, and the dialogs that send, resend, show the link and delete.

pub(crate) mod api;
mod detail;
mod dialogs;
mod expiry;
mod list;
mod marks;
mod new;

pub use detail::InvitationPage;
pub use dialogs::{DeleteInvitation, InvitationLink, ResendInvitation};
pub use list::InvitationsPage;
pub use new::NewInvitation;
