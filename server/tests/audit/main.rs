//! The audit log, as it withstands whoever has the database's password.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

#[path = "../support/mod.rs"]
mod support;

mod checking;
mod erasing;
mod exporting;
mod pruning;
mod sealing;
mod triggers;

use store::testing::tamper;
use support::{House, on_both_engines};

on_both_engines!(the_log_only_grows);

async fn the_log_only_grows(house: House) {
    let mut admin = house.admin().await;
    admin.create_organization("Acme").await;
    assert!(house.backend.seal_audit().await.unwrap() > 1);
    assert_eq!(house.backend.seal_audit().await.unwrap(), 0, "they are sealed once");
    let mut statements = vec![
        "update audit_events set action = 'nothing'",
        "delete from audit_events",
        "delete from audit_events where object_kind = 'organization'",
        "update audit_details set content = '{}'",
        "update audit_seals set sequence = sequence + 100",
        "delete from audit_seals",
    ];
    if house.database.starts_with("sqlite") {
        statements.extend([
            "insert or replace into audit_events select * from audit_events limit 1",
            "insert or replace into audit_details select event_id, salt, '{}', '' from audit_details limit 1",
            "insert or replace into audit_seals select sequence, event_id, x'00' from audit_seals limit 1",
            "insert or replace into audit_seals select 100, event_id, mac from audit_seals limit 1",
        ]);
    } else {
        statements.extend([
            "truncate audit_events",
            "truncate audit_details",
            "truncate audit_seals",
        ]);
    }
    for statement in statements {
        let refused = tamper(&house.database, statement).await.err();
        let reason = refused.map(|error| error.to_string()).unwrap_or_default();
        assert!(reason.contains("the audit log only grows"), "{statement}: {reason:?}");
    }
    admin
        .get("/audit")
        .await
        .says(200, &["Created an organization", "ada@example.com"]);

    // It is searched by who did it and to what.
    for (search, found) in [("ADA", true), ("acme", true), ("nobody", false)] {
        let page = admin.get(&format!("/audit?q={search}")).await;
        page.says(
            200,
            &[if found {
                "Created an organization"
            } else {
                "No event matches"
            }],
        );
        let file = admin.get(&format!("/audit.csv?q={search}")).await;
        assert_eq!(file.body.contains("Created an organization"), found, "{}", file.body);
    }

    // A person is erased by their values alone: what happened stays.
    let erased = tamper(&house.database, "delete from audit_details").await.unwrap();
    assert!(erased > 1, "{erased}");
    admin
        .get("/audit")
        .await
        .says(200, &["Created an organization", "Erased"])
        .does_not_say(&["ada@example.com"]);
}
