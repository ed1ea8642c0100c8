use leptos::children::ViewFnOnce;
use leptos::html;
use leptos::prelude::*;

use super::{Icon, IconName, ThemeSwitch, Toasts};

/// A heading of the menu and what stands under it.
#[derive(Clone)]
pub struct NavigationGroup {
    /// Absent over the first items.
    pub label: Option<&'static str>,
    pub items: Vec<NavigationItem>,
}

/// A page in the menu.
#[derive(Clone)]
pub struct NavigationItem {
    pub href: String,
    pub label: &'static str,
    pub icon: IconName,
    /// Whether this page or one below it is open.
    pub current: Signal<bool>,
}

/// Who is signed in, and the way to their account.
#[derive(Clone)]
pub struct AccountLink {
    pub name: String,
    pub role: String,
    pub href: String,
}

/// The frame of every signed-in page: the menu beside it or, on a phone, behind the button "Menu".
#[component]
pub fn AppShell(
    #[prop(default = "Usher")] brand: &'static str,
    navigation: Vec<NavigationGroup>,
    account: AccountLink,
    /// The form that signs out.
    #[prop(into)]
    sign_out: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    let side = NodeRef::<html::Nav>::new();
    let hide_menu = move |_| {
        // Refused where the menu is a sidebar, which is how it should be.
        let _ = side.get_untracked().map(|side| side.hide_popover());
    };
    view! {
        <a class="l-skip" href="#content">
            "Skip to content"
        </a>
        <div class="l-shell">
            <header class="l-shell__bar">
                <Brand name=brand />
                <button type="button" class="c-button c-button--secondary" popovertarget="menu">
                    <Icon name=IconName::Menu />
                    "Menu"
                </button>
            </header>
            // A popover opens without any script; where there is room style makes it a plain sidebar.
            <nav node_ref=side class="l-shell__side" id="menu" aria-label="Main" popover>
                <Brand name=brand />
                <div class="c-navigation" on:click=hide_menu>
                    {navigation.into_iter().map(group).collect_view()}
                </div>
                <div class="l-shell__foot">
                    <a class="c-account" href=account.href on:click=hide_menu>
                        {account.name}
                        <span>{account.role}</span>
                    </a>
                    <div class="l-row">{sign_out.run()} <ThemeSwitch /></div>
                </div>
            </nav>
            <main class="l-shell__main" id="content" tabindex="-1">
                <div class="l-shell__page">{children()}</div>
            </main>
        </div>
        <Toasts />
    }
    .into_any()
}

fn group(group: NavigationGroup) -> impl IntoView {
    // One without a heading is called by what stands in it.
    let first = group.items.first().map(|item| item.label);
    let items = group
        .items
        .into_iter()
        .map(|item| {
            let current = item.current;
            view! {
                <li>
                    <a class="c-navigation__item" href=item.href aria-current=move || current.get().then_some("page")>
                        <Icon name=item.icon />
                        {item.label}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="c-navigation__group" aria-label=group.label.or(first).unwrap_or_default()>
            {group.label.map(|label| view! { <p class="c-navigation__label" aria-hidden="true">{label}</p> })}
            <ul>{items}</ul>
        </nav>
    }
    .into_any()
}

/// The frame of a page for somebody who is not signed in: one card in the middle.
#[component]
pub fn PlainShell(#[prop(default = "Usher")] brand: &'static str, children: Children) -> impl IntoView {
    view! {
        <main class="l-plain" id="content">
            <Brand name=brand />
            <div class="l-plain__card">{children()}</div>
        </main>
        <Toasts />
    }
    .into_any()
}

#[component]
fn Brand(name: &'static str) -> impl IntoView {
    view! {
        <a class="l-brand" href="/">
            <Icon name=IconName::Brand />
            {name}
        </a>
    }
    .into_any()
}
