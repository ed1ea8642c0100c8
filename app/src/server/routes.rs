//! The second door of each form, one line each. The permission matrix reads this table too.

use axum::{Router, routing::MethodRouter};
use leptos::config::LeptosOptions;

use super::{AppContext, form_post};
use crate::{
    account::api as account, organizations::api as organizations, recovery::api as recovery, session, setup, sign_in,
    users::api as users,
};

/// The address that a form posts to, with what answers.
pub fn forms(context: &AppContext) -> Vec<(&'static str, MethodRouter<LeptosOptions>)> {
    vec![
        ("/login", form_post::<sign_in::SignIn>(context)),
        ("/logout", form_post::<session::SignOut>(context)),
        ("/forgot-password", form_post::<recovery::ForgotPassword>(context)),
        ("/reset-password/{token}", form_post::<recovery::ResetPassword>(context)),
        ("/setup/{token}", form_post::<setup::SetUp>(context)),
        (
            "/organizations/new",
            form_post::<organizations::CreateOrganization>(context),
        ),
        (
            "/organizations/{id}/edit",
            form_post::<organizations::ChangeOrganization>(context),
        ),
        (
            "/organizations/{id}/delete",
            form_post::<organizations::DeleteOrganization>(context),
        ),
        ("/users/new", form_post::<users::CreateUser>(context)),
        ("/users/{id}", form_post::<users::EndUserSessions>(context)),
        ("/users/{id}/edit", form_post::<users::ChangeUser>(context)),
        ("/users/{id}/suspend", form_post::<users::SetUserState>(context)),
        ("/users/{id}/delete", form_post::<users::DeleteUser>(context)),
        ("/account", form_post::<account::ChangeName>(context)),
        ("/account/password", form_post::<account::ChangePassword>(context)),
        ("/account/sessions", form_post::<account::EndSessions>(context)),
        (
            "/account/sessions/{session}",
            form_post::<account::EndSessions>(context),
        ),
    ]
}

/// The routes that are not pages.
pub fn routes(context: &AppContext) -> Router<LeptosOptions> {
    forms(context)
        .into_iter()
        .fold(Router::new(), |router, (path, form)| router.route(path, form))
}
