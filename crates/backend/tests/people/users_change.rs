//! Changing users, and what nobody changes about themselves.

use backend::{error::Error, mail::Letter, users::UserInput};
use domain::{
    audit::Action,
    role::Role,
    user::{User, UserState},
};

use crate::house::{House, PASSWORD, on_both_engines, problem_of, refusal, request};

on_both_engines!(
    a_blank_password_keeps_the_current_one,
    a_password_set_by_somebody_else_ends_sessions,
    a_new_address_is_told_to_both,
    ones_own_address_changes_with_the_password_alone,
    a_new_role_counts_at_the_next_request,
    who_moves_is_told_of_on_each_side,
    the_second_of_two_learns_what_stands,
    nobody_changes_their_own_standing,
    a_taken_address_is_named,
);

/// The form as it opens.
fn form(user: &User) -> UserInput {
    UserInput {
        email: user.email.to_string(),
        name: user.name.to_string(),
        password: String::new(),
        role: user.role.key().to_owned(),
        organization: user.organization.map_or_else(String::new, |id| id.to_string()),
        current_password: String::new(),
    }
}

async fn a_blank_password_keeps_the_current_one(house: House) {
    let ada = house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let management = house.management(&ada).await;
    let opened = management.user(bea.id).await.unwrap().user;
    let typed = UserInput {
        name: "Beatrix".to_owned(),
        ..form(&opened)
    };
    management.change_user(bea.id, opened.version, &typed).await.unwrap();
    assert_eq!(management.user(bea.id).await.unwrap().user.name.as_str(), "Beatrix");
    assert!(house.access(&bea.cookie).await.is_ok());
    assert!(house.sign_in(&bea.email, PASSWORD).await.is_ok());
    assert_eq!(house.mails().await, []);
    let details = house.event(acme, Action::UserChanged).await.details.unwrap();
    let (before, after) = (details.before.unwrap(), details.after.unwrap());
    assert_eq!((&before["Name"], &after["Name"]), (&"Bea".into(), &"Beatrix".into()));
    assert_eq!(before["Email"], after["Email"]);
}

async fn a_password_set_by_somebody_else_ends_sessions(house: House) {
    let ada = house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let management = house.management(&ada).await;
    let opened = management.user(bea.id).await.unwrap().user;
    let new = "seven green lamps on a hill";
    let typed = UserInput {
        password: new.to_owned(),
        ..form(&opened)
    };
    management.change_user(bea.id, opened.version, &typed).await.unwrap();
    assert!(matches!(house.access(&bea.cookie).await, Err(Error::Unauthenticated)));
    assert!(house.sign_in(&bea.email, PASSWORD).await.is_err());
    let cookie = house.sign_in(&bea.email, new).await.unwrap().reveal();
    assert!(house.access(&cookie).await.unwrap().caller().user.must_change_password);
    let mails = house.mails().await;
    assert!(matches!(&mails[0].letter, Letter::PasswordSetForYou { by, .. } if by == "Ada"));
    for event in house.events(None).await {
        let told = format!("{:?}", event.details);
        assert!(!told.contains("argon2") && !told.contains(new), "{told}");
    }
}

async fn a_new_address_is_told_to_both(house: House) {
    let house = house.mailing();
    let ada = house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    house.backend.forgot_password(&bea.email, &request()).await.unwrap();
    let link = house.mails().await.remove(0).token.unwrap();
    let management = house.management(&ada).await;
    let opened = management.user(bea.id).await.unwrap().user;
    let typed = UserInput {
        email: "Beatrix@Example.com".to_owned(),
        ..form(&opened)
    };
    management.change_user(bea.id, opened.version, &typed).await.unwrap();
    let mut recipients: Vec<String> = house.mails().await.into_iter().map(|mail| mail.recipient).collect();
    recipients.sort();
    assert_eq!(recipients, ["bea@example.com", "beatrix@example.com"]);
    assert!(!house.backend.is_recovery_link(&link).await.unwrap());
    assert!(house.sign_in("beatrix@example.com", PASSWORD).await.is_ok());
    assert!(house.sign_in("bea@example.com", PASSWORD).await.is_err());
}

async fn ones_own_address_changes_with_the_password_alone(house: House) {
    let house = house.mailing();
    let ada = house.admin("Ada").await;
    let management = house.management(&ada).await;
    let opened = management.user(ada.id).await.unwrap().user;
    // The name alone needs none.
    let named = UserInput {
        name: "Ada Lovelace".to_owned(),
        ..form(&opened)
    };
    management.change_user(ada.id, opened.version, &named).await.unwrap();
    let typed = |password: &str| UserInput {
        email: "lovelace@example.com".to_owned(),
        current_password: password.to_owned(),
        ..named.clone()
    };
    let version = opened.version + 1;
    for (password, problem) in [
        ("", "Enter your current password."),
        ("wrong", "This is not your current password."),
    ] {
        let refused = management.change_user(ada.id, version, &typed(password)).await;
        assert_eq!(problem_of("current_password", refused), problem);
    }
    assert!(house.sign_in(&ada.email, PASSWORD).await.is_ok());
    management.change_user(ada.id, version, &typed(PASSWORD)).await.unwrap();
    assert!(house.sign_in("lovelace@example.com", PASSWORD).await.is_ok());
}

