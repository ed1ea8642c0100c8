//! The root: what every page is given, and which page stands at which address.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    PossibleRouteMatch, SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use crate::{
    accept::{AcceptPage, RenewalPage},
    account::{AccountPage, EndSessionsPage, PasswordPage, SecondFactorPage},
    audit::AuditPage,
    form::{Saves, provide_posted},
    invitations::{DeleteInvitation, InvitationLink, InvitationPage, InvitationsPage, NewInvitation, ResendInvitation},
    layout::{Console, NotFoundPage},
    organizations::{DeleteOrganization, EditOrganization, NewOrganization, OrganizationPage, OrganizationsPage},
    overview::HomePage,
    recovery::{ForgotPasswordPage, ResetPasswordPage},
    setup::SetupPage,
    sign_in::{CodePage, SignInPage},
    tiers::{DeleteTier, EditTier, NewTier, TiersPage},
    ui::provide_toasts,
    users::{DeleteUser, EditUser, NewUser, ResetUserFactor, SuspendUser, UserPage, UsersPage},
};

/// Every page settles its status before it is sent, and works without script: so all of them are rendered whole.
const WHOLE: SsrMode = SsrMode::Async;

/// The pattern of an address. Patterns and pages are each of one type, so that the browser's bundle holds the router's
/// code once and not for each of them.
macro_rules! at {
    ($pattern:tt) => {
        Arc::new(path!($pattern)) as Arc<dyn PossibleRouteMatch + Send + Sync>
    };
}

/// A page, as a pointer to its function.
macro_rules! page {
    ($component:ident) => {
        (|| $component().into_any()) as fn() -> AnyView
    };
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_posted(provide_toasts());
    provide_context(Saves(RwSignal::new(0)));
    tell_that_the_page_woke();
    view! {
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=at!("/login") view=page!(SignInPage) ssr=WHOLE />
                <Route path=at!("/login/code") view=page!(CodePage) ssr=WHOLE />
                <Route path=at!("/forgot-password") view=page!(ForgotPasswordPage) ssr=WHOLE />
                <Route path=at!("/reset-password") view=page!(ResetPasswordPage) ssr=WHOLE />
                <Route path=at!("/setup") view=page!(SetupPage) ssr=WHOLE />
                <Route path=at!("/accept-invitation") view=page!(AcceptPage) ssr=WHOLE />
                <Route path=at!("/accept-invitation/renew") view=page!(RenewalPage) ssr=WHOLE />
                <ParentRoute path=at!("") view=page!(Console) ssr=WHOLE>
                    <Route path=at!("/") view=page!(HomePage) ssr=WHOLE />
                    <ParentRoute path=at!("/organizations") view=page!(OrganizationsPage) ssr=WHOLE>
                        <Route path=at!("") view=page!(Nothing) ssr=WHOLE />
                        <Route path=at!("new") view=page!(NewOrganization) ssr=WHOLE />
                        <Route path=at!(":id/edit") view=page!(EditOrganization) ssr=WHOLE />
                        <Route path=at!(":id/delete") view=page!(DeleteOrganization) ssr=WHOLE />
                    </ParentRoute>
                    <Route path=at!("/organizations/:id") view=page!(OrganizationPage) ssr=WHOLE />
                    <ParentRoute path=at!("/users") view=page!(UsersPage) ssr=WHOLE>
                        <Route path=at!("") view=page!(Nothing) ssr=WHOLE />
                        <Route path=at!("new") view=page!(NewUser) ssr=WHOLE />
                        <Route path=at!(":id/edit") view=page!(EditUser) ssr=WHOLE />
                        <Route path=at!(":id/suspend") view=page!(SuspendUser) ssr=WHOLE />
                        <Route path=at!(":id/second-factor") view=page!(ResetUserFactor) ssr=WHOLE />
                        <Route path=at!(":id/delete") view=page!(DeleteUser) ssr=WHOLE />
                    </ParentRoute>
                    <Route path=at!("/users/:id") view=page!(UserPage) ssr=WHOLE />
                    <ParentRoute path=at!("/invitations") view=page!(InvitationsPage) ssr=WHOLE>
                        <Route path=at!("") view=page!(Nothing) ssr=WHOLE />
                        <Route path=at!("new") view=page!(NewInvitation) ssr=WHOLE />
                        <Route path=at!(":id/resend") view=page!(ResendInvitation) ssr=WHOLE />
                        <Route path=at!(":id/link") view=page!(InvitationLink) ssr=WHOLE />
                        <Route path=at!(":id/delete") view=page!(DeleteInvitation) ssr=WHOLE />
                    </ParentRoute>
                    <Route path=at!("/invitations/:id") view=page!(InvitationPage) ssr=WHOLE />
                    <ParentRoute path=at!("/tiers") view=page!(TiersPage) ssr=WHOLE>
                        <Route path=at!("") view=page!(Nothing) ssr=WHOLE />
                        <Route path=at!("new") view=page!(NewTier) ssr=WHOLE />
                        <Route path=at!(":id/edit") view=page!(EditTier) ssr=WHOLE />
                        <Route path=at!(":id/delete") view=page!(DeleteTier) ssr=WHOLE />
                    </ParentRoute>
                    <Route path=at!("/audit") view=page!(AuditPage) ssr=WHOLE />
                    <Route path=at!("/account") view=page!(AccountPage) ssr=WHOLE />
                    <Route path=at!("/account/password") view=page!(PasswordPage) ssr=WHOLE />
                    <Route path=at!("/account/second-factor") view=page!(SecondFactorPage) ssr=WHOLE />
                    // Only after a POST without script that did not work.
                    <Route path=at!("/account/second-factor/:act") view=page!(SecondFactorPage) ssr=WHOLE />
                    <Route path=at!("/account/sessions") view=page!(EndSessionsPage) ssr=WHOLE />
                    <Route path=at!("/account/sessions/:session") view=page!(EndSessionsPage) ssr=WHOLE />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// A list without a dialog over it.
#[component]
fn Nothing() -> impl IntoView {}

/// Tests, and style, may wait for it.
fn tell_that_the_page_woke() {
    Effect::new(|_| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-hydrated", "");
        }
    });
}
