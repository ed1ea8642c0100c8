//! What every answer tells a browser, and what no request may be: headers, cookies, lengths and methods.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

mod support;

use axum::body::Body;
use http::{HeaderName, Method, Request, header};
use support::{Answer, House, PASSWORD, on_both_engines};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

on_both_engines!(
    every_answer_carries_the_headers,
    only_scripts_of_the_page_itself_run,
    a_session_cookie_belongs_to_this_host,
    signing_out_leaves_nothing_behind,
    signing_in_again_ends_the_session_before,
    what_is_too_long_is_refused,
    no_other_method_does_anything,
    a_message_has_one_length,
    an_answer_tells_nothing_of_what_failed,
    what_is_searched_is_never_sql,
    who_asks_too_much_is_told_to_wait,
    no_call_leads_to_another_site,
    what_is_no_text_is_refused,
    no_answer_holds_a_hash,
    a_password_is_masked_may_be_filled_in_and_never_grows_old,
);

async fn every_answer_carries_the_headers(house: House) {
    let house = house.over_https();
    let mut admin = house.admin().await;
    for path in [
        "/",
        "/users",
        "/nowhere",
        "/users.csv",
        "/api/users/list?query=",
        "/api/nowhere",
        "/assets/none.js",
        "/healthz",
        "/readyz",
    ] {
        let answer = admin.get(path).await;
        carries_the_headers(path, &answer);
        if !answer.body.is_empty() {
            let kind = answer.headers[header::CONTENT_TYPE].to_str().unwrap();
            let is_text = kind.ends_with("; charset=utf-8") || kind == "application/json";
            assert!(is_text, "{path}: {kind}");
        }
    }
    let forged = Request::post("/users/new")
        .header("sec-fetch-site", "cross-site")
        .header("origin", "https://evil.example")
        .body(Body::empty());
    carries_the_headers("another site's", &admin.send(forged.unwrap()).await);
    carries_the_headers("a redirect", &house.visitor().get("/users").await);
}

#[track_caller]
fn carries_the_headers(of: &str, answer: &Answer) {
    let value = |name: &str| {
        let value = answer.headers.get(name);
        value.unwrap_or_else(|| panic!("{of}: no {name}")).to_str().unwrap()
    };
    for (name, expected) in [
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(value(name), expected, "{of}: {name}");
    }
    for directive in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(
            value("content-security-policy").contains(directive),
            "{of}: {directive}"
        );
    }
    // Nobody else's page is told that it may read this.
    assert!(!answer.headers.contains_key("access-control-allow-origin"), "{of}");
}

async fn only_scripts_of_the_page_itself_run(house: House) {
    let mut visitor = house.visitor();
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let page = visitor.get("/login").await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        let (_, rest) = policy.split_once("script-src 'nonce-").unwrap();
        let (nonce, rest) = rest.split_once('\'').unwrap();
        assert!(rest.starts_with(" 'strict-dynamic' 'wasm-unsafe-eval';"), "{policy}");
        assert!(!policy.contains("'unsafe-"), "{policy}");
        for own in ["connect-src 'self'", "form-action 'self'", "img-src 'self' data:"] {
            assert!(policy.contains(own), "{policy}");
        }
        assert!(policy.ends_with("report-uri /policy-reports"), "{policy}");
        let scripts = page.body.matches("<script").count();
        assert!(scripts > 1);
        let ours = page.body.split("<script").skip(1);
        let ours = ours.filter(|script| {
            script
                .split('>')
                .next()
                .unwrap()
                .contains(&format!("nonce=\"{nonce}\""))
        });
        assert_eq!(ours.count(), scripts);
        nonces.push(nonce.to_owned());
    }
    assert_ne!(nonces[0], nonces[1]);
}

async fn a_session_cookie_belongs_to_this_host(house: House) {
    let house = house.over_https();
    house.admin().await;
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    let signed_in = house.visitor().post("/login", &fields).await;
    let cookie = signed_in.headers[header::SET_COOKIE].to_str().unwrap();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    let (name, secret) = pair.split_once('=').unwrap();
    assert_eq!((name, secret.len()), ("__Host-usher", 43));
    assert_eq!(attributes, "Path=/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure");

    // It stands nowhere but in the cookie, and no two are alike.
    let mut again = house.visitor();
    let other = again.post("/login", &fields).await;
    assert_ne!(other.headers[header::SET_COOKIE], signed_in.headers[header::SET_COOKIE]);
    let (_, secret) = again
        .cookie_header()
        .split_once('=')
        .map(|(_, secret)| ((), secret.to_owned()))
        .unwrap();
    for page in ["/", "/account"] {
        assert!(!again.get(page).await.body.contains(&secret), "{page}");
    }

    // So does the other cookie of the server's.
    let done = again.post("/account", &[("name", "Ada")]).await;
    let cookie = done.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-usher-said="), "{cookie}");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
}

