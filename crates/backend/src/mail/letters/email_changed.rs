//! To the old and to the new address of somebody whose address changed.

use crate::mail::message::Content;

pub(in crate::mail) fn write(name: &str, old: &str, new: &str, by: &str, link: String) -> Content {
    Content {
        subject: "Your e-mail address was changed".to_owned(),
        paragraphs: vec![
            format!("Hello {name},"),
            format!("{by} changed the e-mail address of your account. From now on you sign in with the new one."),
        ],
        facts: vec![("Old address", old.to_owned()), ("New address", new.to_owned())],
        action: Some(("Open Usher", link)),
        closing: "Both addresses get this e-mail. If this surprises you, tell your administrator.".to_owned(),
    }
}
