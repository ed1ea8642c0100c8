//! What stands at which address: pages, the second door of each form, lists as files, server functions, assets.

use std::sync::{Arc, LazyLock};

use app::{
    App,
    server::{AppContext, Assets, know_caller, routes, shell},
};
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};
use backend::Backend;
use leptos::config::LeptosOptions;
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list, render_app_async_with_context};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer, limit::RequestBodyLimitLayer};
use url::Url;

use crate::{
    assets,
    middleware::{self, IsHttps, OwnOrigin, TimeToCome, TrustedProxies, Valve},
    policy_reports,
};

/// No request has a longer body. Forms are shorter by far; this keeps a flood of long ones out of memory.
const LONGEST_BODY: usize = 256 * 1024;

/// The whole application as a service.
pub fn router(backend: Backend, assets: Assets, proxies: TrustedProxies) -> Router {
    let public_url = backend.settings().public_url.clone();
    let context = AppContext {
        backend: backend.clone(),
        assets: Arc::new(assets),
    };
    let options = LeptosOptions::builder().output_name("usher").build();

    let provide = {
        let context = context.clone();
        move || context.provide()
    };
    let document = {
        let context = context.clone();
        move || shell(&context)
    };
    let inside = routes(&context)
        .leptos_routes_with_context(&options, pages(), provide.clone(), document.clone())
        // The app itself says that there is no such page.
        .fallback(render_app_async_with_context(provide, document))
        .layer(from_fn_with_state(context.clone(), know_caller))
        .layer(CompressionLayer::new().br(true).gzip(true))
        .with_state(options)
        .route("/assets/{*path}", get(assets::serve))
        .route(app::server::POLICY_REPORTS, post(policy_reports::note))
        .route("/healthz", get(|| async { "alive" }))
        .layer(from_fn_with_state(
            Valve::new(context.clone()),
            middleware::hold_back_floods,
        ))
        // Around the valve: a client that leaves does not free the place of the work that goes on.
        .layer(from_fn(middleware::finish))
        .merge(Router::new().route("/readyz", get(ready)).with_state(backend));
    behind_middleware(inside, &public_url, proxies)
}

/// What every request passes on its way to a handler, and every answer on its way back.
pub fn behind_middleware(inside: Router, public_url: &Url, proxies: TrustedProxies) -> Router {
    let is_https = IsHttps(public_url.scheme() == "https");
    let origin = OwnOrigin(public_url.origin().ascii_serialization());
    inside
        .layer(from_fn_with_state(TimeToCome::default(), middleware::receive))
        .layer(RequestBodyLimitLayer::new(LONGEST_BODY))
        .layer(CatchPanicLayer::custom(middleware::note_panic))
        .layer(from_fn(middleware::tell_of_panic))
        .layer(from_fn(middleware::answer_calls))
        .layer(from_fn_with_state(origin, middleware::refuse_cross_site))
        .layer(from_fn_with_state(is_https, middleware::set_headers))
        .layer(from_fn_with_state(proxies, middleware::note_request))
}

/// The addresses of all pages, found out once a process: while Leptos looks for them, resources that other pages make
/// would never load, and a process may hold several routers, as tests do.
pub fn pages() -> Vec<AxumRouteListing> {
    static PAGES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));
    PAGES.clone()
}

async fn ready(State(backend): State<Backend>) -> (StatusCode, &'static str) {
    match backend.is_ready().await {
        Ok(()) => (StatusCode::OK, "ready"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
        }
    }
}
