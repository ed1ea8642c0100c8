//! Erasing a person from the audit log: what happened stays, who and what they were called goes.

use domain::{
    audit::{Action, ObjectKind},
    problem::Problem,
    text::{Email, compose},
};
use serde_json::{Value, json};
use store::{Tx, audit_erasure};
use uuid::Uuid;

use crate::{
    Backend,
    audit::{COMMAND_LINE, Entry, record_by},
    error::Error,
    mail::folder,
};

/// So many details are looked at at once.
const BATCH: i64 = 1000;

/// What became of a person's traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// How many events lost their personal values.
    pub events: i64,
    /// How many mails to the address lay in files.
    pub files: u64,
    /// How many accepted invitations of the address are still listed.
    pub accepted_invitations: i64,
}

impl Backend {
    /// Deletes the personal values of each event that names the address of somebody who has no account any more. For the
    /// command line. Done again, it finds nothing, and notes nothing.
    pub async fn erase_from_audit(&self, email: &str) -> Result<Erased, Error> {
        let email = &Email::parse(email).map_err(Error::Refused)?;
        let now = self.clock().now();
        let mut erased = self
            .store()
            .write(|mut tx| async move {
                let accepted_invitations = require_gone(&mut tx, email).await?;
                let named = events_naming(&mut tx, email).await?;
                for event in &named {
                    audit_erasure::erase(&mut tx, *event).await?;
                }
                // What was counted against the address is forgotten with it.
                store::bucket::forget(&mut tx, email).await?;
                let events = i64::try_from(named.len()).unwrap_or(i64::MAX);
                if events > 0 {
                    // How many, and not whose.
                    let entry = Entry::without_object(Action::AuditErased, ObjectKind::Installation, "")
                        .after(json!({ "Events": events }));
                    record_by(&mut tx, COMMAND_LINE, now, entry).await?;
                }
                Ok::<_, Error>(Erased {
                    events,
                    files: 0,
                    accepted_invitations,
                })
            })
            .await?;
        erased.files = folder::forget(&folder::folder(self.settings()), email).map_err(folder::undeleted)?;
        Ok(erased)
    }
}

/// Whoever may still sign in, or come to, would leave new traces.
async fn require_gone(tx: &mut Tx, email: &Email) -> Result<i64, Error> {
    let refused = |reason: &str| Error::Refused(Problem::from(format!("{email} {reason}")));
    if store::user::id_of(tx, email).await?.is_some() {
        return Err(refused("has an account. Delete the user first, in the list of users."));
    }
    let (open, accepted) = audit_erasure::count_invitations(tx, email).await?;
    if open > 0 {
        return Err(refused(
            "has an invitation that was not accepted. Delete it first, in the list of invitations.",
        ));
    }
    Ok(accepted)
}

async fn events_naming(tx: &mut Tx, email: &Email) -> Result<Vec<Uuid>, Error> {
    let spellings = spellings(email);
    let mut found = Vec::new();
    let mut last = Uuid::nil();
    loop {
        let rows = audit_erasure::naming(tx, email, last, BATCH).await?;
        let Some((id, _)) = rows.last() else {
            return Ok(found);
        };
        last = *id;
        for (id, content) in rows {
            // What is no JSON was not written by Usher; it is no reason to keep an address.
            let content = serde_json::from_str(&content).unwrap_or(Value::String(content));
            if spellings.iter().any(|spelling| names(&content, spelling)) {
                found.push(id);
            }
        }
    }
}

/// As it is kept, and as people type it: an export notes the words that were searched for, composed or not.
fn spellings(email: &Email) -> Vec<String> {
    [Some(email.to_string()), email.as_read()]
        .into_iter()
        .flatten()
        .collect()
}

/// Whether an address stands in any text, in whatever depth.
fn names(value: &Value, email: &str) -> bool {
    match value {
        Value::String(text) => stands_in(text, email),
        Value::Array(items) => items.iter().any(|item| names(item, email)),
        Value::Object(fields) => fields
            .iter()
            .any(|(label, value)| stands_in(label, email) || names(value, email)),
        _ => false,
    }
}

/// The whole address: ann@example.com does not stand in joann@example.com, nor in ann@example.com.au.
fn stands_in(text: &str, email: &str) -> bool {
    let text = compose(text).to_lowercase();
    text.match_indices(email).any(|(at, _)| {
        let mut after = text[at + email.len()..].chars();
        let (next, next_but_one) = (after.next(), after.next());
        let ends = match next {
            Some('.') => next_but_one.is_none_or(|c| !c.is_alphanumeric()),
            Some(c) => !c.is_alphanumeric() && c != '-',
            None => true,
        };
        begins(&text[..at]) && ends
    })
}

/// Whether an address begins behind this text. What could be more of it makes it another: o'brien@ is not brien@. Marks
/// alone are taken for what they usually are, marks before an address, and `q=` is how an export notes a search.
fn begins(before: &str) -> bool {
    let more = before
        .rsplit(|c: char| !c.is_alphanumeric() && !"!#$%&'*+-/=?^_`{|}~.".contains(c))
        .next()
        .unwrap_or_default();
    more == "q=" || (!more.ends_with(['.', '_', '+', '-']) && !more.contains(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{names, stands_in};

    #[test]
    fn only_the_whole_address_counts() {
        let email = "ann@example.com";
        for text in [
            "ann@example.com",
            "q=Ann@Example.com sort=name",
            "<ann@example.com>",
            "It was ann@example.com.",
            "joann@example.com ann@example.com",
            "'ann@example.com'",
            "Searched: =ann@example.com",
        ] {
            assert!(stands_in(text, email), "{text}");
        }
        for text in [
            "joann@example.com",
            "jo.ann@example.com",
            "jo+ann@example.com",
            "ann@example.com.au",
            "ann@example.community",
            "ann@example.com-x.org",
            "o'ann@example.com",
            "jo=ann@example.com",
            "q=o'ann@example.com",
            "jo'.ann@example.com",
            "ann",
        ] {
            assert!(!stands_in(text, email), "{text}");
        }
    }

    #[test]
    fn it_is_found_composed_or_not() {
        assert!(stands_in("q=ann@bu\u{308}cher.example", "ann@bücher.example"));
        assert!(!stands_in("q=ann@bucher.example", "ann@bücher.example"));
    }

    #[test]
    fn it_is_found_in_whatever_depth() {
        let found = |value| names(&value, "ann@example.com");
        assert!(found(
            json!({ "after": { "People": ["eve@example.com", "ann@example.com"] } })
        ));
        assert!(found(json!({ "ann@example.com": 1 })));
        assert!(!found(json!({ "after": { "People": ["eve@example.com", 7, null] } })));
    }
}
