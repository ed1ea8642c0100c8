//! What only the server has: the way from a request to the backend, and what an answer carries besides its page.

mod browser;
mod download;
mod form_post;
mod kept;
mod link;
mod lists;
mod routes;
mod said;
mod shell;
mod show;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::State,
    middleware::Next,
    response::{IntoResponse, Response},
};
use backend::{
    Backend,
    access::{Access, Request},
    error::Error,
    secret::Token,
};
pub use browser::browser_of;
pub use form_post::{form_post, keep};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use leptos::prelude::*;
use leptos::reactive::computed::ScopedFuture;
use leptos_axum::ResponseOptions;
pub use link::Link;
pub use lists::{listed, read_query, write_query};
pub use routes::{files, forms, links, routes};
pub use said::take_said;
pub use shell::{POLICY_REPORTS, shell};
pub use show::{Shown, picture, shown};
use tokio::sync::OnceCell;

use crate::{AppError, compact, paths, session::SessionView};

/// What every page and server function is given by the server.
#[derive(Clone)]
pub struct AppContext {
    pub backend: Backend,
    pub assets: Arc<Assets>,
}

/// Addresses of this build's script, WebAssembly and style.
#[derive(Clone, Debug)]
pub struct Assets {
    pub build: String,
    pub script: String,
    pub wasm: String,
    /// What an area of the console loads beside it.
    pub areas: BTreeMap<String, Vec<String>>,
    pub style: String,
    pub icon: Option<String>,
}

/// The access of this request, looked up once, however many server functions a page calls.
#[derive(Clone, Default)]
struct AccessOnce(Arc<OnceCell<Result<Access, AppError>>>);

impl AppContext {
    /// Called once for each request, before its page or server function runs.
    pub fn provide(&self) {
        provide_context(self.clone());
        let known = use_context::<Parts>().and_then(|parts| parts.extensions.get::<AccessOnce>().cloned());
        provide_context(known.unwrap_or_default());
    }

    fn is_https(&self) -> bool {
        self.backend.settings().public_url.scheme() == "https"
    }

    /// With `__Host-` the browser itself keeps the cookie to this host and to https. Over plain http the port is in the
    /// name, since browsers share cookies between ports.
    fn cookie_name(&self) -> String {
        if self.is_https() {
            return "__Host-usher".to_owned();
        }
        format!(
            "usher-{}",
            self.backend.settings().public_url.port_or_known_default().unwrap_or(80)
        )
    }
}

/// Runs what pages and server functions are made of outside of both.
async fn within<T>(
    context: &AppContext,
    parts: Parts,
    response: ResponseOptions,
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    let (owner, context) = (Owner::new(), context.clone());
    owner
        .with(|| {
            ScopedFuture::new(async move {
                provide_context(parts);
                provide_context(response);
                context.provide();
                work.await
            })
        })
        .await
}

/// An error from outside of pages and server functions, told to whoever asked: to our script in its own format, to other
/// callers as JSON, to people in words.
pub fn tell(error: &AppError, is_call: bool, accepted: Option<&HeaderValue>) -> Response {
    let (kind, text) = if is_call && accepted.is_some_and(|accepted| accepted == compact::MEDIA_TYPE) {
        (compact::MEDIA_TYPE, compact::encode(error))
    } else if is_call {
        ("application/json", serde_json::to_string(error).ok())
    } else {
        ("text/plain", Some(error.to_string()))
    };
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = format!("{kind}; charset=utf-8");
    (status, [(header::CONTENT_TYPE, kind)], text.unwrap_or_default()).into_response()
}

fn context() -> Result<AppContext, AppError> {
    use_context::<AppContext>().ok_or(AppError::Internal { request: String::new() })
}

pub fn backend() -> Result<Backend, AppError> {
    Ok(context()?.backend)
}

/// Who asks, as the middleware noted it.
pub fn request() -> Request {
    use_context::<Parts>()
        .and_then(|parts| parts.extensions.get::<Request>().cloned())
        .unwrap_or_default()
}

pub(crate) fn request_id(parts: &Parts) -> String {
    parts
        .extensions
        .get::<Request>()
        .map(|request| request.id.clone())
        .unwrap_or_default()
}

/// The permission handles of whoever is signed in.
pub async fn access() -> Result<Access, AppError> {
    let context = context()?;
    let parts = use_context::<Parts>();
    let once = use_context::<AccessOnce>().unwrap_or_default();
    let access = once
        .0
        // In a box, or each server function's future would have room for it, and be moved about with that.
        .get_or_init(|| Box::pin(async { look_up(&context, parts.as_ref()).await.map_err(AppError::from) }))
        .await;
    if let Err(error) = access {
        set_status_of(error);
    }
    access.clone()
}

async fn look_up(context: &AppContext, parts: Option<&Parts>) -> Result<Access, Error> {
    let secret = parts.and_then(|parts| cookie(parts, &context.cookie_name()));
    let request = parts
        .and_then(|parts| parts.extensions.get::<Request>().cloned())
        .unwrap_or_default();
    context.backend.access(secret.as_deref(), request).await
}

/// What takes a session away, with the pages that lead there: whoever has stolen one must not keep its owner from ending it
/// by asking for so much that the owner is refused. So each session has a count of its own for them.
const BY_SESSION: [&str; 7] = [
    "/logout",
    "/api/session/sign-out",
    paths::ACCOUNT_PASSWORD,
    "/api/account/password",
    paths::ACCOUNT_SESSIONS,
    "/api/account/sessions",
    "/api/account/end-sessions",
];

