//! The root: what every page is given, and which page stands at which address.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use crate::{
    form::{Saves, provide_posted},
    layout::{Console, NotFoundPage},
    lazy::{Account, Audit, Door, Invitations, Organizations, Overview, Tiers, Users},
    ui::provide_toasts,
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
                <Route path=path!("/login") view=Door::SignInPage ssr=WHOLE />
                <Route path=path!("/login/code") view=Door::CodePage ssr=WHOLE />
                <Route path=path!("/forgot-password") view=Door::ForgotPasswordPage ssr=WHOLE />
                <Route path=path!("/reset-password") view=Door::ResetPasswordPage ssr=WHOLE />
                <Route path=path!("/setup") view=Door::SetupPage ssr=WHOLE />
                <Route path=path!("/accept-invitation") view=Door::AcceptPage ssr=WHOLE />
                <Route path=path!("/accept-invitation/renew") view=Door::RenewalPage ssr=WHOLE />
                <ParentRoute path=path!("") view=Console ssr=WHOLE>
                    <Route path=path!("/") view=Overview::HomePage ssr=WHOLE />
                    <ParentRoute path=path!("/organizations") view=Organizations::OrganizationsPage ssr=WHOLE>
                        <Route path=path!("") view=Nothing ssr=WHOLE />
                        <Route path=path!("new") view=Organizations::NewOrganization ssr=WHOLE />
                        <Route path=path!(":id/edit") view=Organizations::EditOrganization ssr=WHOLE />
                        <Route path=path!(":id/delete") view=Organizations::DeleteOrganization ssr=WHOLE />
                    </ParentRoute>
                    <Route path=path!("/organizations/:id") view=Organizations::OrganizationPage ssr=WHOLE />
                    <ParentRoute path=path!("/users") view=Users::UsersPage ssr=WHOLE>
                        <Route path=path!("") view=Nothing ssr=WHOLE />
                        <Route path=path!("new") view=Users::NewUser ssr=WHOLE />
                        <Route path=path!(":id/edit") view=Users::EditUser ssr=WHOLE />
                        <Route path=path!(":id/suspend") view=Users::SuspendUser ssr=WHOLE />
                        <Route path=path!(":id/second-factor") view=Users::ResetUserFactor ssr=WHOLE />
                        <Route path=path!(":id/delete") view=Users::DeleteUser ssr=WHOLE />
                    </ParentRoute>
                    <Route path=path!("/users/:id") view=Users::UserPage ssr=WHOLE />
                    <ParentRoute path=path!("/invitations") view=Invitations::InvitationsPage ssr=WHOLE>
                        <Route path=path!("") view=Nothing ssr=WHOLE />
                        <Route path=path!("new") view=Invitations::NewInvitation ssr=WHOLE />
                        <Route path=path!(":id/resend") view=Invitations::ResendInvitation ssr=WHOLE />
                        <Route path=path!(":id/link") view=Invitations::InvitationLink ssr=WHOLE />
                        <Route path=path!(":id/delete") view=Invitations::DeleteInvitation ssr=WHOLE />
                    </ParentRoute>
                    <Route path=path!("/invitations/:id") view=Invitations::InvitationPage ssr=WHOLE />
                    <ParentRoute path=path!("/tiers") view=Tiers::TiersPage ssr=WHOLE>
                        <Route path=path!("") view=Nothing ssr=WHOLE />
                        <Route path=path!("new") view=Tiers::NewTier ssr=WHOLE />
                        <Route path=path!(":id/edit") view=Tiers::EditTier ssr=WHOLE />
                        <Route path=path!(":id/delete") view=Tiers::DeleteTier ssr=WHOLE />
                    </ParentRoute>
                    <Route path=path!("/audit") view=Audit::AuditPage ssr=WHOLE />
                    <Route path=path!("/account") view=Account::AccountPage ssr=WHOLE />
                    <Route path=path!("/account/password") view=Account::PasswordPage ssr=WHOLE />
                    <Route path=path!("/account/second-factor") view=Account::SecondFactorPage ssr=WHOLE />
                    // Only after a POST without script that did not work.
                    <Route path=path!("/account/second-factor/:act") view=Account::SecondFactorPage ssr=WHOLE />
                    <Route path=path!("/account/sessions") view=Account::EndSessionsPage ssr=WHOLE />
                    <Route path=path!("/account/sessions/:session") view=Account::EndSessionsPage ssr=WHOLE />
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
