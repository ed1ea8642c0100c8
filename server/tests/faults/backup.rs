//! A backup of many users while everybody writes, and putting it back. What it holds and what it leaves out, small
//! databases show in `backup.rs`.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use store::testing::tamper;
use tokio::task::JoinSet;

use crate::{
    client::Client,
    journal::{count, total},
    percentile,
    usher::{EMAIL, PASSWORD, Usher},
};

const USERS: u32 = 1_000_000;
const WRITERS: usize = 4;

/// How often somebody looks at the users while the writers show how long they take without a backup.
const READS: usize = 200;

const TO_BACK_UP: Duration = Duration::from_secs(15);
const LONGEST_STALL: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes and asserts times: script/test --faults runs it"]
async fn a_backup_of_a_million_users_makes_no_writer_wait() {
    let mut usher = Usher::new("million", &[]);
    usher.start().await;
    let admin = usher.admin().await;
    let made = admin.post("/organizations/new", &[("name", "Acme"), ("code", "ACME")]);
    assert_eq!(made.await.unwrap().status, 303);
    let database = format!("sqlite://{}", usher.folder.join("usher.db").display());
    usher.kill();
    for statement in a_million_users() {
        tamper(&database, &statement).await.unwrap();
    }
    usher.start().await;

    let reading = async {
        for _ in 0..READS {
            assert_eq!(admin.get("/users").await.unwrap().status, 200);
        }
    };
    let (before, mut alone) = write(&admin, "BEFORE", reading).await;
    let file = usher.folder.with_file_name("million.backup");
    let _ = fs::remove_file(&file);
    let mut command = usher.command(["backup", file.to_str().unwrap()]);
    let backing_up = async move {
        let started = Instant::now();
        let done = tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap();
        assert!(done.status.success(), "{done:?}");
        started.elapsed()
    };
    let mut took = Duration::ZERO;
    let (_, mut beside) = write(&admin, "BESIDE", async { took = backing_up.await }).await;
    let size = fs::metadata(&file).unwrap().len() >> 20;
    usher.kill();

    let mut other = Usher::bare(usher.folder.with_file_name("million-restored"), &[]);
    fs::remove_dir_all(&other.folder).unwrap();
    fs::create_dir_all(&other.folder).unwrap();
    let started = Instant::now();
    let restored = other.command(["restore", file.to_str().unwrap()]).output().unwrap();
    let to_restore = started.elapsed();
    assert!(restored.status.success(), "{restored:?}");
    fs::copy(usher.folder.join("secret.key"), other.folder.join("secret.key")).unwrap();
    other.start().await;
    let mut ada = Client::new(other.address);
    ada.sign_in(EMAIL, PASSWORD).await;
    let users = ada.get("/users").await.unwrap().body;
    assert_eq!(total(&users), (USERS + 1).to_string());
    // What was acknowledged before is in it; list and counter agree.
    let organizations = ada.get("/organizations.csv?q=before-").await.unwrap().body;
    assert_eq!(organizations.lines().count() - 1, before);
    count(&ada).await;

    let stalls = [50, 99, 100].map(|percent| percentile(&mut beside, percent).as_millis());
    let alone = [50, 99, 100].map(|percent| percentile(&mut alone, percent).as_millis());
    println!(
        "backup of {USERS} users, {size} MiB, beside {WRITERS} writers: {} ms, restored and checked in {} ms; {} writes \
         meanwhile took {stalls:?} ms (median, p99, longest), {alone:?} ms without it",
        took.as_millis(),
        to_restore.as_millis(),
        beside.len()
    );
    for folder in [&usher.folder, &other.folder] {
        fs::remove_dir_all(folder).unwrap();
    }
    fs::remove_file(&file).unwrap();
    assert!(took < TO_BACK_UP, "{took:?}");
    assert!(percentile(&mut beside, 99) < LONGEST_STALL, "{stalls:?}");
}

/// Everybody writes until something else is over. Returns how many writes were acknowledged, and how long each took.
async fn write(client: &Client, prefix: &str, other: impl Future<Output = ()>) -> (usize, Vec<Duration>) {
    let is_over = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (client, prefix, is_over) = (client.clone(), format!("{prefix}-{writer}"), Arc::clone(&is_over));
        writers.spawn(async move {
            let mut took = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let code = format!("{prefix}-{}", took.len());
                let started = Instant::now();
                let fields = [("name", code.as_str()), ("code", code.as_str())];
                let made = client.post("/api/organizations/create", &fields).await.unwrap();
                assert_eq!(made.status, 200);
                took.push(started.elapsed());
            }
            took
        });
    }
    other.await;
    is_over.store(true, Ordering::Relaxed);
    let took = writers.join_all().await.concat();
    (took.len(), took)
}

/// As rows: through the console they would take an hour.
fn a_million_users() -> [String; 4] {
    let organization = "(select id from organizations where code = 'ACME')";
    let counter = |scope: &str| {
        format!(
            "insert into counters (scope, kind, slot, value) values ({scope}, 'users.1.active', 0, {USERS})
             on conflict (scope, kind, slot) do update set value = counters.value + excluded.value"
        )
    };
    [
        format!(
            "with recursive numbers (number) as (select 1 union all select number + 1 from numbers where number < {USERS})
             insert into users (id, email, name, name_key, search_key, role, organization_id, suspended, password_hash,
               must_change_password, created_at, updated_at)
             select unhex(printf('0190%028x', number)), 'user' || number || '@example.com', 'User ' || number, 'user ' || number,
               'user ' || number || ' user' || number || '@example.com', 1, {organization}, 0, null, 0,
               1795491180000 + number, 1795491180000 + number
             from numbers"
        ),
        counter("zeroblob(16)"),
        counter(organization),
        format!("update organizations set user_count = {USERS} where code = 'ACME'"),
    ]
}
