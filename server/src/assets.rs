//! Script, WebAssembly, style, fonts and icons: inside the binary in release builds, read from
//! `target/site-dev` in debug builds. `cargo xtask` makes both.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, StatusCode};
use rust_embed::RustEmbed;
use serde::Deserialize;

/// The names of this build's assets, as addresses on this server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AssetPaths {
    /// Changes whenever any asset does: what tells an open tab that the server was updated.
    pub build: String,
    pub js: String,
    pub wasm: String,
    pub css: String,
    /// The addresses of what an area of the console loads beside `wasm`.
    pub areas: BTreeMap<String, Vec<String>>,
    /// Every asset by its plain name, such as `icon.svg`.
    pub files: BTreeMap<String, String>,
}

impl AssetPaths {
    /// The address of a file of `style/assets/` by its plain name.
    pub fn file(&self, name: &str) -> Option<&str> {
        self.files.get(name).map(String::as_str)
    }
}

/// Why the assets' names are not known. The server should not start then.
#[derive(Debug, thiserror::Error)]
pub enum AssetError {
    #[error("the browser bundle is missing: run `cargo xtask build`, or `cargo xtask dist` for a release")]
    Missing,
    #[error("the browser bundle's assets.json cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
}

/// The names of this build's assets, read once.
pub fn paths() -> Result<&'static AssetPaths, AssetError> {
    static PATHS: OnceLock<AssetPaths> = OnceLock::new();
    if let Some(known) = PATHS.get() {
        return Ok(known);
    }
    let manifest = Site::get("assets.json").ok_or(AssetError::Missing)?;
    let paths = serde_json::from_slice(&manifest.data)?;
    Ok(PATHS.get_or_init(|| paths))
}

/// `GET /assets/{*path}`: the smallest form that the browser takes, to keep for ever, because names change with content.
pub async fn serve(Path(path): Path<String>, headers: HeaderMap) -> Response {
    answer(&path, &headers, |name| Site::get(name).map(|file| file.data))
}

#[derive(RustEmbed)]
#[cfg_attr(debug_assertions, folder = "../target/site-dev")]
#[cfg_attr(not(debug_assertions), folder = "../target/site")]
struct Site;

type Content = Cow<'static, [u8]>;

/// The compressed forms that a build may hold, the preferred first: extension and name in HTTP.
const COMPRESSED: [(&str, &str); 2] = [(".br", "br"), (".gz", "gzip")];

fn answer(path: &str, headers: &HeaderMap, get: impl Fn(&str) -> Option<Content>) -> Response {
    // The compressed forms have no address of their own: their content type would not be true.
    if path.contains("..") || COMPRESSED.iter().any(|(extension, _)| path.ends_with(extension)) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let name = format!("assets/{path}");
    let compressed = COMPRESSED
        .iter()
        .filter(|(_, encoding)| accepts(headers, encoding))
        .find_map(|(extension, encoding)| {
            let content = get(&format!("{name}{extension}"))?;
            Some((content, Some(HeaderValue::from_static(encoding))))
        });
    let Some((content, encoding)) = compressed.or_else(|| Some((get(&name)?, None))) else {
        return StatusCode::NOT_FOUND.into_response();
    };

    let mut response = Response::new(Body::from(content));
    let to = response.headers_mut();
    to.insert(CONTENT_TYPE, content_type(path));
    to.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    to.insert(VARY, HeaderValue::from_static("accept-encoding"));
    to.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(encoding) = encoding {
        to.insert(CONTENT_ENCODING, encoding);
    }
    response
}

/// Whether `Accept-Encoding` names this encoding, or all of them, with a weight above zero (RFC 9110, section 12.5.3).
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let values = headers
        .get_all(ACCEPT_ENCODING)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    let weights: BTreeMap<String, f32> = values.flat_map(|value| value.split(',')).map(weighted).collect();
    weights
        .get(encoding)
        .or_else(|| weights.get("*"))
        .is_some_and(|weight| *weight > 0.0)
}

