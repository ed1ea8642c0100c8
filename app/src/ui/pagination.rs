use leptos::prelude::*;

/// A page size to choose.
#[derive(Clone, Debug)]
pub struct PageSize {
    pub rows: u32,
    pub href: String,
    pub current: bool,
}

/// Where one is in a list, and the ways to its other pages. A way that leads nowhere is shown disabled; Last is absent where
/// the total is not known, because then nobody knows where it leads.
#[component]
pub fn Pagination(
    /// "1–25 of 403".
    #[prop(into)]
    position: String,
    first: Option<String>,
    previous: Option<String>,
    next: Option<String>,
    last: Option<String>,
    /// Whether the total is known; then Last is shown disabled on the last page.
    #[prop(default = false)]
    last_known: bool,
    #[prop(optional)] sizes: Vec<PageSize>,
    /// Tells two of them on one page apart.
    #[prop(default = "Pages")]
    label: &'static str,
) -> impl IntoView {
    let last = (last.is_some() || last_known).then(|| way("Last", last, "last"));
    let sizes = (!sizes.is_empty()).then(|| {
        let sizes = sizes
            .into_iter()
            .map(|size| {
                let current = size.current.then_some("true");
                view! {
                    <a href=size.href aria-current=current aria-label=format!("{} rows a page", size.rows) data-noscroll>
                        {size.rows}
                    </a>
                }
            })
            .collect_view();
        view! {
            <div class="c-pagination__group">
                <span>"Rows"</span>
                {sizes}
            </div>
        }
    });
    view! {
        <nav class="c-pagination" aria-label=label>
            <span>{position}</span>
            {sizes}
            <div class="c-pagination__group">
                {way("First", first, "first")}
                {way("Previous", previous, "prev")}
                {way("Next", next, "next")}
                {last}
            </div>
        </nav>
    }
    .into_any()
}

fn way(label: &'static str, href: Option<String>, rel: &'static str) -> AnyView {
    match href {
        Some(href) => view! { <a href=href rel=rel>{label}</a> }.into_any(),
        None => view! { <span role="link" aria-disabled="true">{label}</span> }.into_any(),
    }
}
