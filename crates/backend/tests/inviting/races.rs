//! Many do it at once: one wins, and nothing is counted twice.

use backend::error::Error;
use domain::role::Role;
use tokio::task::JoinSet;

use crate::{
    guests::{input, invite, outcome},
    house::{House, PASSWORD, on_both_engines, request},
};

on_both_engines!(
    one_accepts,
    accepting_races_with_deleting_and_resending,
    the_last_seat_is_given_once,
    one_address_is_invited_once,
    one_address_is_accepted_once_across_tenants,
);

async fn one_accepts(house: House) {
    let ann = house.management(&house.admin("ann").await).await;
    let (_, token) = invite(&ann, "guest@example.com", None).await;
    let mut words = accept_at_once(&house, &vec![token; 8]).await;
    words.sort_unstable();
    assert_eq!(words[7], "welcome", "{words:?}");
    assert!(words[..7].iter().all(|word| *word == "accepted"), "{words:?}");
    assert_eq!(house.active_admins().await, 2);
}

async fn accepting_races_with_deleting_and_resending(house: House) {
    let acme = house.organization("ACME", None).await;
    let ann = house.management(&house.admin("ann").await).await;
    for round in 0..10 {
        let (id, token) = invite(&ann, &format!("guest{round}@example.com"), Some(acme)).await;
        let (accepted, renewed) = if round % 2 == 0 {
            let (accepted, deleted) = tokio::join!(house.accept(&token), ann.delete_invitation(id, 1));
            (accepted, deleted.is_ok())
        } else {
            let (accepted, resent) = tokio::join!(house.accept(&token), ann.resend_invitation(id, 1));
            (accepted, resent.is_ok())
        };
        // Exactly one of them was first.
        let expected = if renewed { "unknown" } else { "welcome" };
        assert_eq!(outcome(&accepted), expected, "round {round}");
    }
}

async fn the_last_seat_is_given_once(house: House) {
    let tier = house.tier("Tiny", 1).await;
    let acme = house.organization("ACME", Some(tier)).await;
    let ann = house.management(&house.admin("ann").await).await;
    let mut attempts = JoinSet::new();
    for number in 0..8 {
        let ann = ann.clone();
        let input = input(&format!("guest{number}@example.com"), Role::User, Some(acme));
        attempts.spawn(async move { ann.send_invitation(&input).await });
    }
    let results = attempts.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(
        results
            .iter()
            .all(|result| matches!(result, Ok(_) | Err(Error::Refused(_))))
    );
}

async fn one_address_is_invited_once(house: House) {
    let acme = house.organization("ACME", None).await;
    let ann = house.management(&house.admin("ann").await).await;
    for place in [Some(acme), None] {
        let mut attempts = JoinSet::new();
        for _ in 0..5 {
            let ann = ann.clone();
            attempts.spawn(async move {
                ann.send_invitation(&input("guest@example.com", Role::Admin, place))
                    .await
            });
        }
        let results = attempts.join_all().await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    }
}

async fn one_address_is_accepted_once_across_tenants(house: House) {
    let ann = house.management(&house.admin("ann").await).await;
    let mut tokens = Vec::new();
    for name in ["ACME", "BETA", "GAMMA", "DELTA"] {
        let organization = house.organization(name, None).await;
        tokens.push(invite(&ann, "guest@example.com", Some(organization)).await.1);
    }
    let mut words = accept_at_once(&house, &tokens).await;
    words.sort_unstable();
    assert_eq!(words, ["address taken", "address taken", "address taken", "welcome"]);
}

async fn accept_at_once(house: &House, tokens: &[String]) -> Vec<&'static str> {
    let mut attempts = JoinSet::new();
    for token in tokens {
        let (backend, token) = (house.backend.clone(), token.clone());
        attempts.spawn(async move {
            let accepted = backend.accept_invitation(&token, "Guest", PASSWORD, &request()).await;
            outcome(&accepted)
        });
    }
    attempts.join_all().await
}
