//! Calls are for scripts. Of whoever takes HTML, Leptos would send a good answer, and a refusal, on to the address in their
//! `Referer`, which is any site that has a link to us: it would lead there, and tell that site who is signed in.

use axum::extract::Request;
use http::{HeaderValue, header};

/// Where all server functions are.
const CALLS: &str = "/api/";

/// Has a call answered as one, whoever makes it.
pub fn answer_calls(mut request: Request) -> Request {
    if request.uri().path().starts_with(CALLS) {
        let headers = request.headers_mut();
        headers.remove(header::REFERER);
        let takes_html = |value: &HeaderValue| !value.to_str().is_ok_and(|value| !value.contains("text/html"));
        if headers.get_all(header::ACCEPT).into_iter().any(takes_html) {
            headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        }
    }
    request
}
