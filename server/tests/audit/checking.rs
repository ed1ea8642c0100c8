//! `usher check`: what it says of a log that somebody changed who could drop the triggers.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use store::{
    audit_raw::RawId,
    testing::{tamper, tamper_past_triggers},
};
use uuid::Uuid;

use crate::support::{House, KEY, PASSWORD, on_both_engines};

on_both_engines!(
    a_whole_log_is_clean_also_when_details_were_erased,
    a_demo_is_clean,
    a_changed_event_is_named,
    a_deleted_event_is_named,
    changed_details_are_named,
    details_that_were_moved_into_their_salt_are_named,
    seals_in_another_order_are_found,
    a_cut_tail_is_found_by_a_head_that_was_kept,
    a_log_written_anew_is_found_by_a_head_that_was_kept,
    what_usher_did_not_write_or_seal_is_named,
    whoever_stops_reading_breaks_no_command,
);

async fn a_whole_log_is_clean_also_when_details_were_erased(house: House) {
    says(&check(&house, &[]), true, "0 events sealed, 0 waiting");
    let mut admin = house.admin().await;
    admin.create_organization("Acme").await;
    says(&check(&house, &[]), true, "0 events sealed, 2 waiting");
    assert_eq!(house.backend.seal_audit().await.unwrap(), 2);
    let head = house.backend.audit_head().await.unwrap().to_string();
    says(
        &check(&house, &["--expect-head", &head]),
        true,
        &format!("Head: {head}"),
    );
    tamper(&house.database, "delete from audit_details").await.unwrap();
    says(
        &check(&house, &[]),
        true,
        "2 events sealed, 0 waiting to be sealed, details of 2 erased",
    );
    admin.create_organization("Beta").await;
    house.backend.seal_audit().await.unwrap();
    says(&check(&house, &["--expect-head", &head]), true, "3 events sealed");
    says(
        &check(&house, &["--expect-head", "3:12"]),
        false,
        "64 hexadecimal digits",
    );
}

async fn a_demo_is_clean(house: House) {
    house.backend.fill_with_demo().await.unwrap();
    let number = house.backend.seal_audit().await.unwrap();
    assert!(number > 50, "{number}");
    says(&check(&house, &[]), true, "The audit log is whole");
}

async fn a_changed_event_is_named(house: House) {
    let events = sealed(&house).await;
    change(
        &house,
        "update audit_events set action = 'user.delete', created_at = 0
         where id = (select event_id from audit_seals where sequence = 3)",
    )
    .await;
    let found = check(&house, &[]);
    says(
        &found,
        false,
        &format!("event {} of 1970-01-01T00:00:00Z, user.delete, seal 3", events[2]),
    );
    says(&found, false, "was changed after sealing");
    assert_eq!(found.status.code(), Some(1));
}

async fn a_deleted_event_is_named(house: House) {
    let events = sealed(&house).await;
    change(
        &house,
        "delete from audit_events where id = (select event_id from audit_seals where sequence = 2)",
    )
    .await;
    says(
        &check(&house, &[]),
        false,
        &format!("event {}, seal 2: it was deleted after sealing", events[1]),
    );
    change(&house, "delete from audit_seals where sequence = 2").await;
    let found = check(&house, &[]);
    says(&found, false, &format!("event {}", events[2]));
    says(&found, false, "seal 2, which stood before it, is missing");
}

async fn changed_details_are_named(house: House) {
    let events = sealed(&house).await;
    change(
        &house,
        "update audit_details set content = replace(content, 'ada@', 'eve@')
         where event_id = (select event_id from audit_seals where sequence = 2)",
    )
    .await;
    let found = check(&house, &[]);
    says(&found, false, &format!("event {} of 2026-11-24T", events[1]));
    says(&found, false, "organization.create, seal 2: its details were changed");
}

/// No trigger needs to be dropped for it, and the hash stays the same.
async fn details_that_were_moved_into_their_salt_are_named(house: House) {
    let events = sealed(&house).await;
    move_details_into_salt(&house, 2).await;
    let found = check(&house, &[]);
    says(&found, false, &format!("event {} of 2026-11-24T", events[1]));
    says(&found, false, "organization.create, seal 2: its details were changed");
}

