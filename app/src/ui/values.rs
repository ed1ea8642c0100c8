use leptos::prelude::*;

/// The fields of an object on its page; its children are [`KeyValue`]s.
#[component]
pub fn KeyValues(children: Children) -> impl IntoView {
    view! { <dl class="c-values">{children()}</dl> }
}

/// One field: its label, and what it holds as children.
#[component]
pub fn KeyValue(label: &'static str, children: Children) -> impl IntoView {
    view! {
        <dt>{label}</dt>
        <dd>{children()}</dd>
    }
}