async fn signing_out_leaves_nothing_behind(house: House) {
    let mut admin = house.admin().await;
    let kept = admin.cookie_header();
    let out = admin.post("/logout", &[]).await;
    assert_eq!(out.headers["clear-site-data"], "\"storage\"");
    assert!(!admin.has_session());
    admin.take_cookie(&kept);
    admin.get("/").await.leads_to("/login");
}

async fn signing_in_again_ends_the_session_before(house: House) {
    let mut admin = house.admin().await;
    let mut elsewhere = house.sign_in("ada@example.com", PASSWORD).await;
    let before = admin.cookie_header();
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    admin.post("/login", &fields).await.leads_to("/");
    admin.get("/").await.says(200, &[]);
    assert_ne!(admin.cookie_header(), before);
    elsewhere.get("/").await.says(200, &[]);

    let mut thief = house.visitor();
    thief.take_cookie(&before);
    thief.get("/").await.leads_to("/login");
}

async fn what_is_too_long_is_refused(house: House) {
    let mut admin = house.admin().await;
    let body = format!("name=Acme&code=ACME&description={}", "x".repeat(256 * 1024));
    let post = |door: &str| {
        Request::post(door)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
    };
    for door in ["/organizations/new", "/api/organizations/create"] {
        let announced = post(door).header("content-length", body.len());
        let refused = admin.send(announced.body(Body::from(body.clone())).unwrap()).await;
        assert_eq!(refused.status, 413, "{door}: {}", refused.body);
        assert!(refused.body.contains("too long"), "{door}: {}", refused.body);

        // A length that nobody announced counts as well: what would be valid, if it were shorter, does nothing.
        let start = std::iter::once("name=Acme&code=ACME&description=".to_owned());
        let pieces = start.chain((0..256).map(|_| "x".repeat(1024)));
        let pieces = futures_util::stream::iter(pieces.map(Ok::<_, std::io::Error>));
        let refused = admin.send(post(door).body(Body::from_stream(pieces)).unwrap()).await;
        assert_eq!(refused.status, 413, "{door}: {}", refused.body);
        assert!(refused.body.contains("too long"), "{door}: {}", refused.body);
    }
    admin.get("/organizations").await.says(200, &["No organizations yet"]);
}

