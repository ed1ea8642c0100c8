//! kill -9 inside a migration: the next start finishes it. That a newer database is refused, and that servers that start
//! at once agree, `starting.rs` shows.

use std::{fs, process::Stdio};

use store::testing::{fresh_postgres, fresh_sqlite, is_sound, locks};

use crate::{rounds, usher::Usher};

#[tokio::test]
async fn a_killed_migration_is_finished_by_the_next_start() {
    let usher = Usher::new("killed-migration", &[]);
    let database = usher.folder.join("usher.db");
    let written = || {
        let size = |suffix: &str| {
            let file = format!("{}{suffix}", database.display());
            fs::metadata(file).map_or(0, |file| file.len())
        };
        size("") + size("-wal")
    };
    let all = {
        fresh_sqlite(&database).unwrap();
        migrate(&usher);
        written()
    };
    let rounds = rounds().div_ceil(2) as u64;
    let mut killed = 0;
    for round in 0..rounds {
        fresh_sqlite(&database).unwrap();
        // Once so much of it is written.
        killed += kill_when(&usher, async || written() > all * round / rounds).await;
        migrate(&usher);
        is_sound(&database).await.unwrap();
    }
    println!("kill -9 inside a migration on SQLite: {killed} of {rounds} times it was not done yet, each was finished");
    assert!(killed > 0, "each migration was done before it could be killed");
}

#[tokio::test]
async fn a_killed_migration_is_finished_by_the_next_start_on_postgres() {
    let server = std::env::var("USHER_TEST_POSTGRES_URL").unwrap();
    let rounds = rounds().div_ceil(4);
    let mut killed = 0;
    for round in 0..rounds {
        let url = fresh_postgres(&server, "usher_killed_migration").await.unwrap();
        let mut usher = Usher::bare_on_postgres("killed-migration-on-postgres", &url);
        // Each table and index that it makes is locked until its transaction ends.
        killed += kill_when(&usher, async || locks(&url).await.unwrap() > 3 * round as i64).await;
        migrate(&usher);
        usher.start().await;
    }
    println!(
        "kill -9 inside a migration on Postgres: {killed} of {rounds} times it was not done yet, each was finished"
    );
    assert!(killed > 0, "each migration was done before it could be killed");
}

fn migrate(usher: &Usher) {
    let done = usher.command(["migrate"]).output().unwrap();
    assert!(done.status.success(), "{done:?}");
}

/// Starts a migration and kills it as soon as this is true. Returns 0 if it was done before, else 1.
async fn kill_when(usher: &Usher, is_it_time: impl AsyncFn() -> bool) -> usize {
    let mut command = usher.command(["migrate"]);
    let mut migrating = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !is_it_time().await && migrating.try_wait().unwrap().is_none() {}
    let was_done = migrating.try_wait().unwrap().is_some();
    let _ = migrating.kill();
    migrating.wait().unwrap();
    usize::from(!was_done)
}
