use backend::{access::Administration, error::Error, tiers::TierInput};
use domain::{audit::Action, role::Role, tier::Price};

use crate::house::{House, Person, on_both_engines, problem_of, refusal};

on_both_engines!(
    a_tier_is_made_changed_and_deleted,
    a_tiers_fields_have_their_problems,
    a_tier_that_organizations_have_stays,
    an_org_admin_sees_the_own_tier_alone,
);

async fn administration(house: &House, person: &Person) -> Administration {
    house.access(&person.cookie).await.unwrap().administration().unwrap()
}

fn typed(name: &str) -> TierInput {
    TierInput {
        name: name.to_owned(),
        seats: "25".to_owned(),
        credits: String::new(),
        features: "Reports\nAPI\nReports".to_owned(),
        price: "49.90".to_owned(),
        currency: "eur".to_owned(),
    }
}

async fn a_tier_is_made_changed_and_deleted(house: House) {
    let person = house.admin("ann").await;
    let ann = administration(&house, &person).await;
    let id = ann.create_tier(&typed("Team")).await.unwrap();
    let management = house.management(&person).await;
    let tier = management.tier(id).await.unwrap();
    assert_eq!((tier.limits.seats, tier.limits.credits), (Some(25), None));
    assert_eq!(tier.limits.features, ["API", "Reports"]);
    let price = Price {
        hundredths: 4990,
        currency: "EUR".to_owned(),
    };
    assert_eq!(tier.limits.price, Some(price));
    // Four came with the installation.
    assert_eq!(management.tiers().await.unwrap().len(), 5);

    let free = TierInput {
        price: String::new(),
        ..typed("Crew")
    };
    ann.change_tier(id, 1, &free).await.unwrap();
    let Err(Error::Changed(changed)) = ann.change_tier(id, 1, &typed("Team")).await else {
        panic!("the version is old");
    };
    let stands = [("Name", "Crew".to_owned()), ("Price", "–".to_owned())];
    assert_eq!((changed.fields.as_slice(), changed.version), (stands.as_slice(), 2));
    assert!(matches!(ann.delete_tier(id, 1).await, Err(Error::Changed(_))));
    ann.delete_tier(id, 2).await.unwrap();
    assert!(matches!(management.tier(id).await, Err(Error::NotFound)));
    assert!(matches!(ann.delete_tier(id, 2).await, Err(Error::NotFound)));
    for action in [Action::TierCreated, Action::TierChanged, Action::TierDeleted] {
        let (number, event) = house.noted(None, action).await;
        assert_eq!((number, event.unwrap().object), (1, Some(id.0)));
    }
}

async fn a_tiers_fields_have_their_problems(house: House) {
    let ann = administration(&house, &house.admin("ann").await).await;
    let wrong = TierInput {
        name: " ".to_owned(),
        seats: "0".to_owned(),
        credits: "many".to_owned(),
        features: "x".repeat(101),
        price: "1".to_owned(),
        currency: "euro".to_owned(),
    };
    let Err(Error::Invalid(errors)) = ann.create_tier(&wrong).await else {
        panic!("it worked");
    };
    let fields: Vec<&str> = errors.0.keys().map(String::as_str).collect();
    assert_eq!(fields, ["credits", "currency", "features", "name", "seats"]);
    let twice = ann.create_tier(&typed("FREE")).await;
    assert_eq!(problem_of("name", twice), "Another tier has this name.");
}

async fn a_tier_that_organizations_have_stays(house: House) {
    let ann = administration(&house, &house.admin("ann").await).await;
    let id = ann.create_tier(&typed("Team")).await.unwrap();
    house.organization("ACME", Some(id)).await;
    let told = "1 organization has this tier. Give them another one first.";
    assert_eq!(refusal(ann.delete_tier(id, 1).await), told);
}

async fn an_org_admin_sees_the_own_tier_alone(house: House) {
    let (own, _) = (house.tier("Own", 5).await, house.tier("Another", 5).await);
    let acme = house.organization("ACME", Some(own)).await;
    let beta = house.organization("BETA", Some(own)).await;
    house.organization("GAMMA", Some(own)).await;
    let olga = house.person("olga", Role::OrgAdmin, Some(acme)).await;
    let tiers = house.management(&olga).await.tiers().await.unwrap();
    // How many others have it is not theirs to know.
    assert_eq!(
        tiers
            .iter()
            .map(|tier| (tier.id, tier.organizations))
            .collect::<Vec<_>>(),
        [(own, 1)]
    );
    assert!(house.access(&olga.cookie).await.unwrap().administration().is_err());
    let ann = house.management(&house.admin("ann").await).await;
    assert_eq!(ann.tier(own).await.unwrap().organizations, 3);
    assert!(ann.organization(beta).await.is_ok());
}
