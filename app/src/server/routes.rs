//! The second door of each form, one line each. The permission matrix reads this table too.

use axum::{Router, routing::MethodRouter};
use leptos::config::LeptosOptions;

use super::{AppContext, form_post};
use crate::{organizations::api as organizations, session, setup, sign_in};

/// The address that a form posts to, with what answers.
pub fn forms(context: &AppContext) -> Vec<(&'static str, MethodRouter<LeptosOptions>)> {
    vec![
        ("/login", form_post::<sign_in::SignIn>(context)),
        ("/logout", form_post::<session::SignOut>(context)),
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
    ]
}

/// The routes that are not pages.
pub fn routes(context: &AppContext) -> Router<LeptosOptions> {
    forms(context)
        .into_iter()
        .fold(Router::new(), |router, (path, form)| router.route(path, form))
}