/// One entry of the header, such as `gzip;q=0.5`.
fn weighted(entry: &str) -> (String, f32) {
    let (name, parameters) = entry.split_once(';').unwrap_or((entry, ""));
    let weight = parameters
        .trim()
        .strip_prefix("q=")
        .map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0));
    (name.trim().to_ascii_lowercase(), weight)
}

/// The kinds of files that a bundle holds.
fn content_type(path: &str) -> HeaderValue {
    HeaderValue::from_static(match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [(&str, &str); 4] = [
        ("assets/usher-1.wasm", "plain"),
        ("assets/usher-1.wasm.br", "brotli"),
        ("assets/usher-1.wasm.gz", "gzip"),
        ("assets/icon-1.png", "picture"),
    ];

    fn file(name: &str) -> Option<Content> {
        let (_, content) = FILES.iter().find(|(known, _)| *known == name)?;
        Some(Cow::Borrowed(content.as_bytes()))
    }

    async fn get(path: &str, accepted: &'static str) -> (http::response::Parts, String) {
        let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(accepted))]);
        let (parts, body) = answer(path, &headers, file).into_parts();
        let body = axum::body::to_bytes(body, 1000).await.unwrap();
        (parts, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_smallest_accepted_form_is_served() {
        for (accepted, body, encoding) in [
            ("gzip, deflate, br, zstd", "brotli", Some("br")),
            ("*", "brotli", Some("br")),
            ("gzip", "gzip", Some("gzip")),
            ("br;q=0, GZIP;q=0.5", "gzip", Some("gzip")),
            ("identity", "plain", None),
            ("", "plain", None),
            ("br;q=0, *;q=0", "plain", None),
            ("br;q=oops", "plain", None),
        ] {
            let (parts, content) = get("usher-1.wasm", accepted).await;
            assert_eq!(content, body, "{accepted}");
            let told = parts.headers.get(CONTENT_ENCODING).map(|value| value.to_str().unwrap());
            assert_eq!(told, encoding, "{accepted}");
            assert_eq!(parts.headers[CONTENT_TYPE], "application/wasm", "{accepted}");
        }
    }

    #[tokio::test]
    async fn a_file_without_compressed_form_is_served_as_it_is() {
        let (parts, content) = get("icon-1.png", "br, gzip").await;
        assert_eq!(content, "picture");
        assert_eq!(parts.headers[CONTENT_TYPE], "image/png");
        assert!(!parts.headers.contains_key(CONTENT_ENCODING));
    }

    #[tokio::test]
    async fn assets_may_be_kept_for_ever_and_never_sniffed() {
        let (parts, _) = get("usher-1.wasm", "br").await;
        assert_eq!(parts.headers[CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(parts.headers[VARY], "accept-encoding");
        assert_eq!(parts.headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
    }

    #[tokio::test]
    async fn anything_else_is_not_found() {
        for path in ["usher-2.wasm", "usher-1.wasm.br", "../assets.json", ""] {
            let (parts, _) = get(path, "br").await;
            assert_eq!(parts.status, StatusCode::NOT_FOUND, "{path}");
            assert!(!parts.headers.contains_key(CACHE_CONTROL), "{path}");
        }
    }

    #[test]
    fn the_manifest_of_the_build_step_is_understood() {
        let manifest = r#"{"build": "7", "js": "/assets/usher-1.js", "wasm": "/assets/usher-1.wasm",
            "css": "/assets/usher-1.css", "areas": {"users": ["/assets/users-1.wasm"]}, "files": {"icon.svg": "/assets/icon-1.svg"}}"#;
        let paths: AssetPaths = serde_json::from_str(manifest).unwrap();
        assert_eq!(paths.js, "/assets/usher-1.js");
        assert_eq!(paths.file("icon.svg"), Some("/assets/icon-1.svg"));
    }
}
