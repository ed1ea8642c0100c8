use leptos::prelude::*;

use super::{Icon, Tone};

/// A message in the page. Warnings and dangers are announced at once when they appear.
#[component]
pub fn Alert(
    #[prop(optional)] tone: Tone,
    #[prop(optional, into)] title: Option<String>,
    children: Children,
) -> impl IntoView {
    let role = match tone {
        Tone::Warning | Tone::Danger => "alert",
        Tone::Info | Tone::Success | Tone::Neutral => "status",
    };
    view! {
        <div class=format!("c-alert {}", tone.class()) role=role>
            <Icon name=tone.icon() />
            <div class="c-alert__body">
                {title.map(|title| view! { <p class="c-alert__title">{title}</p> })}
                <div>{children()}</div>
            </div>
        </div>
    }
}
