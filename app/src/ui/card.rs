use leptos::prelude::*;

/// A framed part of a page with a heading.
#[component]
pub fn Card(#[prop(into)] title: String, children: Children) -> impl IntoView {
    view! {
        <section class="c-card">
            <h2 class="c-card__title">{title}</h2>
            <div class="c-card__body">{children()}</div>
        </section>
    }
    .into_any()
}
