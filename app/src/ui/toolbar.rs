use leptos::prelude::*;

use super::select_field::options_as_markup;
use super::{Icon, IconName, SelectOption, use_hydrated};

/// Search and filters above a table: a GET form. Its "Apply" button serves until the page is woken; then the page itself
/// is to listen for `input` and `change` on it.
#[component]
pub fn Toolbar(
    /// The list's own address, without a query.
    #[prop(into)]
    action: String,
    children: Children,
) -> impl IntoView {
    let hydrated = use_hydrated();
    view! {
        <form class="c-toolbar" method="get" action=action role="search">
            {children()}
            <button type="submit" class="c-button c-button--secondary" hidden=move || hydrated.get()>
                "Apply"
            </button>
        </form>
    }
    .into_any()
}

/// The search of a list.
#[component]
pub fn SearchBox(
    #[prop(default = "q")] name: &'static str,
    #[prop(optional, into)] value: String,
    #[prop(default = "Search")] label: &'static str,
) -> impl IntoView {
    view! {
        <div class="c-search">
            <Icon name=IconName::Search />
            <input class="c-input" type="search" name=name value=value aria-label=label placeholder=label autocomplete="off" />
        </div>
    }
}

/// A filter of few choices.
#[component]
pub fn FilterSelect(
    name: &'static str,
    label: &'static str,
    options: Vec<SelectOption>,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    let id = format!("filter-{name}");
    view! {
        <div class="c-filter">
            <label for=id.clone()>{label}</label>
            <div class="c-select">
                <select
                    class="c-input"
                    id=id
                    name=name
                    disabled=move || disabled.get()
                    inner_html=options_as_markup(&options, &value)
                ></select>
                <Icon name=IconName::ChevronDown />
            </div>
        </div>
    }
    .into_any()
}

/// A filter by a day.
#[component]
pub fn FilterDate(name: &'static str, label: &'static str, #[prop(optional, into)] value: String) -> impl IntoView {
    let id = format!("filter-{name}");
    view! {
        <div class="c-filter">
            <label for=id.clone()>{label}</label>
            <input class="c-input" type="date" id=id name=name value=value />
        </div>
    }
}

/// A filter that is on or off; sent as `true` or not at all.
#[component]
pub fn FilterCheckbox(name: &'static str, label: &'static str, #[prop(optional)] checked: bool) -> impl IntoView {
    view! {
        <label class="c-check">
            <input type="checkbox" name=name value="true" checked=checked />
            <span>{label}</span>
        </label>
    }
}

/// A filter that is active, and the address of the list without it.
#[derive(Clone, Debug)]
pub struct Chip {
    /// "Role: Admin".
    pub label: String,
    pub remove: String,
}

/// The active filters as chips, each with a way to remove it; nothing where none is active.
#[component]
pub fn ActiveFilters(
    chips: Vec<Chip>,
    /// The address of the list without any filter.
    #[prop(into)]
    clear: String,
) -> impl IntoView {
    (!chips.is_empty()).then(|| {
        let chips = chips
            .into_iter()
            .map(|Chip { label, remove }| {
                let remove_label = format!("Remove filter {label}");
                view! {
                    <li class="c-chip">
                        <span>{label}</span>
                        <a href=remove aria-label=remove_label data-noscroll>
                            <Icon name=IconName::Close />
                        </a>
                    </li>
                }
            })
            .collect_view();
        view! {
            <ul class="c-chips" aria-label="Active filters">
                {chips}
                <li>
                    <a class="c-button c-button--quiet c-button--small" href=clear data-noscroll>
                        "Clear all"
                    </a>
                </li>
            </ul>
        }
    })
}
