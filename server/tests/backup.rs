//! Backups: a copy of a database that is in use, and what comes of putting it back.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

use std::{
    fs,
    os::unix::fs::{FileExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use backend::{
    Backend,
    access::{Administration, Request},
    error::Error,
    organizations::OrganizationInput,
};
use clap::{Args, Command as CommandLine, FromArgMatches};
use domain::{page::Total, query::OrganizationQuery};
use server::{
    config::{Config, ConfigError},
    daily_backups::DailyBackups,
    state::{Opened, open},
};
use store::testing::fresh_postgres;

const PASSWORD: &str = "correct horse battery staple";

/// Where nothing is yet.
fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("backup").join(name);
    let _ = fs::remove_dir_all(&place);
    let _ = fs::remove_file(&place);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    place
}

fn config(data: &Path, words: &[&str]) -> Config {
    let words = [words, &["--data-dir", data.to_str().unwrap()]].concat();
    let settings = Config::augment_args(CommandLine::new("usher")).get_matches_from(words);
    Config::from_arg_matches(&settings).unwrap()
}

async fn opened(data: &Path) -> Opened {
    open(&config(data, &["usher"])).await.unwrap()
}

/// The real binary, in a process of its own.
fn usher(data: &Path, words: &[&str]) -> Output {
    let path = std::env::var("PATH").unwrap();
    Command::new(env!("CARGO_BIN_EXE_usher"))
        .args(words)
        .env_clear()
        .env("PATH", path)
        .env("USHER_DATA_DIR", data)
        .output()
        .unwrap()
}

#[track_caller]
fn says(output: &Output, success: bool, part: &str) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text);
    assert_eq!(output.status.success(), success, "{text}");
    assert!(text.contains(part), "{part:?} is missing in: {text}");
}

async fn with_admin(data: &Path) -> Opened {
    let opened = opened(data).await;
    opened.backend.prepare().await.unwrap();
    let admin = opened.backend.create_admin("Ada", "ada@example.com", PASSWORD).await;
    admin.unwrap();
    opened
}

/// What an Admin can do, as their session allows it.
async fn administration(backend: &Backend) -> Administration {
    let signed_in = backend
        .sign_in("ada@example.com", PASSWORD, &Request::default())
        .await
        .unwrap();
    let access = backend
        .access(Some(&signed_in.secret.reveal()), Request::default())
        .await
        .unwrap();
    access.administration().unwrap()
}

async fn create(administration: &Administration, number: usize) {
    let input = OrganizationInput {
        name: format!("Organization {number}"),
        code: format!("ORG-{number}"),
        description: "x".repeat(1000),
        tier: String::new(),
    };
    administration.create_organization(&input).await.unwrap();
}

