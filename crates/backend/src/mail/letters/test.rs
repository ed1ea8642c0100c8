//! To whoever tests the mail server.

use crate::mail::message::Content;

pub(in crate::mail) fn write(by: &str, link: String) -> Content {
    Content {
        subject: "Test e-mail from Usher".to_owned(),
        paragraphs: vec![
            "This e-mail went the way that invitations go. That you read it means that the mail server works."
                .to_owned(),
        ],
        facts: vec![("Sent by", by.to_owned())],
        action: Some(("Open Usher", link)),
        closing: "There is nothing to do.".to_owned(),
    }
}
