//! What Usher tells a Prometheus, on an address of its own: `USHER_METRICS_LISTEN`. It names routes and no people, but
//! whoever reads it learns how busy the installation is, so it is no page of the console.

mod requests;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use backend::{Backend, load::Load};
use http::{StatusCode, header};
use prometheus_client::{
    encoding::text::{encode_eof, encode_registry},
    metrics::{family::Family, gauge::Gauge, info::Info},
    registry::Registry,
};
use tokio::net::TcpListener;

use requests::Requests;
pub use requests::observe;

/// What every name begins with.
const PREFIX: &str = "usher";

/// The format that [`encode_registry`] writes.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All that is counted. Clones share it.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    backend: Backend,
    registry: Registry,
    requests: Requests,
}

impl Metrics {
    pub fn new(backend: Backend) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let build = Info::new([
            ("version", env!("CARGO_PKG_VERSION")),
            ("engine", backend.engine_name()),
        ]);
        registry.register("build", "The version, and the database's engine", build);
        let requests = Requests::new(&mut registry);
        Self(Arc::new(Inner {
            backend,
            registry,
            requests,
        }))
    }

    /// Serves `GET /metrics` until the process ends.
    pub async fn serve(self, listener: TcpListener) {
        let service = Router::new().route("/metrics", get(tell)).with_state(self);
        if let Err(error) = axum::serve(listener, service.into_make_service_with_connect_info::<SocketAddr>()).await {
            tracing::error!(%error, "metrics are not served any more");
        }
    }
}

/// What is looked at when somebody asks. What the database keeps is left out while it does not answer: a count of before,
/// or none, would be taken for what is so now.
fn looked_at(load: &Load) -> Registry {
    let mut registry = Registry::with_prefix(PREFIX);
    if let Ok(kept) = &load.kept {
        let help = "Signed-in browsers, and some that time has ended";
        registry.register("sessions", help, gauge(kept.sessions));
        let mails = [("queued", kept.mails_queued), ("failed", kept.mails_failed)];
        registry.register("mails", "Mails in the outbox by state", by_state(mails));
    }
    let help = "Passwords that wait to be checked";
    registry.register("hashes_waiting", help, gauge(load.hashes_waiting));
    let connections = [("idle", load.connections_idle), ("used", load.connections_used)];
    let help = "Connections to the database by state";
    registry.register("database_connections", help, by_state(connections));
    registry
}

fn gauge(value: i64) -> Gauge {
    let gauge = Gauge::default();
    gauge.set(value);
    gauge
}

fn by_state<const STATES: usize>(
    values: [(&'static str, i64); STATES],
) -> Family<[(&'static str, &'static str); 1], Gauge> {
    let family = Family::<[(&str, &str); 1], Gauge>::default();
    for (state, value) in values {
        family.get_or_create(&[("state", state)]).set(value);
    }
    family
}

/// A database that does not answer is no reason to tell nothing: what is counted here is told all the same.
async fn tell(State(metrics): State<Metrics>) -> Response {
    let load = metrics.0.backend.load().await;
    if let Err(error) = &load.kept {
        tracing::warn!(%error, "metrics leave out what the database keeps");
    }
    let mut text = String::new();
    let written = encode_registry(&mut text, &metrics.0.registry)
        .and_then(|()| encode_registry(&mut text, &looked_at(&load)))
        .and_then(|()| encode_eof(&mut text));
    match written {
        Ok(()) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
