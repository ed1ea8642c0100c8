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
            redirect_to(paths::ACCOUNT_PASSWORD.to_owned())
        }
        Some(Ok(session)) if session.must_set_up_second_factor && !is_at(paths::SECOND_FACTOR) => {
            redirect_to(paths::SECOND_FACTOR.to_owned())
        }
        Some(Ok(session)) => view! { <Frame session /> }.into_any(),
        Some(Err(AppError::Unauthenticated)) => match posted_in_vain() {
            Some(posted) => view! { <SessionEnded posted /> }.into_any(),
            None => redirect_to(sign_in_address()),
        },
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

/// What a form without script has posted is kept until its session is back.
#[component]
fn SessionEnded(posted: Posted) -> impl IntoView {
    let location = use_location();
    let address = paths::with_query(&posted.path, &location.search.get_untracked());
    let fields = posted.values.into_iter();
    let fields = fields.map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    view! {
        <Title text="Your session has ended" />
        <PlainShell>
            <h1>"Your session has ended"</h1>
            <p>
                "What you typed is kept on this page, but for passwords. "
                <a href=paths::SIGN_IN target="_blank">
                    "Sign in in a new tab"
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
