//! To the inviter, when the invitee asked for a new link and got it.

use super::place;
use crate::mail::message::Content;

pub(in crate::mail) fn write(invitee: &str, organization: Option<&str>, link: String) -> Content {
    let place = place(organization);
    Content {
        subject: format!("{invitee} asked for a new invitation"),
        paragraphs: vec![
            format!("Your invitation of {invitee} to {place} had expired, and {invitee} asked for a new one."),
            "It was sent to the same address. If this person should no longer join, delete the invitation.".to_owned(),
        ],
        action: Some(("Show invitations", link)),
        closing: "You get this e-mail because you sent the invitation.".to_owned(),
        ..Content::default()
    }
}
