//! A form that was posted in vain, on a page that needs no database: what was typed waits in it to be sent again.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header, request::Parts};
use leptos::prelude::*;

use super::AppContext;
use crate::{AppError, form::Posted};

/// It runs no script, which would read what cannot be read.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// The page, with the status of what went wrong.
pub(super) fn kept(context: &AppContext, parts: &Parts, posted: Posted, error: &AppError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let style = context.assets.style.clone();
    let address = parts.uri.path_and_query().map_or("/", |address| address.as_str());
    let (address, reason) = (address.to_owned(), error.to_string());
    let page = Owner::new().with(|| page(style, address, posted, reason));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (status, headers, page).into_response()
}

fn page(style: String, address: String, posted: Posted, reason: String) -> String {
    let fields = posted.values.into_iter();
    let fields = fields.map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <title>"This was not saved"</title>
                <link rel="stylesheet" href=style />
                <link rel="icon" href="data:," />
            </head>
            <body>
                <main class="l-plain" id="content">
                    <div class="l-plain__card">
                        <h1>"This was not saved"</h1>
                        <p>{reason}</p>
                        <p>"What you typed is kept on this page, but for passwords and codes to sign in."</p>
                        <form method="post" action=address>
                            {fields.collect_view()}
                            <button type="submit" class="c-button c-button--primary">
                                "Send again"
                            </button>
                        </form>
                    </div>
                </main>
            </body>
        </html>
    }
    .to_html()
}
