//! A link that a mail or the server's log brings holds a token in its address, because there it must work without script.
//! It stands there no longer than the first question: the answer keeps the token in a cookie and leads on to the page
//! without it (ASVS 14.2.1). Looking uses nothing up, so whatever opens a link before its reader does no harm.
//!
//! The page's form posts the token in its body, and that counts: of two links that are open at once, each form is about
//! its own.

use axum::{
    extract::Path,
    http::StatusCode,
    response::IntoResponse,
    routing::{MethodRouter, get},
};
use backend::secret::Token;
use http::{header, request::Parts};
use leptos::{config::LeptosOptions, prelude::*};

use super::{AppContext, append_header, context, cookie};
use crate::{AppError, form::Posted, paths};

/// So long its page can be loaded anew, unless the link dies before.
const SECONDS: u32 = 60 * 60;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Setup,
    Recovery,
    Invitation,
}

impl Link {
    pub const ALL: [Self; 3] = [Self::Setup, Self::Recovery, Self::Invitation];

    /// Where it leads.
    pub const fn page(self) -> &'static str {
        match self {
            Self::Setup => paths::SETUP,
            Self::Recovery => paths::RESET_PASSWORD,
            Self::Invitation => paths::ACCEPT_INVITATION,
        }
    }

    /// The token that this page is about; empty where there is none.
    pub fn token(self) -> Result<String, AppError> {
        let posted = use_context::<Posted>().filter(|posted| posted.path.starts_with(self.page()));
        if let Some(token) = posted.and_then(|mut posted| posted.values.remove("token")) {
            return Ok(token);
        }
        let name = self.cookie_name(&context()?);
        let kept = use_context::<Parts>().and_then(|parts| cookie(&parts, &name));
        Ok(kept.unwrap_or_default())
    }

    /// Its page, when it is loaded anew, is about this token.
    pub fn keep(self, token: &str) -> Result<(), AppError> {
        append_header(header::SET_COOKIE, &self.cookie(&context()?, token));
        Ok(())
    }

    /// It has done what it was for.
    pub fn forget(self) -> Result<(), AppError> {
        self.keep("")
    }

    /// Answers whoever follows the link.
    pub(super) fn follow(self, context: &AppContext) -> MethodRouter<LeptosOptions> {
        let context = context.clone();
        get(move |Path(token): Path<String>| async move {
            let headers = [
                (header::LOCATION, self.page().to_owned()),
                (header::SET_COOKIE, self.cookie(&context, &token)),
            ];
            (StatusCode::SEE_OTHER, headers).into_response()
        })
    }

    fn cookie_name(self, context: &AppContext) -> String {
        let kind = match self {
            Self::Setup => "setup",
            Self::Recovery => "recovery",
            Self::Invitation => "invitation",
        };
        format!("{}-{kind}", context.cookie_name())
    }

    /// What is no token takes the cookie away: the page says that the link is not valid.
    fn cookie(self, context: &AppContext, token: &str) -> String {
        let token = Token::parse(token).map(|_| token);
        let seconds = if token.is_some() { SECONDS } else { 0 };
        let secure = if context.is_https() { "; Secure" } else { "" };
        format!(
            "{}={}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}",
            self.cookie_name(context),
            token.unwrap_or_default(),
        )
    }
}
