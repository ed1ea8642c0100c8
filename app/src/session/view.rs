use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    list::{Shown, When, heading},
    ui::{Badge, Cell, DataTable, Tone},
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

/// Sessions as a table; `act` makes what stands at the end of a row.
#[component]
pub fn Sessions(
    sessions: Vec<SignedInView>,
    #[prop(optional, into)] act: Option<Callback<(SignedInView,), AnyView>>,
) -> impl IntoView {
    let labels = ["Browser", "Address", "Last seen", "Signed in"];
    let mut columns: Vec<_> = labels.into_iter().map(heading).collect();
    if act.is_some() {
        columns.push(heading("Actions"));
    }
    let rows = sessions
        .into_iter()
        .map(|session| {
            let actions = act.map(|act| act.run((session.clone(),)));
            view! {
                <tr>
                    <Cell label="Browser">
                        {session.browser} " "
                        {session.is_current.then(|| view! { <Badge tone=Tone::Info>"This one"</Badge> })}
                    </Cell>
                    <Cell label="Address">
                        <code>{session.address}</code>
                    </Cell>
                    <Cell label="Last seen">
                        <When shown=session.last_seen />
                    </Cell>
                    <Cell label="Signed in" muted=true>
                        <When shown=session.created />
                    </Cell>
                    {actions}
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable label="Sessions" columns>
            {rows}
        </DataTable>
    }
    .into_any()
}
