//! What a server answers to.

use std::collections::BTreeSet;

use app::server::{AppContext, Assets, files, forms, links};

use super::House;

/// Everything that answers: server functions, forms, files, pages, and the two that tell about the process.
pub fn entries(house: &House) -> BTreeSet<String> {
    let context = AppContext {
        backend: house.backend.clone(),
        assets: Assets {
            build: String::new(),
            script: String::new(),
            wasm: String::new(),
            areas: Default::default(),
            style: String::new(),
            icon: None,
        }
        .into(),
    };
    let functions = server_fn::axum::server_fn_paths().map(|(path, method)| format!("{method} {path}"));
    let forms = forms(&context).into_iter().map(|(path, _)| format!("POST {path}"));
    let files = files(&context).into_iter().map(|(path, _)| format!("GET {path}"));
    let links = links(&context).into_iter().map(|(path, _)| format!("GET {path}"));
    let pages = server::router::pages();
    let pages = pages.iter().map(|page| format!("GET {}", page.path()));
    let others = [
        "GET /healthz",
        "GET /readyz",
        "GET /assets/{*path}",
        "POST /policy-reports",
    ]
    .map(str::to_owned);
    let ours = forms.chain(files).chain(links).chain(pages);
    functions.chain(ours).chain(others).collect()
}
