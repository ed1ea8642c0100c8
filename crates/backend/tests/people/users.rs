//! Making, suspending and deleting users.

use backend::{error::Error, mail::Letter, users::UserInput};
use domain::{audit::Action, id::OrganizationId, query::UserQuery, role::Role, user::UserState};

use crate::house::{House, on_both_engines, problem_of, refusal};

on_both_engines!(
    an_admin_makes_a_user_who_must_change_the_password,
    a_password_set_by_somebody_else_is_good_for_72_hours,
    every_wrong_field_is_named_at_once,
    a_full_tier_refuses_with_the_numbers,
    who_is_suspended_is_out_at_once,
    who_is_deleted_is_gone_with_everything,
    sessions_are_seen_and_ended,
    what_an_ended_session_had_begun_writes_nothing,
    two_admins_cannot_remove_each_other,
    the_list_follows_its_filters,
);

const FIRST: &str = "seven green lamps on a hill";

pub fn new_user(name: &str, role: Role, organization: Option<OrganizationId>) -> UserInput {
    UserInput {
        current_password: String::new(),
        email: format!("{}@example.com", name.to_lowercase()),
        name: name.to_owned(),
        password: FIRST.to_owned(),
        role: role.key().to_owned(),
        organization: organization.map_or_else(String::new, |id| id.to_string()),
    }
}

async fn an_admin_makes_a_user_who_must_change_the_password(house: House) {
    let ada = house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let management = house.management(&ada).await;
    let id = management
        .create_user(&new_user("Bea", Role::OrgAdmin, Some(acme)))
        .await
        .unwrap();

    let bea = management.user(id).await.unwrap();
    assert_eq!(bea.user.email.as_str(), "bea@example.com");
    assert_eq!(bea.organization_name.unwrap().as_str(), "Acme");
    let mails = house.mails().await;
    assert_eq!((mails.len(), mails[0].recipient.as_str()), (1, "bea@example.com"));
    assert_eq!(
        mails[0].letter,
        Letter::PasswordSetForYou {
            name: "Bea".to_owned(),
            by: "Ada".to_owned()
        }
    );

    let cookie = house.sign_in("bea@example.com", FIRST).await.unwrap().reveal();
    let access = house.access(&cookie).await.unwrap();
    assert!(matches!(access.management(), Err(Error::PasswordChangeRequired)));
    assert!(matches!(
        access.account().sessions().await,
        Err(Error::PasswordChangeRequired)
    ));
    let cookie = access
        .account()
        .change_password(FIRST, "nine blue boats at the quay")
        .await
        .unwrap();
    assert!(house.access(&cookie.reveal()).await.unwrap().management().is_ok());

    let event = house.event(acme, Action::UserCreated).await;
    assert_eq!((event.actor, event.object), (Some(ada.id), Some(id.0)));
    let details = event.details.unwrap();
    assert_eq!(details.before, None);
    assert_eq!(
        details.after.unwrap().to_string(),
        r#"{"Email":"bea@example.com","Name":"Bea","Organization":"Acme","Role":"Org Admin","State":"Active"}"#
    );
}

async fn a_password_set_by_somebody_else_is_good_for_72_hours(house: House) {
    let ada = house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let management = house.management(&ada).await;
    management
        .create_user(&new_user("Bea", Role::User, Some(acme)))
        .await
        .unwrap();
    house.clock.advance(72 * 3600);
    assert!(house.sign_in("bea@example.com", FIRST).await.is_ok());
    house.clock.advance(1);
    assert_eq!(
        refusal(house.sign_in("bea@example.com", FIRST).await),
        "E-mail address or password is wrong."
    );
}

async fn every_wrong_field_is_named_at_once(house: House) {
    let ada = house.admin("Ada").await;
    let management = house.management(&ada).await;
    let Err(Error::Invalid(errors)) = management.create_user(&UserInput::default()).await else {
        panic!("an empty form was accepted");
    };
    let found: Vec<(&str, &str)> = errors
        .0
        .iter()
        .map(|(field, problem)| (field.as_str(), problem.0.as_ref()))
        .collect();
    assert_eq!(
        found,
        [
            ("email", "Enter an e-mail address."),
            ("name", "Enter a name."),
            ("password", "Enter a password."),
            ("role", "Choose a role."),
        ]
    );

    let nowhere = new_user("Bea", Role::User, None);
    assert_eq!(
        problem_of("organization", management.create_user(&nowhere).await),
        "Choose an organization: only an Admin can have none."
    );
    let gone = new_user("Bea", Role::User, Some(OrganizationId::new(house.clock.now(), [1; 10])));
    assert_eq!(
        problem_of("organization", management.create_user(&gone).await),
        "This organization no longer exists. Choose another."
    );
    let acme = house.organization("Quackenbush", None).await;
    let guessable = UserInput {
        password: "quackenbush2026".to_owned(),
        ..new_user("Bea", Role::User, Some(acme))
    };
    assert_eq!(
        problem_of("password", management.create_user(&guessable).await),
        "This password is easy to guess. Use several unrelated words, or a password manager."
    );
    let taken = UserInput {
        email: " ADA@Example.com ".to_owned(),
        name: String::new(),
        ..new_user("Bea", Role::Admin, None)
    };
    let Err(Error::Invalid(errors)) = management.create_user(&taken).await else {
        panic!("a taken address was accepted");
    };
    assert_eq!(errors.0["email"].0, "This address already has an account.");
    assert_eq!(errors.0["name"].0, "Enter a name.");
}

