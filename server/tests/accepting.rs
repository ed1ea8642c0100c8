//! Stories of people who follow an invitation's link.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

mod support;

use axum::body::Body;
use backend::mail::Letter;
use http::Request;
use support::{House, PASSWORD, Visitor, on_both_engines};

on_both_engines!(
    a_guest_follows_the_link_and_gets_in,
    a_wrong_field_is_told_and_the_link_lives_on,
    an_expired_link_asks_for_a_new_one,
    a_link_that_was_never_sent_is_not_valid,
    an_address_that_got_an_account_meanwhile_signs_in,
    somebody_who_is_signed_in_is_told_so,
    asking_for_new_links_is_slowed_down,
    a_token_leaves_the_address_before_anything_is_shown,
    two_links_that_are_open_at_once_do_not_mix,
);

/// Invites a User into an organization of its own and returns the path in the mail.
async fn invited(house: &House, admin: &mut Visitor, email: &str) -> String {
    let code = email.split('@').next().unwrap();
    let organization = admin.create_organization(code).await;
    let fields = [("email", email), ("role", "user"), ("organization", &organization)];
    admin.post("/invitations/new", &fields).await.leads_to("/invitations");
    house.mail_to(email).await.invitation_link()
}

async fn a_guest_follows_the_link_and_gets_in(house: House) {
    let mut admin = house.admin().await;
    let link = invited(&house, &mut admin, "guest@example.com").await;
    let mut guest = house.visitor();
    for _ in 0..2 {
        guest.get(&link).await.says(
            200,
            &[
                "Join guest",
                "Ada Admin invites you into guest with the role User",
                "2026-12-01 03:33 UTC",
                "guest@example.com",
                "Accept invitation",
            ],
        );
    }
    let fields = [("name", "Gus Guest"), ("password", PASSWORD)];
    guest.post(&link, &fields).await.leads_to("/");
    guest.get("/").await.says(200, &["Account", "Gus Guest"]);
    guest
        .get("/users")
        .await
        .says(403, &["This page needs the role Org Admin"]);

    let mut later = house.visitor();
    let dead = ["This invitation has already been accepted.", "Sign in"];
    later.get(&link).await.says(410, &dead);
    later.post(&link, &fields).await.leads_to("/accept-invitation");
    later.get("/accept-invitation").await.says(410, &dead);
    assert!(!later.has_session());
    admin.get("/invitations").await.says(200, &["Accepted"]);
    let note = house.mail_to("ada@example.com").await;
    assert!(matches!(note.letter, Letter::InvitationAccepted { .. }), "{note:?}");
}

async fn a_wrong_field_is_told_and_the_link_lives_on(house: House) {
    let mut admin = house.admin().await;
    let link = invited(&house, &mut admin, "guest@example.com").await;
    let mut guest = house.visitor();
    let answer = guest.post(&link, &[("name", ""), ("password", "too short")]).await;
    answer.says(
        422,
        &["Enter a name.", "A password has at least 12 characters.", "Join guest"],
    );
    assert!(!answer.body.contains("too short"), "a password comes back");
    guest
        .post(&link, &[("name", "Gus"), ("password", PASSWORD)])
        .await
        .leads_to("/");
}

async fn an_expired_link_asks_for_a_new_one(house: House) {
    let mut admin = house.admin().await;
    let link = invited(&house, &mut admin, "guest@example.com").await;
    house.clock.advance(604_801);
    let mut guest = house.visitor();
    guest
        .get(&link)
        .await
        .says(410, &["This invitation has expired.", "Ask for a new invitation"]);
    let answer = guest.post(&format!("{link}/renew"), &[]).await;
    answer.says(200, &["Look into your mailbox"]);
    assert!(!answer.body.contains("guest@example.com"));
    let mails = house.mails().await;
    let told: Vec<&str> = mails.iter().map(|mail| mail.recipient.as_str()).collect();
    assert!(told.contains(&"ada@example.com"), "{told:?}");
    let renewed = mails.iter().find(|mail| mail.recipient == "guest@example.com").unwrap();
    let new = renewed.invitation_link();
    guest.get(&link).await.says(404, &["not valid"]);
    guest
        .post(&new, &[("name", "Gus"), ("password", PASSWORD)])
        .await
        .leads_to("/");
}

async fn a_link_that_was_never_sent_is_not_valid(house: House) {
    let dead = "This invitation link is not valid. It may have been withdrawn or replaced by a newer one.";
    let mut guest = house.visitor();
    for token in ["A".repeat(43), "nonsense".to_owned()] {
        let link = format!("/accept-invitation/{token}");
        guest.get(&link).await.says(404, &[dead]);
        guest
            .post(&link, &[("name", "Gus"), ("password", PASSWORD)])
            .await
            .leads_to("/accept-invitation");
        guest
            .post(&format!("{link}/renew"), &[])
            .await
            .says(200, &["Look into your mailbox"]);
    }
    assert!(house.mails().await.is_empty());
}

