//! To the inviter, when somebody accepted.

use super::place;
use crate::mail::message::Content;

pub(in crate::mail) fn write(invitee: &str, name: &str, organization: Option<&str>, link: String) -> Content {
    let place = place(organization);
    Content {
        subject: format!("{name} accepted your invitation"),
        paragraphs: vec![format!(
            "{name} ({invitee}) accepted your invitation to {place} and can sign in now."
        )],
        action: Some(("Show users", link)),
        closing: "You get this e-mail because you sent the invitation.".to_owned(),
        ..Content::default()
    }
}
