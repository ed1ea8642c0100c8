use domain::role::{Permission, Role};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AppError, form::Done};

/// Somebody who is signed in, to show and to hide by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    pub user: String,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// Id and name; None for a Global Administrator.
    pub organization: Option<(String, String)>,
    pub must_change_password: bool,
    pub must_set_up_second_factor: bool,
    /// Whether this installation has a mail server: nothing claims to be sent without.
    pub sends_mail: bool,
}

impl SessionView {
    pub fn allows(&self, permission: Permission) -> bool {
        self.role.allows(permission)
    }

    #[cfg(feature = "ssr")]
    pub(crate) fn new(caller: &backend::access::Caller, sends_mail: bool) -> Self {
        let organization = caller.user.organization.zip(caller.organization_name.as_ref());
        Self {
            user: caller.user.id.to_string(),
            name: caller.user.name.to_string(),
            email: caller.user.email.to_string(),
            role: caller.user.role,
            organization: organization.map(|(id, name)| (id.to_string(), name.to_string())),
            must_change_password: caller.user.must_change_password,
            must_set_up_second_factor: caller.must_set_up_second_factor(),
            sends_mail,
        }
    }

    /// Where there is no session nothing is shown.
    pub(super) fn nobody() -> Self {
        Self {
            user: String::new(),
            name: String::new(),
            email: String::new(),
            role: Role::User,
            organization: None,
            must_change_password: false,
            must_set_up_second_factor: false,
            sends_mail: false,
        }
    }
}

/// Ends the session, here and in the database, and leads to `next` or to the sign-in page. Who has none is signed out
/// already.
#[server(endpoint = "session/sign-out", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn sign_out(#[server(default)] next: String) -> Result<Done, AppError> {
    use crate::{paths, server};

    match server::access().await {
        Ok(access) => access.account().sign_out().await?,
        // Not to have a session is what was asked for. Whether one lives on, nobody may guess.
        Err(AppError::Unauthenticated) => server::set_status(200),
        Err(error) => return Err(error),
    }
    server::forget_session()?;
    server::set_header(http::HeaderName::from_static("clear-site-data"), "\"storage\"");
    let location = if next.is_empty() {
        paths::SIGN_IN
    } else {
        paths::safe_next(&next)
    };
    Ok(Done::reload(location, ""))
}
