//! Forgotten passwords.

use backend::{access::Request, error::Error, mail::Letter, secret::Token, secret::random};
use domain::{audit::Action, id::InvitationId, invitation::Invitation, role::Role, text::Email, user::UserState};

use crate::house::{House, PASSWORD, on_both_engines, problem_of, refusal, request};

on_both_engines!(
    a_link_sets_a_new_password_once,
    a_link_is_good_for_ten_minutes,
    nobody_learns_who_has_an_account,
    a_pending_invitation_is_sent_again,
    questions_have_an_end,
    of_several_that_reset_one_wins,
    the_command_line_breaks_the_glass,
    without_a_mail_server_nothing_claims_to_be_sent,
);

const NEW: &str = "seven green lamps on a hill";

async fn link_for(house: &House, email: &str) -> Option<String> {
    house.backend.forgot_password(email, &request()).await.unwrap();
    house.mails().await.pop().and_then(|mail| mail.token)
}

async fn a_link_sets_a_new_password_once(house: House) {
    let house = house.mailing();
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let link = link_for(&house, " BEA@example.com").await.unwrap();
    for _ in 0..2 {
        assert!(house.backend.is_recovery_link(&link).await.unwrap());
    }
    assert_eq!(
        problem_of(
            "password",
            house.backend.reset_password(&link, "short", &request()).await
        ),
        "A password has at least 12 characters."
    );
    let secret = house.backend.reset_password(&link, NEW, &request()).await.unwrap();
    assert_eq!(
        house.access(&secret.secret.reveal()).await.unwrap().caller().user.id,
        bea.id
    );
    assert!(matches!(house.access(&bea.cookie).await, Err(Error::Unauthenticated)));
    assert!(house.sign_in(&bea.email, PASSWORD).await.is_err());
    let mails = house.mails().await;
    assert!(matches!(&mails[..], [mail] if matches!(mail.letter, Letter::PasswordChanged { .. })));
    assert!(!house.backend.is_recovery_link(&link).await.unwrap());
    let again = house.backend.reset_password(&link, NEW, &request()).await;
    assert!(matches!(again, Err(Error::NotFound)));
    let actions: Vec<Action> = house
        .events(Some(acme))
        .await
        .iter()
        .map(|event| event.action)
        .collect();
    assert!(actions.contains(&Action::PasswordResetAsked) && actions.contains(&Action::PasswordReset));
}

async fn a_link_is_good_for_ten_minutes(house: House) {
    let house = house.mailing();
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let first = link_for(&house, &bea.email).await.unwrap();
    let second = link_for(&house, &bea.email).await.unwrap();
    assert!(!house.backend.is_recovery_link(&first).await.unwrap());
    house.clock.advance(600);
    assert!(house.backend.is_recovery_link(&second).await.unwrap());
    house.clock.advance(1);
    assert!(!house.backend.is_recovery_link(&second).await.unwrap());
    let late = house.backend.reset_password(&second, NEW, &request()).await;
    assert!(matches!(late, Err(Error::NotFound)));
    assert!(!house.backend.is_recovery_link("nonsense").await.unwrap());
}

async fn nobody_learns_who_has_an_account(house: House) {
    let house = house.mailing();
    let ada = house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    house
        .management(&ada)
        .await
        .set_user_state(bea.id, 1, UserState::Suspended)
        .await
        .unwrap();
    assert_eq!(link_for(&house, "nobody@example.com").await, None);
    assert_eq!(link_for(&house, &bea.email).await, None);
    assert_eq!(
        problem_of("email", house.backend.forgot_password("nobody", &request()).await),
        "Enter an e-mail address like name@example.com."
    );
    let asked = house.events(None).await;
    let asked = asked.iter().filter(|event| event.action == Action::PasswordResetAsked);
    assert_eq!(asked.count(), 2);
}

