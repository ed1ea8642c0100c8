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
    middleware::from_fn_with_state,
    routing::{get, post},
};
use backend::Backend;
use leptos::config::LeptosOptions;
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list, render_app_async_with_context};
use tower::util::{MapFutureLayer, MapRequestLayer, MapResponseLayer};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};
use url::Url;

use crate::{
    assets,
    middleware::{self, BodyLimits, IsHttps, OwnOrigin, TrustedProxies, Valve},
    policy_reports,
};

/// The whole application as a service.
///
/// Layers are given together where they can be, and by functions that need no `Next`: for each `Next`, and each call of
/// `layer`, a request has all that lies inside cloned once more.
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
        .layer((
            CompressionLayer::new().br(true).gzip(true),
            from_fn_with_state(context.clone(), know_caller),
        ))
        .with_state(options)
        .route("/assets/{*path}", get(assets::serve))
        .route(app::server::POLICY_REPORTS, post(policy_reports::note))
        .route("/healthz", get(|| async { "alive" }))
        .layer((
            // Around the valve: a client that leaves does not free the place of the work that goes on.
            MapFutureLayer::new(middleware::finish),
            from_fn_with_state(Valve::new(context), middleware::hold_back_floods),
        ));
    let readiness = Router::new().route("/readyz", get(ready)).with_state(backend);
    behind_middleware(inside.merge(readiness), &public_url, proxies)
}

/// What every request passes on its way to a handler, and every answer on its way back; the outermost first.
pub fn behind_middleware(inside: Router, public_url: &Url, proxies: TrustedProxies) -> Router {
    let is_https = IsHttps(public_url.scheme() == "https");
    let origin = OwnOrigin(public_url.origin().ascii_serialization());
    inside.layer((
        MapResponseLayer::new(move |answer| middleware::set_headers(is_https, answer)),
        from_fn_with_state(proxies, middleware::note_request),
        from_fn_with_state(origin, middleware::refuse_cross_site),
        MapRequestLayer::new(middleware::answer_calls),
        CatchPanicLayer::custom(middleware::note_panic),
        from_fn_with_state(BodyLimits::default(), middleware::receive),
    ))
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
