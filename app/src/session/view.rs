use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    list::{Shown, heading},
    ui::{DataTable, Rows, Tone},
};

/// A session, as it is listed to whoever may end it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedInView {
    pub id: String,
    /// "Firefox on Linux".
    pub browser: String,
    pub address: String,
    pub last_seen: Shown,
    pub created: Shown,
    /// The one that asks.
    pub is_current: bool,
}

#[cfg(feature = "ssr")]
impl SignedInView {
    pub fn new(session: backend::sessions::Session, is_current: bool, now: domain::time::Moment) -> Self {
        use crate::server::{browser_of, shown};

        Self {
            id: session.id.to_string(),
            browser: browser_of(&session.user_agent),
            address: session.address,
            last_seen: shown(session.last_seen, now),
            created: shown(session.created, now),
            is_current,
        }
    }
}

/// Sessions as a table; `end`, where it is given, makes the address at which one is ended.
#[component]
pub fn Sessions(sessions: Vec<SignedInView>, #[prop(optional)] end: Option<fn(&str) -> String>) -> impl IntoView {
    let labels = ["Browser", "Address", "Last seen", "Signed in"];
    let mut columns: Vec<_> = labels.into_iter().map(heading).collect();
    if end.is_some() {
        columns.push(heading("Actions"));
    }
    let mut rows = Rows::default();
    for session in &sessions {
        rows.row().cell("Browser").text(&session.browser);
        if session.is_current {
            rows.badge(Tone::Info, "This one");
        }
        rows.cell("Address").code(&session.address);
        rows.cell("Last seen").time(session.last_seen.parts());
        rows.muted("Signed in").time(session.created.parts());
        if let Some(end) = end {
            rows.actions();
            if !session.is_current {
                rows.page("Sign out", &session.browser, &end(&session.id));
            }
        }
    }
    view! { <DataTable label="Sessions" columns rows /> }.into_any()
}
