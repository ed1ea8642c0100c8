//! The server function of the audit log and what it sends.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    AppError,
    list::{Listed, Shown},
};

/// A page of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditView {
    pub listed: Listed<EventView>,
    /// Filters that only links set, each with the query of the log without it.
    pub chips: Vec<(String, String)>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    pub at: Shown,
    pub action: String,
    /// An address, "command line", or "Erased".
    pub actor: String,
    /// The query of the log with this actor's events alone.
    pub of_actor: Option<String>,
    /// What the object was called.
    pub object: String,
    /// The query of the log with this object's events alone.
    pub of_object: Option<String>,
    pub changes: Vec<Change>,
    pub address: String,
    pub request: String,
}

/// One field of what was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub label: String,
    /// None where there was nothing before, or is nothing after.
    pub before: Option<String>,
    pub after: Option<String>,
}

#[cfg(feature = "ssr")]
mod convert {
    use backend::audit_log::{Details, Event, Row, UNREADABLE, Unreadable};
    use domain::{audit::AuditFilter, query::AuditQuery, time::Moment};
    use serde_json::Value;

    use super::{Change, EventView};
    use crate::server::{shown, write_query};

    /// The query of the log that this filter alone narrows.
    fn only(filter: AuditFilter) -> String {
        write_query(&AuditQuery {
            filter,
            ..AuditQuery::default()
        })
    }

    impl EventView {
        pub fn new(row: Row, now: Moment) -> Self {
            match row {
                Ok(event) => Self::of(event, now),
                Err(unreadable) => Self::in_place_of(&unreadable, now),
            }
        }

        fn in_place_of(unreadable: &Unreadable, now: Moment) -> Self {
            Self {
                at: shown(unreadable.at, now),
                action: UNREADABLE.to_owned(),
                actor: "–".to_owned(),
                of_actor: None,
                object: "–".to_owned(),
                of_object: None,
                changes: Vec::new(),
                address: String::new(),
                request: String::new(),
            }
        }

        fn of(event: Event, now: Moment) -> Self {
            let is_erased = event.details.is_none();
            let details = event.details.unwrap_or_default();
            let of_actor = |actor| AuditFilter {
                actor: Some(actor),
                ..AuditFilter::default()
            };
            let of_object = |object| AuditFilter {
                object: Some(object),
                ..AuditFilter::default()
            };
            let told = |text: &str| {
                if is_erased {
                    "Erased".to_owned()
                } else {
                    text.to_owned()
                }
            };
            Self {
                at: shown(event.at, now),
                action: event.action.label().to_owned(),
                actor: told(&details.actor),
                of_actor: event.actor.map(|actor| only(of_actor(actor))),
                object: told(&details.object),
                of_object: event.object.map(|object| only(of_object(object))),
                changes: changes(&details),
                address: details.address,
                request: event.request,
            }
        }
    }

    /// The fields that differ, or all of them where there is only one side.
    fn changes(details: &Details) -> Vec<Change> {
        let fields = |side: &Option<Value>| match side {
            Some(Value::Object(fields)) => fields.clone(),
            _ => serde_json::Map::new(),
        };
        let (before, after) = (fields(&details.before), fields(&details.after));
        let labels = before
            .keys()
            .chain(after.keys().filter(|label| !before.contains_key(*label)));
        labels
            .filter(|label| before.get(*label) != after.get(*label))
            .map(|label| Change {
                label: label.clone(),
                before: before.get(label).map(text),
                after: after.get(label).map(text),
            })
            .collect()
    }

    fn text(value: &Value) -> String {
        match value {
            Value::Null => "–".to_owned(),
            Value::String(text) if text.is_empty() => "(empty)".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    #[cfg(test)]
    mod tests {
        use backend::audit_log::Details;
        use serde_json::json;

        use super::changes;

        #[test]
        fn only_what_differs_is_told() {
            let details = Details {
                before: Some(json!({ "Name": "Old", "Code": "ACME", "Description": "" })),
                after: Some(json!({ "Name": "New", "Code": "ACME", "Tier": null })),
                ..Details::default()
            };
            let told: Vec<_> = changes(&details)
                .into_iter()
                .map(|change| (change.label, change.before, change.after))
                .collect();
            let some = |text: &str| Some(text.to_owned());
            let expected = [
                ("Description".to_owned(), some("(empty)"), None),
                ("Name".to_owned(), some("Old"), some("New")),
                ("Tier".to_owned(), None, some("–")),
            ];
            assert_eq!(told, expected);
        }
    }
}

/// A page of the log, asked by the address's query.
#[server(endpoint = "audit/list", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn list_audit(query: String) -> Result<AuditView, AppError> {
    use domain::{audit::AuditFilter, query::AuditQuery};

    use crate::server;

    let management = server::access().await?.management()?;
    let query: AuditQuery = server::read_query(&query);
    let page = management.list_audit(&query).await?;
    let now = server::backend()?.clock().now();
    let without = |filter: AuditFilter| {
        server::write_query(&AuditQuery {
            filter,
            ..query.from_first()
        })
    };
    // Called as the newest event calls them.
    let newest = page
        .rows
        .iter()
        .flatten()
        .next()
        .and_then(|event| event.details.clone())
        .unwrap_or_default();
    let filter = &query.filter;
    let actor = filter.actor.map(|_| {
        let without_actor = AuditFilter {
            actor: None,
            ..filter.clone()
        };
        (format!("Actor: {}", newest.actor), without(without_actor))
    });
    let object = filter.object.map(|_| {
        let without_object = AuditFilter {
            object: None,
            ..filter.clone()
        };
        (format!("Object: {}", newest.object), without(without_object))
    });
    Ok(AuditView {
        chips: actor.into_iter().chain(object).collect(),
        listed: server::listed(
            &query,
            page,
            |row, _| backend::audit_log::place(row),
            |row| EventView::new(row, now),
        ),
    })
}
