use leptos::prelude::*;

use super::{Icon, IconName};

/// What stands where nothing is: why, and the next step as its children.
#[component]
pub fn EmptyState(
    #[prop(into)] title: String,
    #[prop(default = IconName::Brand)] icon: IconName,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="c-empty">
            <Icon name=icon />
            <h2>{title}</h2>
            {children()}
        </div>
    }
}
