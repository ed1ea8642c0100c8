//! A mail server that refuses, hangs, hangs up or shows a bad certificate: whoever invites notices nothing, the mail is
//! tried again or fails with the server's answer, and arrives once. Only a crash between the server's yes and its note
//! sends one twice, with the same Message-ID.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use store::testing::tamper;
use tokio::{net::TcpListener, time::timeout};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{self, ServerConfig, pki_types::PrivateKeyDer},
};

use crate::{
    client::Client,
    is_whole_run,
    journal::FOR_EVER,
    percentile, rounds,
    smtp::{MailServer, Received, Script},
    usher::Usher,
};

/// Its mails go to this server.
fn with_mail_server(name: &str, url: &str) -> Usher {
    let settings = [
        ("USHER_SMTP_URL", url),
        ("USHER_MAIL_FROM", "Usher <usher@example.com>"),
    ];
    Usher::new(name, &settings)
}

/// Invites somebody, and returns the invitation's id and how long it took.
async fn invite(admin: &Client, email: &str) -> (String, Duration) {
    let started = Instant::now();
    let fields = [("email", email), ("role", "admin")];
    let sent = admin.post("/api/invitations/send", &fields).await.unwrap();
    let took = started.elapsed();
    assert_eq!(sent.status, 200, "{sent:?}");
    let sent: serde_json::Value = serde_json::from_str(&sent.body).unwrap();
    let address = sent["link"][1].as_str().unwrap();
    (address.rsplit_once('/').unwrap().1.to_owned(), took)
}

/// Waits until the fate of an invitation's mail is this, and returns what the mail server answered.
async fn until_it_is(admin: &Client, invitation: &str, fate: &str, answer: &str) -> String {
    let path = format!("/api/invitations/get?id={invitation}");
    let looking = async {
        loop {
            let found: serde_json::Value = serde_json::from_str(&admin.get(&path).await.unwrap().body).unwrap();
            let told = found["delivery"]["answer"].as_str().unwrap_or_default().to_owned();
            if found["delivery"]["label"] == fate && told.contains(answer) {
                return told;
            }
        }
    };
    let found = timeout(FOR_EVER, looking).await;
    found.unwrap_or_else(|_| panic!("the mail of {invitation} is never {fate} with {answer:?}"))
}

/// As if the time had come to try again what waits. Whoever is told of another mail looks.
async fn make_due(usher: &Usher) {
    let database = format!("sqlite://{}", usher.folder.join("usher.db").display());
    tamper(&database, "update mails set next_try_at = 0 where state = 'queued'")
        .await
        .unwrap();
}

fn message_ids(mails: &[Received], recipient: &str) -> Vec<String> {
    let to_them = mails.iter().filter(|mail| mail.recipient == recipient);
    to_them.map(|mail| mail.header("Message-ID").unwrap()).collect()
}

#[tokio::test]
async fn no_invitation_waits_for_a_mail_server_that_misbehaves() {
    let mut smtp = MailServer::start().await;
    let mut usher = with_mail_server("misbehaving-mail-server", &smtp.url);
    usher.start().await;
    let admin = usher.admin().await;
    let each = rounds().div_ceil(10);

    let mut before = Vec::new();
    for number in 0..5 * each {
        let (id, took) = invite(&admin, &format!("before{number}@example.com")).await;
        before.push(took);
        until_it_is(&admin, &id, "Sent", "250 2.0.0 Ok").await;
    }
    smtp.taken();

    let mut after = Vec::new();
    for round in 0..each {
        for (name, script, answer, arrivals) in [
            ("421", Script::Greet("421 4.3.2 Busy"), "421 4.3.2 Busy", 1),
            (
                "451",
                Script::Recipient("451 4.7.1 Greylisted"),
                "451 4.7.1 Greylisted",
                1,
            ),
            ("early", Script::DropBeforeData, "broke off", 1),
            // The server has it by then, so there is one more.
            ("late", Script::DropAfterData, "broke off", 2),
            ("silent", Script::Silent, "did not answer within 1 seconds", 1),
        ] {
            let email = format!("{name}{round}@example.com");
            smtp.will([script]);
            let (id, took) = invite(&admin, &email).await;
            after.push(took);
            until_it_is(&admin, &id, "Queued", answer).await;
            make_due(&usher).await;
            let (next, took) = invite(&admin, &format!("next-{email}")).await;
            after.push(took);
            for id in [id, next] {
                until_it_is(&admin, &id, "Sent", "250 2.0.0 Ok").await;
            }
            let ids = message_ids(&smtp.taken(), &email);
            assert_eq!(ids.len(), arrivals, "{name}");
            assert!(ids.iter().all(|id| *id == ids[0]), "{name}: {ids:?}");
        }
        refused_for_good(&admin, &mut smtp, &format!("refused{round}@example.com")).await;
    }
    let (before, after) = (percentile(&mut before, 50), percentile(&mut after, 50));
    println!(
        "invitations take {} µs (median) with a mail server that works, {} µs with one that does not",
        before.as_micros(),
        after.as_micros()
    );
    if is_whole_run() {
        assert!(after < before * 2 + Duration::from_millis(2), "{before:?}, {after:?}");
    }
}

