//! `usher audit erase`: a person goes from the log, what happened stays.

use std::process::Output;

use store::testing::{contents, tamper};

use crate::{
    checking::{check, says, usher},
    support::{House, on_both_engines},
};

on_both_engines!(
    who_is_gone_is_erased_and_the_log_stays_whole,
    who_has_an_account_or_an_invitation_is_not_erased,
    nothing_of_an_erased_person_is_left_in_the_database,
    an_international_address_is_erased_in_either_spelling,
);

const GONE: &str = "ann@example.com";

/// Somebody was invited, an Admin looked for them, and made and deleted a user, whose address has the same end.
async fn with_traces(house: &House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    let fields = [("email", GONE), ("role", "user"), ("organization", acme.as_str())];
    admin.post("/invitations/new", &fields).await.leads_to("/invitations");
    let id = admin.get("/invitations").await.first_id("/invitations");
    let path = format!("/invitations/{id}/delete");
    let fields = [("version", "1")];
    admin.post(&path, &fields).await.leads_to("/invitations");
    admin.get("/users.csv?q=Ann%40Example.com").await.says(200, &[]);
    let joann = [
        ("email", "joann@example.com"),
        ("name", "Joann"),
        ("password", "seven green lamps on a hill"),
        ("role", "user"),
        ("organization", &acme),
    ];
    admin.post("/users/new", &joann).await.leads_to("/users");
    house
        .visitor()
        .post("/login", &[("email", GONE), ("password", "x")])
        .await;
    house.backend.seal_audit().await.unwrap();
}

async fn who_is_gone_is_erased_and_the_log_stays_whole(house: House) {
    with_traces(&house).await;
    let head = house.backend.audit_head().await.unwrap().to_string();
    let mut admin = house.sign_in("ada@example.com", crate::support::PASSWORD).await;
    admin
        .get("/audit?q=ann@")
        .await
        .says(200, &["ann@example.com", "joann@example.com"]);

    says(&erase(&house, "Ann@Example.com"), true, "4 events were erased");
    house.backend.seal_audit().await.unwrap();
    let found = check(&house, &["--expect-head", &head]);
    says(&found, true, "details of 4 erased");
    let lines = admin.get("/audit.csv").await.body;
    assert!(lines.contains("joann@example.com"), "{lines}");
    assert!(!lines.replace("joann@", "").to_lowercase().contains(GONE), "{lines}");
    let told = lines.lines().find(|line| line.contains("Erased a person"));
    assert!(
        told.is_some_and(|line| line.contains("command line") && line.contains(r#"{""Events"":4}"#)),
        "{told:?}"
    );
    admin.get("/audit").await.says(200, &["Deleted an invitation Erased"]);

    says(&erase(&house, GONE), true, "0 events were erased");
    let again = admin.get("/audit.csv").await.body;
    assert_eq!(again.matches("Erased a person").count(), 1, "{again}");
}

async fn who_has_an_account_or_an_invitation_is_not_erased(house: House) {
    with_traces(&house).await;
    says(
        &erase(&house, "ada@example.com"),
        false,
        "ada@example.com has an account",
    );
    says(&erase(&house, "joann@example.com"), false, "Delete the user first");
    says(&erase(&house, "no address"), false, "e-mail address");
    let mut admin = house.sign_in("ada@example.com", crate::support::PASSWORD).await;
    let acme = admin.get("/organizations").await.first_id("/organizations");
    let fields = [("email", GONE), ("role", "user"), ("organization", acme.as_str())];
    admin.post("/invitations/new", &fields).await.leads_to("/invitations");
    for _ in 0..2 {
        says(&erase(&house, GONE), false, "has an invitation that was not accepted");
        // One that expired can be renewed.
        house.clock.advance(8 * 24 * 60 * 60);
    }
    let rows = "update invitations set accepted_at = 1, status_key = 9223372036854775807";
    assert_eq!(tamper(&house.database, rows).await.unwrap(), 1);
    let erased = erase(&house, GONE);
    says(&erased, true, "5 events were erased");
    says(&erased, true, "still has 1 accepted invitation of this address");
}

async fn nothing_of_an_erased_person_is_left_in_the_database(house: House) {
    with_traces(&house).await;
    // A mail tells of the invitation, and is forgotten after 90 days.
    tamper(&house.database, "delete from mails").await.ok();
    house.store.close().await;
    assert!(is_there(&house).await);
    says(&erase(&house, GONE), true, "4 events were erased");
    assert!(!is_there(&house).await);
}

async fn an_international_address_is_erased_in_either_spelling(house: House) {
    let mut admin = house.admin().await;
    for query in [
        "ann@B%C3%9CCHER.example",
        "ann@xn--bcher-kva.example",
        "ann@bucher.example",
    ] {
        admin.get(&format!("/users.csv?q={query}")).await.says(200, &[]);
    }
    says(&erase(&house, "ann@bücher.example"), true, "2 events were erased");
    let lines = admin.get("/audit.csv").await.body;
    assert!(!lines.contains("cher-kva") && !lines.contains("BÜCHER"), "{lines}");
    // That is somebody else.
    assert!(lines.contains("ann@bucher.example"), "{lines}");
}

async fn is_there(house: &House) -> bool {
    let all = contents(&house.database).await.unwrap();
    let all = String::from_utf8_lossy(&all).to_lowercase().replace("joann@", "");
    all.contains(GONE)
}

fn erase(house: &House, email: &str) -> Output {
    usher(house, &["audit", "erase", email])
}
