//! To somebody who is invited.

use domain::{role::Role, time::Moment};

use super::place;
use crate::{
    mail::message::Content,
    show::{date, exact},
};

pub(in crate::mail) fn write(
    organization: Option<&str>,
    inviter: &str,
    role: Role,
    expires: Moment,
    link: String,
) -> Content {
    let place = place(organization);
    Content {
        subject: format!("{inviter} invites you to {place}"),
        paragraphs: vec![
            format!("{inviter} invites you to {place}."),
            "To join, open the link, tell your name and choose a password.".to_owned(),
        ],
        facts: vec![
            (
                "Organization",
                organization.unwrap_or("None (Global Administrator)").to_owned(),
            ),
            ("Role", role.label().to_owned()),
            ("Invited by", inviter.to_owned()),
            ("Valid until", format!("{} ({})", date(expires), exact(expires))),
        ],
        action: Some(("Accept invitation", link)),
        closing:
            "The link is for you alone and works once. If you did not expect this invitation, ignore this e-mail: \
                  nothing happens."
                .to_owned(),
    }
}
