//! How the browser asks the server: one way for whatever is read, one for every form. None of it depends on the server
//! function, so the bundle holds it once.

use leptos::wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, Headers, Request, RequestInit, Response, UrlSearchParams};

use crate::{
    AppError,
    compact::{MEDIA_TYPE, decode},
    form::Done,
};

/// What a server function that reads answers to GET.
#[cfg(not(feature = "ssr"))]
pub async fn get(address: &str) -> Result<String, AppError> {
    let (is_success, text) = send(address, RequestInit::new()).await?;
    if is_success { Ok(text) } else { Err(refusal(&text)) }
}

/// Posts a form's fields to a server function.
pub async fn post(address: &str, fields: &FormData) -> Result<Done, AppError> {
    let body = UrlSearchParams::new_with_str_sequence_sequence(fields).map_err(|_| AppError::Unreachable)?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&body);
    let (is_success, text) = send(address, request).await?;
    if !is_success {
        return Err(refusal(&text));
    }
    decode(&text).ok_or(AppError::Unreachable)
}

/// Answers that are not ours come from a proxy, or from another version of the server.
fn refusal(text: &str) -> AppError {
    decode(text).unwrap_or(AppError::Unreachable)
}

/// Whether the answer tells of success, and its body.
async fn send(address: &str, request: RequestInit) -> Result<(bool, String), AppError> {
    let exchange = async {
        let headers = Headers::new()?;
        headers.set("accept", MEDIA_TYPE)?;
        request.set_headers(&headers);
        let request = Request::new_with_str_and_init(address, &request)?;
        let response = JsFuture::from(leptos::prelude::window().fetch_with_request(&request)).await?;
        let response: Response = response.dyn_into()?;
        let text = JsFuture::from(response.text()?).await?;
        Ok::<_, JsValue>((response.ok(), text.as_string().unwrap_or_default()))
    };
    exchange.await.map_err(|_| AppError::Unreachable)
}