/// Looks up who asks, and whether they ask too much, before a page is built, because the frame of a page cannot wait for it: what is built while
/// waiting may be built several times, and the browser would count its parts differently.
pub async fn know_caller(State(context): State<AppContext>, request: axum::extract::Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let is_below = |rest: &str| rest.starts_with('/');
    let is_by_session = BY_SESSION.contains(&path) || path.strip_prefix(paths::ACCOUNT_SESSIONS).is_some_and(is_below);
    let counted = async move {
        let access = access().await?;
        if is_by_session {
            access.count_by_session()?;
        } else {
            access.count(1)?;
        }
        Ok::<_, AppError>(access)
    };
    // Apart, or a request would keep what the question takes, nearly a hundred kilobytes, until it is answered.
    let access = Box::pin(within(&context, parts.clone(), ResponseOptions::default(), counted)).await;
    let mut request = axum::extract::Request::from_parts(parts, body);
    request
        .extensions_mut()
        .insert(AccessOnce(Arc::new(OnceCell::new_with(Some(access)))));
    next.run(request).await
}

/// Who is signed in, for the frame of a page. None outside of a request.
pub fn known_session() -> Option<Result<SessionView, AppError>> {
    let once = use_context::<AccessOnce>()?;
    let sends_mail = backend().ok()?.settings().mail.has_server();
    let session = once.0.get()?.as_ref();
    let session = session.map(|access| SessionView::new(access.caller(), sends_mail));
    Some(session.map_err(|error| {
        set_status_of(error);
        error.clone()
    }))
}

/// The address of whoever is signed in, on pages that need nobody to be.
pub async fn signed_in_as() -> Result<Option<String>, AppError> {
    let context = context()?;
    let Some(secret) = use_context::<Parts>().and_then(|parts| cookie(&parts, &context.cookie_name())) else {
        return Ok(None);
    };
    // Not by `access()`: that nobody is signed in is no failure of this page.
    match context.backend.access(Some(&secret), request()).await {
        Ok(access) => Ok(Some(access.caller().user.email.to_string())),
        Err(Error::Unauthenticated) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn cookie(parts: &Parts, name: &str) -> Option<String> {
    cookie_in(&parts.headers, name)
}

/// The value of a cookie, the first of those that have its name.
pub fn cookie_in(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.to_owned())
}

/// The secret of a session that the browser has sent, whatever it opens.
pub fn session_cookie() -> Result<Option<String>, AppError> {
    let name = context()?.cookie_name();
    Ok(use_context::<Parts>().and_then(|parts| cookie(&parts, &name)))
}

/// Gives the browser a new session's secret, and ends the session whose place it takes.
pub async fn begin_session(secret: &Token) -> Result<(), AppError> {
    let context = context()?;
    let before = use_context::<Parts>().and_then(|parts| cookie(&parts, &context.cookie_name()));
    match context.backend.access(before.as_deref(), request()).await {
        Ok(access) => access.account().sign_out().await?,
        Err(Error::Unauthenticated) => {}
        Err(error) => return Err(error.into()),
    }
    set_session_cookie(&secret.reveal(), backend::access::ABSOLUTE_SECONDS)
}

/// Takes the session's secret away from the browser.
pub fn forget_session() -> Result<(), AppError> {
    set_session_cookie("", 0)
}

fn set_session_cookie(value: &str, seconds: i64) -> Result<(), AppError> {
    let context = context()?;
    let secure = if context.is_https() { "; Secure" } else { "" };
    let cookie = format!(
        "{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}",
        context.cookie_name()
    );
    append_header(header::SET_COOKIE, &cookie);
    Ok(())
}

pub fn append_header(name: HeaderName, value: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(value)) {
        response.append_header(name, value);
    }
}

pub fn set_header(name: HeaderName, value: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(value)) {
        response.insert_header(name, value);
    }
}

pub fn set_status(status: u16) {
    if let (Some(response), Ok(status)) = (use_context::<ResponseOptions>(), StatusCode::from_u16(status)) {
        response.set_status(status);
    }
}

/// The status that an error has, and when to come again.
fn set_status_of(error: &AppError) {
    set_status(error.status());
    if let AppError::TooMany { wait_seconds } = error {
        set_header(header::RETRY_AFTER, &wait_seconds.to_string());
    }
}

/// Whether who asks accepts this type of text, and notes that the answer is in it.
pub fn answer_in(media_type: &str) -> bool {
    let accepts = |parts: &Parts| {
        parts
            .headers
            .get(header::ACCEPT)
            .is_some_and(|accepted| accepted == media_type)
    };
    let is_accepted = use_context::<Parts>().as_ref().is_some_and(accepts);
    if is_accepted {
        set_header(header::CONTENT_TYPE, &format!("{media_type}; charset=utf-8"));
    }
    is_accepted
}

/// Answers a page's GET with 303 to another address of ours.
pub fn redirect(path: &str) {
    set_header(header::LOCATION, &paths::in_ascii(path));
    set_status(303);
}

/// An id from an address: one that makes no sense is nobody's.
pub fn parse_id<T: std::str::FromStr>(text: &str) -> Result<T, AppError> {
    text.parse().map_err(|_| AppError::from(Error::NotFound))
}

/// The version that a form was opened with.
pub fn parse_version(text: &str) -> Result<i64, AppError> {
    let malformed = || Error::refused("The form is malformed. Reload the page and try again.");
    text.parse().map_err(|_| AppError::from(malformed()))
}
