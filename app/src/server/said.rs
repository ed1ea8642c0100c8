//! What a form has done, kept in a cookie for the page that its POST without script leads to.

use http::{HeaderValue, header, request::Parts};
use leptos::prelude::*;

use super::{AppContext, append_header, cookie};

/// The page that is loaded next comes at once.
const SECONDS: u32 = 60;

/// The cookie that says it on the next page. None where nothing is to be said.
pub(super) fn cookie_of(context: &AppContext, message: &str) -> Option<HeaderValue> {
    if message.is_empty() {
        return None;
    }
    let value = serde_urlencoded::to_string([("said", message)]).ok()?;
    HeaderValue::from_str(&written(context, &value, SECONDS)).ok()
}

/// What is to be said on this page, once.
pub fn take_said() -> Option<String> {
    let (context, parts) = (use_context::<AppContext>()?, use_context::<Parts>()?);
    let value = cookie(&parts, &name(&context))?;
    append_header(header::SET_COOKIE, &written(&context, "", 0));
    let words: Vec<(String, String)> = serde_urlencoded::from_str(&value).ok()?;
    words.into_iter().find(|(name, _)| name == "said").map(|(_, said)| said)
}

fn name(context: &AppContext) -> String {
    format!("{}-said", context.cookie_name())
}

fn written(context: &AppContext, value: &str, seconds: u32) -> String {
    let secure = if context.is_https() { "; Secure" } else { "" };
    format!(
        "{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}",
        name(context)
    )
}
