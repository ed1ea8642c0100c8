use leptos::prelude::*;

/// A page's heading; its children are the page's actions.
#[component]
pub fn PageHeader(#[prop(into)] title: String, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    view! {
        <header class="c-page-header">
            <h1>{title}</h1>
            {children.map(|children| view! { <div class="c-page-header__actions">{children()}</div> })}
        </header>
    }
}