async fn count(administration: &Administration) -> u64 {
    let page = administration
        .list_organizations(&OrganizationQuery::default())
        .await
        .unwrap();
    match page.total {
        Total::Exact(total) | Total::MoreThan(total) => total,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_a_backup_is_in_it() {
    let (data, restored) = (place("running"), place("restored"));
    let file = place("copy.db");
    let house = with_admin(&data).await;
    let ada = administration(&house.backend).await;
    let signed_in = (house.backend)
        .sign_in("ada@example.com", PASSWORD, &Request::default())
        .await;
    let cookie = signed_in.unwrap().secret.reveal();
    for number in 0..10 {
        create(&ada, number).await;
    }
    // Somebody goes on writing while the copy is taken.
    let is_over = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let is_over = Arc::clone(&is_over);
        async move {
            let mut number = 10;
            while !is_over.load(Ordering::Relaxed) {
                create(&ada, number).await;
                number += 1;
            }
            number
        }
    });
    let copy = {
        let (data, file) = (data.clone(), file.clone());
        tokio::task::spawn_blocking(move || usher(&data, &["backup", file.to_str().unwrap()]))
    };
    says(&copy.await.unwrap(), true, "whole copy");
    is_over.store(true, Ordering::Relaxed);
    let written = writer.await.unwrap();
    assert!(written > 10, "nobody wrote while the copy was taken");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let answer = usher(&restored, &["restore", file.to_str().unwrap()]);
    says(&answer, true, "is restored");
    says(&answer, true, "There is no key");
    says(&usher(&restored, &["migrate"]), false, "secret.key is missing");
    fs::copy(data.join("secret.key"), restored.join("secret.key")).unwrap();
    let house = opened(&restored).await;
    // Nobody who was signed in when it was written is so again: they may have signed out since.
    let access = house.backend.access(Some(&cookie), Request::default()).await;
    assert!(matches!(access, Err(Error::Unauthenticated)));
    let ada = administration(&house.backend).await;
    let found = count(&ada).await;
    assert!((10..=written as u64).contains(&found), "{found} of {written}");
    // The counters agree with the rows, and one can go on.
    create(&ada, 1_000_000).await;
    assert_eq!(count(&ada).await, found + 1);
    let left = fs::read_dir(file.parent().unwrap()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(
        left.iter().all(|name| !name.to_string_lossy().contains(".part")),
        "{left:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_overwritten_and_nothing_unsound_is_put_back() {
    let (data, file) = (place("guarded"), place("guarded.db"));
    let path = file.to_str().unwrap();
    says(&usher(&data, &["backup", path]), false, "there is no database");
    let house = with_admin(&data).await;
    let ada = administration(&house.backend).await;
    for number in 0..50 {
        create(&ada, number).await;
    }
    says(&usher(&data, &["backup", path]), true, "whole copy");
    says(&usher(&data, &["backup", path]), false, "exists already");
    says(&usher(&data, &["restore", path]), false, "another Usher");
    let nowhere = place("no-such-folder").join("copy.db");
    says(
        &usher(&data, &["backup", nowhere.to_str().unwrap()]),
        false,
        "No such file",
    );
    drop((ada, house));
    says(&usher(&data, &["restore", path]), false, "exists already");

    // What another database has left behind would be taken for the newest writes of this one.
    let haunted = place("haunted");
    fs::create_dir_all(&haunted).unwrap();
    fs::write(haunted.join("usher.db-wal"), "left behind").unwrap();
    says(
        &usher(&haunted, &["restore", path]),
        false,
        "usher.db-wal exists already",
    );

    let fresh = place("fresh");
    says(&usher(&fresh, &["restore", "none.db"]), false, "there is no database");
    let text = place("text.db");
    fs::write(&text, "this is no database, however long it may be").unwrap();
    says(
        &usher(&fresh, &["restore", text.to_str().unwrap()]),
        false,
        "not a sound database",
    );
    // One page in the middle is overwritten.
    let damaged = fs::OpenOptions::new().write(true).open(&file).unwrap();
    let middle = damaged.metadata().unwrap().len() / 4096 / 2 * 4096;
    damaged.write_all_at(&[0xAA; 4096], middle).unwrap();
    says(&usher(&fresh, &["restore", path]), false, "not a sound database");
    assert!(!fresh.join("usher.db").exists());
}

#[tokio::test]
async fn a_backup_a_day_is_made_and_so_many_are_kept() {
    let (data, backups) = (place("daily"), place("daily-backups"));
    let house = with_admin(&data).await;
    let words = ["usher", "--backup-keep", "2", "--backup-dir", backups.to_str().unwrap()];
    let config = config(&data, &words);
    let daily = DailyBackups::of(&config).unwrap().unwrap();
    for day in ["2026-11-23", "2026-11-24"] {
        let made = daily.make(day).await.unwrap();
        assert_eq!(made, Some(backups.join(format!("usher-{day}.db"))));
        assert_eq!(daily.make(day).await.unwrap(), None, "one a day");
    }
    // What is not a daily backup stays.
    fs::write(backups.join("usher-2026-11-22.db.txt"), "").unwrap();
    fs::write(backups.join("usher-before-upgrade.db"), "").unwrap();
    fs::write(backups.join("usher-before-upgrade.db.4711.part"), "").unwrap();
    // What a server that was killed left of one does not.
    for left in ["usher-2026-11-24.db.4711.part", "usher-2026-11-24.db.4711.part-journal"] {
        fs::write(backups.join(left), "").unwrap();
    }
    daily.make("2026-11-25").await.unwrap();
    let mut names: Vec<_> = fs::read_dir(&backups)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "usher-2026-11-22.db.txt",
            "usher-2026-11-24.db",
            "usher-2026-11-25.db",
            "usher-before-upgrade.db",
            "usher-before-upgrade.db.4711.part"
        ]
    );
    drop(house);
    let copy = backups.join("usher-2026-11-25.db");
    says(
        &usher(&place("daily-restored"), &["restore", copy.to_str().unwrap()]),
        true,
        "is restored",
    );
}

#[test]
fn daily_backups_are_for_sqlite() {
    let words = [
        "usher",
        "--backup-dir",
        "x",
        "--database-url",
        "postgres://localhost/usher",
    ];
    let refused = DailyBackups::of(&config(Path::new("data"), &words));
    assert!(matches!(refused, Err(ConfigError::BackupsOfPostgres)));
}

#[tokio::test]
async fn on_postgres_the_command_is_told() {
    let server = std::env::var("USHER_TEST_POSTGRES_URL").unwrap();
    let url = fresh_postgres(&server, "usher_backup").await.unwrap();
    let data = place("postgres");
    let words = ["--database-url", url.as_str(), "backup", "copy.dump"];
    let mut asked = Command::new(env!("CARGO_BIN_EXE_usher"));
    asked.args(words).env_clear().env("USHER_DATA_DIR", &data);
    says(
        &asked.env("PATH", "/nowhere").output().unwrap(),
        false,
        "pg_dump cannot be run",
    );
    // Debian keeps one for each version; the newest is at least the server's.
    let programs = fs::read_dir("/usr/lib/postgresql").unwrap();
    let newest = programs
        .map(|version| version.unwrap().path().join("bin"))
        .max()
        .unwrap();
    let told = asked.env("PATH", &newest).output().unwrap();
    says(&told, true, "pg_dump --format=custom --no-owner ");
    // What is told works, and leaves out who is signed in, and links to a new password.
    store::Store::open(&url).await.unwrap().close().await;
    fs::create_dir_all(&data).unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    let command = told.lines().find(|line| line.contains("pg_dump --format")).unwrap();
    let in_folder = |command: &str| {
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", command])
            .env("USHER_DATABASE_URL", &url)
            .env("PATH", &newest);
        shell.current_dir(&data).output().unwrap()
    };
    says(&in_folder(command), true, "");
    let listed = in_folder("pg_restore --list copy.dump");
    says(&listed, true, "TABLE DATA public users");
    let listed = String::from_utf8(listed.stdout).unwrap();
    for left_out in ["sessions", "recoveries"] {
        assert!(listed.contains(&format!("TABLE public {left_out}")), "{listed}");
        assert!(!listed.contains(&format!("TABLE DATA public {left_out}")), "{listed}");
    }
}
