//! What a Prometheus reads: each request by its route, and how busy the installation is.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

mod support;

use std::collections::BTreeSet;

use axum::middleware::from_fn_with_state;
use server::metrics::{Metrics, observe};
use support::{House, on_both_engines};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

on_both_engines!(what_happens_is_counted_by_route_and_names_nobody);

async fn what_happens_is_counted_by_route_and_names_nobody(mut house: House) {
    let metrics = Metrics::new(house.backend.clone());
    house.router = house.router.layer(from_fn_with_state(metrics.clone(), observe));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(metrics.serve(listener));

    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    admin.get(&format!("/organizations/{acme}")).await.says(200, &["Acme"]);
    admin.get("/users?q=ada%40example.com").await.says(200, &["Ada"]);
    let mut nobody = house.visitor();
    assert_eq!(nobody.get("/no/such/page").await.status, 404);

    let read = async |address| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let ask = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    };
    let text = read(address).await;
    for line in [
        "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8",
        r#"usher_requests_total{method="GET",route="/organizations/{id}",status="200"} 1"#,
        r#"usher_requests_total{method="POST",route="/organizations/new",status="303"} 1"#,
        r#"usher_requests_total{method="GET",route="(none)",status="404"} 1"#,
        r#"usher_request_duration_seconds_count{method="GET",route="/users"} 1"#,
        r#"usher_mails{state="queued"} 0"#,
        r#"usher_sessions 1"#,
        r#"usher_hashes_waiting 0"#,
        r#"usher_database_connections{state="idle"}"#,
        "# EOF",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    // What the dashboard shows is told, by these very names.
    let shown = shown_on_the_dashboard();
    assert!(shown.len() > 5, "{shown:?}");
    for name in shown {
        let is_sample = |line: &str| {
            line.strip_prefix(&name)
                .is_some_and(|rest| rest.starts_with(['{', ' ']))
        };
        assert!(text.lines().any(is_sample), "the dashboard asks for {name}: {text}");
    }
    for secret in [acme.as_str(), "Acme", "ada", "/no/such/page"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }

    // Without its database it tells what it counted itself, and nothing that it cannot know, whether or not it knew it before.
    house.store.close().await;
    let later = Metrics::new(house.backend.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let elsewhere = listener.local_addr().unwrap();
    tokio::spawn(later.serve(listener));
    let text = read(address).await;
    let counted = r#"usher_requests_total{method="GET",route="/users",status="200"} 1"#;
    assert!(text.contains(counted), "{text}");
    for text in [text, read(elsewhere).await] {
        for line in [
            "usher_hashes_waiting 0",
            r#"usher_database_connections{state="idle"} 0"#,
            r#"usher_database_connections{state="used"} 0"#,
            "# EOF",
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
        for unknown in ["usher_sessions", "usher_mails"] {
            assert!(!text.contains(unknown), "{unknown} is in {text}");
        }
    }
}

/// The metrics that docs/dashboard.json asks a Prometheus for.
fn shown_on_the_dashboard() -> BTreeSet<String> {
    let dashboard: serde_json::Value = serde_json::from_str(include_str!("../../docs/dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().unwrap());
    let questions = targets.map(|target| target["expr"].as_str().unwrap());
    let words = questions.flat_map(|question| question.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    let names = words.filter(|word| word.starts_with("usher_"));
    names.map(str::to_owned).collect()
}
