//! A panic ends its request and nothing else. Whoever asked is told so in the words of any other failure.

use std::any::Any;

use app::{AppError, server::tell};
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode};

/// What the panic said, on its way to whoever knows which request it was.
#[derive(Clone)]
struct Panicked(String);

/// For the layer that catches it.
pub fn note_panic(said: Box<dyn Any + Send>) -> Response<Body> {
    let words = said.downcast_ref::<&str>().map(|words| (*words).to_owned());
    let words = words.or_else(|| said.downcast_ref::<String>().cloned());
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Panicked(words.unwrap_or_default()));
    response
}

/// Logs it with the request's id, and tells the id to whoever asked.
pub(super) fn tell_of_panic(response: Response, id: &str, is_call: bool, accepted: Option<&HeaderValue>) -> Response {
    let Some(Panicked(words)) = response.extensions().get() else {
        return response;
    };
    tracing::error!(request = %id, %words, "panicked");
    tell(&AppError::Internal { request: id.to_owned() }, is_call, accepted)
}
