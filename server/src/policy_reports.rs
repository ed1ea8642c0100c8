//! What browsers report of the content security policy: somebody tried to run or load what is not ours, or a page of ours
//! has a mistake. Anybody can send a report, so it is a hint in the log and nothing more.

use axum::{Extension, body::Bytes};
use backend::access::Request;
use http::StatusCode;
use serde::Deserialize;

/// As much of a word as the log keeps.
const LONGEST: usize = 100;

/// The page's address is left out, since it may hold the token of a link.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Violation {
    #[serde(default)]
    effective_directive: String,
    #[serde(default)]
    blocked_uri: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Report {
    csp_report: Violation,
}

pub async fn note(Extension(request): Extension<Request>, body: Bytes) -> StatusCode {
    let Ok(Report { csp_report: violation }) = serde_json::from_slice(&body) else {
        return StatusCode::BAD_REQUEST;
    };
    let (directive, blocked) = (short(&violation.effective_directive), short(&violation.blocked_uri));
    tracing::warn!(request = %request.id, ?directive, ?blocked, "the content security policy blocked something");
    StatusCode::NO_CONTENT
}

fn short(text: &str) -> &str {
    let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(end, _)| end);
    &text[..end]
}
