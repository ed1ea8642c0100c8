//! To somebody who changed or reset their own password.

use crate::mail::message::Content;

pub(in crate::mail) fn write(name: &str, link: String) -> Content {
    Content {
        subject: "Your password was changed".to_owned(),
        paragraphs: vec![
            format!("Hello {name},"),
            "The password of your account was changed. If it was you, there is nothing to do.".to_owned(),
            "If it was not, set a new password at once and tell your administrator.".to_owned(),
        ],
        action: Some(("Set a new password", link)),
        closing: "You get this e-mail whenever your password changes.".to_owned(),
        ..Content::default()
    }
}
