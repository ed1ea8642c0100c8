use leptos::prelude::*;

use super::{Icon, IconName};

/// What stands where nothing is: why, and the next step as its children.
#[component]
pub fn EmptyState(
    #[prop(into)] title: String,
    #[prop(default = IconName::Brand)] icon: IconName,
    /// It stands for a whole page, whose heading it is.
    #[prop(optional)]
    whole_page: bool,
    children: Children,
) -> impl IntoView {
    let title = if whole_page {
        view! { <h1>{title}</h1> }.into_any()
    } else {
        view! { <h2>{title}</h2> }.into_any()
    };
    view! {
        <div class="c-empty">
            <Icon name=icon />
            {title}
            {children()}
        </div>
    }
}
