//! The second door of each form and the file of each list, one line each. The permission matrix reads these tables too.

use axum::{Router, routing::MethodRouter};
use leptos::config::LeptosOptions;

use super::{
    AppContext, Link,
    download::{File, download},
    form_post,
};
use crate::{
    accept::api as accept, account::api as account, invitations::api as invitations,
    organizations::api as organizations, overview::api as overview, recovery::api as recovery, session, setup, sign_in,
    tiers::api as tiers, users::api as users,
};

/// The address that a form posts to, with what answers.
pub fn forms(context: &AppContext) -> Vec<(&'static str, MethodRouter<LeptosOptions>)> {
    vec![
        ("/", form_post::<overview::SendTestMail>(context)),
        ("/login", form_post::<sign_in::SignIn>(context)),
        ("/login/code", form_post::<sign_in::SignInWithCode>(context)),
        ("/logout", form_post::<session::SignOut>(context)),
        ("/forgot-password", form_post::<recovery::ForgotPassword>(context)),
        ("/reset-password", form_post::<recovery::ResetPassword>(context)),
        ("/accept-invitation", form_post::<accept::AcceptInvitation>(context)),
        ("/accept-invitation/renew", form_post::<accept::AskForRenewal>(context)),
        ("/setup", form_post::<setup::SetUp>(context)),
        (
            "/organizations/new",
            form_post::<organizations::CreateOrganization>(context),
        ),
        (
            "/organizations/{id}",
            form_post::<organizations::RequireSecondFactor>(context),
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
        (
            "/users/{id}/second-factor",
            form_post::<users::ResetSecondFactor>(context),
        ),
        ("/users/{id}/delete", form_post::<users::DeleteUser>(context)),
        ("/invitations/new", form_post::<invitations::SendInvitation>(context)),
        ("/invitations/{id}", form_post::<invitations::RetryInvitation>(context)),
        (
            "/invitations/{id}/resend",
            form_post::<invitations::ResendInvitation>(context),
        ),
        (
            "/invitations/{id}/link",
            form_post::<invitations::CopyInvitationLink>(context),
        ),
        (
            "/invitations/{id}/delete",
            form_post::<invitations::DeleteInvitation>(context),
        ),
        ("/tiers/new", form_post::<tiers::CreateTier>(context)),
        ("/tiers/{id}/edit", form_post::<tiers::ChangeTier>(context)),
        ("/tiers/{id}/delete", form_post::<tiers::DeleteTier>(context)),
        ("/account", form_post::<account::ChangeName>(context)),
        ("/account/password", form_post::<account::ChangePassword>(context)),
        (
            "/account/second-factor",
            form_post::<account::ConfirmSecondFactor>(context),
        ),
        (
            "/account/second-factor/begin",
            form_post::<account::BeginSecondFactor>(context),
        ),
        (
            "/account/second-factor/off",
            form_post::<account::TurnOffSecondFactor>(context),
        ),
        ("/account/sessions", form_post::<account::EndSessions>(context)),
        (
            "/account/sessions/{session}",
            form_post::<account::EndSessions>(context),
        ),
    ]
}

/// The address of each file, with what answers.
pub fn files(context: &AppContext) -> Vec<(&'static str, MethodRouter<LeptosOptions>)> {
    vec![
        ("/organizations.csv", download(context, File::Organizations)),
        ("/users.csv", download(context, File::Users)),
        ("/invitations.csv", download(context, File::Invitations)),
        ("/audit.csv", download(context, File::Audit)),
        ("/audit.jsonl", download(context, File::AuditLines)),
        ("/account/data", download(context, File::OwnData)),
    ]
}

/// The address of each link with a token, with what leads on from it.
pub fn links(context: &AppContext) -> Vec<(String, MethodRouter<LeptosOptions>)> {
    let links = Link::ALL.into_iter();
    links
        .map(|link| (format!("{}/{{token}}", link.page()), link.follow(context)))
        .collect()
}

/// The routes that are not pages.
pub fn routes(context: &AppContext) -> Router<LeptosOptions> {
    let fixed = forms(context).into_iter().chain(files(context));
    let router = fixed.fold(Router::new(), |router, (path, answer)| router.route(path, answer));
    let links = links(context).into_iter();
    links.fold(router, |router, (path, answer)| router.route(&path, answer))
}
