//! To somebody who forgot the password.

use crate::mail::message::Content;

pub(in crate::mail) fn write(name: &str, link: String) -> Content {
    Content {
        subject: "Set a new password".to_owned(),
        paragraphs: vec![
            format!("Hello {name},"),
            "Somebody, probably you, asked to set a new password for your account.".to_owned(),
        ],
        action: Some(("Set a new password", link)),
        closing:
            "The link is valid for 10 minutes and works once. If you did not ask for it, ignore this e-mail: your \
                  password stays as it is."
                .to_owned(),
        ..Content::default()
    }
}
