//! How the browser asks the server: one way for whatever is read, one for every form. None of it depends on the server
//! function, so the bundle holds it once.

use leptos::wasm_bindgen::{JsCast, JsValue};
use serde::de::DeserializeOwned;
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, Headers, Request, RequestInit, Response, UrlSearchParams};

use crate::{AppError, form::Done};

/// What a server function that reads answers to GET, as JSON.
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
    if is_success { decode(&text) } else { Err(refusal(&text)) }
}

/// Makes a value of the JSON of a server function.
pub fn decode<T: DeserializeOwned>(text: &str) -> Result<T, AppError> {
    serde_json::from_str(text).map_err(|_| AppError::Unreachable)
}

/// Answers that are not ours come from a proxy, or from another version of the server.
fn refusal(text: &str) -> AppError {
    decode(text).unwrap_or(AppError::Unreachable)
}

/// Whether the answer tells of success, and its body.
async fn send(address: &str, request: RequestInit) -> Result<(bool, String), AppError> {
    let exchange = async {
        let headers = Headers::new()?;
        headers.set("accept", "application/json")?;
        request.set_headers(&headers);
        let request = Request::new_with_str_and_init(address, &request)?;
        let response = JsFuture::from(leptos::prelude::window().fetch_with_request(&request)).await?;
        let response: Response = response.dyn_into()?;
        let text = JsFuture::from(response.text()?).await?;
        Ok::<_, JsValue>((response.ok(), text.as_string().unwrap_or_default()))
    };
    exchange.await.map_err(|_| AppError::Unreachable)
}
