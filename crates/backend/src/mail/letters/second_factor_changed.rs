//! To somebody whose second factor was turned on or off, by themselves or by an administrator.

use crate::mail::message::Content;

pub(in crate::mail) fn write(name: &str, is_on: bool, by: Option<&str>, link: String) -> Content {
    let (subject, happened) = match (is_on, by) {
        (true, _) => (
            "Your second factor was set up",
            "From now on signing in asks for a code of your authenticator, and you were signed out everywhere else."
                .to_owned(),
        ),
        (false, None) => (
            "Your second factor was turned off",
            "Signing in no longer asks for a code of your authenticator.".to_owned(),
        ),
        (false, Some(by)) => (
            "Your second factor was reset",
            format!(
                "{by} has reset your second factor, and you were signed out everywhere. Signing in no longer asks for a \
                 code, until you set it up again."
            ),
        ),
    };
    Content {
        subject: subject.to_owned(),
        paragraphs: vec![format!("Hello {name},"), happened],
        action: Some(("Your account", link)),
        closing: "If this surprises you, change your password at once and tell your administrator.".to_owned(),
        ..Content::default()
    }
}
