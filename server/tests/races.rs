//! Races over real HTTP: 64 connections are open, everybody sends at once, and what must hold is looked at afterwards.
//!
//! `USHER_RACE_ROUNDS=200` makes a longer run.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

#[expect(dead_code, reason = "it also refuses, hangs and hangs up, and takes mails apart")]
#[path = "../../crates/backend/tests/support/smtp.rs"]
mod smtp;
mod support;

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
};

use backend::Backend;
use smtp::MailServer;

use support::{House, PASSWORD, Visitor, on_both_engines};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

on_both_engines!(
    one_of_many_accepts_an_invitation,
    accepting_deleting_and_resending_agree,
    one_of_many_gets_a_code,
    one_of_many_gets_an_address,
    one_of_many_gets_the_last_seat,
    administrators_who_delete_each_other_leave_one,
    nobody_is_left_in_an_organization_that_was_deleted,
    who_signed_in_with_the_old_password_is_out,
    two_workers_send_each_mail_once,
);

const CLIENTS: usize = 64;

fn rounds() -> usize {
    std::env::var("USHER_RACE_ROUNDS").map_or(5, |text| text.parse().unwrap())
}

/// What one of many sends.
struct Question {
    path: String,
    fields: Vec<(&'static str, String)>,
    cookie: String,
}

impl Question {
    fn new(visitor: &Visitor, path: impl Into<String>, fields: &[(&'static str, &str)]) -> Self {
        let mut path = path.into();
        let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let mut fields: Vec<_> = fields.collect();
        // The form of a link's page posts the token.
        if let Some((link, page)) = support::link_in(&path) {
            fields.push(("token", link.rsplit('/').next().unwrap_or_default().to_owned()));
            path = page;
        }
        Self {
            path,
            fields,
            cookie: visitor.cookie_header(),
        }
    }
}

/// What came back.
#[derive(Debug)]
struct Reply {
    status: u16,
    /// The session's cookie that it sets, as a browser sends it back.
    cookie: Option<String>,
}

/// Sends all of them at the same moment, each over a connection that stands already.
async fn at_once(address: SocketAddr, questions: Vec<Question>) -> Vec<Reply> {
    let mut connected = Vec::new();
    for question in questions {
        connected.push((TcpStream::connect(address).await.unwrap(), question));
    }
    let mut asked = JoinSet::new();
    for (stream, question) in connected {
        asked.spawn(ask(stream, question));
    }
    asked.join_all().await
}

async fn ask(mut stream: TcpStream, question: Question) -> Reply {
    let body = serde_urlencoded::to_string(&question.fields).unwrap();
    let (path, cookie, length) = (question.path, question.cookie, body.len());
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: usher.localhost\r\nconnection: close\r\nsec-fetch-site: same-origin\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\ncookie: {cookie}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    let head = answer.split("\r\n\r\n").next().unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut cookies = head.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    let session = cookies.find(|cookie| support::is_session(cookie.split('=').next().unwrap()));
    Reply {
        status,
        cookie: session.map(|cookie| cookie.split(';').next().unwrap().to_owned()),
    }
}

#[track_caller]
fn won(replies: &[Reply]) -> usize {
    // Whoever loses is told why. Some are told to come again: so many passwords are not hashed at once.
    let failed = replies
        .iter()
        .filter(|reply| reply.status >= 500 && reply.status != 503)
        .count();
    assert_eq!(failed, 0, "{replies:?}");
    replies.iter().filter(|reply| matches!(reply.status, 200 | 303)).count()
}

/// How many rows a list shows, from its position "1–3 of 3".
async fn count(admin: &mut Visitor, list: &str) -> usize {
    let page = admin.get(list).await;
    let text = page.text();
    let position = text.split_whitespace().collect::<Vec<_>>();
    let of = position
        .windows(2)
        .find(|words| words[0] == "of" && words[1].parse::<usize>().is_ok());
    of.map_or(0, |words| words[1].parse().unwrap())
}

/// An hour later no limit of attempts is left from the round before; whoever runs the round signs in again.
async fn next_round(house: &House) -> Visitor {
    house.clock.advance(3600);
    house.sign_in("ada@example.com", PASSWORD).await
}

async fn invite(admin: &mut Visitor, email: &str, organization: &str) -> (String, String) {
    let fields = [("email", email), ("role", "user"), ("organization", organization)];
    let sent = admin.call("invitations/send", &fields).await;
    let sent: serde_json::Value = serde_json::from_str(&sent.body).unwrap();
    let address = sent["link"][1].as_str().unwrap_or_else(|| panic!("not sent: {sent}"));
    let id = address.rsplit_once('/').unwrap().1.to_owned();
    let link = admin.call("invitations/link", &[("id", &id), ("version", "1")]).await;
    let link: serde_json::Value = serde_json::from_str(&link.body).unwrap();
    let link = link["reveal"].as_str().unwrap_or_else(|| panic!("no link: {link}"));
    let path = link.split_once("/accept-invitation").unwrap().1;
    (id, format!("/accept-invitation{path}"))
}

async fn create_user(admin: &mut Visitor, email: &str, organization: &str) -> String {
    let fields = [
        ("email", email),
        ("name", "Somebody"),
        ("password", PASSWORD),
        ("role", "user"),
        ("organization", organization),
    ];
    let made = admin.call("users/create", &fields).await;
    let made: serde_json::Value = serde_json::from_str(&made.body).unwrap();
    let address = made["link"][1].as_str().unwrap_or_else(|| panic!("not made: {made}"));
    address.rsplit_once('/').unwrap().1.to_owned()
}

fn accept(path: &str) -> [(&'static str, &'static str); 2] {
    assert!(path.starts_with("/accept-invitation/"));
    [("name", "Guest"), ("password", PASSWORD)]
}

async fn one_of_many_accepts_an_invitation(house: House) {
    let address = house.serve().await;
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    for round in 0..rounds() {
        admin = next_round(&house).await;
        let (_, link) = invite(&mut admin, &format!("guest{round}@example.com"), &acme).await;
        let guest = house.visitor();
        let questions = (0..CLIENTS).map(|_| Question::new(&guest, &link, &accept(&link)));
        let replies = at_once(address, questions.collect()).await;
        won(&replies);
        // The others are led to the link's page, which says that it was accepted.
        let signed_in = replies.iter().filter(|reply| reply.cookie.is_some()).count();
        assert_eq!(signed_in, 1, "round {round}");
        let users = count(&mut admin, &format!("/users?organization={acme}")).await;
        assert_eq!(users, round + 1);
    }
}

async fn accepting_deleting_and_resending_agree(house: House) {
    let address = house.serve().await;
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    for round in 0..rounds() {
        admin = next_round(&house).await;
        let email = format!("guest{round}@example.com");
        let (id, link) = invite(&mut admin, &email, &acme).await;
        // Copying the link has made the second version.
        house.clock.advance(61);
        let guest = house.visitor();
        let act = if round % 2 == 0 { "delete" } else { "resend" };
        let questions = (0..CLIENTS).map(|number| {
            if number % 2 == 0 {
                Question::new(&guest, &link, &accept(&link))
            } else {
                Question::new(&admin, format!("/invitations/{id}/{act}"), &[("version", "2")])
            }
        });
        let replies = at_once(address, questions.collect()).await;
        won(&replies);
        let accepted = count(&mut admin, &format!("/users?q={email}")).await;
        let listed = admin.get(&format!("/invitations?q={email}")).await;
        match (accepted, act) {
            (1, _) => listed.says(200, &["Accepted"]),
            (0, "delete") => listed.says(200, &["No invitation matches"]),
            (0, _) => listed.says(200, &["Pending"]),
            (more, _) => panic!("{more} accounts"),
        };
    }
}

async fn one_of_many_gets_a_code(house: House) {
    let address = house.serve().await;
    let admin = house.admin().await;
    for round in 0..rounds() {
        let code = format!("CODE-{round}");
        let fields = [("name", "Same"), ("code", code.as_str())];
        let questions = (0..CLIENTS).map(|_| Question::new(&admin, "/organizations/new", &fields));
        assert_eq!(won(&at_once(address, questions.collect()).await), 1, "round {round}");
    }
    let mut admin = admin;
    assert_eq!(count(&mut admin, "/organizations").await, rounds());
}

async fn one_of_many_gets_an_address(house: House) {
    let address = house.serve().await;
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    for round in 0..rounds() {
        admin = next_round(&house).await;
        let email = format!("guest{round}@example.com");
        let moved = create_user(&mut admin, &format!("moved{round}@example.com"), &acme).await;
        let (_, link) = invite(&mut admin, &email, &acme).await;
        let guest = house.visitor();
        let (role, organization) = (("role", "user"), ("organization", acme.as_str()));
        let address_of = ("email", email.as_str());
        let made = [address_of, ("name", "Made"), ("password", PASSWORD), role, organization];
        let id = ("id", moved.as_str());
        let edited = [id, ("version", "1"), address_of, ("name", "Moved"), role, organization];
        let questions = (0..CLIENTS).map(|number| match number % 3 {
            0 => Question::new(&guest, &link, &accept(&link)),
            1 => Question::new(&admin, "/users/new", &made),
            _ => Question::new(&admin, "/api/users/change", &edited),
        });
        assert!(won(&at_once(address, questions.collect()).await) > 0, "round {round}");
        assert_eq!(
            count(&mut admin, &format!("/users?q={email}")).await,
            1,
            "round {round}"
        );
    }
}

async fn one_of_many_gets_the_last_seat(house: House) {
    let address = house.serve().await;
    let mut admin = house.admin().await;
    admin.call("tiers/create", &[("name", "Tiny"), ("seats", "1")]).await;
    let form = admin.get("/organizations/new").await;
    let option = form
        .body
        .split("Tiny")
        .next()
        .unwrap()
        .rsplit("value=\"")
        .next()
        .unwrap();
    let tier = option.split('"').next().unwrap().to_owned();
    for round in 0..rounds() {
        let code = format!("FULL-{round}");
        let fields = [
            ("name", code.as_str()),
            ("code", code.as_str()),
            ("tier", tier.as_str()),
        ];
        admin
            .post("/organizations/new", &fields)
            .await
            .leads_to("/organizations");
        let full = admin
            .get(&format!("/organizations?q={code}"))
            .await
            .first_id("/organizations");
        let questions = (0..CLIENTS).map(|number| {
            let email = format!("guest{round}-{number}@example.com");
            let fields = [
                ("email", email.as_str()),
                ("role", "user"),
                ("organization", full.as_str()),
            ];
            Question::new(&admin, "/invitations/new", &fields)
        });
        assert_eq!(won(&at_once(address, questions.collect()).await), 1, "round {round}");
        assert_eq!(count(&mut admin, &format!("/invitations?organization={full}")).await, 1);
    }
}

async fn administrators_who_delete_each_other_leave_one(house: House) {
    let address = house.serve().await;
    let mut ada = house.admin().await;
    for round in 0..rounds() {
        house.clock.advance(60);
        let email = format!("bob{round}@example.com");
        let first = "seven green lamps on a hill";
        let fields = [
            ("email", email.as_str()),
            ("name", "Bob"),
            ("password", first),
            ("role", "admin"),
        ];
        ada.call("users/create", &fields).await.says(200, &[]);
        let mut bob = house.sign_in(&email, first).await;
        let fields = [("current_password", first), ("new_password", PASSWORD)];
        bob.post("/account/password", &fields).await.leads_to("/");
        let own = |page: &str| page.to_owned();
        let bobs = ada.get(&format!("/users?q={email}")).await.first_id("/users");
        let everybody = ada.get("/users?role=admin&state=active").await;
        let other = everybody
            .body
            .match_indices("href=\"/users/")
            .map(|(at, _)| &everybody.body[at + 13..at + 49]);
        let adas = other
            .filter(|id| *id != bobs && id.matches('-').count() == 4)
            .map(own)
            .next()
            .unwrap();
        let questions = (0..CLIENTS).map(|number| match number % 2 {
            0 => Question::new(&ada, format!("/users/{bobs}/delete"), &[]),
            _ => Question::new(&bob, format!("/users/{adas}/delete"), &[]),
        });
        assert_eq!(won(&at_once(address, questions.collect()).await), 1, "round {round}");
        // Whoever is left goes on.
        if ada.get("/users").await.status != 200 {
            ada = bob;
        }
        assert_eq!(count(&mut ada, "/users?role=admin&state=active").await, 1);
    }
}

async fn nobody_is_left_in_an_organization_that_was_deleted(house: House) {
    let address = house.serve().await;
    house.admin().await;
    for round in 0..rounds() {
        let mut admin = next_round(&house).await;
        let doomed = admin.create_organization(&format!("DOOMED-{round}")).await;
        let questions = (0..CLIENTS).map(|number| {
            let email = format!("late{round}-{number}@example.com");
            let code = format!("DOOMED-{round}");
            let fields = [
                ("email", email.as_str()),
                ("name", "Late"),
                ("password", PASSWORD),
                ("role", "user"),
                ("organization", doomed.as_str()),
            ];
            match number {
                20 => Question::new(&admin, format!("/organizations/{doomed}/delete"), &[("code", &code)]),
                _ if number % 2 == 0 => Question::new(&admin, "/users/new", &fields),
                _ => Question::new(
                    &admin,
                    "/invitations/new",
                    &fields[..1].iter().chain(&fields[3..]).copied().collect::<Vec<_>>(),
                ),
            }
        });
        won(&at_once(address, questions.collect()).await);
        assert_eq!(
            admin.get(&format!("/organizations/{doomed}")).await.status,
            404,
            "round {round}"
        );
        assert_eq!(
            count(&mut admin, &format!("/users?q=late{round}-")).await,
            0,
            "round {round}"
        );
        assert_eq!(
            count(&mut admin, &format!("/invitations?q=late{round}-")).await,
            0,
            "round {round}"
        );
    }
}

async fn who_signed_in_with_the_old_password_is_out(house: House) {
    let address = house.serve().await;
    house.admin().await;
    let (mut old, mut changed) = (PASSWORD.to_owned(), 0);
    for round in 0..rounds() {
        house.clock.advance(3600);
        let ada = house.sign_in("ada@example.com", &old).await;
        let new = format!("{round} purple boats under the bridge");
        let nobody = house.visitor();
        let questions = (0..CLIENTS).map(|number| match number {
            5 => Question::new(
                &ada,
                "/account/password",
                &[("current_password", &old), ("new_password", &new)],
            ),
            _ => Question::new(&nobody, "/login", &[("email", "ada@example.com"), ("password", &old)]),
        });
        let replies = at_once(address, questions.collect()).await;
        won(&replies);
        let mut alive = 0;
        for cookie in replies.iter().filter_map(|reply| reply.cookie.as_deref()) {
            let mut somebody = house.visitor();
            somebody.take_cookie(cookie);
            alive += usize::from(somebody.get("/api/account/sessions").await.status == 200);
        }
        let mut later = house.visitor();
        let fields = [("email", "ada@example.com"), ("password", new.as_str())];
        if later.post("/login", &fields).await.status == 303 {
            // Only whoever changed it has a session.
            assert_eq!(alive, 1, "round {round}");
            old = new;
            changed += 1;
        }
    }
    // It may be told to come again: so many passwords are not hashed at once.
    assert!(changed > 0, "nobody changed the password in {} rounds", rounds());
}

async fn two_workers_send_each_mail_once(house: House) {
    let mut smtp = MailServer::start().await;
    let house = house.with_mail_server(&smtp.url.replace("timeout=1", "timeout=60"));
    let address = house.serve().await;
    house.admin().await;
    let other = house.another_worker().await;
    for round in 0..rounds() {
        let admin = next_round(&house).await;
        let invited = |number| format!("guest{round}-{number}@example.com");
        let questions = (0..CLIENTS).map(|number| {
            let email = invited(number);
            Question::new(&admin, "/invitations/new", &[("email", &email), ("role", "admin")])
        });
        let all_are_queued = &AtomicBool::new(false);
        let questions = async {
            let replies = at_once(address, questions.collect()).await;
            all_are_queued.store(true, Ordering::Release);
            replies
        };
        let (replies, by_one, by_other) = tokio::join!(
            questions,
            send_until(&house.backend, all_are_queued),
            send_until(&other, all_are_queued)
        );
        assert_eq!(won(&replies), CLIENTS);
        assert_eq!(by_one + by_other, i64::try_from(CLIENTS).unwrap());
        let mut arrived: Vec<String> = smtp.taken().into_iter().map(|mail| mail.recipient).collect();
        let mut all: Vec<String> = (0..CLIENTS).map(invited).collect();
        arrived.sort();
        all.sort();
        assert_eq!(arrived, all, "round {round}");
    }
}

/// Sends what there is, and at last what was queued before it looked for the last time.
async fn send_until(worker: &Backend, all_are_queued: &AtomicBool) -> i64 {
    let mut sent = 0;
    loop {
        let is_last = all_are_queued.load(Ordering::Acquire);
        sent += worker.send_due_mails().await.unwrap();
        if is_last {
            return sent;
        }
    }
}