async fn no_other_method_does_anything(house: House) {
    let mut admin = house.admin().await;
    let fields = "name=Acme&code=ACME";
    for (method, path) in [
        (Method::GET, "/api/organizations/create"),
        (Method::HEAD, "/api/organizations/create"),
        (Method::PUT, "/organizations/new"),
        (Method::DELETE, "/organizations/new"),
        (Method::TRACE, "/organizations/new"),
        (Method::TRACE, "/"),
        (Method::TRACE, "/healthz"),
    ] {
        let request = Request::builder()
            .method(&method)
            .uri(format!("{path}?{fields}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header(HeaderName::from_static("x-told-back"), "by TRACE")
            .body(Body::from(fields));
        let answer = admin.send(request.unwrap()).await;
        assert!(
            [404, 405].contains(&answer.status.as_u16()),
            "{method} {path}: {}",
            answer.status
        );
        assert!(!answer.body.contains("by TRACE"), "{method} {path}");
    }
    // A look at a form with its fields in the address is only that.
    admin
        .get(&format!("/organizations/new?{fields}"))
        .await
        .says(200, &["New Organization"]);
    admin.get("/organizations").await.says(200, &["No organizations yet"]);
}

async fn a_message_has_one_length(house: House) {
    let address = house.serve().await;
    let second = "GET /healthz HTTP/1.1\r\nHost: usher\r\nConnection: close\r\n\r\n";
    let both = format!(
        "POST /api/nowhere HTTP/1.1\r\nHost: usher\r\nContent-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{second}",
        second.len() + 5
    );
    // The chunks count. What follows them is not answered, since the two sides may not agree on where it begins: the
    // connection ends.
    let answers = answers_to(address, &both).await;
    assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{answers}");

    for lengths in [
        "Content-Length: 0\r\nContent-Length: 5\r\n",
        "Content-Length: 5, 0\r\n",
        "Content-Length: -1\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
    ] {
        let unclear = format!("POST /api/nowhere HTTP/1.1\r\nHost: usher\r\n{lengths}\r\n{second}");
        let answers = answers_to(address, &unclear).await;
        assert!(answers.starts_with("HTTP/1.1 400 "), "{lengths}: {answers}");
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{lengths}: {answers}");
    }
}

async fn answers_to(address: std::net::SocketAddr, bytes: &str) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(bytes.as_bytes()).await.unwrap();
    let mut answers = String::new();
    connection.read_to_string(&mut answers).await.unwrap();
    answers
}

async fn an_answer_tells_nothing_of_what_failed(house: House) {
    let mut admin = house.admin().await;
    house.store.close().await;
    let page = admin.get("/organizations").await;
    let called = admin
        .call("organizations/create", &[("name", "Acme"), ("code", "ACME")])
        .await;
    let ready = admin.get("/readyz").await;
    for answer in [&page, &called, &ready] {
        assert_eq!(answer.status, 503, "{}", answer.body);
        for word in ["sqlx", "pool", "Pool", "closed", "select", "panicked"] {
            assert!(!answer.body.contains(word), "{word}: {}", answer.body);
        }
    }
    // The request's id leads to the reason in the log.
    let id = called.headers["x-request-id"].to_str().unwrap();
    assert!(called.body.contains(id), "{}", called.body);
}

async fn what_is_searched_is_never_sql(house: House) {
    let mut admin = house.admin().await;
    admin.create_organization("Acme").await;
    for nothing in [
        "%27%20or%20%271%27=%271",
        "%25",
        "_cme",
        "acme%27;drop%20table%20organizations;--",
        "%5C",
    ] {
        admin
            .get(&format!("/organizations?q={nothing}"))
            .await
            .says(200, &["No organization matches"]);
    }
    // An order that there is not is the usual one.
    for usual in [
        "sort=name;drop%20table%20organizations",
        "sort=-password_hash",
        "after=%27",
        "size=1e9",
    ] {
        admin
            .get(&format!("/organizations?{usual}"))
            .await
            .says(200, &["1–1 of 1"]);
    }
}

async fn a_password_is_masked_may_be_filled_in_and_never_grows_old(house: House) {
    let mut admin = house.admin().await;
    let mut visitor = house.visitor();
    for (page, fields) in [
        (visitor.get("/login").await, &["current-password"][..]),
        (
            admin.get("/account/password").await,
            &["current-password", "new-password"],
        ),
    ] {
        let inputs = page
            .body
            .split("<input")
            .skip(1)
            .map(|rest| rest.split('>').next().unwrap());
        let passwords: Vec<&str> = inputs.filter(|input| input.contains("password\"")).collect();
        assert_eq!(passwords.len(), fields.len(), "{passwords:?}");
        for (input, autocomplete) in passwords.iter().zip(fields) {
            assert!(input.contains("type=\"password\""), "{input}");
            assert!(input.contains(&format!("autocomplete=\"{autocomplete}\"")), "{input}");
        }
        assert!(!page.body.contains("onpaste"));
    }
    house.clock.advance(10 * 365 * 86_400);
    house
        .sign_in("ada@example.com", PASSWORD)
        .await
        .get("/")
        .await
        .says(200, &["Overview"]);
}

async fn no_answer_holds_a_hash(house: House) {
    let mut admin = house.admin().await;
    let id = admin.get("/users?q=ada").await.first_id("/users");
    for path in [
        "/api/users/list?query=".to_owned(),
        format!("/api/users/get?id={id}"),
        "/api/account/sessions".to_owned(),
        "/users.csv".to_owned(),
        "/audit.csv".to_owned(),
        "/audit.jsonl".to_owned(),
        "/account/data".to_owned(),
    ] {
        let answer = admin.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        for word in ["argon2", "hash"] {
            assert!(!answer.body.contains(word), "{path}: {}", answer.body);
        }
    }
}

async fn who_asks_too_much_is_told_to_wait(house: House) {
    let house = house.asked_at_most(60);
    let mut admin = house.admin().await;
    for number in 0..60 {
        assert_eq!(admin.get("/api/users/list?query=").await.status, 200, "{number}");
    }
    let waits = |answer: &Answer| {
        assert_eq!(answer.status, 429, "{}", answer.body);
        answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap()
    };
    // A second session is the same person.
    let mut elsewhere = house.sign_in("ada@example.com", PASSWORD).await;
    for path in ["/users", "/users?q=a", "/users.csv", "/api/users/list?query="] {
        assert_eq!(waits(&elsewhere.get(path).await), 1, "{path}");
    }
    elsewhere.get("/users").await.says(429, &["Too many attempts."]);
    // What was typed is not lost.
    let answer = admin
        .post("/organizations/new", &[("name", "Acme"), ("code", "ACME")])
        .await;
    assert_eq!(waits(&answer), 1);
    assert_eq!(answer.value_of("name"), "Acme");
    // Whoever has stolen a session does not keep its owner from ending it.
    for path in ["/account/sessions", "/account/password", "/api/account/sessions"] {
        assert_eq!(elsewhere.get(path).await.status, 200, "{path}");
    }
    let mut stolen = house.sign_in("ada@example.com", PASSWORD).await;
    (elsewhere
        .post("/account/sessions", &[("current_password", PASSWORD)])
        .await)
        .leads_to("/account");
    stolen.get("/users").await.leads_to("/login?next=/users");
    // Nor does such a session ask for hash after hash: it has a count of its own.
    let path = "/account/sessions/0191a6f0-0000-7000-8000-000000000007";
    let guess = [("current_password", PASSWORD)];
    assert_eq!(elsewhere.get(path).await.status, 200);
    assert_eq!(elsewhere.get("/account/password").await.status, 200);
    assert_eq!(waits(&elsewhere.get(path).await), 10);
    assert_eq!(waits(&elsewhere.post("/account/password", &guess).await), 10);
    elsewhere.get("/logout").await;
    let mut owner = house.sign_in("ada@example.com", PASSWORD).await;
    owner.post("/account/sessions", &guess).await.leads_to("/account");
    elsewhere.get("/account").await.leads_to("/login?next=/account");
    let mut admin = house.sign_in("ada@example.com", PASSWORD).await;
    // Who is not signed in, and what belongs to nobody, is not counted with it.
    house.visitor().get("/login").await.says(200, &["Sign in"]);
    assert_eq!(admin.get("/healthz").await.status, 200);

    // A file counts as thirty, beside the request for it.
    house.clock.advance(31);
    assert_eq!(admin.get("/users.csv").await.status, 200);
    house.clock.advance(1);
    assert_eq!(waits(&admin.get("/users.csv").await), 30);
    house.clock.advance(60);
    admin
        .post("/organizations/new", &[("name", "Acme"), ("code", "ACME")])
        .await
        .leads_to("/organizations");
}

async fn no_call_leads_to_another_site(house: House) {
    let mut admin = house.admin().await;
    let mut visitor = house.visitor();
    for referer in [
        "https://evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
        "/users",
    ] {
        let link = |path: &str| {
            // What a browser says when somebody follows a link on that page.
            let request = Request::get(path).header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
            let request = request
                .header("sec-fetch-site", "cross-site")
                .header("referer", referer);
            request.body(Body::empty()).unwrap()
        };
        for path in [
            "/api/account/sessions",
            "/api/users/list?query=",
            "/api/users/get?id=none",
        ] {
            for (asks, status) in [(&mut admin, None), (&mut visitor, Some(401))] {
                let answer = asks.send(link(path)).await;
                assert!(!answer.headers.contains_key("location"), "{path}: {:?}", answer.headers);
                assert!(!answer.status.to_string().starts_with('3'), "{path}: {}", answer.status);
                assert!(
                    status.is_none_or(|status| answer.status == status),
                    "{path}: {}",
                    answer.status
                );
            }
        }
        let typed = format!("email=ada%40example.com&password={}", PASSWORD.replace(' ', "+"));
        let request = Request::post("/api/session/sign-in")
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header("referer", referer);
        let answer = house.visitor().send(request.body(Body::from(typed)).unwrap()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(!answer.headers.contains_key("location"), "{:?}", answer.headers);
    }
}

async fn what_is_no_text_is_refused(house: House) {
    let mut admin = house.admin().await;
    for body in [&b"name=Zo%EB&code=ACME"[..], b"name=Zo\xeb&code=ACME"] {
        for door in ["/organizations/new", "/api/organizations/create"] {
            let request = Request::post(door)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("sec-fetch-site", "same-origin");
            let refused = admin.send(request.body(Body::from(body)).unwrap()).await;
            assert_eq!(refused.status, 422, "{door}: {}", refused.body);
            assert!(
                refused.body.contains("The form is malformed."),
                "{door}: {}",
                refused.body
            );
        }
    }
    admin.get("/organizations").await.says(200, &["No organizations yet"]);
}
