//! One's own data as a file: everything about oneself, no secret, and nobody else.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

mod support;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{id::UserId, text::Email};
use serde_json::Value;
use store::testing::tamper;
use support::{Answer, House, PASSWORD, Visitor, on_both_engines};

on_both_engines!(
    everybody_downloads_what_is_kept_about_them,
    no_secret_is_in_the_own_data,
    nobody_elses_traces_are_in_the_own_data,
);

/// What an authenticator knows.
const AUTHENTICATOR: [u8; 20] = *b"canary-authenticator";

/// Kim is invited into Acme as Org Admin, and signed in from another place than the Admin.
async fn kim(house: &House, admin: &mut Visitor) -> (Visitor, String) {
    let acme = admin.create_organization("Acme").await;
    let fields = [
        ("email", "kim@example.com"),
        ("role", "org_admin"),
        ("organization", acme.as_str()),
    ];
    admin.post("/invitations/new", &fields).await.leads_to("/invitations");
    let link = house.mail_to("kim@example.com").await.invitation_link();
    house.clock.advance(60);
    let mut kim = house.visitor();
    let fields = [("name", "Kim Keller"), ("password", PASSWORD)];
    kim.post(&link, &fields).await.leads_to("/");
    (kim, link)
}

async fn data(visitor: &mut Visitor) -> (Answer, Value) {
    let answer = visitor.get("/account/data").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let value = serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body));
    (answer, value)
}

fn actions(events: &Value) -> Vec<&str> {
    let events = events.as_array().unwrap().iter();
    events.map(|event| event["action"].as_str().unwrap()).collect()
}

