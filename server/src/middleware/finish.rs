//! Finishing what was begun, also for a client that has left.

use std::{convert::Infallible, panic};

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tracing::Instrument;

/// Runs the rest of the request as a task of its own. A page that is dropped in the middle takes away what its own tasks
/// still read, and they panic; what a form began is done or not done, whoever is there to hear of it.
pub async fn finish(
    rest: impl Future<Output = Result<Response, Infallible>> + Send + 'static,
) -> Result<Response, Infallible> {
    let work = tokio::spawn(rest.in_current_span());
    match work.await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            // For the layer that answers panics.
            Ok(said) => panic::resume_unwind(said),
            // The server ends.
            Err(_) => Ok(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        },
    }
}
