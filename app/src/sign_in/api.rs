use leptos::prelude::*;

use crate::{AppError, form::Done};

/// Signs in and leads to where the person wanted to go.
#[server(endpoint = "session/sign-in", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn sign_in(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<Done, AppError> {
    use crate::{paths, server};

    let signed_in = server::backend()?
        .sign_in(&email, &password, &server::request())
        .await?;
    server::begin_session(&signed_in.secret).await?;
    if signed_in.awaits_code {
        // A page that is loaded begins in its field; one that the router shows does not.
        return Ok(Done::reload(paths::code_to(&next), ""));
    }
    let next = if signed_in.must_change_password {
        paths::ACCOUNT_PASSWORD
    } else {
        paths::safe_next(&next)
    };
    Ok(Done::reload(next, ""))
}

/// The second step, where there is a second factor.
#[server(endpoint = "session/code", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn sign_in_with_code(
    #[server(default)] code: String,
    #[server(default)] next: String,
) -> Result<Done, AppError> {
    use crate::{paths, server};

    let waiting = server::session_cookie()?;
    let secret = server::backend()?
        .sign_in_with_code(waiting.as_deref(), &code, &server::request())
        .await?;
    server::begin_session(&secret).await?;
    Ok(Done::reload(paths::safe_next(&next), ""))
}