async fn a_new_role_counts_at_the_next_request(house: House) {
    let ada = house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    assert!(matches!(
        house.access(&bea.cookie).await.unwrap().management(),
        Err(Error::Forbidden { needs: Role::OrgAdmin })
    ));
    let management = house.management(&ada).await;
    let opened = management.user(bea.id).await.unwrap().user;
    let typed = UserInput {
        role: "org_admin".to_owned(),
        ..form(&opened)
    };
    management.change_user(bea.id, opened.version, &typed).await.unwrap();
    let hers = house.management(&bea).await;

    let typed = UserInput {
        role: "user".to_owned(),
        ..typed
    };
    management
        .change_user(bea.id, opened.version + 1, &typed)
        .await
        .unwrap();
    assert!(house.access(&bea.cookie).await.unwrap().management().is_err());
    // A handle from before is worth nothing once it writes.
    let late = hers
        .create_user(&crate::users::new_user("Cleo", Role::User, None))
        .await;
    assert!(matches!(late, Err(Error::Unauthenticated)), "{late:?}");
}

async fn who_moves_is_told_of_on_each_side(house: House) {
    let ada = house.admin("Ada").await;
    let (acme, other) = (
        house.organization("Acme", None).await,
        house.organization("Other", None).await,
    );
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let management = house.management(&ada).await;
    let opened = management.user(bea.id).await.unwrap().user;
    let typed = UserInput {
        organization: other.to_string(),
        ..form(&opened)
    };
    management.change_user(bea.id, opened.version, &typed).await.unwrap();
    for (organization, users, own, foreign) in [(acme, 0, "Acme", "Other"), (other, 1, "Other", "Acme")] {
        assert_eq!(
            management.organization(organization).await.unwrap().organization.users,
            users
        );
        let event = house.event(organization, Action::UserChanged).await;
        let told = format!("{:?}", event.details);
        assert!(told.contains(own) && !told.contains(foreign), "{told}");
    }
    let admin = UserInput {
        role: "admin".to_owned(),
        organization: String::new(),
        ..typed
    };
    management
        .change_user(bea.id, opened.version + 1, &admin)
        .await
        .unwrap();
    assert_eq!(house.active_admins().await, 2);
}

async fn the_second_of_two_learns_what_stands(house: House) {
    let (ada, abe) = (house.admin("Ada").await, house.admin("Abe").await);
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let (ada, abe) = (house.management(&ada).await, house.management(&abe).await);
    let opened = ada.user(bea.id).await.unwrap().user;
    let first = UserInput {
        name: "Beatrix".to_owned(),
        role: "org_admin".to_owned(),
        ..form(&opened)
    };
    let second = UserInput {
        name: "Beate".to_owned(),
        ..form(&opened)
    };
    ada.change_user(bea.id, opened.version, &first).await.unwrap();
    let result = abe.change_user(bea.id, opened.version, &second).await;
    let Err(Error::Changed(changed)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(
        changed.fields,
        [("Name", "Beatrix".to_owned()), ("Role", "Org Admin".to_owned())]
    );
    abe.change_user(bea.id, changed.version, &second).await.unwrap();
    assert_eq!(ada.user(bea.id).await.unwrap().user.name.as_str(), "Beate");
}

async fn nobody_changes_their_own_standing(house: House) {
    let ada = house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let ivy = house.person("Ivy", Role::OrgAdmin, Some(acme)).await;
    for (person, lower) in [(&ada, Role::OrgAdmin), (&ivy, Role::User)] {
        let own = house.management(person).await;
        let opened = own.user(person.id).await.unwrap().user;
        let attempts = [
            UserInput {
                role: lower.key().to_owned(),
                organization: acme.to_string(),
                ..form(&opened)
            },
            UserInput {
                password: "seven green lamps on a hill".to_owned(),
                ..form(&opened)
            },
        ];
        for attempt in attempts {
            let refused = refusal(own.change_user(person.id, opened.version, &attempt).await);
            assert!(refused.contains("/account"), "{refused}");
        }
        let suspended = own
            .set_user_state(person.id, opened.version, UserState::Suspended)
            .await;
        assert_eq!(
            refusal(suspended),
            "You cannot suspend yourself; another administrator can."
        );
        let deleted = own.delete_user(person.id).await;
        assert_eq!(
            refusal(deleted),
            "You cannot delete yourself; another administrator can."
        );

        // The form about oneself has no more than these, and the password for another address.
        let typed = UserInput {
            email: format!("new-{}", opened.email),
            name: format!("{} the second", opened.name),
            current_password: PASSWORD.to_owned(),
            ..UserInput::default()
        };
        own.change_user(person.id, opened.version, &typed).await.unwrap();
        let now = own.user(person.id).await.unwrap().user;
        assert_eq!((now.role, now.organization), (opened.role, opened.organization));
        assert!(now.email.as_str().starts_with("new-"));
    }
}

async fn a_taken_address_is_named(house: House) {
    let ada = house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let management = house.management(&ada).await;
    let opened = management.user(bea.id).await.unwrap().user;
    let typed = UserInput {
        email: ada.email.clone(),
        ..form(&opened)
    };
    assert_eq!(
        problem_of("email", management.change_user(bea.id, opened.version, &typed).await),
        "This address already has an account."
    );
}
