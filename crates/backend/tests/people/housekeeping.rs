//! What time has ended is forgotten, and nothing else.

use backend::{housekeeping::Swept, inviting::InvitationInput};
use domain::role::Role;

use crate::house::{House, PASSWORD, on_both_engines};

on_both_engines!(only_what_is_over_is_forgotten);

const DAY: i64 = 24 * 60 * 60;

async fn only_what_is_over_is_forgotten(house: House) {
    let ada = house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let input = InvitationInput {
        email: "guest@example.com".to_owned(),
        role: "user".to_owned(),
        organization: acme.to_string(),
        expires_in_seconds: String::new(),
    };
    let invitation = house.management(&ada).await.send_invitation(&input).await.unwrap().id;
    let account = house.account(&bea).await;
    account
        .change_password(PASSWORD, "seven green lamps on a hill")
        .await
        .unwrap();
    assert!(house.sign_in(&bea.email, "wrong").await.is_err());
    // Both mails are written into files.
    assert_eq!(house.backend.send_due_mails().await.unwrap(), 2);

    let nothing = Swept {
        sessions: 0,
        limits: 0,
        mails: 0,
        files: 0,
    };
    assert_eq!(house.backend.sweep().await.unwrap(), nothing);
    assert!(house.access(&ada.cookie).await.is_ok());

    house.clock.advance(91 * DAY);
    let swept = house.backend.sweep().await.unwrap();
    // The sessions of both; the mail of the password, for the invitation's own is still shown; both files.
    assert_eq!((swept.sessions, swept.mails, swept.files), (2, 1, 2));
    assert!(swept.limits > 0, "{swept:?}");
    assert_eq!(house.backend.sweep().await.unwrap(), nothing);
    let ada = house.sign_in(&ada.email, PASSWORD).await.unwrap().reveal();
    let access = house.access(&ada).await.unwrap();
    let listed = access.management().unwrap().invitation(invitation).await.unwrap();
    assert!(listed.mail.is_some());
}
