use backend::{
    accepting::{Acceptance, InvitationLink},
    error::Error,
    mail::Letter,
};
use domain::{audit::Action, role::Role};

use crate::{
    guests::{input, invite, outcome, token_of, word},
    house::{House, PASSWORD, on_both_engines, problem_of, request},
};

on_both_engines!(
    a_guest_becomes_a_user,
    looking_uses_nothing_up,
    a_weak_password_is_told_and_uses_nothing_up,
    the_first_of_two_tenants_wins,
    the_last_moment_still_counts,
    a_link_dies_with_its_organization,
    who_invited_does_not_matter_any_more,
);

async fn a_guest_becomes_a_user(house: House) {
    let tier = house.tier("Tiny", 1).await;
    let acme = house.organization("ACME", Some(tier)).await;
    let ann = house.management(&house.admin("ann").await).await;
    let sent = ann
        .send_invitation(&input("guest@example.com", Role::OrgAdmin, Some(acme)))
        .await
        .unwrap();
    let token = token_of(&sent);
    house.mails().await;
    house.clock.advance(3600);
    // Their seat was counted while they were pending, so they get in where the tier is full.
    let accepted = house
        .backend
        .accept_invitation(&token, " Gus Guest ", PASSWORD, &request())
        .await;
    let Ok(Acceptance::Accepted(secret)) = accepted else {
        panic!("it is open");
    };
    let access = house.access(&secret.reveal()).await.unwrap();
    let user = &access.caller().user;
    assert_eq!(
        (user.email.as_str(), user.name.as_str()),
        ("guest@example.com", "Gus Guest")
    );
    assert_eq!((user.role, user.organization), (Role::OrgAdmin, Some(acme)));
    assert_eq!(user.last_sign_in, Some(house.clock.now()));
    assert!(!user.must_change_password);
    house.sign_in("guest@example.com", PASSWORD).await.unwrap();

    assert_eq!(house.look_up(&token).await, InvitationLink::Accepted);
    assert_eq!(outcome(&house.accept(&token).await), "accepted");
    let listed = ann.invitation(sent.id).await.unwrap();
    assert_eq!(listed.invitation.accepted, Some(house.clock.now()));
    let mails = house.mails().await;
    let [note] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!(note.recipient, "ann@example.com");
    assert_eq!(
        note.letter,
        Letter::InvitationAccepted {
            invitee: "guest@example.com".to_owned(),
            name: "Gus Guest".to_owned(),
            organization: Some("ACME".to_owned()),
        }
    );
    for action in [Action::InvitationAccepted, Action::UserCreated] {
        let (number, event) = house.noted(Some(acme), action).await;
        assert_eq!((number, event.unwrap().actor), (1, Some(user.id)));
    }
}

async fn looking_uses_nothing_up(house: House) {
    let acme = house.organization("ACME", None).await;
    let ann = house.management(&house.admin("ann").await).await;
    let (_, token) = invite(&ann, "guest@example.com", Some(acme)).await;
    for _ in 0..3 {
        let InvitationLink::Open(view) = house.look_up(&token).await else {
            panic!("it is open");
        };
        assert_eq!(view.organization.unwrap().as_str(), "ACME");
        assert_eq!(view.inviter.unwrap().as_str(), "ann");
        assert_eq!((view.role, view.email.as_str()), (Role::User, "guest@example.com"));
    }
    for nonsense in ["", "x", &token[1..]] {
        assert_eq!(word(&house.look_up(nonsense).await), "unknown");
        assert_eq!(outcome(&house.accept(nonsense).await), "unknown");
    }
    assert_eq!(outcome(&house.accept(&token).await), "welcome");
}

async fn a_weak_password_is_told_and_uses_nothing_up(house: House) {
    let ann = house.management(&house.admin("ann").await).await;
    let (_, token) = invite(&ann, "guest@example.com", None).await;
    let Err(Error::Invalid(errors)) = house.backend.accept_invitation(&token, " ", "guest", &request()).await else {
        panic!("it worked");
    };
    assert_eq!(errors.0.keys().collect::<Vec<_>>(), ["name", "password"]);
    let own = "guest-guest-guest";
    let guessed = house.backend.accept_invitation(&token, "Guest", own, &request()).await;
    assert!(problem_of("password", guessed).contains("easy to guess"));
    assert_eq!(outcome(&house.accept(&token).await), "welcome");
}

async fn the_first_of_two_tenants_wins(house: House) {
    let (acme, other) = (
        house.organization("ACME", None).await,
        house.organization("OTHER", None).await,
    );
    let ann = house.management(&house.admin("ann").await).await;
    let (_, first) = invite(&ann, "guest@example.com", Some(acme)).await;
    let (_, second) = invite(&ann, "guest@example.com", Some(other)).await;
    assert_eq!(outcome(&house.accept(&second).await), "welcome");
    assert_eq!(word(&house.look_up(&first).await), "address taken");
    assert_eq!(outcome(&house.accept(&first).await), "address taken");
}

async fn the_last_moment_still_counts(house: House) {
    let ann = house.management(&house.admin("ann").await).await;
    let lived_a_minute = |email: &str| backend::inviting::InvitationInput {
        expires_in_seconds: "60".to_owned(),
        ..input(email, Role::Admin, None)
    };
    let one = token_of(&ann.send_invitation(&lived_a_minute("one@example.com")).await.unwrap());
    let two = token_of(&ann.send_invitation(&lived_a_minute("two@example.com")).await.unwrap());
    house.clock.advance(60);
    assert_eq!(outcome(&house.accept(&one).await), "welcome");
    house.clock.advance(1);
    assert_eq!(outcome(&house.accept(&two).await), "expired");
}

async fn a_link_dies_with_its_organization(house: House) {
    let acme = house.organization("ACME", None).await;
    let person = house.admin("ann").await;
    let ann = house.management(&person).await;
    let (_, token) = invite(&ann, "guest@example.com", Some(acme)).await;
    let access = house.access(&person.cookie).await.unwrap();
    access
        .administration()
        .unwrap()
        .delete_organization(acme, "ACME")
        .await
        .unwrap();
    assert_eq!(outcome(&house.accept(&token).await), "unknown");
}

async fn who_invited_does_not_matter_any_more(house: House) {
    let acme = house.organization("ACME", None).await;
    let olga = house.person("olga", Role::OrgAdmin, Some(acme)).await;
    let (_, token) = invite(&house.management(&olga).await, "guest@example.com", Some(acme)).await;
    house.mails().await;
    house
        .write(|mut tx| async move {
            let olga = store::user::find(&mut tx, store::Scope::All, olga.id).await?.unwrap();
            store::user::delete(&mut tx, &olga.user).await?;
            Ok(())
        })
        .await;
    let InvitationLink::Open(view) = house.look_up(&token).await else {
        panic!("it is open");
    };
    assert_eq!(view.inviter, None);
    assert_eq!(outcome(&house.accept(&token).await), "welcome");
    assert_eq!(house.mails().await, []);
}
