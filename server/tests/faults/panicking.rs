//! A panic in a handler ends its request and nothing else. The release has no handler that panics on purpose, so one
//! stands here behind the same middleware.

use std::net::SocketAddr;

use axum::{Router, routing::get};
use server::{middleware::TrustedProxies, router::behind_middleware};

use crate::{client::Client, support::ORIGIN};

async fn panics() -> &'static str {
    panic!("on purpose")
}

#[tokio::test]
async fn a_panic_ends_its_request_alone() {
    let inside = Router::new()
        .route("/page", get(panics))
        .route("/api/call", get(panics))
        .route("/healthz", get(|| async { "alive" }));
    let router = behind_middleware(inside, &ORIGIN.parse().unwrap(), TrustedProxies::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::new(listener.local_addr().unwrap());
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });

    let page = client.get("/page").await.unwrap();
    let id = page.header("x-request-id").unwrap();
    assert_eq!(page.status, 500);
    assert_eq!(
        page.body,
        format!("Something went wrong in Usher. It has been logged as request {id}.")
    );
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    let call = client.get("/api/call").await.unwrap();
    let id = call.header("x-request-id").unwrap();
    assert_eq!(call.status, 500);
    assert_eq!(call.body, format!("{{\"Internal\":{{\"request\":\"{id}\"}}}}"));
    assert_eq!(client.get("/healthz").await.unwrap().status, 200);
}
