//! The system's clock jumps by a day, either way: nothing that has ended comes back to life, and nobody is thrown out by
//! a clock that is set back.

use crate::support::{House, Visitor, on_both_engines};

on_both_engines!(
    a_clock_that_goes_back_brings_no_session_to_life,
    a_clock_that_goes_back_brings_no_invitation_to_life,
    a_clock_that_goes_back_ends_no_session,
);

const DAY: i64 = 24 * 60 * 60;

async fn is_signed_in(visitor: &mut Visitor) -> bool {
    visitor.get("/account").await.status == 200
}

async fn a_clock_that_goes_back_brings_no_session_to_life(house: House) {
    let mut admin = house.admin().await;
    assert!(is_signed_in(&mut admin).await);
    let cookies = admin.forget();
    admin.remember(cookies.clone());
    house.clock.advance(DAY);
    assert!(!is_signed_in(&mut admin).await);
    house.clock.advance(-DAY);
    admin.remember(cookies);
    assert!(!is_signed_in(&mut admin).await);
}

async fn a_clock_that_goes_back_brings_no_invitation_to_life(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    let fields = [
        ("email", "guest@example.com"),
        ("role", "user"),
        ("organization", acme.as_str()),
    ];
    admin.post("/invitations/new", &fields).await.leads_to("/invitations");
    let link = house.mail_to("guest@example.com").await.invitation_link();
    let mut guest = house.visitor();
    // Ten days before its end, and then beyond it and back.
    let opened = guest.get(&link).await;
    assert_eq!(opened.status, 200);
    house.clock.advance(31 * DAY);
    let expired = guest.get(&link).await.text();
    house.clock.advance(-DAY);
    house.clock.advance(-30 * DAY);
    assert_eq!(guest.get(&link).await.text(), expired);
    let fields = [("name", "Guest"), ("password", "seven green lamps on a hill")];
    let refused = guest.post(&link, &fields).await;
    assert!(!guest.has_session(), "{}", refused.text());
}

async fn a_clock_that_goes_back_ends_no_session(house: House) {
    let mut admin = house.admin().await;
    house.clock.advance(-DAY);
    assert!(is_signed_in(&mut admin).await);
}
