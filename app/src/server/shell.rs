//! The document around every page, and the policy of what it may load.

use std::collections::BTreeSet;

use http::{header, request::Parts};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use super::{AppContext, set_header};
use crate::{App, ui::THEME_SCRIPT};

/// Where browsers report what the policy has blocked.
pub const POLICY_REPORTS: &str = "/policy-reports";

/// Back and Forward between addresses that a page gave itself do not load what is there. A page that is not awake, as where its
/// code did not come, cannot show it either, so it is loaded.
const FOLLOW: &str = "{const at=()=>location.pathname+location.search,here=at();addEventListener('popstate',()=>{\
                      if(at()!==here&&!('hydrated'in document.documentElement.dataset))location.reload()})}";

/// The whole document. Only scripts with this answer's nonce run.
pub fn shell(context: &AppContext) -> impl IntoView + use<> {
    let nonce = use_nonce();
    let nonce_text = nonce.as_ref().map(ToString::to_string).unwrap_or_default();
    set_header(header::CONTENT_SECURITY_POLICY, &policy(&nonce_text));
    set_header(header::CACHE_CONTROL, "no-store");
    let assets = &context.assets;
    // A page whose loading was broken off lacks what its last script defines, and is not woken.
    let start = format!(
        "{FOLLOW}import({:?}).then(usher=>usher.default({{module_or_path:{:?}}}).then(()=>{{\
         if(window.__INCOMPLETE_CHUNKS)usher.hydrate()}}))",
        assets.script, assets.wasm
    );
    let path = use_context::<Parts>().map(|parts| parts.uri.path().to_owned());
    let areas = path.map(|path| crate::lazy::areas_at(&path)).unwrap_or_default();
    // Areas share some of their chunks.
    let chunks: BTreeSet<&String> = areas
        .iter()
        .filter_map(|area| assets.areas.get(*area))
        .flatten()
        .collect();
    let chunks = chunks.into_iter().map(|chunk| {
        view! { <link rel="preload" href=chunk.clone() r#as="fetch" r#type="application/wasm" crossorigin="anonymous" /> }
    });
    // An empty one keeps browsers from asking for /favicon.ico.
    let icon = assets.icon.clone().unwrap_or_else(|| "data:,".to_owned());
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="usher-build" content=assets.build.clone() />
                <script nonce=nonce_text.clone() inner_html=THEME_SCRIPT></script>
                <link rel="stylesheet" href=assets.style.clone() />
                <link rel="icon" href=icon />
                <link rel="modulepreload" href=assets.script.clone() nonce=nonce_text.clone() />
                <link rel="preload" href=assets.wasm.clone() r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
                {chunks.collect_view()}
                <script type="module" nonce=nonce_text inner_html=start></script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self' \
         'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri \
         'none'; frame-ancestors 'none'; report-uri {POLICY_REPORTS}"
    )
}
