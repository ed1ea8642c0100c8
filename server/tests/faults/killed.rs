//! kill -9 while everybody writes: nothing that was acknowledged is lost, and the next start finds a sound database.

use std::time::Duration;

use store::testing::{fresh_postgres, is_sound};

use crate::{
    is_whole_run,
    journal::{Writers, count, find_all},
    percentile, rounds,
    usher::Usher,
};

#[tokio::test]
async fn nothing_acknowledged_is_lost_when_it_is_killed() {
    let usher = Usher::new("killed", &[]);
    let database = usher.folder.join("usher.db");
    kill_again_and_again("SQLite", usher, rounds(), async || is_sound(&database).await.unwrap()).await;
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_when_it_is_killed_beside_postgres() {
    let server = std::env::var("USHER_TEST_POSTGRES_URL").unwrap();
    let database = fresh_postgres(&server, "usher_killed").await.unwrap();
    let usher = Usher::on_postgres("killed-beside-postgres", &database);
    kill_again_and_again("Postgres", usher, rounds().div_ceil(4), async || {}).await;
}

async fn kill_again_and_again(engine: &str, mut usher: Usher, rounds: usize, check: impl AsyncFn()) {
    usher.start().await;
    // One session for all rounds: it was acknowledged too.
    let admin = usher.admin().await;
    let (mut acknowledged, mut ready) = (0, Vec::new());
    for round in 0..rounds {
        let prefix = format!("R{round}");
        let mut writers = Writers::start(&admin, &prefix, false);
        // Each time at another moment.
        writers.acknowledged(1 + round * 7 % 40).await;
        usher.kill();
        let journal = writers.stop().await;
        check().await;
        ready.push(usher.start().await);
        acknowledged += find_all(&admin, &prefix, &journal).await;
    }
    // Some were written whose answer nobody heard, at most one a writer and round.
    let found = count(&admin).await;
    assert!((acknowledged..=acknowledged + rounds * crate::journal::WRITERS).contains(&found));
    let (median, slowest) = (percentile(&mut ready, 50), percentile(&mut ready, 100));
    println!(
        "kill -9 on {engine}: {rounds} times, {acknowledged} writes acknowledged, 0 lost; ready again after {} ms \
         (median), {} ms (slowest)",
        median.as_millis(),
        slowest.as_millis()
    );
    if is_whole_run() {
        assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    }
}
