//! Requests: how many of each route with which answer, and how long they took.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::Metrics;

/// Seconds: from what a list takes to what a person gives up on.
const BOUNDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    /// The template, never the path: that holds ids, and what a person typed.
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    method: String,
    route: String,
}

pub(super) struct Requests {
    answered: Family<Answered, Counter>,
    seconds: Family<Asked, Histogram>,
}

impl Requests {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let requests = Self {
            answered: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
        };
        let help = "Requests that were answered, by route and status";
        registry.register("requests", help, requests.answered.clone());
        let help = "How long it took to answer, up to the first byte of the body";
        registry.register_with_unit("request_duration", help, Unit::Seconds, requests.seconds.clone());
        requests
    }
}

/// Counts each request on its way back.
pub async fn observe(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("(none)", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    let requests = &metrics.0.requests;
    let asked = Asked {
        method: method.clone(),
        route: route.clone(),
    };
    requests
        .seconds
        .get_or_create(&asked)
        .observe(began.elapsed().as_secs_f64());
    let answered = Answered {
        method,
        route,
        status: response.status().as_u16(),
    };
    requests.answered.get_or_create(&answered).inc();
    response
}

/// Whoever makes methods up makes no series.
fn method(method: &http::Method) -> String {
    let known = [http::Method::GET, http::Method::HEAD, http::Method::POST];
    let known = known.contains(method);
    if known { method.to_string() } else { "other".to_owned() }
}
