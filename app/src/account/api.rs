//! The server functions of the own account.

use leptos::prelude::*;

use crate::{AppError, form::Done, session::SignedInView};

/// Where the caller is signed in.
#[server(endpoint = "account/sessions", input = server_fn::codec::GetUrl)]
pub async fn own_sessions() -> Result<Vec<SignedInView>, AppError> {
    use crate::server;

    let sessions = server::access().await?.account().sessions().await?;
    let now = server::backend()?.clock().now();
    let view = |own: backend::accounts::OwnSession| SignedInView::new(own.session, own.is_current, now);
    Ok(sessions.into_iter().map(view).collect())
}

/// The name stands in the frame of every page, so the page is loaded anew.
#[server(endpoint = "account/name")]
pub async fn change_name(#[server(default)] name: String) -> Result<Done, AppError> {
    use crate::{paths, server};

    server::access().await?.account().change_name(&name).await?;
    Ok(Done::reload(paths::ACCOUNT, "Your name was saved."))
}

/// Changes the password, with a new session for this browser.
#[server(endpoint = "account/password")]
pub async fn change_password(
    #[server(default)] current_password: String,
    #[server(default)] new_password: String,
) -> Result<Done, AppError> {
    use crate::{paths, server};

    let access = server::access().await?;
    let secret = access
        .account()
        .change_password(&current_password, &new_password)
        .await?;
    server::begin_session(&secret).await?;
    let was_forced = access.caller().user.must_change_password;
    let location = if was_forced { paths::HOME } else { paths::ACCOUNT };
    Ok(Done::reload(location, "Your password was changed."))
}

/// Ends one of the own sessions, or all but the one that asks.
#[server(endpoint = "account/end-sessions")]
pub async fn end_sessions(#[server(default)] session: String) -> Result<Done, AppError> {
    use backend::{error::Error, show::count};

    use crate::{paths, server};

    let account = server::access().await?.account();
    let message = if session.is_empty() {
        let ended = account.end_other_sessions().await?;
        format!("{} ended.", count(i64::try_from(ended).unwrap_or(i64::MAX), "session"))
    } else {
        match account.end_session(server::parse_id(&session)?).await {
            Ok(()) => "The session ended.".to_owned(),
            Err(Error::NotFound) => "That session has ended already.".to_owned(),
            Err(error) => return Err(error.into()),
        }
    };
    Ok(Done::on_to(paths::ACCOUNT, message))
}
