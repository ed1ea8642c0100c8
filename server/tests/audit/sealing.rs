//! Sealing the audit log on Postgres, where several servers and long transactions meet. SQLite has one writer.

use std::sync::Arc;

use backend::{
    Backend,
    audit_check::{self, Report},
    secret::{Key, random},
};
use domain::{
    audit::{Action, ObjectKind},
    id::EventId,
    time::Moment,
};
use sha2::{Digest, Sha256};
use store::{
    Store, Tx,
    audit::{Event, SealedDetails},
};
use tokio::sync::Notify;

use crate::support::{House, KEY};

#[tokio::test(flavor = "multi_thread")]
async fn two_sealers_at_once_seal_each_event_once() {
    const EVENTS: i64 = 1000;
    let house = House::on_postgres("two_sealers").await;
    let other = Store::open(&house.database).await.unwrap();
    let settings = house.backend.settings().clone();
    let other = Backend::new(other, house.clock.clone(), Key::from_bytes(KEY), settings).unwrap();
    let now = house.clock.now();
    house
        .store
        .write(|mut tx| async move {
            for _ in 0..EVENTS {
                write_event(&mut tx, now).await?;
            }
            Ok::<_, store::StoreError>(())
        })
        .await
        .unwrap();

    let (one, two) = tokio::join!(house.backend.seal_audit(), other.seal_audit());
    assert_eq!(one.unwrap() + two.unwrap(), EVENTS);
    let report = check(&house).await;
    assert_eq!(
        (report.broken, report.head.sequence, report.waiting),
        (vec![], EVENTS, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_becomes_visible_late_is_sealed_behind_younger_ones() {
    let house = House::on_postgres("late_event").await;
    let earlier = house.clock.now();
    let (is_written, may_commit) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let late = tokio::spawn({
        let (store, is_written, may_commit) = (house.store.clone(), Arc::clone(&is_written), Arc::clone(&may_commit));
        async move {
            let work = |mut tx: Tx| {
                let (is_written, may_commit) = (Arc::clone(&is_written), Arc::clone(&may_commit));
                async move {
                    write_event(&mut tx, earlier).await?;
                    is_written.notify_one();
                    may_commit.notified().await;
                    Ok::<_, store::StoreError>(())
                }
            };
            store.write(work).await.unwrap();
        }
    });
    is_written.notified().await;
    house.clock.advance(1);
    house.admin().await;
    assert_eq!(
        house.backend.seal_audit().await.unwrap(),
        1,
        "nobody waits for the late one"
    );
    may_commit.notify_one();
    late.await.unwrap();

    assert_eq!(check(&house).await.waiting, 1);
    assert_eq!(house.backend.seal_audit().await.unwrap(), 1);
    let report = check(&house).await;
    assert_eq!((report.broken, report.head.sequence, report.waiting), (vec![], 2, 0));
    let mut tx = house.store.read().await.unwrap();
    let seals = store::audit_chain::seals(&mut tx, 0, 10).await.unwrap();
    let times = seals.iter().map(|seal| seal.event_at().unwrap());
    assert_eq!(times.collect::<Vec<_>>(), [earlier.plus_seconds(1).0, earlier.0]);
}

async fn check(house: &House) -> Report {
    audit_check::check(&house.store, &Key::from_bytes(KEY), None)
        .await
        .unwrap()
}

async fn write_event(tx: &mut Tx, at: Moment) -> Result<(), store::StoreError> {
    let event = Event {
        id: EventId::new(at, random().unwrap()),
        at,
        action: Action::SignedIn,
        actor: None,
        object_kind: ObjectKind::User,
        object: None,
        organization: None,
        request: String::new(),
        details: None,
    };
    let details = SealedDetails {
        salt: [0; 16],
        content: "{}".to_owned(),
        search_key: String::new(),
        hash: Sha256::new().chain_update([0; 16]).chain_update("{}").finalize().into(),
    };
    store::audit::insert(tx, &event, &details).await
}
