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
    lazy::{
        Account, Audit, Door, Invitation, Invitations, Organization, Organizations, Overview, Tier, Tiers, User, Users,
    },
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
                        <Route path=path!("new") view=Organization::New ssr=WHOLE />
                        <Route path=path!(":id/edit") view=Organization::Edit ssr=WHOLE />
                        <Route path=path!(":id/delete") view=Organization::Delete ssr=WHOLE />
                    </ParentRoute>
                    <Route path=path!("/organizations/:id") view=Organization::Detail ssr=WHOLE />
                    <ParentRoute path=path!("/users") view=Users::List ssr=WHOLE>
                        <Route path=path!("") view=Nothing ssr=WHOLE />
                        <Route path=path!("new") view=User::New ssr=WHOLE />
                        <Route path=path!(":id/edit") view=User::Edit ssr=WHOLE />
                        <Route path=path!(":id/suspend") view=User::Suspend ssr=WHOLE />
                        <Route path=path!(":id/second-factor") view=User::ResetFactor ssr=WHOLE />
                        <Route path=path!(":id/delete") view=User::Delete ssr=WHOLE />
                    </ParentRoute>
                    <Route path=path!("/users/:id") view=User::Detail ssr=WHOLE />
                    <ParentRoute path=path!("/invitations") view=Invitations::List ssr=WHOLE>
                        <Route path=path!("") view=Nothing ssr=WHOLE />
                        <Route path=path!("new") view=Invitation::New ssr=WHOLE />
                        <Route path=path!(":id/resend") view=Invitation::Resend ssr=WHOLE />
                        <Route path=path!(":id/link") view=Invitation::Link ssr=WHOLE />
                        <Route path=path!(":id/delete") view=Invitation::Delete ssr=WHOLE />
                    </ParentRoute>
                    <Route path=path!("/invitations/:id") view=Invitation::Detail ssr=WHOLE />
                    <ParentRoute path=path!("/tiers") view=Tiers::List ssr=WHOLE>
                        <Route path=path!("") view=Nothing ssr=WHOLE />
                        <Route path=path!("new") view=Tier::New ssr=WHOLE />
                        <Route path=path!(":id/edit") view=Tier::Edit ssr=WHOLE />
                        <Route path=path!(":id/delete") view=Tier::Delete ssr=WHOLE />
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
