//! Refuses requests that another site made a browser send. Leptos has no such check of its own.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, StatusCode, header};

/// Our own origin, such as `https://usher.example.com`.
#[derive(Clone)]
pub struct OwnOrigin(pub String);

pub async fn refuse_cross_site(State(own): State<OwnOrigin>, request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe || is_from_here(request.headers(), &own.0) {
        return next.run(request).await;
    }
    (
        StatusCode::FORBIDDEN,
        "This request came from another site, so it was refused.",
    )
        .into_response()
}

/// Browsers say where a request comes from, scripts of others can't lie about it. A program without a browser sends
/// neither header, and no cookie of ours.
fn is_from_here(headers: &HeaderMap, own: &str) -> bool {
    let text = |name| {
        headers
            .get(name)
            .map(|value: &http::HeaderValue| value.to_str().unwrap_or("malformed"))
    };
    match (
        text(header::HeaderName::from_static("sec-fetch-site")),
        text(header::ORIGIN),
    ) {
        (Some("same-origin" | "none"), _) => true,
        (Some(_), _) => false,
        (None, Some(origin)) => origin == own,
        (None, None) => !headers.contains_key(header::COOKIE),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::is_from_here;

    #[test]
    fn only_our_own_pages_may_change_anything() {
        let own = "https://usher.example.com";
        for (headers, allowed) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "cross-site"), ("origin", own)], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("origin", own)], true),
            (&[("origin", "https://evil.example")], false),
            (&[("origin", "null")], false),
            (&[("origin", "https://usher.example.com.evil.example")], false),
            (&[("cookie", "usher-3000=x")], false),
            (&[], true),
        ] {
            let headers: HeaderMap = headers
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect();
            assert_eq!(is_from_here(&headers, own), allowed, "{headers:?}");
        }
    }
}
