//! Triggers that are missing, changed or somebody else's.

use std::path::Path;

use store::{
    backup::{self, Reading},
    testing::tamper,
};

use crate::{
    checking::{check, says},
    support::{House, on_both_engines},
};

on_both_engines!(a_missing_trigger_is_named, a_foreign_or_changed_trigger_is_named,);

async fn a_missing_trigger_is_named(house: House) {
    house.admin().await;
    let statement = if house.database.starts_with("sqlite") {
        "drop trigger audit_events_are_not_deleted"
    } else {
        "drop trigger audit_events_are_not_deleted on audit_events"
    };
    tamper(&house.database, statement).await.unwrap();
    let found = check(&house, &[]);
    says(&found, false, "audit_events_are_not_deleted is missing");
    assert_eq!(found.status.code(), Some(1));
}

async fn a_foreign_or_changed_trigger_is_named(house: House) {
    house.admin().await;
    says(&check(&house, &[]), true, "The audit log is whole");
    let (foreign, changes): (&[&str], &[&str]) = if house.database.starts_with("sqlite") {
        (
            &["create trigger evil after insert on sessions begin update users set version = version + 1; end"],
            &[
                "drop trigger audit_events_are_not_deleted",
                "create trigger audit_events_are_not_deleted before delete on audit_events begin select 1; end",
            ],
        )
    } else {
        (
            &[
                "create function evil() returns trigger language plpgsql as $$ begin return new; end $$",
                "create trigger evil before insert on sessions for each row execute function evil()",
            ],
            &["alter table audit_events disable trigger audit_events_are_not_deleted"],
        )
    };
    for statement in foreign {
        tamper(&house.database, statement).await.unwrap();
    }
    says(&check(&house, &[]), false, "evil is not Usher's");
    for statement in changes {
        tamper(&house.database, statement).await.unwrap();
    }
    says(
        &check(&house, &[]),
        false,
        "audit_events_are_not_deleted was changed or switched off",
    );
    if house.store.engine_name() == "Postgres" {
        let statement = "create or replace function refuse_deletion_of_seal() returns trigger language plpgsql
                         as $$ begin return old; end $$";
        tamper(&house.database, statement).await.unwrap();
        says(
            &check(&house, &[]),
            false,
            "audit_seals_are_not_deleted was changed or switched off",
        );
    }
}

/// SQLite alone: what `usher restore` looks at is a file.
#[tokio::test]
async fn a_file_with_a_foreign_trigger_is_not_restored() {
    let house = House::on_sqlite("foreign_trigger").await;
    house.admin().await;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign_trigger");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let good = folder.join("good.db");
    let from = house.database.trim_start_matches("sqlite://");
    backup::back_up(Path::new(from), &good, Reading::Mapped).await.unwrap();
    backup::restore(&good, &folder.join("restored.db")).await.unwrap();
    let evil = "create trigger evil after insert on sessions begin update users set version = version + 1; end";
    tamper(&format!("sqlite://{}", good.display()), evil).await.unwrap();
    let refused = backup::restore(&good, &folder.join("evil.db")).await.unwrap_err();
    assert!(
        refused.to_string().contains("the trigger evil is not Usher's"),
        "{refused}"
    );
    assert!(!folder.join("evil.db").exists());
}
