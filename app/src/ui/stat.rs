use leptos::prelude::*;

/// A figure of the overview: what is counted, how many, and a word about it. With `href` all of it opens the list.
#[component]
pub fn Stat(
    #[prop(into)] label: String,
    #[prop(into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] href: Option<String>,
) -> impl IntoView {
    let label = match href {
        Some(href) => view! { <a class="c-stat__label" href=href>{label}</a> }.into_any(),
        None => view! { <span class="c-stat__label">{label}</span> }.into_any(),
    };
    view! {
        <div class="c-stat">
            {label}
            <span class="c-stat__value">{value}</span>
            {hint.map(|hint| view! { <span class="c-stat__hint">{hint}</span> })}
        </div>
    }
}
