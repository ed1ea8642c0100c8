//! What stands in the log, and what never does.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

mod support;

use std::{
    io,
    sync::{Arc, LazyLock, Mutex},
};

use axum::body::Body;
use http::Request;
use store::testing::tamper;
use support::{House, PASSWORD, on_both_engines};
use tracing::subscriber::DefaultGuard;

on_both_engines!(
    a_line_tells_when_what_and_how_it_went,
    who_is_refused_is_named,
    what_the_policy_blocked_is_noted,
    a_failure_is_noted_with_its_request,
    a_slow_statement_is_noted_with_its_request,
    each_attempt_to_sign_in_is_audited,
);

/// The log of this story: everything runs on its one thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn begin() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        (log, guard)
    }

    /// The log of the whole process: SQLite is read, and says what was slow, on a thread of its own.
    fn everywhere() -> Self {
        static LOG: LazyLock<Log> = LazyLock::new(|| {
            let log = Log::default();
            let writer = log.clone();
            let subscriber = tracing_subscriber::fmt()
                .with_ansi(false)
                .with_writer(move || writer.clone());
            tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
            log
        });
        LOG.clone()
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    #[track_caller]
    fn line_with(&self, words: &[&str]) -> String {
        let text = self.text();
        let line = text.lines().find(|line| words.iter().all(|word| line.contains(word)));
        line.unwrap_or_else(|| panic!("no line has {words:?}: {text}"))
            .to_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn a_line_tells_when_what_and_how_it_went(house: House) {
    let mut admin = house.admin().await;
    let (log, _guard) = Log::begin();
    let token = "A".repeat(43);
    let link = format!("/reset-password/{token}?email=ann@example.com");
    let answer = house
        .visitor()
        .send(Request::get(link).body(Default::default()).unwrap())
        .await;
    let id = answer.headers["x-request-id"].to_str().unwrap();
    let line = log.line_with(&["answered", id]);
    for word in ["method=GET", "route=/reset-password/", "status=303", "milliseconds="] {
        assert!(line.contains(word), "{word} is missing in {line}");
    }
    let (time, _) = line.split_once(' ').unwrap();
    assert!(time.len() > 20 && time.ends_with('Z'), "the time is in UTC: {line}");

    // Nothing that anybody typed is there: no token, no address, no line of their own.
    admin.get("/nowhere%0Aforged?q=%0Aforged").await;
    let typed = [
        ("email", "eve@example.com\nforged"),
        ("password", "wrong password\nforged"),
    ];
    admin.post("/login", &typed).await.says(422, &[]);
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    admin.post("/login", &fields).await.leads_to("/");
    let secret = admin.cookie_header().split_once('=').unwrap().1.to_owned();
    for never in [&token, &secret, "forged", "@example.com", PASSWORD, "wrong password"] {
        assert!(!log.text().contains(never), "{never}: {}", log.text());
    }
}

async fn who_is_refused_is_named(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    let fields = [
        ("email", "olga@example.com"),
        ("name", "Olga"),
        ("password", "seven green lamps on a hill"),
        ("role", "org_admin"),
        ("organization", &acme),
    ];
    admin.post("/users/new", &fields).await.leads_to("/users");
    let id = admin.get("/users?q=olga").await.first_id("/users");
    let mut olga = house.sign_in("olga@example.com", "seven green lamps on a hill").await;
    let fields = [
        ("current_password", "seven green lamps on a hill"),
        ("new_password", PASSWORD),
    ];
    olga.post("/account/password", &fields).await.leads_to("/");

    let (log, _guard) = Log::begin();
    olga.get("/organizations.csv").await.says(403, &[]);
    let line = log.line_with(&["WARN", "refused"]);
    assert!(line.contains(&format!("user={id}")), "{line}");
    let answer = olga
        .call("organizations/create", &[("name", "Mine"), ("code", "MINE")])
        .await;
    let request = answer.headers["x-request-id"].to_str().unwrap();
    log.line_with(&["WARN", "refused", "ManageOrganizations", request]);
    log.line_with(&["answered", "status=403", request]);
}

async fn what_the_policy_blocked_is_noted(house: House) {
    let (log, _guard) = Log::begin();
    let mut visitor = house.visitor();
    let report = |body: &str| {
        Request::post("/policy-reports")
            .header("content-type", "application/csp-report")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body.to_owned()))
            .unwrap()
    };
    let body = r#"{"csp-report":{"document-uri":"http://usher/setup/token","effective-directive":"script-src-elem",
        "blocked-uri":"https://evil.example/\nforged"}}"#;
    assert_eq!(visitor.send(report(body)).await.status, 204);
    let line = log.line_with(&["WARN", "blocked", "script-src-elem"]);
    assert!(
        line.contains(r"https://evil.example/\nforged"),
        "one line, escaped: {line}"
    );
    assert!(!log.text().contains("setup/token"), "{}", log.text());
    assert_eq!(visitor.send(report("nonsense")).await.status, 400);
}

async fn a_failure_is_noted_with_its_request(house: House) {
    let mut admin = house.admin().await;
    let (log, _guard) = Log::begin();
    house.store.close().await;
    let failed = admin
        .call("organizations/create", &[("name", "Acme"), ("code", "ACME")])
        .await;
    assert_eq!(failed.status, 503, "{}", failed.body);
    let request = failed.headers["x-request-id"].to_str().unwrap();
    let line = log.line_with(&["WARN", "unavailable", request]);
    assert!(line.contains("reason="), "{line}");
}

async fn a_slow_statement_is_noted_with_its_request(house: House) {
    let mut admin = house.admin().await;
    let fields = [
        ("email", "guest@example.com"),
        ("role", "admin"),
        ("expires_in_seconds", "604800"),
    ];
    admin.post("/invitations/new", &fields).await.leads_to("/invitations");
    let takes_long = match house.store.engine_name() {
        "Postgres" => "(select pg_sleep(0.3)) is not null",
        _ => {
            "(select max(n) from (with recursive numbers (n) as (select 1 union all select n + 1 from numbers
                limit 3000000) select n from numbers)) > 1"
        }
    };
    for table in ["tiers", "invitations"] {
        let rename = format!("alter table {table} rename to all_{table}");
        let view = format!("create view {table} as select * from all_{table} where {takes_long}");
        tamper(&house.database, &rename).await.unwrap();
        tamper(&house.database, &view).await.unwrap();
    }
    let log = Log::everywhere();
    // What a page reads, it reads in a task of its own, and all but a file's beginning is read while it is sent.
    for (address, statement) in [
        ("/tiers", "from tiers"),
        ("/invitations", "from invitations i left join"),
        ("/api/tiers/list", "from tiers"),
        ("/account/data", "i.invited_by ="),
    ] {
        let answer = admin.get(address).await;
        answer.says(200, &[]);
        let request = format!("request={}", answer.headers["x-request-id"].to_str().unwrap());
        log.line_with(&["WARN", "slow statement", statement, &request]);
        log.line_with(&["answered", &request]);
    }
}

async fn each_attempt_to_sign_in_is_audited(house: House) {
    let mut admin = house.admin().await;
    let wrong = [("email", "ada@example.com"), ("password", "wrong password here")];
    house.visitor().post("/login", &wrong).await.says(422, &[]);
    let mut other = house.sign_in("ada@example.com", PASSWORD).await;
    other.post("/logout", &[]).await.leads_to("/login");
    for action in ["session.refuse", "session.sign_in", "session.sign_out"] {
        admin
            .get(&format!("/audit?action={action}"))
            .await
            .says(200, &["ada@example.com", "192.0.2.7", "1–1 of 1"]);
    }
}
