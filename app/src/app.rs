//! The root: what every page is given, and which page stands at which address.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
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

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_posted(provide_toasts());
    provide_context(Saves(RwSignal::new(0)));
    tell_that_the_page_woke();
    view! {
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/login") view=SignInPage ssr=WHOLE />
                <Route path=path!("/login/code") view=CodePage ssr=WHOLE />
                <Route path=path!("/forgot-password") view=ForgotPasswordPage ssr=WHOLE />
                <Route path=path!("/reset-password") view=ResetPasswordPage ssr=WHOLE />
                <Route path=path!("/setup") view=SetupPage ssr=WHOLE />
                <Route path=path!("/accept-invitation") view=AcceptPage ssr=WHOLE />
                <Route path=path!("/accept-invitation/renew") view=RenewalPage ssr=WHOLE />
                <ParentRoute path=path!("") view=Console ssr=WHOLE>
                    <Route path=path!("/") view=HomePage ssr=WHOLE />
                    <ParentRoute path=path!("/organizations") view=OrganizationsPage ssr=WHOLE>
                        <Route path=path!("") view=Nothing ssr=WHOLE />
                        <Route path=path!("new") view=NewOrganization ssr=WHOLE />
                        <Route path=path!(":id/edit") view=EditOrganization ssr=WHOLE />
                        <Route path=path!(":id/delete") view=DeleteOrganization ssr=WHOLE />
                    </ParentRoute>
                    <Route path=path!("/organizations/:id") view=OrganizationPage ssr=WHOLE />
                    <ParentRoute path=path!("/users") view=UsersPage ssr=WHOLE>
                        <Route path=path!("") view=Nothing ssr=WHOLE />
                        <Route path=path!("new") view=NewUser ssr=WHOLE />
                        <Route path=path!(":id/edit") view=EditUser ssr=WHOLE />
                        <Route path=path!(":id/suspend") view=SuspendUser ssr=WHOLE />
                        <Route path=path!(":id/second-factor") view=ResetUserFactor ssr=WHOLE />
                        <Route path=path!(":id/delete") view=DeleteUser ssr=WHOLE />
                    </ParentRoute>
                    <Route path=path!("/users/:id") view=UserPage ssr=WHOLE />
                    <ParentRoute path=path!("/invitations") view=InvitationsPage ssr=WHOLE>
                        <Route path=path!("") view=Nothing ssr=WHOLE />
                        <Route path=path!("new") view=NewInvitation ssr=WHOLE />
                        <Route path=path!(":id/resend") view=ResendInvitation ssr=WHOLE />
                        <Route path=path!(":id/link") view=InvitationLink ssr=WHOLE />
                        <Route path=path!(":id/delete") view=DeleteInvitation ssr=WHOLE />
                    </ParentRoute>
                    <Route path=path!("/invitations/:id") view=InvitationPage ssr=WHOLE />
                    <ParentRoute path=path!("/tiers") view=TiersPage ssr=WHOLE>
                        <Route path=path!("") view=Nothing ssr=WHOLE />
                        <Route path=path!("new") view=NewTier ssr=WHOLE />
                        <Route path=path!(":id/edit") view=EditTier ssr=WHOLE />
                        <Route path=path!(":id/delete") view=DeleteTier ssr=WHOLE />
                    </ParentRoute>
                    <Route path=path!("/audit") view=AuditPage ssr=WHOLE />
                    <Route path=path!("/account") view=AccountPage ssr=WHOLE />
                    <Route path=path!("/account/password") view=PasswordPage ssr=WHOLE />
                    <Route path=path!("/account/second-factor") view=SecondFactorPage ssr=WHOLE />
                    // Only after a POST without script that did not work.
                    <Route path=path!("/account/second-factor/:act") view=SecondFactorPage ssr=WHOLE />
                    <Route path=path!("/account/sessions") view=EndSessionsPage ssr=WHOLE />
                    <Route path=path!("/account/sessions/:session") view=EndSessionsPage ssr=WHOLE />
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
