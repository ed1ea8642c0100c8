//! The second door of a form: a POST on its page's own address, for browsers in which no WebAssembly runs (yet).

use std::{
    collections::BTreeMap,
    num::NonZero,
    sync::{LazyLock, atomic::Ordering},
    thread,
    time::Duration,
};

use axum::{
    body::{Body, to_bytes},
    extract::{RawPathParams, Request},
    response::{IntoResponse, Response},
    routing::{MethodRouter, post},
};
use http::{HeaderValue, Method, StatusCode, header, request::Parts};
use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use serde::{Serialize, de::DeserializeOwned};
use server_fn::ServerFn;
use tokio::{sync::Semaphore, time::timeout};

use super::{AppContext, kept::kept, said, shell, within};
use crate::{
    AppError,
    fields::{Malformed, is_text, read},
    form::{Done, Posted, Taken},
    paths,
};

/// No form of ours is longer.
const LONGEST_BODY: usize = 256 * 1024;

/// How long a form that comes again waits for others to be rendered.
const A_MOMENT: Duration = Duration::from_millis(500);

/// A form that comes again is a page, and a page that is rendered takes half a megabyte: of the many that a burst of refused
/// ones makes, so many at a time as there are processors. One that waits for a database that says nothing keeps the others
/// waiting for no longer than [`A_MOMENT`]; then all go on.
static RENDERING: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(thread::available_parallelism().map_or(1, NonZero::get)));

/// Runs a server function with the fields of a plain form. Success is answered with 303; else the same page comes again
/// with what was typed and what is wrong with it, and with the status that says so.
pub fn form_post<S>(context: &AppContext) -> MethodRouter<LeptosOptions>
where
    S: ServerFn<Output = Done, Error = AppError> + Serialize + DeserializeOwned + Send + 'static,
{
    let context = context.clone();
    post(move |params: RawPathParams, request: Request| {
        let params = params
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        answer::<S>(context.clone(), params, request)
    })
}

async fn answer<S>(context: AppContext, params: Vec<(String, String)>, request: Request) -> Response
where
    S: ServerFn<Output = Done, Error = AppError> + Serialize + DeserializeOwned + Send + 'static,
{
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "The form is too long.").into_response();
    };
    let mut fields: Vec<(String, String)> = serde_urlencoded::from_bytes(&body).unwrap_or_default();
    // What the address says counts, whatever the form says.
    fields.retain(|(name, _)| params.iter().all(|(param, _)| param != name));
    fields.extend(params);

    let arguments = if is_text(&body) {
        serde_urlencoded::to_string(&fields).map_err(|_| Malformed)
    } else {
        Err(Malformed)
    };
    let path = parts.uri.path().to_owned();
    let (outcome, response) = match arguments.and_then(|fields| read(fields.as_bytes())) {
        // Apart, like what renders: a sign-in waits for its hash with a hundred kilobytes, and axum would keep them twice.
        Ok(arguments) => Box::pin(run::<S>(&context, parts.clone(), arguments)).await,
        Err(Malformed) => (Err(AppError::malformed()), ResponseOptions::default()),
    };
    let target = outcome.as_ref().ok().and_then(|done| {
        let target = done.target(parts.uri.query().unwrap_or_default())?;
        Some((target, done.message.as_str()))
    });
    let mut answer = match target {
        Some((target, message)) => {
            let location = HeaderValue::from_str(&paths::in_ascii(&target)).unwrap_or(HeaderValue::from_static("/"));
            let mut answer = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
            if let Some(cookie) = said::cookie_of(&context, message) {
                answer.headers_mut().append(header::SET_COOKIE, cookie);
            }
            answer
        }
        None => {
            Box::pin(render_again(
                context,
                parts,
                Posted {
                    values: without_secrets(&path, fields),
                    path,
                    outcome: Some(outcome),
                    said: None,
                },
            ))
            .await
        }
    };
    // What the act has set, cookies above all.
    if let Ok(set) = response.0.read() {
        for (name, value) in &set.headers {
            answer.headers_mut().append(name, value.clone());
        }
    }
    answer
}

/// A form that is refused before anything is looked up for it: what was typed waits on the page that tells so.
pub async fn keep(context: &AppContext, request: Request, error: &AppError) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LONGEST_BODY).await.unwrap_or_default();
    let fields = serde_urlencoded::from_bytes(&body).unwrap_or_default();
    let path = parts.uri.path().to_owned();
    let posted = Posted {
        values: without_secrets(&path, fields),
        path,
        ..Posted::default()
    };
    kept(context, &parts, posted, error)
}

async fn run<S>(context: &AppContext, parts: Parts, arguments: S) -> (Result<Done, AppError>, ResponseOptions)
where
    S: ServerFn<Output = Done, Error = AppError> + Send + 'static,
{
    let response = ResponseOptions::default();
    // Apart, or what runs it would hold it twice.
    let act = Box::pin(async move { arguments.run_body().await });
    let outcome = within(context, parts, response.clone(), act).await;
    (outcome, response)
}

async fn render_again(context: AppContext, mut parts: Parts, posted: Posted) -> Response {
    let _permit = timeout(A_MOMENT, RENDERING.acquire()).await;
    parts.method = Method::GET;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    let status = match &posted.outcome {
        Some(Err(error)) => error.status(),
        _ => 200,
    };
    let (page_context, page_posted, taken) = (context.clone(), posted.clone(), Taken::default());
    let page_taken = taken.clone();
    let shell_context = context.clone();
    let render = leptos_axum::render_app_async_with_context(
        move || {
            page_context.provide();
            provide_context(page_posted.clone());
            provide_context(page_taken.clone());
            super::set_status(status);
        },
        move || shell(&shell_context),
    );
    let page = render(Request::from_parts(parts.clone(), Body::empty())).await;
    // What the form shows beside its fields cannot be read either, so it is not on its page.
    match &posted.outcome {
        Some(Err(error @ (AppError::Unavailable { .. } | AppError::TooMany { .. })))
            if !taken.0.load(Ordering::Relaxed) =>
        {
            let error = error.clone();
            kept(&context, &parts, posted, &error)
        }
        _ => page,
    }
}

/// What may come back with the page: no password, and no code of a second factor, which a recovery code is good for as long
/// as nobody has used it. An organization's code is none.
fn without_secrets(path: &str, fields: Vec<(String, String)>) -> BTreeMap<String, String> {
    let has_secret_code = [paths::SIGN_IN_CODE, paths::SECOND_FACTOR].contains(&path);
    let is_secret = |name: &str| name.contains("password") || (has_secret_code && name == "code");
    fields.into_iter().filter(|(name, _)| !is_secret(name)).collect()
}