async fn a_full_tier_refuses_with_the_numbers(house: House) {
    let ada = house.admin("Ada").await;
    let free = house.tier("Tiny", 2).await;
    let acme = house.organization("Acme", Some(free)).await;
    let other = house.organization("Other", None).await;
    let ivy = house.person("Ivy", Role::OrgAdmin, Some(acme)).await;
    let zoe = house.person("Zoe", Role::User, Some(other)).await;
    let ivy_id = ivy.id;
    let (ada, ivy) = (house.management(&ada).await, house.management(&ivy).await);
    ivy.create_user(&new_user("Bea", Role::User, None)).await.unwrap();

    let full = "All 2 seats of the tier Tiny are taken (2 users, 0 pending invitations).";
    let one_more = new_user("Cleo", Role::User, Some(acme));
    assert_eq!(refusal(ivy.create_user(&one_more).await), full);
    assert_eq!(problem_of("organization", ada.create_user(&one_more).await), full);
    let moved = UserInput {
        password: String::new(),
        ..new_user("Zoe", Role::User, Some(acme))
    };
    assert_eq!(
        problem_of("organization", ada.change_user(zoe.id, 1, &moved).await),
        full
    );
    // Who has a seat keeps it.
    let renamed = UserInput {
        email: "ivy@example.com".to_owned(),
        name: "Ivy the second".to_owned(),
        ..UserInput::default()
    };
    ivy.change_user(ivy_id, 1, &renamed).await.unwrap();
}

async fn who_is_suspended_is_out_at_once(house: House) {
    let house = house.mailing();
    let ada = house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let management = house.management(&ada).await;
    house
        .backend
        .forgot_password(&bea.email, &crate::house::request())
        .await
        .unwrap();
    let link = house.mails().await.remove(0).token.unwrap();

    management
        .set_user_state(bea.id, 1, UserState::Suspended)
        .await
        .unwrap();
    assert!(matches!(house.access(&bea.cookie).await, Err(Error::Unauthenticated)));
    assert!(!house.backend.is_recovery_link(&link).await.unwrap());
    assert!(house.sign_in(&bea.email, crate::house::PASSWORD).await.is_err());
    assert_eq!(management.user(bea.id).await.unwrap().user.state, UserState::Suspended);

    management.set_user_state(bea.id, 2, UserState::Active).await.unwrap();
    assert!(matches!(house.access(&bea.cookie).await, Err(Error::Unauthenticated)));
    assert!(house.sign_in(&bea.email, crate::house::PASSWORD).await.is_ok());

    let outdated = management.set_user_state(bea.id, 1, UserState::Suspended).await;
    let Err(Error::Changed(changed)) = outdated else {
        panic!("{outdated:?}")
    };
    assert_eq!(changed.version, 3);
    assert_eq!(changed.fields[4], ("State", "Active".to_owned()));
    let actions: Vec<Action> = house
        .events(Some(acme))
        .await
        .iter()
        .map(|event| event.action)
        .collect();
    assert!(actions.contains(&Action::UserSuspended) && actions.contains(&Action::UserReactivated));
}

async fn who_is_deleted_is_gone_with_everything(house: House) {
    let ada = house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let management = house.management(&ada).await;
    management.delete_user(bea.id).await.unwrap();
    assert!(matches!(management.user(bea.id).await, Err(Error::NotFound)));
    assert!(matches!(management.delete_user(bea.id).await, Err(Error::NotFound)));
    assert!(matches!(house.access(&bea.cookie).await, Err(Error::Unauthenticated)));
    assert_eq!(management.organization(acme).await.unwrap().organization.users, 0);
    let event = house.event(acme, Action::UserDeleted).await;
    assert_eq!(event.details.unwrap().before.unwrap()["Email"], "bea@example.com");
    // The address is free again.
    management
        .create_user(&new_user("Bea", Role::User, Some(acme)))
        .await
        .unwrap();
}

