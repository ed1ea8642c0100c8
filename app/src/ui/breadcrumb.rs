use leptos::prelude::*;

/// One step of a [`Breadcrumb`].
#[derive(Clone, Debug)]
pub struct Crumb {
    pub label: String,
    /// Where it leads; the last step, the page itself, leads nowhere.
    pub href: Option<String>,
}

impl Crumb {
    /// A step that leads somewhere.
    pub fn link(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: Some(href.into()),
        }
    }

    /// The page itself.
    pub fn here(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: None,
        }
    }
}

/// The way from the list to this page.
#[component]
pub fn Breadcrumb(crumbs: Vec<Crumb>) -> impl IntoView {
    let steps = crumbs
        .into_iter()
        .map(|Crumb { label, href }| match href {
            Some(href) => view! { <li><a href=href>{label}</a></li> }.into_any(),
            None => view! { <li aria-current="page">{label}</li> }.into_any(),
        })
        .collect_view();
    view! {
        <nav class="c-breadcrumb" aria-label="Breadcrumb">
            <ol>{steps}</ol>
        </nav>
    }
}
