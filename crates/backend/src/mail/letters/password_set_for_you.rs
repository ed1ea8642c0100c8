//! To somebody whose password was set by somebody else.

use crate::mail::message::Content;

pub(in crate::mail) fn write(name: &str, by: &str, link: String) -> Content {
    Content {
        subject: "Your password was set by somebody else".to_owned(),
        paragraphs: vec![
            format!("Hello {name},"),
            format!(
                "{by} set a password for your account, and you were signed out everywhere. Ask {by} for the password; \
                 when you sign in with it, you choose your own."
            ),
        ],
        action: Some(("Sign in", link)),
        closing: "The password that was set is valid for 72 hours. If this surprises you, ask your administrator."
            .to_owned(),
        ..Content::default()
    }
}
