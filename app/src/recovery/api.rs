//! The server functions of forgotten passwords.

use leptos::prelude::*;

use crate::{AppError, form::Done};

/// Asks for a link. The answer tells nobody whether there is such an account.
#[server(endpoint = "recovery/ask", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn forgot_password(#[server(default)] email: String) -> Result<Done, AppError> {
    use crate::server;

    server::backend()?.forgot_password(&email, &server::request()).await?;
    Ok(Done::default())
}

/// The token of the link that was followed, if it is still good; looking uses nothing up.
#[server(endpoint = "recovery/check", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn check_recovery_link() -> Result<String, AppError> {
    use backend::error::Error;

    use crate::server::{self, Link};

    let token = Link::Recovery.token()?;
    if server::backend()?.is_recovery_link(&token).await? {
        Ok(token)
    } else {
        Err(Error::NotFound.into())
    }
}

/// Sets a new password and signs in.
#[server(endpoint = "recovery/reset", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn reset_password(
    #[server(default)] token: String,
    #[server(default)] password: String,
) -> Result<Done, AppError> {
    use crate::{
        paths,
        server::{self, Link},
    };

    let signed_in = server::backend()?
        .reset_password(&token, &password, &server::request())
        .await?;
    server::begin_session(&signed_in.secret).await?;
    Link::Recovery.forget()?;
    let next = if signed_in.awaits_code {
        paths::SIGN_IN_CODE
    } else {
        paths::HOME
    };
    Ok(Done::reload(next, "Your password was changed."))
}