/// It says so with the server's answer, and one can try again.
async fn refused_for_good(admin: &Client, smtp: &mut MailServer, email: &str) {
    smtp.will([Script::Recipient("550 5.1.1 No such user")]);
    let (id, _) = invite(admin, email).await;
    until_it_is(admin, &id, "Failed", "550 5.1.1 No such user").await;
    let path = format!("/invitations/{id}");
    let page = admin.get(&path).await.unwrap().body;
    for part in ["550 5.1.1 No such user", "Retry now"] {
        assert!(page.contains(part), "{part} is missing in: {page}");
    }
    let retried = admin.post(&path, &[("id", &id), ("version", "1")]).await.unwrap();
    assert_eq!(retried.status, 303, "{retried:?}");
    until_it_is(admin, &id, "Sent", "250 2.0.0 Ok").await;
    assert_eq!(message_ids(&smtp.taken(), email).len(), 1);
}

#[tokio::test]
async fn no_mail_goes_to_a_server_with_a_bad_certificate() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // The right name, and nobody who vouches for it.
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(signed.signing_key.serialize_der().into());
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ServerConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(tls));

    let mut usher = with_mail_server("bad-certificate", &format!("smtps://localhost:{port}?timeout=5"));
    usher.start().await;
    let admin = usher.admin().await;
    let (id, _) = invite(&admin, "guest@example.com").await;
    let (stream, _) = timeout(FOR_EVER, listener.accept()).await.unwrap().unwrap();
    let refused = acceptor.accept(stream).await.expect_err("the certificate was believed");
    assert!(refused.to_string().contains("UnknownCA"), "{refused}");
    let answer = until_it_is(&admin, &id, "Queued", "certificate").await;
    assert!(answer.contains("UnknownIssuer"), "{answer}");
}

#[tokio::test]
async fn a_mail_whose_note_was_lost_is_sent_once_more_with_the_same_id() {
    let mut smtp = MailServer::start().await;
    let mut usher = with_mail_server("killed-behind-a-mail", &smtp.url);
    usher.start().await;
    let admin = usher.admin().await;
    let rounds = rounds().div_ceil(10);
    let mut arrivals: HashMap<usize, usize> = HashMap::new();
    for round in 0..2 * rounds {
        let email = format!("guest{round}@example.com");
        // Half of the time it surely had no time to note it, else it races with the kill.
        if round % 2 == 0 {
            smtp.will([Script::TakeWithoutAWord]);
        }
        let (id, _) = invite(&admin, &email).await;
        let first = timeout(FOR_EVER, smtp.next()).await.unwrap();
        usher.kill();
        make_due(&usher).await;
        usher.start().await;
        let (next, _) = invite(&admin, &format!("next-{email}")).await;
        for id in [id, next] {
            until_it_is(&admin, &id, "Sent", "250 2.0.0 Ok").await;
        }
        // What is sent is never sent again, so these are all.
        let mut mails = smtp.taken();
        mails.push(first);
        let ids = message_ids(&mails, &email);
        assert!(ids.len() <= 2, "{ids:?}");
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        if round % 2 == 0 {
            assert_eq!(ids.len(), 2, "it was noted before the server had said yes");
        }
        *arrivals.entry(ids.len()).or_default() += 1;
    }
    println!(
        "kill -9 when a mail server has a mail: {} times, {} arrived once, {} twice with the same Message-ID, 0 lost",
        2 * rounds,
        arrivals.get(&1).unwrap_or(&0),
        arrivals.get(&2).unwrap_or(&0)
    );
}
