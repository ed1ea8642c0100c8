//! What is sent is read whole before anything is looked up or worked on for it: whoever sends by halves holds nothing but a
//! connection, and not for long.

use std::time::Duration;

use app::{AppError, server::tell};
use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderValue, Method, StatusCode, header};
use tokio::time;

/// How long a body may be, and may take to come.
#[derive(Clone, Copy)]
pub struct BodyLimits {
    pub bytes: usize,
    pub time: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self {
            // Forms are shorter by far; this keeps a flood of long ones out of memory.
            bytes: 256 * 1024,
            // Longer than the longest form takes on a bad line.
            time: Duration::from_secs(10),
        }
    }
}

/// Reads the body.
pub async fn receive(State(limits): State<BodyLimits>, request: Request, next: Next) -> Response {
    // Whoever says beforehand that it is too long need not send it.
    let is_too_long = request.body().size_hint().lower() > limits.bytes as u64;
    // Nobody reads a body of theirs.
    if matches!(*request.method(), Method::GET | Method::HEAD) && !is_too_long {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let come = async {
        match is_too_long {
            true => None,
            false => to_bytes(body, limits.bytes).await.ok(),
        }
    };
    let (status, words) = match time::timeout(limits.time, come).await {
        Ok(Some(bytes)) => return next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(None) => (StatusCode::PAYLOAD_TOO_LARGE, "The form is too long."),
        Err(_) => (
            StatusCode::REQUEST_TIMEOUT,
            "The form did not come in time. Send it again.",
        ),
    };
    let is_call = parts.uri.path().starts_with("/api/");
    let refused = AppError::Refused(words.to_owned());
    let mut response = tell(&refused, is_call, parts.headers.get(header::ACCEPT));
    *response.status_mut() = status;
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, sync::Arc, time::Duration};

    use axum::{
        Router,
        body::Body,
        middleware::from_fn_with_state,
        routing::{get, post},
    };
    use futures_util::{StreamExt, stream};
    use http::{Request, StatusCode};
    use tower::ServiceExt;

    use super::{BodyLimits, receive};

    async fn sent(path: &str, body: Body, limit: Duration) -> http::Response<Body> {
        let echo = || post(|body: String| async move { body });
        let router = Router::new().route("/form", echo()).route("/api/form", echo());
        let router = router.layer(from_fn_with_state(BodyLimits { bytes: 9, time: limit }, receive));
        router.oneshot(Request::post(path).body(body).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_sent_by_halves_is_given_up() {
        for (path, kind) in [("/form", "text/plain"), ("/api/form", "application/json")] {
            let held = Arc::new(());
            let holds = Arc::clone(&held);
            let half = stream::iter([Ok::<_, Infallible>("name=")]).chain(stream::poll_fn(move |_| {
                // The rest never comes.
                let _ = &holds;
                std::task::Poll::Pending
            }));
            let answer = sent(path, Body::from_stream(half), Duration::from_millis(1)).await;
            assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
            assert_eq!(answer.headers()["connection"], "close");
            let found = answer.headers()["content-type"].to_str().unwrap();
            assert!(found.starts_with(kind), "{found}");
            assert_eq!(Arc::strong_count(&held), 1, "what had come is still held");
        }
    }

    #[tokio::test]
    async fn what_is_too_long_is_refused_whether_it_says_so_or_not() {
        let pieces = stream::iter(["name=", "Acme", "!"].map(Ok::<_, Infallible>));
        for body in [Body::from("name=Acme!"), Body::from_stream(pieces)] {
            let answer = sent("/form", body, Duration::from_secs(60)).await;
            assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
            assert_eq!(answer.headers()["connection"], "close");
        }
        let router = Router::new().route("/page", get(|| async { "a page" }));
        let limits = BodyLimits {
            bytes: 9,
            time: Duration::from_secs(60),
        };
        let router = router.layer(from_fn_with_state(limits, receive));
        let page = Request::get("/page").body(Body::from("name=Acme!")).unwrap();
        assert_eq!(
            router.oneshot(page).await.unwrap().status(),
            StatusCode::PAYLOAD_TOO_LARGE
        );
    }

    #[tokio::test]
    async fn what_comes_whole_is_passed_on() {
        let pieces = stream::iter(["name=", "Acme"].map(Ok::<_, Infallible>));
        let answer = sent("/form", Body::from_stream(pieces), Duration::from_secs(60)).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let body = axum::body::to_bytes(answer.into_body(), 100).await.unwrap();
        assert_eq!(&body[..], b"name=Acme");
    }
}
