//! What is acknowledged and what is there, while works share commits, fail and are dropped.

use std::{future::pending, path::PathBuf, sync::Arc, time::Duration};

use domain::time::Moment;
use sqlx::{Connection, SqliteConnection};
use tokio::{
    join,
    sync::{Notify, Semaphore},
    task::{JoinSet, yield_now},
};

use super::{MOST, Writer};
use crate::{
    Store,
    bucket::{self, Limit},
    engine::{Tx, execute, fetch_all},
    error::StoreError,
    testing::{commits, fresh_sqlite, is_sound},
};

const LIMIT: Limit = Limit { burst: 9, refill: 1 };
const NOW: Moment = Moment(1_795_491_180_000);

/// A database, and how many commits were in its log before the test.
struct House {
    store: Store,
    path: PathBuf,
    before: usize,
}

impl House {
    async fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("usher_writer_{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        let store = Store::open(&fresh_sqlite(&path).unwrap()).await.unwrap();
        let before = commits(&path).unwrap();
        Self { store, path, before }
    }

    fn commits(&self) -> usize {
        commits(&self.path).unwrap() - self.before
    }

    /// Writes a key, and says what came of it.
    async fn write(&self, key: &str) -> Result<(), StoreError> {
        self.store.write(|mut tx| async move { put(&mut tx, key).await }).await
    }

    /// Writes a key, and then fails.
    async fn fail(&self, key: &str) -> Result<(), StoreError> {
        let work = |mut tx| async move {
            put(&mut tx, key).await?;
            Err(StoreError::Related)
        };
        self.store.write(work).await
    }

    /// Writes a key, and goes on as if nothing was, after SQLite has ended the transaction by itself, as on a full disk.
    async fn lose(&self, key: &str) -> Result<(), StoreError> {
        let work = |mut tx| async move {
            put(&mut tx, key).await?;
            execute!(tx, "rollback")?;
            Ok(())
        };
        self.store.write(work).await
    }

    /// The keys that are there.
    async fn keys(&self) -> Vec<String> {
        let mut tx = self.store.read().await.unwrap();
        keys(&mut tx).await.unwrap()
    }

    async fn end(self) {
        self.store.close().await;
        is_sound(&self.path).await.unwrap();
        fresh_sqlite(&self.path).unwrap();
    }
}

async fn put(tx: &mut Tx, key: &str) -> Result<(), StoreError> {
    bucket::take(tx, key, LIMIT, NOW).await
}

