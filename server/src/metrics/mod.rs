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
    encoding::text::encode,
    metrics::{family::Family, gauge::Gauge, info::Info},
    registry::Registry,
};
use tokio::net::TcpListener;

use requests::Requests;
pub use requests::observe;

/// The format that [`encode`] writes.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All that is counted. Clones share it.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    backend: Backend,
    registry: Registry,
    requests: Requests,
    gauges: Gauges,
}

/// What is looked at when somebody asks.
#[derive(Default)]
struct Gauges {
    sessions: Gauge,
    mails: Family<[(&'static str, &'static str); 1], Gauge>,
    hashes: Gauge,
    connections: Family<[(&'static str, &'static str); 1], Gauge>,
}

impl Metrics {
    pub fn new(backend: Backend) -> Self {
        let mut registry = Registry::with_prefix("usher");
        let build = Info::new([
            ("version", env!("CARGO_PKG_VERSION")),
            ("engine", backend.engine_name()),
        ]);
        registry.register("build", "The version, and the database's engine", build);
        let requests = Requests::new(&mut registry);
        let gauges = Gauges::default();
        registry.register(
            "sessions",
            "Signed-in browsers, and some that time has ended",
            gauges.sessions.clone(),
        );
        registry.register("mails", "Mails in the outbox by state", gauges.mails.clone());
        registry.register(
            "hashes_waiting",
            "Passwords that wait to be checked",
            gauges.hashes.clone(),
        );
        registry.register(
            "database_connections",
            "Connections to the database by state",
            gauges.connections.clone(),
        );
        Self(Arc::new(Inner {
            backend,
            registry,
            requests,
            gauges,
        }))
    }

    /// Serves `GET /metrics` until the process ends.
    pub async fn serve(self, listener: TcpListener) {
        let service = Router::new().route("/metrics", get(tell)).with_state(self);
        if let Err(error) = axum::serve(listener, service.into_make_service_with_connect_info::<SocketAddr>()).await {
            tracing::error!(%error, "metrics are not served any more");
        }
    }

    fn look(&self, load: &Load) {
        let gauges = &self.0.gauges;
        gauges.sessions.set(load.sessions);
        gauges.hashes.set(load.hashes_waiting);
        for (state, mails) in [("queued", load.mails_queued), ("failed", load.mails_failed)] {
            gauges.mails.get_or_create(&[("state", state)]).set(mails);
        }
        for (state, connections) in [("idle", load.connections_idle), ("used", load.connections_used)] {
            gauges.connections.get_or_create(&[("state", state)]).set(connections);
        }
    }
}

/// A database that does not answer is no reason to tell nothing: what is counted here is told all the same.
async fn tell(State(metrics): State<Metrics>) -> Response {
    match metrics.0.backend.load().await {
        Ok(load) => metrics.look(&load),
        Err(error) => tracing::warn!(%error, "metrics of the database are those of before"),
    }
    let mut text = String::new();
    match encode(&mut text, &metrics.0.registry) {
        Ok(()) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
