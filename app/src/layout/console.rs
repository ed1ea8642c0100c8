//! The frame of signed-in pages: the menu by role, who is signed in, and the way out.

use domain::role::Permission;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::Outlet, hooks::use_location};

use super::failure::{Failure, sign_in_address};
use crate::{
    AppError,
    compact::share,
    form::{Act, Form, Posted, posted_in_vain},
    paths,
    session::{SessionView, SignOut},
    ui::{AccountLink, AppShell, Button, ButtonKind, IconName, NavigationGroup, NavigationItem, PlainShell},
};

/// Everything that needs a session. Without one, or with a password to change first, it leads there.
///
/// It waits for nothing, so that the page inside is built once on either side.
#[component]
pub fn Console() -> impl IntoView {
    match share(known_session) {
        Some(Ok(session)) if session.must_change_password && !is_at(paths::ACCOUNT_PASSWORD) => {
            first(&CHANGE_PASSWORD, || paths::ACCOUNT_PASSWORD.to_owned())
        }
        Some(Ok(session)) if session.must_set_up_second_factor && !is_at(paths::SECOND_FACTOR) => {
            first(&SET_UP_SECOND_FACTOR, || paths::SECOND_FACTOR.to_owned())
        }
        Some(Ok(session)) => view! { <Frame session /> }.into_any(),
        Some(Err(AppError::Unauthenticated)) => first(&SIGN_IN, sign_in_address),
        Some(Err(error)) => view! {
            <PlainShell>
                <Failure error />
            </PlainShell>
        }
        .into_any(),
        // The router came here from a page outside the console: only the server knows who is signed in.
        None => {
            Effect::new(|_| {
                let _ = window().location().reload();
            });
            ().into_any()
        }
    }
}

/// What has to be done before anything else can be.
struct First {
    title: &'static str,
    /// Where it is done, and what it is called.
    path: &'static str,
    link: &'static str,
}

const SIGN_IN: First = First {
    title: "Your session has ended",
    path: paths::SIGN_IN,
    link: "Sign in in a new tab",
};
const CHANGE_PASSWORD: First = First {
    title: "Your password must be changed first",
    path: paths::ACCOUNT_PASSWORD,
    link: "Change it in a new tab",
};
const SET_UP_SECOND_FACTOR: First = First {
    title: "A second factor is required now",
    path: paths::SECOND_FACTOR,
    link: "Set it up in a new tab",
};

/// Leads to where it is done, unless a form without script was posted: what was typed is kept until then.
fn first(what: &'static First, address: impl FnOnce() -> String) -> AnyView {
    match posted_in_vain() {
        Some(posted) => view! { <Kept posted what /> }.into_any(),
        None => redirect_to(address()),
    }
}

#[component]
fn Kept(posted: Posted, what: &'static First) -> impl IntoView {
    let location = use_location();
    let address = paths::with_query(&posted.path, &location.search.get_untracked());
    let fields = posted.values.into_iter();
    let fields = fields.map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    view! {
        <Title text=what.title />
        <PlainShell>
            <h1>{what.title}</h1>
            <p>
                "What you typed is kept on this page, but for passwords. "
                <a href=what.path target="_blank">
                    {what.link}
                </a> ", then come back and send it again."
            </p>
            <form method="post" action=address>
                {fields.collect_view()}
                <Button kind=ButtonKind::Primary>"Send again"</Button>
            </form>
        </PlainShell>
    }
    .into_any()
}

fn known_session() -> Option<Result<SessionView, AppError>> {
    #[cfg(feature = "ssr")]
    return crate::server::known_session();
    #[cfg(not(feature = "ssr"))]
    None
}

/// Also at what lies below it.
fn is_at(path: &str) -> bool {
    let here = use_location().pathname.get_untracked();
    here.strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Elsewhere: by status on the server, by the router in the browser.
pub fn redirect_to(path: String) -> AnyView {
    #[cfg(feature = "ssr")]
    {
        crate::server::redirect(&path);
        // The component would answer 302 to a browser.
        ().into_any()
    }
    #[cfg(not(feature = "ssr"))]
    view! { <leptos_router::components::Redirect path /> }.into_any()
}

#[component]
fn Frame(session: SessionView) -> impl IntoView {
    provide_context(session.clone());
    let navigation = navigation(&session);
    let account = AccountLink {
        name: session.name.clone(),
        role: session.role.label().to_owned(),
        href: paths::ACCOUNT.to_owned(),
    };
    view! {
        <AppShell navigation account sign_out=|| view! { <SignOutForm /> }.into_any()>
            <Outlet />
        </AppShell>
    }
}

#[component]
fn SignOutForm() -> impl IntoView {
    view! {
        <Form act={Act::of::<SignOut>()} address=paths::SIGN_OUT>
            <Button kind=ButtonKind::Quiet small=true>
                "Sign out"
            </Button>
        </Form>
    }
}

/// What a role lacks is absent.
fn navigation(session: &SessionView) -> Vec<NavigationGroup> {
    let pathname = use_location().pathname;
    let item = move |href: &'static str, label: &'static str, icon: IconName| NavigationItem {
        href: href.to_owned(),
        label,
        icon,
        current: Signal::derive(move || {
            pathname
                .with(|pathname| pathname == href || (href != paths::HOME && pathname.starts_with(&format!("{href}/"))))
        }),
    };
    let mut groups = Vec::new();
    if session.allows(Permission::ManageUsers) {
        groups.push(NavigationGroup {
            label: None,
            items: vec![item(paths::HOME, "Overview", IconName::Overview)],
        });
        groups.push(NavigationGroup {
            label: Some("Administration"),
            items: vec![
                item(paths::ORGANIZATIONS, "Organizations", IconName::Organization),
                item(paths::USERS, "Users", IconName::User),
                item(paths::INVITATIONS, "Invitations", IconName::Invitation),
            ],
        });
        groups.push(NavigationGroup {
            label: Some("Installation"),
            items: vec![
                item(paths::TIERS, "Tiers", IconName::Tier),
                item(paths::AUDIT, "Audit log", IconName::Audit),
            ],
        });
    }
    groups.push(NavigationGroup {
        label: None,
        items: vec![item(paths::ACCOUNT, "Account", IconName::Account)],
    });
    groups
}