async fn keys(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    let rows = fetch_all!(tx, (String,), "select key from buckets order by key")?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

#[tokio::test]
async fn who_waits_together_shares_one_commit() {
    let house = House::new("shared").await;
    let done = join!(house.write("a"), house.write("b"), house.write("c"), house.write("d"));
    assert!(matches!(done, (Ok(()), Ok(()), Ok(()), Ok(()))), "{done:?}");
    assert_eq!(house.keys().await, ["a", "b", "c", "d"]);
    assert_eq!(house.commits(), 1);
    house.write("e").await.unwrap();
    assert_eq!(house.commits(), 2);
    house.end().await;
}

#[tokio::test]
async fn a_commit_is_shared_by_so_many_at_most() {
    let house = House::new("most").await;
    let mut writes = JoinSet::new();
    for number in 0..=MOST {
        let store = house.store.clone();
        writes.spawn(async move {
            let key = &number.to_string();
            store.write(|mut tx| async move { put(&mut tx, key).await }).await
        });
    }
    assert!(writes.join_all().await.iter().all(Result::is_ok));
    assert_eq!(house.commits(), 2);
    house.end().await;
}

#[tokio::test]
async fn a_work_that_fails_takes_back_what_it_wrote_alone() {
    let house = House::new("failing").await;
    let done = join!(
        house.fail("a"),
        house.write("b"),
        house.fail("c"),
        house.write("d"),
        house.fail("e")
    );
    let (first, second, third, fourth, fifth) = done;
    assert!(second.is_ok() && fourth.is_ok());
    for failed in [first, third, fifth] {
        assert!(matches!(failed, Err(StoreError::Related)), "{failed:?}");
    }
    assert_eq!(house.keys().await, ["b", "d"]);
    assert_eq!(house.commits(), 1);
    house.end().await;
}

#[tokio::test]
async fn each_sees_what_those_before_it_wrote() {
    let house = House::new("seen").await;
    let look = house.store.write(|mut tx| async move { keys(&mut tx).await });
    let (_, seen, _) = join!(house.write("a"), look, house.write("b"));
    assert_eq!(seen.unwrap(), ["a"]);
    house.end().await;
}

#[tokio::test]
async fn a_commit_that_fails_is_a_failure_for_all_who_share_it() {
    let house = House::new("lost").await;
    let done = join!(house.write("a"), house.fail("b"), house.lose("c"));
    for failed in [done.0, done.1, done.2] {
        assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
    }
    assert_eq!(house.keys().await, [""; 0]);

    // The same where somebody goes on in the transaction that has ended: who comes behind is spared.
    let done = join!(house.write("d"), house.lose("e"), house.write("f"), house.write("g"));
    for failed in [done.0, done.1, done.2] {
        assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
    }
    done.3.unwrap();
    assert_eq!(house.keys().await, ["g"]);
    house.end().await;
}

#[tokio::test]
async fn who_leaves_in_the_midst_of_a_work_leaves_nothing() {
    let house = House::new("dropped").await;
    // Alone, with another before it, and with others on both sides.
    for (before, behind) in [(None, None), (Some("a"), None), (Some("b"), Some("c"))] {
        let (written, store) = (Arc::new(Notify::new()), house.store.clone());
        let leaving = {
            let written = Arc::clone(&written);
            let work = move |mut tx| {
                let written = Arc::clone(&written);
                async move {
                    put(&mut tx, "left").await?;
                    written.notify_one();
                    pending::<Result<(), StoreError>>().await
                }
            };
            async move { store.write(work).await }
        };
        let write = async |key: Option<&str>| match key {
            Some(key) => house.write(key).await,
            None => Ok(()),
        };
        let leave = async {
            let leaving = tokio::spawn(leaving);
            written.notified().await;
            leaving.abort();
        };
        // What is spawned lines up when this task waits, and this one's own behind what is polled before.
        let (first, (), second) = join!(write(before), leave, async {
            yield_now().await;
            yield_now().await;
            write(behind).await
        });
        assert!(
            first.is_ok() && second.is_ok(),
            "{before:?} {behind:?}: {first:?} {second:?}"
        );
    }
    assert_eq!(house.keys().await, ["a", "b", "c"]);
    house.write("d").await.unwrap();
    house.end().await;
}

#[tokio::test]
async fn a_transaction_that_is_kept_is_an_error_to_all_in_it() {
    let house = House::new("kept").await;
    let kept = std::sync::Mutex::new(None);
    let keep = house.store.write(|tx| {
        *kept.lock().unwrap() = Some(tx);
        async { Ok::<_, StoreError>(()) }
    });
    let (first, second) = join!(house.write("a"), keep);
    assert!(matches!(first, Err(StoreError::Unavailable(_))), "{first:?}");
    assert!(matches!(second, Err(StoreError::KeptTransaction)), "{second:?}");
    kept.lock().unwrap().take();
    house.write("b").await.unwrap();
    assert_eq!(house.keys().await, ["b"]);
    house.end().await;
}

#[tokio::test]
async fn nobody_waits_for_ever_for_one_that_hangs() {
    let house = House::new("patience").await;
    let options = house.path.display().to_string().parse().unwrap();
    let writer = &Writer::open(options, Duration::from_millis(300)).await.unwrap();
    let quick = writer.write(|mut tx| async move { put(&mut tx, "a").await });
    let begun = &Semaphore::new(0);
    let hanging = writer.write(|mut tx| async move {
        begun.add_permits(1);
        put(&mut tx, "b").await?;
        pending::<Result<(), StoreError>>().await
    });
    let behind = writer.write(|_| async { Ok::<_, StoreError>(()) });
    tokio::select! {
        biased;
        both = async { join!(quick, async { yield_now().await; behind.await }, begun.acquire_many(2)) } => {
            both.0.unwrap();
            assert!(matches!(both.1, Err(StoreError::Unavailable(sqlx::Error::PoolTimedOut))), "{:?}", both.1);
        }
        _ = hanging => panic!("it hangs"),
    }
    assert_eq!(house.keys().await, ["a"]);
    writer.close().await;
    house.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_acknowledged_is_what_is_there() {
    let house = Arc::new(House::new("all").await);
    let mut people = JoinSet::new();
    for person in 0..16 {
        let house = Arc::clone(&house);
        people.spawn(async move {
            let mut written = Vec::new();
            for number in 0..40 {
                let key = format!("{person:02} {number:02}");
                // Some are left in the midst, at any moment of it; they may have been written or not.
                match (person + number * 7) % 11 {
                    0 => assert!(house.fail(&key).await.is_err()),
                    1 => {
                        let key = format!("left {key}");
                        let left = tokio::time::timeout(Duration::from_micros(number * 40), house.write(&key)).await;
                        assert!(matches!(left, Ok(Ok(())) | Err(_)), "{left:?}");
                    }
                    _ => {
                        house.write(&key).await.unwrap();
                        written.push(key);
                    }
                }
            }
            written
        });
    }
    let mut written: Vec<String> = people.join_all().await.concat();
    written.sort();
    let mut there = house.keys().await;
    there.retain(|key| !key.starts_with("left"));
    assert_eq!(there, written);
    assert!(house.commits() < written.len());
    let house = Arc::into_inner(house).unwrap();
    house.end().await;
}

/// What is checked at the end of a transaction alone would be one work's failure and another's too.
#[tokio::test]
async fn nothing_is_checked_at_the_commit() {
    let house = House::new("schema").await;
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", house.path.display()))
        .await
        .unwrap();
    let statements: Vec<String> = sqlx::query_scalar("select lower(sql) from sqlite_schema where sql is not null")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert!(statements.len() > 50);
    assert!(
        statements.iter().all(|statement| !statement.contains("deferrable")),
        "a deferred constraint"
    );
    connection.close().await.unwrap();
    house.end().await;
}