async fn a_pending_invitation_is_sent_again(house: House) {
    let house = house.mailing();
    let ada = house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let now = house.clock.now();
    let old = Token::new().unwrap().hash();
    let invitation = &Invitation {
        id: InvitationId::new(now, random().unwrap()),
        email: Email::parse("bea@example.com").unwrap(),
        role: Role::User,
        organization: Some(acme),
        invited_by: Some(ada.id),
        sent: now,
        expires: now.plus_seconds(3600),
        accepted: None,
        version: 1,
    };
    house
        .write(|mut tx| async move { Ok(store::invitation::insert(&mut tx, invitation, 3600, &old).await?) })
        .await;
    house.clock.advance(120);
    house
        .backend
        .forgot_password("bea@example.com", &request())
        .await
        .unwrap();
    let mail = house.mails().await.remove(0);
    let Letter::Invitation {
        organization,
        inviter,
        expires,
        ..
    } = mail.letter
    else {
        panic!("{mail:?}");
    };
    assert_eq!((organization.as_deref(), inviter.as_str()), (Some("Acme"), "Ada"));
    assert_eq!(expires, house.clock.now().plus_seconds(3600));
    let new = Token::parse(&mail.token.unwrap()).unwrap().hash();
    let mut tx = house.store.read().await.unwrap();
    assert!(store::invitation::find_by_token(&mut tx, &old).await.unwrap().is_none());
    assert!(store::invitation::find_by_token(&mut tx, &new).await.unwrap().is_some());
    drop(tx);
    // Not twice within a minute.
    house
        .backend
        .forgot_password("bea@example.com", &request())
        .await
        .unwrap();
    assert_eq!(house.mails().await, []);
}

async fn questions_have_an_end(house: House) {
    let house = house.mailing();
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let from = |address: &str| Request {
        address: address.to_owned(),
        ..request()
    };
    // The mailbox gets three, whoever asks.
    for number in 0..5 {
        let asker = from(&format!("192.0.2.{number}"));
        house.backend.forgot_password(&bea.email, &asker).await.unwrap();
    }
    assert_eq!(house.mails().await.len(), 3);
    house.clock.advance(500);
    house
        .backend
        .forgot_password(&bea.email, &from("192.0.2.100"))
        .await
        .unwrap();
    assert_eq!(house.mails().await.len(), 1);

    let one = from("198.51.100.1");
    for number in 0..5 {
        house
            .backend
            .forgot_password(&format!("nobody{number}@example.com"), &one)
            .await
            .unwrap();
    }
    let sixth = house.backend.forgot_password("nobody@example.com", &one).await;
    assert!(matches!(sixth, Err(Error::TooMany { wait_seconds: 1..=100 })));
}

async fn of_several_that_reset_one_wins(house: House) {
    let house = house.mailing();
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let link = link_for(&house, &bea.email).await.unwrap();
    let (asker, backend) = (request(), &house.backend);
    let (one, other, third) = tokio::join!(
        backend.reset_password(&link, NEW, &asker),
        backend.reset_password(&link, "nine blue boats at the quay", &asker),
        backend.reset_password(&link, "four brown bears in a bath", &asker),
    );
    let won = [one, other, third].into_iter().filter(Result::is_ok).count();
    assert_eq!(won, 1);
}

async fn the_command_line_breaks_the_glass(house: House) {
    let house = house.mailing();
    let (ada, abe) = (house.admin("Ada").await, house.admin("Abe").await);
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    house
        .management(&abe)
        .await
        .set_user_state(ada.id, 1, UserState::Suspended)
        .await
        .unwrap();
    let link = house.backend.reset_admin("ada@example.com").await.unwrap();
    let token = link.strip_prefix("http://usher.example/reset-password/").unwrap();
    house.backend.reset_password(token, NEW, &request()).await.unwrap();
    assert!(house.sign_in(&ada.email, NEW).await.is_ok());
    assert_eq!(house.active_admins().await, 2);
    assert_eq!(
        refusal(house.backend.reset_admin(&bea.email).await),
        "bea@example.com is no Admin's address."
    );
}

async fn without_a_mail_server_nothing_claims_to_be_sent(house: House) {
    let bea = house.person("Bea", Role::Admin, None).await;
    for email in [bea.email.as_str(), "nobody@example.com"] {
        let asked = refusal(house.backend.forgot_password(email, &request()).await);
        assert_eq!(
            asked,
            "This installation sends no e-mail. Ask your administrator to set a new password for you."
        );
    }
    assert_eq!(house.mails().await, []);
}
