//! Retention: old events go, behind a checkpoint that `usher check` starts from.

use store::testing::tamper;

use crate::{
    checking::{change, check, says},
    support::{House, PASSWORD, on_both_engines},
};

on_both_engines!(
    what_is_older_than_the_retention_goes_and_the_rest_stays_whole,
    nothing_but_what_a_checkpoint_lets_go_is_deleted,
    a_pruned_log_is_still_checked_from_its_checkpoint_on,
    a_removed_or_forged_checkpoint_is_found,
    a_log_that_was_changed_is_not_pruned,
    nobody_prunes_by_a_checkpoint_that_repeats_no_seal,
);

const DAY: i64 = 24 * 60 * 60;

/// Keeps the log for thirty days, and begins with four events that are sealed. 3:33 in the morning.
async fn begun(house: House) -> House {
    let house = house.keeping_audit_for(30);
    let mut admin = house.admin().await;
    for name in ["Acme", "Beta", "Gamma"] {
        admin.create_organization(name).await;
    }
    assert_eq!(house.backend.seal_audit().await.unwrap(), 4);
    house
}

/// The same forty days later: the four are gone. What stays are a sign-in, an organization, and the pruning itself.
async fn pruned(house: House) -> House {
    let house = begun(house).await;
    house.clock.advance(40 * DAY);
    let mut admin = house.sign_in("ada@example.com", PASSWORD).await;
    admin.create_organization("Delta").await;
    assert_eq!(house.backend.seal_audit().await.unwrap(), 2);
    assert_eq!(house.backend.prune_audit().await.unwrap(), 4);
    assert_eq!(house.backend.seal_audit().await.unwrap(), 1);
    house
}

async fn what_is_older_than_the_retention_goes_and_the_rest_stays_whole(house: House) {
    let house = begun(house).await;
    let kept = house.backend.audit_head().await.unwrap().to_string();
    house.clock.advance(30 * DAY + 20 * 60 * 60);
    assert_eq!(house.backend.prune_audit().await.unwrap(), 0, "that day is not over");
    house.clock.advance(DAY);
    assert_eq!(house.backend.prune_audit().await.unwrap(), 3, "the newest seal stays");
    house.backend.seal_audit().await.unwrap();
    let found = check(&house, &["--expect-head", &kept]);
    says(&found, true, "5 events sealed");
    says(&found, true, "It begins behind seal 3");
    assert_eq!(house.backend.prune_audit().await.unwrap(), 1);
    house.backend.seal_audit().await.unwrap();
    assert_eq!(house.backend.prune_audit().await.unwrap(), 0, "once a day");
    let found = check(&house, &["--expect-head", &kept]);
    says(&found, true, "6 events sealed");
    // The checkpoint is at the head that was kept.
    says(&found, true, "It begins behind seal 4");
    let mut admin = house.sign_in("ada@example.com", PASSWORD).await;
    admin
        .get("/audit")
        .await
        .says(200, &["Pruned the audit log", "Older than", "25 November 2026"]);
    admin.get("/audit?q=acme").await.says(200, &["No event matches"]);
    says(
        &check(&house, &["--expect-head", &format!("2{}", &kept[1..])]),
        true,
        "seal 2 can't be compared",
    );
    let other = format!("4:{}", "0".repeat(64));
    says(&check(&house, &["--expect-head", &other]), false, "it was written anew");
}

async fn nothing_but_what_a_checkpoint_lets_go_is_deleted(house: House) {
    let house = pruned(house).await;
    let mut statements = vec![
        "delete from audit_events",
        "delete from audit_seals",
        "update audit_seals set mac = mac",
        "delete from audit_events where id in (select event_id from audit_seals where sequence = 5)",
        "delete from audit_seals where sequence = 5",
        "delete from audit_checkpoints",
        "update audit_checkpoints set sequence = 7",
    ];
    if house.database.starts_with("sqlite") {
        statements.push("insert or replace into audit_checkpoints select * from audit_checkpoints");
    } else {
        statements.extend([
            "truncate audit_events",
            "truncate audit_seals",
            "truncate audit_checkpoints",
        ]);
    }
    for statement in statements {
        let refused = tamper(&house.database, statement).await.err();
        let reason = refused.map(|error| error.to_string()).unwrap_or_default();
        assert!(reason.contains("the audit log only grows"), "{statement}: {reason:?}");
    }
    says(&check(&house, &[]), true, "7 events sealed");
}