/// SQLite alone keeps text that is none, and ids of any length.
#[tokio::test]
async fn what_cannot_be_read_is_named() {
    let changes = [
        (
            "update audit_events set action = cast(x'ff00' as text)
             where id = (select event_id from audit_seals where sequence = 3)",
            "seal 3: it cannot be read: it or its seal was changed after sealing",
        ),
        (
            "update audit_events set actor_id = x'01' where id = (select event_id from audit_seals where sequence = 3)",
            "organization.create, seal 3: it cannot be read",
        ),
        (
            "update audit_seals set event_id = x'00' where sequence = 3",
            "event x'00', seal 3: it cannot be read",
        ),
        (
            "update audit_details set content = cast(x'ff' as text)
             where event_id = (select event_id from audit_seals where sequence = 3)",
            "organization.create, seal 3: its details were changed",
        ),
    ];
    for (at, (statement, told)) in changes.into_iter().enumerate() {
        let house = House::on_sqlite(&format!("unreadable_{at}")).await;
        let events = sealed(&house).await;
        change(&house, statement).await;
        let found = check(&house, &[]);
        says(&found, false, told);
        if !told.starts_with("event") {
            says(&found, false, &format!("event {} of 2026-11-24T", events[2]));
        }
    }
}

/// SQLite alone, and without dropping a trigger.
#[tokio::test]
async fn an_event_that_cannot_be_read_is_named_and_stops_no_sealing() {
    let house = House::on_sqlite("unreadable_unsealed").await;
    sealed(&house).await;
    for (id, action) in [(1, "cast(x'ff' as text)"), (2, "action")] {
        let id = if id == 1 {
            format!("x'{id:032x}'")
        } else {
            "x'02'".to_owned()
        };
        let forge = format!(
            "insert into audit_events select {id}, created_at, {action}, actor_id, object_kind, object_id,
               organization_id, request_id, details_hash from audit_events limit 1"
        );
        if id == "x'02'" {
            assert!(tamper(&house.database, &forge).await.is_err(), "a trigger refuses it");
            let drop = "drop trigger audit_events_have_whole_ids";
            tamper(&house.database, drop).await.unwrap();
        }
        tamper(&house.database, &forge).await.unwrap();
        let queue = format!("insert into audit_unsealed values ({id})");
        tamper(&house.database, &queue).await.unwrap();
    }
    let mut admin = house.sign_in("ada@example.com", PASSWORD).await;
    admin.create_organization("Delta").await;
    assert_eq!(house.backend.seal_audit().await.unwrap(), 2, "the others are sealed");
    assert_eq!(house.backend.seal_audit().await.unwrap(), 0);
    let found = check(&house, &[]);
    says(
        &found,
        false,
        "event 00000000-0000-0000-0000-000000000001 of 2026-11-24T",
    );
    says(
        &found,
        false,
        "it cannot be read, and so is not sealed: Usher did not write it",
    );
    admin.get("/audit").await.says(200, &["Delta", "Not as Usher wrote it"]);
}

pub async fn move_details_into_salt(house: &House, sequence: i64) {
    let moved = if house.database.starts_with("sqlite") {
        "cast(salt || cast(substr(content, 1, 40) as blob) as blob)"
    } else {
        "salt || convert_to(substr(content, 1, 40), 'UTF8')"
    };
    for statement in [
        format!(
            "create table moved as select * from audit_details
             where event_id = (select event_id from audit_seals where sequence = {sequence})"
        ),
        "delete from audit_details where event_id in (select event_id from moved)".to_owned(),
        format!(
            "insert into audit_details (event_id, salt, content, search_key)
             select event_id, {moved}, substr(content, 41), search_key from moved"
        ),
    ] {
        tamper(&house.database, &statement).await.unwrap();
    }
}

async fn seals_in_another_order_are_found(house: House) {
    let events = sealed(&house).await;
    for (from, to) in [(2, -1), (3, 2), (-1, 3)] {
        change(
            &house,
            &format!("update audit_seals set sequence = {to} where sequence = {from}"),
        )
        .await;
    }
    let found = check(&house, &[]);
    says(&found, false, &format!("event {}", events[2]));
    says(&found, false, "seal 2: it or its seal was changed");
}

async fn a_cut_tail_is_found_by_a_head_that_was_kept(house: House) {
    sealed(&house).await;
    let head = house.backend.audit_head().await.unwrap().to_string();
    change(
        &house,
        "delete from audit_details where event_id = (select event_id from audit_seals where sequence = 4)",
    )
    .await;
    change(
        &house,
        "delete from audit_events where id = (select event_id from audit_seals where sequence = 4)",
    )
    .await;
    change(&house, "delete from audit_seals where sequence = 4").await;
    says(&check(&house, &[]), true, "3 events sealed");
    let found = check(&house, &["--expect-head", &head]);
    says(
        &found,
        false,
        "it was sealed up to 4, and ends at 3: its end was cut off",
    );
}

