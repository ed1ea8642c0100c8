use leptos::prelude::*;

use crate::{AppError, form::Done};

/// Signs in and leads to where the person wanted to go.
#[server(endpoint = "session/sign-in")]
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
    let next = if signed_in.must_change_password {
        paths::ACCOUNT_PASSWORD
    } else {
        paths::safe_next(&next)
    };
    Ok(Done::reload(next, ""))
}