async fn a_pruned_log_is_still_checked_from_its_checkpoint_on(house: House) {
    let house = pruned(house).await;
    let head = house.backend.audit_head().await.unwrap().to_string();
    let saved = "create table saved as select * from audit_seals where sequence = 7";
    tamper(&house.database, saved).await.unwrap();
    change(
        &house,
        "delete from audit_events where id in (select event_id from audit_seals where sequence = 7)",
    )
    .await;
    change(
        &house,
        "delete from audit_details where event_id in (select event_id from saved)",
    )
    .await;
    change(&house, "delete from audit_seals where sequence = 7").await;
    says(&check(&house, &[]), true, "6 events sealed");
    says(&check(&house, &["--expect-head", &head]), false, "its end was cut off");

    change(
        &house,
        "update audit_events set request_id = 'x' where id in (select event_id from audit_seals where sequence = 6)",
    )
    .await;
    says(&check(&house, &[]), false, ", seal 6: it or its seal was changed");
    change(&house, "insert into audit_seals select 2, event_id, mac from saved").await;
    change(&house, "delete from audit_seals where sequence = 6").await;
    change(&house, "delete from audit_seals where sequence = 5").await;
    says(&check(&house, &[]), false, "it was pruned, and is there again");
}

async fn a_removed_or_forged_checkpoint_is_found(house: House) {
    let house = pruned(house).await;
    // Somebody makes room for deleting what came later, with all that is known without the key.
    let forge = "insert into audit_checkpoints select c.number + 1, s.sequence, s.mac, c.created_at, c.proof
                 from audit_checkpoints c, audit_seals s where s.sequence = 6";
    change(&house, forge).await;
    change(
        &house,
        "delete from audit_events where id in (select event_id from audit_seals where sequence <= 6)",
    )
    .await;
    change(&house, "delete from audit_seals where sequence <= 6").await;
    let found = check(&house, &[]);
    says(&found, false, "the checkpoint at seal 6");
    says(&found, false, "was not made with this key");
    // And what it has let go.
    says(&found, false, "seal 5, which stood before it, is missing");
    let refused = house.backend.prune_audit().await.unwrap_err();
    assert!(refused.to_string().contains("was not made with this key"), "{refused}");

    change(&house, "delete from audit_checkpoints where number = 2").await;
    says(&check(&house, &[]), false, "seal 5, which stood before it, is missing");
    change(&house, "delete from audit_checkpoints").await;
    says(&check(&house, &[]), false, "seal 1, which stood before it, is missing");
}

async fn a_log_that_was_changed_is_not_pruned(house: House) {
    let house = begun(house).await;
    change(
        &house,
        "update audit_events set actor_id = null where id in (select event_id from audit_seals where sequence = 2)",
    )
    .await;
    house.clock.advance(40 * DAY);
    let refused = house.backend.prune_audit().await.unwrap_err();
    assert!(
        refused.to_string().contains("seal 2: it or its seal was changed"),
        "{refused}"
    );
    says(&check(&house, &[]), false, "seal 2: it or its seal was changed");
}

async fn nobody_prunes_by_a_checkpoint_that_repeats_no_seal(house: House) {
    house.admin().await;
    assert_eq!(house.backend.seal_audit().await.unwrap(), 1);
    let bytes = |digits: &str| match house.store.engine_name() {
        "Postgres" => format!("'\\x{digits}'::bytea"),
        _ => format!("x'{digits}'"),
    };
    for (sequence, mac) in [("1000000", bytes("00")), ("1", bytes("00")), ("2", "mac".to_owned())] {
        let forge = format!(
            "insert into audit_checkpoints (number, sequence, mac, created_at, proof)
             select 1, {sequence}, {mac}, 1, {} from audit_seals",
            bytes("00")
        );
        let refused = tamper(&house.database, &forge).await.err();
        let reason = refused.map(|error| error.to_string()).unwrap_or_default();
        assert!(reason.contains("the audit log only grows"), "{forge}: {reason:?}");
    }
    says(&check(&house, &[]), true, "1 event sealed");
}
