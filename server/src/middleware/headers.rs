//! Headers that every answer carries. Pages set their own policy of what they may load; everything else gets the closed
//! one.

use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};

/// When to ask again what cannot be answered now: a queue of passwords to check is shorter then, a database may be back.
const RETRY_AFTER_SECONDS: &str = "2";

/// Whether people reach us by https, so that browsers may be told to stay with it.
#[derive(Clone, Copy)]
pub struct IsHttps(pub bool);

pub fn set_headers(is_https: IsHttps, mut response: Response) -> Response {
    let is_unavailable = response.status() == StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // "no-referrer" would make our own forms post `Origin: null`.
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=()",
    );
    if is_https.0 {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    }
    let mut set_default = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set_default(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    );
    set_default(header::CACHE_CONTROL, "no-store");
    if is_unavailable {
        set_default(header::RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
    response
}
