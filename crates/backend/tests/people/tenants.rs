//! What an Org Admin can and cannot do.

use backend::{error::Error, users::UserInput};
use domain::{audit::Action, query::UserQuery, role::Role, user::UserState};

use crate::{
    house::{House, on_both_engines, problem_of},
    users::new_user,
};
use tokio::task::JoinSet;

on_both_engines!(
    an_org_admin_runs_the_own_organization,
    other_tenants_do_not_exist,
    an_org_admin_never_touches_an_admin,
    questions_that_come_at_once_share_one_limit,
    asking_for_taken_addresses_has_an_end,
);

async fn an_org_admin_runs_the_own_organization(house: House) {
    house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let ivy = house.person("Ivy", Role::OrgAdmin, Some(acme)).await;
    let management = house.management(&ivy).await;
    let id = management
        .create_user(&new_user("Bea", Role::User, None))
        .await
        .unwrap();
    let typed = UserInput {
        password: String::new(),
        ..new_user("Bea", Role::OrgAdmin, Some(acme))
    };
    management.change_user(id, 1, &typed).await.unwrap();
    management.set_user_state(id, 2, UserState::Suspended).await.unwrap();
    management.end_user_sessions(id).await.unwrap();
    let found = management.user(id).await.unwrap();
    assert_eq!((found.user.organization, found.user.role), (Some(acme), Role::OrgAdmin));
    management.delete_user(id).await.unwrap();
    assert_eq!(
        problem_of(
            "role",
            management.create_user(&new_user("Bea", Role::Admin, None)).await
        ),
        "As Org Admin you cannot give the role Admin."
    );
}

async fn other_tenants_do_not_exist(house: House) {
    let ada = house.admin("Ada").await;
    let (acme, other) = (
        house.organization("Acme", None).await,
        house.organization("Other", None).await,
    );
    let ivy = house.person("Ivy", Role::OrgAdmin, Some(acme)).await;
    let dora = house.person("Dora", Role::User, Some(other)).await;
    let management = house.management(&ivy).await;
    let page = management.list_users(&UserQuery::default()).await.unwrap();
    let names: Vec<&str> = page.rows.iter().map(|row| row.user.name.as_str()).collect();
    assert_eq!((names, page.total), (vec!["Ivy"], domain::page::Total::Exact(1)));
    let typed = UserInput {
        password: String::new(),
        ..new_user("Dora", Role::User, None)
    };
    for stranger in [dora.id, ada.id] {
        assert!(matches!(management.user(stranger).await, Err(Error::NotFound)));
        assert!(matches!(management.user_sessions(stranger).await, Err(Error::NotFound)));
        assert!(matches!(
            management.change_user(stranger, 1, &typed).await,
            Err(Error::NotFound)
        ));
        assert!(matches!(
            management.set_user_state(stranger, 1, UserState::Suspended).await,
            Err(Error::NotFound)
        ));
        assert!(matches!(
            management.end_user_sessions(stranger).await,
            Err(Error::NotFound)
        ));
        assert!(matches!(management.delete_user(stranger).await, Err(Error::NotFound)));
    }
    let elsewhere = new_user("Eve", Role::User, Some(other));
    assert!(matches!(management.create_user(&elsewhere).await, Err(Error::NotFound)));
    let bea = management
        .create_user(&new_user("Bea", Role::User, None))
        .await
        .unwrap();
    let moved = UserInput {
        password: String::new(),
        ..new_user("Bea", Role::User, Some(other))
    };
    assert!(matches!(
        management.change_user(bea, 1, &moved).await,
        Err(Error::NotFound)
    ));
}

async fn an_org_admin_never_touches_an_admin(house: House) {
    let acme = house.organization("Acme", None).await;
    let ada = house.person("Ada", Role::Admin, Some(acme)).await;
    let ivy = house.person("Ivy", Role::OrgAdmin, Some(acme)).await;
    let management = house.management(&ivy).await;
    let found = management.user(ada.id).await.unwrap();
    assert!(!management.may_touch(&found.user));
    let typed = UserInput {
        password: String::new(),
        ..new_user("Ada", Role::User, None)
    };
    for refused in [
        management.change_user(ada.id, 1, &typed).await,
        management.set_user_state(ada.id, 1, UserState::Suspended).await,
        management.delete_user(ada.id).await,
        management.end_user_sessions(ada.id).await.map(|_| ()),
        management.user_sessions(ada.id).await.map(|_| ()),
    ] {
        assert!(matches!(refused, Err(Error::Forbidden { needs: Role::Admin })));
    }
    assert_eq!(management.user(ada.id).await.unwrap().user, found.user);
}

async fn questions_that_come_at_once_share_one_limit(house: House) {
    house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let ivy = house.person("Ivy", Role::OrgAdmin, Some(acme)).await;
    let mut questions = JoinSet::new();
    for _ in 0..60 {
        let management = house.management(&ivy).await;
        questions.spawn(async move {
            management
                .create_user(&new_user("Ada", Role::User, None))
                .await
                .map(drop)
        });
    }
    let answers = questions.join_all().await;
    let told = answers
        .iter()
        .filter(|answer| matches!(answer, Err(Error::Invalid(_))))
        .count();
    let waiting = answers
        .iter()
        .filter(|answer| matches!(answer, Err(Error::TooMany { .. })))
        .count();
    assert_eq!((told, waiting), (20, 40));
}

async fn asking_for_taken_addresses_has_an_end(house: House) {
    house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let ivy = house.person("Ivy", Role::OrgAdmin, Some(acme)).await;
    let management = house.management(&ivy).await;
    for _ in 0..20 {
        assert_eq!(
            problem_of(
                "email",
                management.create_user(&new_user("Ada", Role::User, None)).await
            ),
            "This address already has an account."
        );
    }
    // From then on a free address and a taken one look alike.
    for name in ["Ada", "Bea"] {
        let result = management.create_user(&new_user(name, Role::User, None)).await;
        assert!(matches!(result, Err(Error::TooMany { .. })), "{result:?}");
    }
    let events = house.events(Some(acme)).await;
    let refused = events.iter().filter(|event| event.action == Action::AccessRefused);
    assert_eq!(refused.count(), 20);
    house.clock.advance(60);
    management
        .create_user(&new_user("Bea", Role::User, None))
        .await
        .unwrap();
}
