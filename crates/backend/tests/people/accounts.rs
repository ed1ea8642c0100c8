//! The own account.

use backend::{error::Error, mail::Letter};
use domain::{audit::Action, role::Role};

use crate::house::{House, PASSWORD, on_both_engines, problem_of};

on_both_engines!(
    a_name_is_changed,
    a_new_password_ends_every_session_but_a_new_one,
    a_wrong_current_password_is_counted,
    sessions_are_listed_and_ended,
);

const NEW: &str = "seven green lamps on a hill";

async fn a_name_is_changed(house: House) {
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let account = house.account(&bea).await;
    assert_eq!(problem_of("name", account.change_name(" ").await), "Enter a name.");
    account.change_name("Beatrix").await.unwrap();
    let account = house.account(&bea).await;
    let (me, organization) = account.me();
    assert_eq!((me.name.as_str(), organization.unwrap().as_str()), ("Beatrix", "Acme"));
    let details = house.event(acme, Action::AccountChanged).await.details.unwrap();
    assert_eq!(details.after.unwrap()["Name"], "Beatrix");
}

async fn a_new_password_ends_every_session_but_a_new_one(house: House) {
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let elsewhere = house.sign_in(&bea.email, PASSWORD).await.unwrap().reveal();
    let secret = house.account(&bea).await.change_password(PASSWORD, NEW).await.unwrap();
    for old in [&bea.cookie, &elsewhere] {
        assert!(matches!(house.access(old).await, Err(Error::Unauthenticated)));
    }
    assert!(house.access(&secret.reveal()).await.is_ok());
    assert!(house.sign_in(&bea.email, PASSWORD).await.is_err());
    assert!(house.sign_in(&bea.email, NEW).await.is_ok());
    let mails = house.mails().await;
    assert!(matches!(&mails[..], [mail] if matches!(mail.letter, Letter::PasswordChanged { .. })));
}

async fn a_wrong_current_password_is_counted(house: House) {
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let account = house.account(&bea).await;
    let both = account.change_password("", "short").await;
    let Err(Error::Invalid(errors)) = both else {
        panic!("an empty form was accepted")
    };
    assert_eq!(errors.0["current_password"].0, "Enter your current password.");
    assert_eq!(errors.0["new_password"].0, "A password has at least 12 characters.");
    assert_eq!(
        problem_of("new_password", account.change_password(PASSWORD, PASSWORD).await),
        "Choose a password that differs from the current one."
    );
    for _ in 0..10 {
        assert_eq!(
            problem_of("current_password", account.change_password("wrong", NEW).await),
            "This is not your current password."
        );
    }
    let refused = account.change_password(PASSWORD, NEW).await;
    assert!(matches!(refused, Err(Error::TooMany { .. })));
    house.clock.advance(10);
    account.change_password(PASSWORD, NEW).await.unwrap();
}

async fn sessions_are_listed_and_ended(house: House) {
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let ivy = house.person("Ivy", Role::OrgAdmin, Some(acme)).await;
    let other = house.sign_in(&bea.email, PASSWORD).await.unwrap().reveal();
    let third = house.sign_in(&bea.email, PASSWORD).await.unwrap().reveal();
    let account = house.account(&bea).await;
    let sessions = account.sessions().await.unwrap();
    let current: Vec<bool> = sessions.iter().map(|own| own.is_current).collect();
    assert_eq!(current.len(), 3);
    assert_eq!(current.iter().filter(|is_current| **is_current).count(), 1);

    let foreign = house.account(&ivy).await.sessions().await.unwrap().remove(0).session.id;
    assert!(matches!(
        account.end_session(foreign, PASSWORD).await,
        Err(Error::NotFound)
    ));
    let ended = sessions.iter().find(|own| !own.is_current).unwrap().session.id;
    // Whoever finds a session open does not know the password.
    for (typed, problem) in [
        ("", "Enter your current password."),
        ("wrong", "This is not your current password."),
    ] {
        let one = account.end_session(ended, typed).await;
        assert_eq!(problem_of("current_password", one), problem);
        let others = account.end_other_sessions(typed).await;
        assert_eq!(problem_of("current_password", others), problem);
    }
    assert_eq!(account.sessions().await.unwrap().len(), 3);
    account.end_session(ended, PASSWORD).await.unwrap();
    let left = [&other, &third].map(|cookie| cookie.clone());
    let mut alive = 0;
    for cookie in &left {
        alive += usize::from(house.access(cookie).await.is_ok());
    }
    assert_eq!(alive, 1);
    assert_eq!(account.end_other_sessions(PASSWORD).await.unwrap(), 1);
    assert_eq!(account.sessions().await.unwrap().len(), 1);
    assert!(house.access(&ivy.cookie).await.is_ok());
    house.clock.advance(3601);
    assert!(matches!(house.access(&bea.cookie).await, Err(Error::Unauthenticated)));
}