async fn everybody_downloads_what_is_kept_about_them(house: House) {
    let mut admin = house.admin().await;
    let (mut kim, _) = kim(&house, &mut admin).await;
    let page = kim.get("/account").await;
    page.says(200, &["Your data", "Download your data"]);
    assert!(page.body.contains("href=\"/account/data\""), "{}", page.body);

    house.clock.advance(60);
    house.sign_in("kim@example.com", PASSWORD).await;
    kim.post("/account", &[("name", "Kim K.")]).await.leads_to("/account");
    house.clock.advance(60);
    let lee = [("email", "lee@example.com"), ("role", "user")];
    kim.post("/invitations/new", &lee).await.leads_to("/invitations");
    house.clock.advance(60);
    let (answer, told) = data(&mut kim).await;
    assert_eq!(
        answer.headers["content-disposition"],
        "attachment; filename=\"own-data.json\""
    );
    assert_eq!(answer.headers["cache-control"], "no-store");
    let account = &told["account"];
    assert_eq!(account["email"], "kim@example.com");
    assert_eq!(account["name"], "Kim K.");
    assert_eq!(account["role"], "Org Admin");
    assert_eq!(account["organization"], "Acme");
    assert_eq!(account["created"], "2026-11-24T03:34:00Z");
    assert_eq!(account["last_sign_in"], "2026-11-24T03:35:00Z");
    assert_eq!(told["second_factor"]["is_set_up"], false);
    let sessions = told["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2, "{told}");
    assert_eq!(
        sessions.iter().filter(|session| session["is_this_one"] == true).count(),
        1
    );
    assert!(sessions.iter().all(|session| session["address"] == "192.0.2.7"));
    assert_eq!(told["invitation_accepted"]["status"], "Accepted");
    assert_eq!(told["invitation_accepted"]["organization"], "Acme");
    let sent = told["invitations_sent"].as_array().unwrap();
    assert_eq!((sent.len(), &sent[0]["status"]), (1, &Value::from("Pending")));
    let own = actions(&told["events_by_you"]);
    assert_eq!(own[0], "account.download", "{own:?}");
    for action in [
        "invitation.send",
        "account.change",
        "session.sign_in",
        "invitation.accept",
    ] {
        assert!(own.contains(&action), "{action}: {own:?}");
    }
    let named = told["events_by_you"].as_array().unwrap().iter();
    let named = named.clone().find(|event| event["action"] == "account.change").unwrap();
    assert_eq!(
        (&named["before"]["Name"], &named["after"]["Name"]),
        (&"Kim Keller".into(), &"Kim K.".into())
    );
    admin.get("/audit").await.says(200, &["Downloaded the own data"]);

    // Longer lists come in pieces, and whole.
    for number in 0..1100 {
        let copy = format!(
            "insert into audit_events select {}, created_at - {number} * 1000, 'session.sign_out', actor_id, object_kind,
               object_id, organization_id, request_id, details_hash
             from audit_events where action = 'account.change'",
            made_id(&house, number)
        );
        assert_eq!(tamper(&house.database, &copy).await.unwrap(), 1);
    }
    let (_, told) = data(&mut kim).await;
    let own = actions(&told["events_by_you"]);
    assert_eq!(own.iter().filter(|action| **action == "session.sign_out").count(), 1100);
    assert_eq!(told["events_about_you"], Value::Array(vec![]));
}

fn made_id(house: &House, number: u32) -> String {
    if house.database.starts_with("sqlite") {
        format!("x'000000000000700080000000{number:08x}'")
    } else {
        format!("'00000000-0000-7000-8000-0000{number:08x}'")
    }
}

async fn no_secret_is_in_the_own_data(house: House) {
    let mut admin = house.admin().await;
    let (mut kim, invitation) = kim(&house, &mut admin).await;
    kim.post("/forgot-password", &[("email", "kim@example.com")]).await;
    let found = {
        let mut tx = house.store.read().await.unwrap();
        let email = Email::parse("kim@example.com").unwrap();
        store::user::credentials(&mut tx, &email).await.unwrap().unwrap()
    };
    let id: UserId = found.user.id;
    let sealed = &house.guard(id, &AUTHENTICATOR).await;
    house
        .store
        .write(|mut tx| async move { store::second_factor::replace_codes(&mut tx, id, &[[0xC0; 32]]).await })
        .await
        .unwrap();
    let (answer, told) = data(&mut kim).await;
    assert_eq!(told["second_factor"]["is_set_up"], true);

    let cookie = kim.cookie_header().split_once('=').unwrap().1.to_owned();
    let token = invitation.rsplit('/').next().unwrap().to_owned();
    let mut secrets = vec![PASSWORD.to_owned(), found.password_hash.unwrap(), "argon2".to_owned()];
    for text in [&cookie, &token] {
        secrets.push(text.clone());
        let hash = backend::secret::Token::parse(text).unwrap().hash();
        secrets.extend(spellings(&hash));
    }
    for bytes in [&AUTHENTICATOR[..], sealed, &[0xC0; 32], &support::KEY] {
        secrets.extend(spellings(bytes));
    }
    assert!(secrets.iter().all(|secret| secret.len() > 5), "{secrets:?}");
    for secret in secrets {
        assert!(!answer.body.contains(&secret), "{secret} is in {}", answer.body);
    }
}

/// Bytes as they could stand in JSON.
fn spellings(bytes: &[u8]) -> [String; 4] {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
    let text = String::from_utf8_lossy(bytes).into_owned();
    let text = if text.contains('\u{FFFD}') || text.len() < 6 || text.contains('\u{7}') {
        hex.to_uppercase()
    } else {
        text
    };
    [URL_SAFE_NO_PAD.encode(bytes), hex, numbers.join(","), text]
}

async fn nobody_elses_traces_are_in_the_own_data(house: House) {
    let mut admin = house.admin().await;
    let (mut kim, _) = kim(&house, &mut admin).await;
    let lee = [("email", "lee@example.com"), ("role", "user")];
    kim.post("/invitations/new", &lee).await.leads_to("/invitations");
    kim.get("/users.csv?q=lee%40example.com").await.says(200, &[]);
    // The Admin makes a User of Kim, from another place than Kim's.
    let id = admin.get("/users?q=kim").await.first_id("/users");
    let page = admin.get(&format!("/users/{id}/edit")).await;
    let fields = [
        ("version", page.value_of("version")),
        ("email", "kim@example.com".to_owned()),
        ("name", "Kim Keller".to_owned()),
        ("role", "user".to_owned()),
        ("organization", page.value_of("organization")),
    ];
    let acme = admin.get("/organizations").await.first_id("/organizations");
    let fields = fields.map(|(name, value)| (name, if name == "organization" { acme.clone() } else { value }));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    admin
        .post(&format!("/users/{id}/edit"), &fields)
        .await
        .leads_to("/users");
    // The same address had an invitation that led to an account which is gone.
    let before = "insert into invitations (id, email, role, organization_id, lifetime_seconds, created_at, sent_at,
                    expires_at, accepted_at, status_key, search_key)
                  select actor_id, 'kim@example.com', 1, organization_id, 60, 1, 1, 1, 1, 9223372036854775807, ''
                  from audit_events where action = 'invitation.accept'";
    assert_eq!(tamper(&house.database, before).await.unwrap(), 1);

    let (answer, told) = data(&mut kim).await;
    assert_eq!(told["account"]["role"], "User");
    assert_eq!(told["invitation_accepted"]["accepted"], "2026-11-24T03:34:00Z");
    let about = told["events_about_you"].as_array().unwrap();
    let changed = about.iter().find(|event| event["action"] == "user.change").unwrap();
    assert_eq!(
        (&changed["before"]["Role"], &changed["after"]["Role"]),
        (&"Org Admin".into(), &"User".into())
    );
    assert!(changed.get("address").is_none(), "where from is the Admin's: {changed}");
    for other in ["lee@", "ada@", "Ada Admin", &acme] {
        assert!(!answer.body.contains(other), "{other} is in {}", answer.body);
    }
}
