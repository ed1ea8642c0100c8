//! Stories of the first Admin, of signing in and out, and of who gets nowhere.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

mod support;

use axum::body::Body;
use http::{Request, header};
use support::{House, ORIGIN, PASSWORD, on_both_engines};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

on_both_engines!(
    the_setup_link_makes_one_admin,
    signing_in_and_out,
    a_refused_sign_in_tells_nothing,
    sign_ins_sent_by_halves_keep_nobody_out,
    failures_are_slowed_down,
    without_a_session_every_page_leads_to_sign_in,
    a_session_ends_by_time,
    another_site_changes_nothing,
);

async fn the_setup_link_makes_one_admin(house: House) {
    let path = house.setup_link.strip_prefix(ORIGIN).unwrap().to_owned();
    let mut visitor = house.visitor();
    visitor.get(&path).await.says(200, &["Set up Usher", "Create Admin"]);
    let weak = [("name", "Ada"), ("email", "ada"), ("password", "short")];
    let answer = visitor.post(&path, &weak).await;
    answer.says(
        422,
        &[
            "Enter an e-mail address like name@example.com.",
            "A password has at least 12 characters.",
        ],
    );
    assert!(!answer.body.contains("short"), "a password comes back");
    house.admin().await.get("/").await.says(200, &["Ada Admin", "Sign out"]);
    visitor.get(&path).await.says(404, &["Not found"]);
    let late = [("name", "Eve"), ("email", "eve@example.com"), ("password", PASSWORD)];
    visitor.post(&path, &late).await.says(404, &["Not found"]);
    assert_eq!(house.backend.prepare().await.unwrap(), None);
}

async fn signing_in_and_out(house: House) {
    house.admin().await;
    let mut visitor = house.visitor();
    let fields = [
        ("email", " Ada@Example.com "),
        ("password", PASSWORD),
        ("next", "/organizations?q=x"),
    ];
    visitor.post("/login", &fields).await.leads_to("/organizations?q=x");
    visitor.get("/").await.says(200, &["Ada Admin"]);
    visitor.post("/logout", &[]).await.leads_to("/login");
    assert!(!visitor.has_session());
    let elsewhere = [
        ("email", "ada@example.com"),
        ("password", PASSWORD),
        ("next", "//evil.example"),
    ];
    visitor.post("/login", &elsewhere).await.leads_to("/");
}

async fn a_refused_sign_in_tells_nothing(house: House) {
    house.admin().await;
    let mut visitor = house.visitor();
    let wrong = visitor
        .post(
            "/login",
            &[("email", "ada@example.com"), ("password", "wrong password here")],
        )
        .await;
    let unknown = visitor
        .post(
            "/login",
            &[("email", "bob@example.com"), ("password", "wrong password here")],
        )
        .await;
    wrong.says(422, &["E-mail address or password is wrong."]);
    assert_eq!((wrong.status, wrong.text()), (unknown.status, unknown.text()));
    visitor
        .post("/login", &[])
        .await
        .says(422, &["Enter your e-mail address.", "Enter your password."]);
    assert!(!visitor.has_session());
}

async fn sign_ins_sent_by_halves_keep_nobody_out(house: House) {
    house.admin().await;
    let address = house.serve().await;
    let mut halves = Vec::new();
    for _ in 0..60 {
        let mut half = TcpStream::connect(address).await.unwrap();
        let begun = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                     Sec-Fetch-Site: same-origin\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n";
        half.write_all(begun.as_bytes()).await.unwrap();
        // It says so when the body is asked for: each of them has begun.
        let mut answer = [0; 12];
        half.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 100");
        half.write_all(b"email=").await.unwrap();
        halves.push(half);
    }
    house
        .sign_in("ada@example.com", PASSWORD)
        .await
        .get("/")
        .await
        .says(200, &["Sign out"]);
}

async fn failures_are_slowed_down(house: House) {
    house.admin().await;
    let mut visitor = house.visitor();
    let wrong = [("email", "ada@example.com"), ("password", "wrong password here")];
    for _ in 0..20 {
        visitor.post("/login", &wrong).await.says(422, &[]);
    }
    visitor.post("/login", &wrong).await.says(429, &["Too many attempts."]);
    house.clock.advance(10);
    visitor
        .post("/login", &[("email", "ada@example.com"), ("password", PASSWORD)])
        .await
        .leads_to("/");
}

async fn without_a_session_every_page_leads_to_sign_in(house: House) {
    let mut visitor = house.visitor();
    visitor.get("/").await.leads_to("/login");
    visitor
        .get("/organizations?q=a")
        .await
        .leads_to("/login?next=/organizations%3Fq%3Da");
    visitor.get("/nowhere").await.says(404, &["Not found"]);
}

async fn a_session_ends_by_time(house: House) {
    let mut idle = house.admin().await;
    house.clock.advance(59 * 60);
    idle.get("/").await.says(200, &[]);
    house.clock.advance(61 * 60);
    idle.get("/").await.leads_to("/login");

    let mut busy = house.sign_in("ada@example.com", PASSWORD).await;
    for _ in 0..24 {
        busy.get("/").await.says(200, &[]);
        house.clock.advance(30 * 60);
    }
    house.clock.advance(60);
    busy.get("/").await.leads_to("/login");
}

async fn another_site_changes_nothing(house: House) {
    let mut admin = house.admin().await;
    let forged = Request::post("/organizations/new")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site")
        .body(Body::from("name=Evil&code=EVIL"))
        .unwrap();
    assert_eq!(admin.send(forged).await.status, 403);
    let without_headers = Request::post("/organizations/new")
        .body(Body::from("name=Evil&code=EVIL"))
        .unwrap();
    assert_eq!(admin.send(without_headers).await.status, 403);
    admin.get("/organizations").await.says(200, &["No organizations yet"]);
}
