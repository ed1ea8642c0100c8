//! The server functions of the own account.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AppError, form::Done, list::Shown, session::SignedInView};

/// The own second factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorView {
    pub state: SecondFactorState,
    pub is_required: bool,
}

/// How it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecondFactorState {
    Off,
    /// The address of the picture for an authenticator's camera, and the same to type.
    Begun {
        picture: String,
        secret: String,
    },
    /// Since when, and how many recovery codes are left.
    On {
        since: Shown,
        recovery_codes: i64,
    },
}

/// Where the caller is signed in.
#[server(endpoint = "account/sessions", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn own_sessions() -> Result<Vec<SignedInView>, AppError> {
    use crate::server;

    let sessions = server::access().await?.account().sessions().await?;
    let now = server::backend()?.clock().now();
    let view = |own: backend::accounts::OwnSession| SignedInView::new(own.session, own.is_current, now);
    Ok(sessions.into_iter().map(view).collect())
}

/// The name stands in the frame of every page, so the page is loaded anew.
#[server(endpoint = "account/name", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn change_name(#[server(default)] name: String) -> Result<Done, AppError> {
    use crate::{paths, server};

    server::access().await?.account().change_name(&name).await?;
    Ok(Done::reload(paths::ACCOUNT, "Your name was saved."))
}

/// Changes the password, with a new session for this browser.
#[server(endpoint = "account/password", input = crate::fields::Form, output = crate::compact::Answer)]
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

/// Ends one of the own sessions, or all but the one that asks, for whoever knows the password.
#[server(endpoint = "account/end-sessions", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn end_sessions(
    #[server(default)] session: String,
    #[server(default)] current_password: String,
) -> Result<Done, AppError> {
    use backend::{error::Error, show::count};

    use crate::{paths, server};

    let account = server::access().await?.account();
    let message = if session.is_empty() {
        let ended = account.end_other_sessions(&current_password).await?;
        format!("{} ended.", count(i64::try_from(ended).unwrap_or(i64::MAX), "session"))
    } else {
        match account
            .end_session(server::parse_id(&session)?, &current_password)
            .await
        {
            Ok(()) => "The session ended.".to_owned(),
            Err(Error::NotFound) => "That session has ended already.".to_owned(),
            Err(error) => return Err(error.into()),
        }
    };
    Ok(Done::on_to(paths::ACCOUNT, message))
}

/// How the own second factor stands.
#[server(endpoint = "account/second-factor", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn own_second_factor() -> Result<SecondFactorView, AppError> {
    use backend::second_factor::SecondFactor;

    use crate::server;

    let access = server::access().await?;
    let state = match access.account().second_factor().await? {
        SecondFactor::Off => SecondFactorState::Off,
        SecondFactor::Begun { picture, secret } => SecondFactorState::Begun {
            picture: server::picture(&picture),
            secret,
        },
        SecondFactor::On { since, recovery_codes } => SecondFactorState::On {
            since: server::shown(since, server::backend()?.clock().now()),
            recovery_codes,
        },
    };
    Ok(SecondFactorView {
        state,
        is_required: access.caller().is_second_factor_required,
    })
}

/// Makes a secret for an authenticator.
#[server(endpoint = "account/second-factor/begin", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn begin_second_factor(#[server(default)] current_password: String) -> Result<Done, AppError> {
    use crate::{paths, server};

    let account = server::access().await?.account();
    account.begin_second_factor(&current_password).await?;
    Ok(Done::on_to(paths::SECOND_FACTOR, ""))
}

/// The first code turns it on, a later one makes new recovery codes. They are shown once.
#[server(endpoint = "account/second-factor/confirm", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn confirm_second_factor(#[server(default)] code: String) -> Result<Done, AppError> {
    use crate::server;

    let confirmed = server::access().await?.account().confirm_second_factor(&code).await?;
    if let Some(secret) = &confirmed.session {
        server::begin_session(secret).await?;
    }
    Ok(Done::reveal(confirmed.recovery_codes.join("\n"), ""))
}

#[server(endpoint = "account/second-factor/off", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn turn_off_second_factor(#[server(default)] current_password: String) -> Result<Done, AppError> {
    use crate::{paths, server};

    let account = server::access().await?.account();
    account.turn_off_second_factor(&current_password).await?;
    Ok(Done::on_to(paths::ACCOUNT, "Your second factor was turned off."))
}
