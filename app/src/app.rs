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
                <Route path=path!("/login") view=Door::SignIn ssr=WHOLE />
                <Route path=path!("/login/code") view=Door::Code ssr=WHOLE />
                <Route path=path!("/forgot-password") view=Door::ForgotPassword ssr=WHOLE />
                <Route path=path!("/reset-password") view=Door::ResetPassword ssr=WHOLE />
                <Route path=path!("/setup") view=Door::Setup ssr=WHOLE />
                <Route path=path!("/accept-invitation") view=Door::Accept ssr=WHOLE />
                <Route path=path!("/accept-invitation/renew") view=Door::Renewal ssr=WHOLE />
                <ParentRoute path=path!("") view=Console ssr=WHOLE>
                    <Route path=path!("/") view=Overview::Home ssr=WHOLE />
                    <ParentRoute path=path!("/organizations") view=Organizations::List ssr=WHOLE>
                        <Route path=path!("") view=Nothing ssr=WHOLE />
                        <Route path=path!("new") view=Organizations::New ssr=WHOLE />
                        <Route path=path!(":id/edit") view=Organizations::Edit ssr=WHOLE />
                        <Route path=path!(":id/delete") view=Organizations::Delete ssr=WHOLE />
                    </ParentRoute>
                    <Route path=path!("/organizations/:id") view=Organizations::Detail ssr=WHOLE />
                    <ParentRoute path=path!("/users") view=Users::List ssr=WHOLE>
                        <Route path=path!("") view=Nothing ssr=WHOLE />
                        <Route path=path!("new") view=Users::New ssr=WHOLE />
                        <Route path=path!(":id/edit") view=Users::Edit ssr=WHOLE />
                        <Route path=path!(":id/suspend") view=Users::Suspend ssr=WHOLE />
                        <Route path=path!(":id/second-factor") view=Users::ResetFactor ssr=WHOLE />
                        <Route path=path!(":id/delete") view=Users::Delete ssr=WHOLE />
                    </ParentRoute>
                    <Route path=path!("/users/:id") view=Users::Detail ssr=WHOLE />
                    <ParentRoute path=path!("/invitations") view=Invitations::List ssr=WHOLE>
                        <Route path=path!("") view=Nothing ssr=WHOLE />
                        <Route path=path!("new") view=Invitations::New ssr=WHOLE />
                        <Route path=path!(":id/resend") view=Invitations::Resend ssr=WHOLE />
                        <Route path=path!(":id/link") view=Invitations::Link ssr=WHOLE />
                        <Route path=path!(":id/delete") view=Invitations::Delete ssr=WHOLE />
                    </ParentRoute>
                    <Route path=path!("/invitations/:id") view=Invitations::Detail ssr=WHOLE />
                    <ParentRoute path=path!("/tiers") view=Tiers::List ssr=WHOLE>
                        <Route path=path!("") view=Nothing ssr=WHOLE />
                        <Route path=path!("new") view=Tiers::New ssr=WHOLE />
                        <Route path=path!(":id/edit") view=Tiers::Edit ssr=WHOLE />
                        <Route path=path!(":id/delete") view=Tiers::Delete ssr=WHOLE />
                    </ParentRoute>
                    <Route path=path!("/audit") view=Audit::Log ssr=WHOLE />
                    <Route path=path!("/account") view=Account::Overview ssr=WHOLE />
                    <Route path=path!("/account/password") view=Account::Password ssr=WHOLE />
                    <Route path=path!("/account/second-factor") view=Account::SecondFactor ssr=WHOLE />
                    // Only after a POST without script that did not work.
                    <Route path=path!("/account/second-factor/:act") view=Account::SecondFactor ssr=WHOLE />
                    <Route path=path!("/account/sessions") view=Account::EndSessions ssr=WHOLE />
                    <Route path=path!("/account/sessions/:session") view=Account::EndSessions ssr=WHOLE />
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
