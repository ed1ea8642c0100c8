use leptos::prelude::*;

use super::Tone;

/// A small mark for a state: a status, a role.
#[component]
pub fn Badge(#[prop(default = Tone::Neutral)] tone: Tone, children: Children) -> impl IntoView {
    view! { <span class=format!("c-badge {}", tone.class())>{children()}</span> }
}