async fn an_address_that_got_an_account_meanwhile_signs_in(house: House) {
    let mut admin = house.admin().await;
    let first = invited(&house, &mut admin, "guest@example.com").await;
    let other = admin.create_organization("Other").await;
    let fields = [
        ("email", "guest@example.com"),
        ("role", "user"),
        ("organization", &other),
    ];
    admin.post("/invitations/new", &fields).await.leads_to("/invitations");
    let second = house.mail_to("guest@example.com").await.invitation_link();
    let fields = [("name", "Gus"), ("password", PASSWORD)];
    house.visitor().post(&second, &fields).await.leads_to("/");
    house
        .visitor()
        .get(&first)
        .await
        .says(410, &["This address already has an account.", "Sign in"]);
}

async fn somebody_who_is_signed_in_is_told_so(house: House) {
    let mut admin = house.admin().await;
    let link = invited(&house, &mut admin, "guest@example.com").await;
    let page = admin.get(&link).await;
    page.says(200, &["You are signed in as ada@example.com", "Sign out"])
        .does_not_say(&["Accept invitation"]);
    assert_eq!(page.value_of("next"), "/accept-invitation");
    let next = [("next", "/accept-invitation")];
    admin.post("/logout", &next).await.leads_to("/accept-invitation");
    admin.get("/accept-invitation").await.says(200, &["Accept invitation"]);
}

async fn asking_for_new_links_is_slowed_down(house: House) {
    let mut guest = house.visitor();
    let renew = format!("/accept-invitation/{}/renew", "A".repeat(43));
    guest.get(&renew).await.says(200, &["Ask for a new invitation"]);
    for _ in 0..10 {
        guest.post(&renew, &[]).await.says(200, &["Look into your mailbox"]);
    }
    guest
        .post(&renew, &[])
        .await
        .says(429, &["Too many attempts.", "Ask for a new invitation"]);
}

async fn a_token_leaves_the_address_before_anything_is_shown(house: House) {
    let mut admin = house.admin().await;
    let link = invited(&house, &mut admin, "guest@example.com").await;
    let token = link.rsplit('/').next().unwrap().to_owned();
    let ask = |method: &str, path: &str| Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    // A scanner of mails looks, more than once and without cookies, and uses nothing up.
    for method in ["HEAD", "GET", "GET"] {
        let followed = house.visitor().send(ask(method, &link)).await;
        followed.leads_to("/accept-invitation");
        assert!(!followed.body.contains(&token));
        let cookie = followed.headers["set-cookie"].to_str().unwrap();
        assert!(
            cookie.contains("; HttpOnly; SameSite=Lax") && cookie.contains(&token),
            "{cookie}"
        );
    }
    house
        .visitor()
        .get("/accept-invitation")
        .await
        .says(404, &["Open the link in the newest e-mail"]);
    let mut guest = house.visitor();
    let page = guest.get(&link).await;
    // It stands in the body of the form, and in no address that the page leads to.
    assert_eq!(page.value_of("token"), token);
    assert!(!page.body.contains(&format!("/{token}")), "{}", page.body);
    guest
        .post(&link, &[("name", "Gus"), ("password", PASSWORD)])
        .await
        .leads_to("/");
    assert!(!guest.cookie_header().contains(&token));

    let mut stranger = house.visitor();
    stranger.get(&link).await.says(410, &[]);
    // What is no token takes the one before away.
    stranger
        .get("/accept-invitation/nonsense")
        .await
        .says(404, &["not valid"]);
    assert!(!stranger.has_session() && stranger.cookie_header().is_empty());
    let house = house.over_https();
    let followed = house.visitor().send(ask("GET", &link)).await;
    let cookie = followed.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("__Host-usher-invitation=") && cookie.ends_with("; Secure"),
        "{cookie}"
    );
}

async fn two_links_that_are_open_at_once_do_not_mix(house: House) {
    let mut admin = house.admin().await;
    let first = invited(&house, &mut admin, "first@example.com").await;
    let second = invited(&house, &mut admin, "second@example.com").await;
    let mut guest = house.visitor();
    guest.get(&first).await.says(200, &["Join first"]);
    guest.get(&second).await.says(200, &["Join second"]);
    // The form of the first tab is still about the first, also when it comes back.
    let wrong = [("name", ""), ("password", PASSWORD)];
    let again = guest.post(&first, &wrong).await;
    again
        .says(422, &["Join first", "Enter a name."])
        .does_not_say(&["Join second"]);
    assert_eq!(again.value_of("token"), first.rsplit('/').next().unwrap());
    guest
        .post(&first, &[("name", "Gus"), ("password", PASSWORD)])
        .await
        .leads_to("/");
    guest.get("/account").await.says(200, &["first@example.com"]);
}