async fn sessions_are_seen_and_ended(house: House) {
    let ada = house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    house.clock.advance(60);
    house.sign_in(&bea.email, crate::house::PASSWORD).await.unwrap();
    let management = house.management(&ada).await;
    let sessions = management.user_sessions(bea.id).await.unwrap();
    assert_eq!(sessions.len(), 2);
    assert!(sessions[0].last_seen > sessions[1].last_seen);
    assert_eq!(management.end_user_sessions(bea.id).await.unwrap(), 2);
    assert!(matches!(house.access(&bea.cookie).await, Err(Error::Unauthenticated)));
    assert!(management.user_sessions(bea.id).await.unwrap().is_empty());
    // The own ones end where the password is asked for.
    let elsewhere = house.sign_in(&ada.email, crate::house::PASSWORD).await.unwrap();
    assert!(matches!(
        management.end_user_sessions(ada.id).await,
        Err(Error::Refused(_))
    ));
    assert!(house.access(&elsewhere.reveal()).await.is_ok());
}

async fn what_an_ended_session_had_begun_writes_nothing(house: House) {
    let ada = house.admin("Ada").await;
    let eve = house.admin("Eve").await;
    let acme = house.organization("Acme", None).await;
    // Looked up when the request began.
    let (management, account) = (house.management(&eve).await, house.account(&eve).await);
    house.management(&ada).await.end_user_sessions(eve.id).await.unwrap();
    let created = management.create_user(&new_user("Bea", Role::User, Some(acme))).await;
    assert!(matches!(created, Err(Error::Unauthenticated)));
    assert!(matches!(
        account.change_name("Evelyn").await,
        Err(Error::Unauthenticated)
    ));
}

/// Whoever is left goes into the next round.
async fn two_admins_cannot_remove_each_other(house: House) {
    let acme = house.organization("Acme", None).await;
    let demoted = |name: &str| UserInput {
        password: String::new(),
        ..new_user(name, Role::User, Some(acme))
    };
    let mut left = ("Admin".to_owned(), house.admin("Admin").await);
    for round in 0..9 {
        let right = (format!("Admin{round}"), house.admin(&format!("Admin{round}")).await);
        let (one, other) = (house.management(&left.1).await, house.management(&right.1).await);
        let version = one.user(left.1.id).await.unwrap().user.version;
        let (to_left, to_right) = (demoted(&left.0), demoted(&right.0));
        let results = match round % 3 {
            0 => tokio::join!(one.delete_user(right.1.id), other.delete_user(left.1.id)),
            1 => tokio::join!(
                one.set_user_state(right.1.id, 1, UserState::Suspended),
                other.set_user_state(left.1.id, version, UserState::Suspended)
            ),
            _ => tokio::join!(
                one.change_user(right.1.id, 1, &to_right),
                other.change_user(left.1.id, version, &to_left)
            ),
        };
        assert!(results.0.is_ok() != results.1.is_ok(), "round {round}: {results:?}");
        assert_eq!(house.active_admins().await, 1);
        left = if results.0.is_ok() { left } else { right };
    }
}

async fn the_list_follows_its_filters(house: House) {
    let ada = house.admin("Ada").await;
    let (acme, other) = (
        house.organization("Acme", None).await,
        house.organization("Other", None).await,
    );
    house.person("Bea", Role::User, Some(acme)).await;
    house.person("Cleo", Role::OrgAdmin, Some(acme)).await;
    house.person("Dora", Role::User, Some(other)).await;
    let management = house.management(&ada).await;
    let names = async |words: &[(&str, &str)]| {
        let words = words
            .iter()
            .map(|(word, value)| ((*word).to_owned(), (*value).to_owned()))
            .collect();
        let page = management
            .list_users(&UserQuery::read(&domain::query::Words(words)))
            .await
            .unwrap();
        let names: Vec<String> = page.rows.iter().map(|row| row.user.name.to_string()).collect();
        names.join(" ")
    };
    assert_eq!(names(&[]).await, "Ada Bea Cleo Dora");
    assert_eq!(names(&[("global", "1")]).await, "Ada");
    let acme = acme.to_string();
    assert_eq!(names(&[("organization", &acme), ("sort", "-name")]).await, "Cleo Bea");
    assert_eq!(names(&[("organization", &acme), ("role", "user")]).await, "Bea");
    assert_eq!(names(&[("q", "EXAMPLE do")]).await, "Dora");
    assert_eq!(names(&[("state", "suspended")]).await, "");
}
