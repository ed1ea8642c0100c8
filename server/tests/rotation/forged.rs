//! What `usher check` finds of a log that somebody changed across a rotation.

use backend::secret::Key;
use store::testing::tamper_past_triggers;

use crate::{
    Place, says,
    support::{House, KEY, on_both_engines},
};

on_both_engines!(
    the_log_from_before_a_rotation_is_still_checked,
    the_old_key_cannot_write_the_past_anew,
);

async fn the_log_from_before_a_rotation_is_still_checked(house: House) {
    let place = Place::of(house).await;
    says(&place.usher(&["key", "rotate"]), true, "The key was rotated");
    let place = place.goes_on().await;
    let database = place.house.database.clone();
    let change = async |statement: &str| {
        assert!(
            tamper_past_triggers(&database, statement).await.unwrap() > 0,
            "{statement}"
        );
    };
    let keep = "create table kept as select * from audit_former_keys";
    tamper_past_triggers(&database, keep).await.unwrap();
    let take_back = async || {
        tamper_past_triggers(&database, "delete from audit_former_keys")
            .await
            .unwrap();
        change("insert into audit_former_keys select * from kept").await;
    };
    change("delete from audit_former_keys").await;
    says(&place.usher(&["check"]), false, "seal 3: it or its seal was changed");
    take_back().await;
    change("update audit_former_keys set last_sequence = last_sequence + 1").await;
    says(
        &place.usher(&["check"]),
        false,
        "the former key of the chain up to seal",
    );
    take_back().await;
    says(&place.usher(&["check"]), true, "The audit log is whole");
    let kept =
        "update audit_events set actor_id = null where id in (select event_id from audit_seals where sequence = 3)";
    change(kept).await;
    says(&place.usher(&["check"]), false, "seal 3: it or its seal was changed");
    // Cut off before the rotation, of which the key itself tells: no head was kept.
    for table in ["audit_details", "audit_unsealed"] {
        tamper_past_triggers(&database, &format!("delete from {table}"))
            .await
            .unwrap();
    }
    change("delete from audit_events").await;
    change("delete from audit_seals").await;
    says(&place.usher(&["check"]), false, "its end was cut off");
}

/// Whoever has the old key, and may write to the database, seals another past under it.
async fn the_old_key_cannot_write_the_past_anew(house: House) {
    let place = Place::of(house).await;
    says(&place.usher(&["key", "rotate"]), true, "The key was rotated");
    let new_key = place.key();
    let database = place.house.database.clone();
    let last = "select max(sequence) from audit_seals";
    for statement in [
        "create table kept as select event_id from audit_seals".to_owned(),
        "update audit_events set actor_id = null
         where id not in (select event_id from audit_seals where sequence = 3)"
            .to_owned(),
        format!("delete from audit_seals where sequence > 3 and sequence <= ({last})"),
        "insert into audit_unsealed select event_id from kept
         where event_id not in (select event_id from audit_seals)"
            .to_owned(),
        "update installation set key_check = null".to_owned(),
    ] {
        tamper_past_triggers(&database, &statement).await.unwrap();
    }
    let forger = place.house.restarted(Key::from_bytes(KEY)).await;
    assert!(forger.backend.seal_audit().await.unwrap() > 0);
    forger.store.close().await;
    tamper_past_triggers(&database, "update installation set key_check = null")
        .await
        .unwrap();
    let place = Place { house: forger, ..place };
    let house = place.house.restarted(new_key).await;
    house.store.close().await;
    let found = Place { house, ..place }.usher(&["check"]);
    says(&found, false, "is not the expected one: it was written anew");
}
