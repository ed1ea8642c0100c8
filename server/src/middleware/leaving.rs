//! A server that is about to end says on `/readyz` that it is not ready, and goes on with all else: a proxy that asks there
//! sends nobody to it any more, so that nobody finds the door closed.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::StatusCode;

/// Whether the server is about to end. Clones share it.
#[derive(Clone, Default)]
pub struct Leaving(Arc<AtomicBool>);

impl Leaving {
    /// From now on it is.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Answers a proxy that asks whether to send people here.
pub async fn send_away(State(leaving): State<Leaving>, request: Request, next: Next) -> Response {
    if request.uri().path() == "/readyz" && leaving.0.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "it is about to end").into_response();
    }
    next.run(request).await
}
