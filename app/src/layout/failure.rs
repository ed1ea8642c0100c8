//! Designed states for what went wrong: each says what it is and what to do next.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use crate::{
    AppError, paths,
    ui::{ButtonKind, EmptyState, IconName, LinkButton, PlainShell},
};

/// A page, or a part of one, that could not be shown.
#[component]
pub fn Failure(error: AppError) -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::server::set_status(error.status());
    let (title, advice, icon) = match &error {
        AppError::Forbidden { needs } => (
            format!("This page needs the role {needs}"),
            "Your role does not include it. If you need it, contact your administrator. If it should be there, \
             check that you are signed in with the right account."
                .to_owned(),
            IconName::Warning,
        ),
        AppError::NotFound => (
            "Not found".to_owned(),
            "There is nothing at this address. It may have been deleted, or you may not have access to it.".to_owned(),
            IconName::Search,
        ),
        AppError::Unauthenticated => (
            "You are not signed in".to_owned(),
            "Sign in to see this page.".to_owned(),
            IconName::Account,
        ),
        AppError::PasswordChangeRequired => (
            "Change your password first".to_owned(),
            "Somebody else has set your password. Choose your own to go on.".to_owned(),
            IconName::Account,
        ),
        other => (
            "This cannot be shown right now".to_owned(),
            other.to_string(),
            IconName::Warning,
        ),
    };
    let way_out = match &error {
        AppError::Unauthenticated => view! {
            <LinkButton href=sign_in_address() kind=ButtonKind::Primary>
                "Sign in"
            </LinkButton>
        }
        .into_any(),
        AppError::PasswordChangeRequired => view! {
            <LinkButton href=paths::ACCOUNT_PASSWORD kind=ButtonKind::Primary>
                "Change password"
            </LinkButton>
        }
        .into_any(),
        _ => view! { <LinkButton href=paths::HOME>"Go to the start page"</LinkButton> }.into_any(),
    };
    view! {
        <Title text=title.clone() />
        <EmptyState title icon whole_page=true>
            <p>{advice}</p>
            {way_out}
        </EmptyState>
    }
    .into_any()
}

/// What a page shows: its content, or why there is none.
pub fn fail_or<T>(found: Result<T, AppError>, show: impl FnOnce(T) -> AnyView) -> AnyView {
    match found {
        Ok(found) => show(found),
        Err(error) => view! { <Failure error /> }.into_any(),
    }
}

/// The sign-in page, to come back here from.
pub fn sign_in_address() -> String {
    let location = use_location();
    let here = paths::with_query(&location.pathname.get_untracked(), &location.search.get_untracked());
    paths::sign_in_to(&here)
}

/// An address without a page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    // The component kit, to look at while developing: a page of debug builds alone.
    #[cfg(debug_assertions)]
    if let Some(page) = crate::kit::page_at(&use_location().pathname.get_untracked()) {
        return page;
    }
    #[cfg(feature = "ssr")]
    crate::server::set_status(404);
    view! {
        <PlainShell>
            <Failure error=AppError::NotFound />
        </PlainShell>
    }
    .into_any()
}
