//! The parts around a table.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_params_map},
    params::ParamsMap,
};
use web_sys::{HtmlFormElement, HtmlInputElement, HtmlSelectElement};

use super::{Heading, Listed, Shown};
use crate::{
    paths,
    ui::{Column, PageSize, Pagination, SelectOption, SortDirection, Toolbar},
};

/// How long somebody stops typing before the list follows.
const DEBOUNCE: Duration = Duration::from_millis(150);

/// The query of the list that is open, or that lies behind, without its question mark.
pub fn current_search() -> Memo<String> {
    let search = use_location().search;
    Memo::new(move |_| paths::list_query(&search.get()))
}

/// Where the dialog that is being made over this list leads back to.
pub fn back_to(list: &str) -> String {
    let id = id_param();
    let object = Some(id.as_str()).filter(|id| !id.is_empty());
    paths::behind(list, object, &use_location().search.get_untracked())
}

/// Whether the list is open without a dialog over it, as the page is made.
pub fn is_list_itself(list: &str) -> bool {
    use_location()
        .pathname
        .with_untracked(|path| path.trim_end_matches('/') == list)
}

/// A word of the query as it is when the page is made.
pub fn initial(word: &str) -> String {
    use_location()
        .query
        .with_untracked(|query| query.get(word).unwrap_or_default())
}

/// The id in the address of a dialog, as it is when the dialog is made.
pub fn id_param() -> String {
    use_params_map().with_untracked(|params| params.get("id").unwrap_or_default())
}

/// The options of a filter, behind one that stands for all or none of them.
pub fn all_or(all: &str, options: impl IntoIterator<Item = SelectOption>) -> Vec<SelectOption> {
    std::iter::once(SelectOption::new("", all)).chain(options).collect()
}

/// The heading of a column that the list can be sorted by. It sorts what the address asks for now, which may be newer than
/// the rows below.
pub fn sorted(label: &'static str, key: &str, path: &'static str, headings: &[Heading]) -> Column {
    let Some(heading) = headings.iter().find(|heading| heading.key == key) else {
        return Column::new(label);
    };
    let direction = heading.descending.map(|descending| {
        if descending {
            SortDirection::Descending
        } else {
            SortDirection::Ascending
        }
    });
    let (search, order) = (current_search(), heading.href.clone());
    let href =
        Signal::derive(move || paths::with_query(path, &search.with(|search| paths::in_order_of(search, &order))));
    Column::new(label).sorted(href, direction)
}

/// The heading of a column that it cannot be sorted by.
pub fn heading(label: &'static str) -> Column {
    Column::new(label)
}

/// Search and filters: a GET form that works without script, and follows the typing with it.
#[component]
pub fn ListToolbar(path: &'static str, children: Children) -> impl IntoView {
    let navigate = use_navigate();
    let location = use_location();
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let follow = move |after: Duration| {
        if let Some(waiting) = timer.get_value() {
            waiting.clear();
        }
        let (navigate, pathname, search) = (navigate.clone(), location.pathname, location.search);
        let handle = set_timeout_with_handle(
            move || {
                let Some(form) = toolbar_form() else { return };
                let address = paths::with_query(path, &query_of(&form));
                // Who follows a link while its page is still loading is not called back, nor is what stands here already.
                let here = paths::with_query(path, &search.get_untracked());
                if pathname.get_untracked().trim_end_matches('/') != path || address == here {
                    return;
                }
                let options = NavigateOptions {
                    replace: true,
                    scroll: false,
                    ..NavigateOptions::default()
                };
                navigate(&address, options);
            },
            after,
        );
        timer.set_value(handle.ok());
    };
    let (typed, chosen) = (follow.clone(), follow);
    // Back, a chip or "Clear all" change the address: the fields follow, unless somebody is in one of them.
    Effect::new(move |_| {
        location.search.track();
        if let Some(form) = toolbar_form() {
            follow_address(&form, &location.query.get_untracked());
        }
    });
    on_cleanup(move || {
        if let Some(Some(waiting)) = timer.try_get_value() {
            waiting.clear();
        }
    });
    view! {
        <Toolbar
            action=path
            on:input=move |_| typed(DEBOUNCE)
            on:change=move |_| chosen(Duration::ZERO)
            on:submit=move |event| event.prevent_default()
        >
            {children()}
            // Kept by the form too, where no script follows the address.
            <input type="hidden" name="sort" value=initial("sort") />
            <input type="hidden" name="size" value=initial("size") />
        </Toolbar>
    }
    .into_any()
}

/// The form of the one toolbar that a page has.
fn toolbar_form() -> Option<HtmlFormElement> {
    let found = document().query_selector("form.c-toolbar").ok().flatten()?;
    found.dyn_into().ok()
}

/// The form's fields as a query, without the empty ones.
fn query_of(form: &HtmlFormElement) -> String {
    let words = fields(form).filter_map(|(name, field)| {
        let value = match &field {
            Field::Input(input) if input.type_() == "checkbox" && !input.checked() => String::new(),
            Field::Input(input) => input.value(),
            Field::Select(select) => select.value(),
        };
        let value = value.trim();
        (!value.is_empty()).then(|| format!("{name}={}", String::from(js_sys::encode_uri_component(value))))
    });
    words.collect::<Vec<_>>().join("&")
}

/// Fills the form's fields from the query, unless somebody is in one of them.
fn follow_address(form: &HtmlFormElement, query: &ParamsMap) {
    if document()
        .active_element()
        .is_some_and(|active| form.contains(Some(&active)))
    {
        return;
    }
    for (name, field) in fields(form) {
        let value = query.get(&name).unwrap_or_default();
        match field {
            Field::Input(input) if input.type_() == "checkbox" => input.set_checked(!value.is_empty()),
            Field::Input(input) => input.set_value(&value),
            Field::Select(select) => select.set_value(&value),
        }
    }
}

enum Field {
    Input(HtmlInputElement),
    Select(HtmlSelectElement),
}

/// The fields that have a name and can be used.
fn fields(form: &HtmlFormElement) -> impl Iterator<Item = (String, Field)> {
    let elements = form.elements();
    (0..elements.length()).filter_map(move |index| {
        let element = elements.item(index)?;
        let name = element.get_attribute("name")?;
        match element.dyn_into::<HtmlInputElement>() {
            Ok(input) => Some((name, Field::Input(input))),
            Err(element) => element
                .dyn_into::<HtmlSelectElement>()
                .ok()
                .map(|select| (name, Field::Select(select))),
        }
    })
}

/// The way to a list's other pages.
#[component]
pub fn Pages<V: 'static>(path: &'static str, listed: Listed<V>) -> impl IntoView {
    let at = move |query: String| format!("{path}{query}");
    let sizes = listed.sizes.into_iter().map(|size| PageSize {
        rows: size.rows,
        href: at(size.href),
        current: size.current,
    });
    let sizes: Vec<PageSize> = sizes.collect();
    let count = listed.count_exactly.map(|query| {
        view! {
            <a class="c-pagination__count" href=at(query) data-noscroll>
                "Count exactly"
            </a>
        }
    });
    view! {
        <Pagination
            position=listed.position
            first=listed.first.map(at)
            previous=listed.previous.map(at)
            next=listed.next.map(at)
            last=listed.last.map(at)
            last_known=listed.total_is_known
            sizes
        />
        {count}
    }
    .into_any()
}

/// A time: relative, with the exact one on hover.
#[component]
pub fn When(shown: Shown) -> impl IntoView {
    view! {
        <time datetime=shown.machine title=shown.exact>
            {shown.text}
        </time>
    }
}