async fn a_log_written_anew_is_found_by_a_head_that_was_kept(house: House) {
    sealed(&house).await;
    let head = house.backend.audit_head().await.unwrap().to_string();
    // Who has the key too can seal another past.
    change(&house, "delete from audit_seals").await;
    change(&house, "update audit_events set actor_id = null").await;
    change(
        &house,
        "insert into audit_unsealed (event_id) select id from audit_events",
    )
    .await;
    assert_eq!(house.backend.seal_audit().await.unwrap(), 4);
    says(&check(&house, &[]), true, "4 events sealed");
    let found = check(&house, &["--expect-head", &head]);
    says(&found, false, "seal 4 is not the expected one: it was written anew");
}

async fn what_usher_did_not_write_or_seal_is_named(house: House) {
    let events = sealed(&house).await;
    let queue = "insert into audit_unsealed (event_id) select event_id from audit_seals where sequence = 1";
    change(&house, queue).await;
    let found = check(&house, &[]);
    says(&found, false, &format!("event {}", events[0]));
    says(&found, false, "was queued to be sealed once more");
    assert_eq!(house.backend.seal_audit().await.unwrap(), 0, "and it stops nobody");
    change(&house, "delete from audit_unsealed").await;

    let mut admin = house.sign_in("ada@example.com", PASSWORD).await;
    admin.create_organization("Unsealed").await;
    change(
        &house,
        "delete from audit_events where id in (select event_id from audit_unsealed)",
    )
    .await;
    says(&check(&house, &[]), false, "it was deleted before it was sealed");
    change(&house, "delete from audit_unsealed").await;
    let found = check(&house, &[]);
    says(&found, false, "its details are there without it");
    change(
        &house,
        "delete from audit_details where event_id not in (select id from audit_events)",
    )
    .await;
    says(&check(&house, &[]), true, "4 events sealed");

    let forged = Uuid::from_u128(7);
    let id = if house.database.starts_with("sqlite") {
        format!("x'{}'", forged.simple())
    } else {
        format!("'{forged}'::uuid")
    };
    let columns = "created_at, action, actor_id, object_kind, object_id, organization_id, request_id, details_hash";
    let forge = format!(
        "insert into audit_events (id, {columns}) select {id}, {columns} from audit_events
         where id = (select event_id from audit_seals where sequence = 1)"
    );
    change(&house, &forge).await;
    let found = check(&house, &[]);
    says(&found, false, &format!("event {forged} of 2026-11-24T"));
    says(&found, false, "Usher did not write it");
}

/// Four events, sealed; their ids in the order of the chain.
async fn sealed(house: &House) -> Vec<RawId> {
    let mut admin = house.admin().await;
    for name in ["Acme", "Beta", "Gamma"] {
        house.clock.advance(1);
        admin.create_organization(name).await;
    }
    assert_eq!(house.backend.seal_audit().await.unwrap(), 4);
    let mut tx = house.store.read().await.unwrap();
    let seals = store::audit_chain::seals(&mut tx, 0, 10).await.unwrap();
    seals.into_iter().map(|seal| seal.event_id).collect()
}

/// Does what the triggers would have refused.
pub async fn change(house: &House, statement: &str) {
    let rows = tamper_past_triggers(&house.database, statement).await.unwrap();
    assert!(rows > 0, "{statement}");
}

async fn whoever_stops_reading_breaks_no_command(house: House) {
    let mut check = command(&house, &["check"]);
    let mut running = check.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(running.stdout.take());
    let ended = running.wait_with_output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
}

pub fn check(house: &House, words: &[&str]) -> Output {
    usher(house, &[&["check"], words].concat())
}

/// The real binary, beside the house that goes on serving.
pub fn usher(house: &House, words: &[&str]) -> Output {
    command(house, words).output().unwrap()
}

fn command(house: &House, words: &[&str]) -> Command {
    let name = house.database.rsplit('/').next().unwrap();
    let key = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.key"));
    fs::write(&key, URL_SAFE_NO_PAD.encode(KEY)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
    command
        .args(words)
        .env_clear()
        .env("USHER_DATA_DIR", env!("CARGO_TARGET_TMPDIR"))
        .env("USHER_DATABASE_URL", &house.database)
        .env("USHER_SECRET_KEY_FILE", &key);
    command
}

#[track_caller]
pub fn says(output: &Output, success: bool, part: &str) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text);
    assert_eq!(output.status.success(), success, "{text}");
    assert!(text.contains(part), "{part:?} is missing in: {text}");
}
