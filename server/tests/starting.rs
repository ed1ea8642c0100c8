//! What a server does before it serves: it brings its database up to date, or says why it does not start.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::{Args, Command as CommandLine, FromArgMatches};
use server::{
    config::Config,
    state::{OpenError, inspect, open},
};
use store::{
    Store, StoreError,
    testing::{fresh_postgres, fresh_sqlite, make_newer, tamper},
};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

async fn postgres(name: &str) -> String {
    let server = std::env::var("USHER_TEST_POSTGRES_URL").unwrap();
    fresh_postgres(&server, name).await.unwrap()
}

#[tokio::test]
async fn a_second_server_on_one_sqlite_file_is_refused() {
    let data = folder("one_server");
    let _ = fs::remove_dir_all(&data);
    let words = ["usher", "--data-dir", data.to_str().unwrap()];
    let settings = Config::augment_args(CommandLine::new("usher")).get_matches_from(words);
    let _first = open(&Config::from_arg_matches(&settings).unwrap()).await.unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(data.join("usher.lock")).unwrap().permissions());
    assert_eq!(
        mode & 0o777,
        0o600,
        "whoever can open the lock can keep Usher from starting"
    );

    // The real binary, in a process of its own: it is refused before it looks for what only a build makes.
    let mut second = Command::new(env!("CARGO_BIN_EXE_usher"))
        .arg("serve")
        .env_clear()
        .env("USHER_DATA_DIR", &data)
        .env("USHER_LISTEN", "127.0.0.1:0")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that is not refused says where it serves, and would go on for ever.
    let said = BufReader::new(second.stdout.take().unwrap()).lines().next();
    let _ = second.kill();
    let second = second.wait_with_output().unwrap();
    assert!(said.is_none(), "it serves: {said:?}");
    assert!(!second.status.success());
    let reason = String::from_utf8(second.stderr).unwrap();
    assert!(reason.contains("another Usher"), "{reason}");
}

/// What the real binary says until it ends, or until it serves.
fn said_by(words: &[&str], data: &Path) -> String {
    let mut server = Command::new(env!("CARGO_BIN_EXE_usher"))
        .args(words)
        .env_clear()
        .env("USHER_DATA_DIR", data)
        .env("USHER_LISTEN", "127.0.0.1:0")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let serves = BufReader::new(server.stdout.take().unwrap()).lines().next();
    let _ = server.kill();
    let ended = server.wait_with_output().unwrap();
    format!("{serves:?}\n{}", String::from_utf8_lossy(&ended.stderr))
}

#[test]
fn the_demo_is_served_on_this_machine_alone() {
    let data = folder("public_demo");
    let _ = fs::remove_dir_all(&data);
    let said = said_by(&["serve", "--demo", "--listen", "0.0.0.0:0"], &data);
    assert!(
        said.starts_with("None") && said.contains("listens on loopback only"),
        "{said}"
    );
    assert!(!data.exists(), "it was refused after it had begun");
}

#[test]
fn a_folder_that_others_can_look_into_is_told_of() {
    let data = folder("open_folder");
    let _ = fs::remove_dir_all(&data);
    fs::create_dir_all(&data).unwrap();
    let warning = "others on this machine can look into the data folder";
    for (mode, is_open) in [(0o755, true), (0o750, true), (0o700, false)] {
        fs::set_permissions(&data, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        let said = said_by(&["serve"], &data);
        assert_eq!(said.contains(warning), is_open, "{mode:o}: {said}");
    }
}

#[tokio::test]
async fn servers_that_start_at_once_on_one_postgres_do_not_collide() {
    let url = postgres("usher_starting_at_once").await;
    let (first, second, third) = tokio::join!(Store::open(&url), Store::open(&url), Store::open(&url));
    for store in [first, second, third] {
        store.unwrap().close().await;
    }
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let sqlite = fresh_sqlite(&folder("newer.db")).unwrap();
    for url in [sqlite, postgres("usher_starting_newer").await] {
        Store::open(&url).await.unwrap().close().await;
        make_newer(&url).await.unwrap();
        let refused = Store::open(&url).await.err().unwrap();
        assert!(matches!(refused, StoreError::NewerDatabase(9999)), "{refused}");
        assert!(refused.to_string().contains("newer version of Usher"));
    }
}

fn config(words: &[&str]) -> Config {
    let settings = Config::augment_args(CommandLine::new("usher")).get_matches_from([&["usher"], words].concat());
    Config::from_arg_matches(&settings).unwrap()
}

#[tokio::test]
async fn the_database_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    // A folder that was made before, for everybody to read.
    let folder = folder("owner");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("usher.db");
    let store = Store::open(&format!("sqlite://{}", file.display())).await.unwrap();
    for name in ["usher.db", "usher.db-wal", "usher.db-shm"] {
        let mode = fs::metadata(folder.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    store.close().await;
}

#[tokio::test]
async fn a_lost_key_is_not_made_anew() {
    let data = folder("lost_key");
    let _ = fs::remove_dir_all(&data);
    let config = config(&["--data-dir", data.to_str().unwrap()]);
    let (key, kept) = (data.join("secret.key"), data.join("kept.key"));
    let opened = open(&config).await.unwrap();
    opened.backend.prepare().await.unwrap();
    opened.store.close().await;
    drop(opened);

    fs::rename(&key, &kept).unwrap();
    let refused = open(&config).await.err().unwrap();
    assert!(matches!(refused, OpenError::KeyLost(_)), "{refused}");
    assert!(refused.to_string().contains("put it back"), "{refused}");
    assert!(!key.exists(), "nothing is made in its place");
    fs::rename(&kept, &key).unwrap();
    open(&config).await.unwrap().backend.prepare().await.unwrap();
}

#[tokio::test]
async fn another_key_is_refused() {
    let sqlite = fresh_sqlite(&folder("another_key.db")).unwrap();
    for (engine, url) in [
        ("sqlite", sqlite),
        ("postgres", postgres("usher_starting_another_key").await),
    ] {
        let data = folder(&format!("another_key_{engine}"));
        let _ = fs::remove_dir_all(&data);
        fs::create_dir_all(&data).unwrap();
        let with_key = |number: u8| {
            let file = data.join(format!("{number}.key"));
            fs::write(&file, URL_SAFE_NO_PAD.encode([number; 32])).unwrap();
            let (data, file) = (data.to_str().unwrap(), file.to_str().unwrap());
            config(&["--data-dir", data, "--database-url", &url, "--secret-key-file", file])
        };
        let opened = open(&with_key(1)).await.unwrap();
        if engine == "postgres" {
            // Two that start at once on an empty database: the second to prepare it learns of the first.
            let other = open(&with_key(2)).await.unwrap();
            opened.backend.prepare().await.unwrap();
            let refused = other.backend.prepare().await.unwrap_err();
            assert!(refused.to_string().contains("with another key"), "{refused}");
        }
        opened.backend.prepare().await.unwrap();
        opened.store.close().await;
        drop(opened);

        let refused = open(&with_key(2)).await.err().unwrap();
        assert!(matches!(refused, OpenError::OtherKey(_)), "{refused}");
        assert!(refused.to_string().contains("not the one"), "{refused}");
        let refused = inspect(&with_key(2)).await.err().unwrap();
        assert!(matches!(refused, OpenError::OtherKey(_)), "{refused}");

        // The way out when the key is lost, as docs/operations.md tells it.
        tamper(&url, "update installation set key_check = null").await.unwrap();
        let opened = open(&with_key(2)).await.unwrap();
        opened.backend.prepare().await.unwrap();
        drop(opened);
        let refused = open(&with_key(1)).await.err().unwrap();
        assert!(matches!(refused, OpenError::OtherKey(_)), "{refused}");
    }
}

#[test]
fn the_readme_names_every_setting() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let command = Config::augment_args(CommandLine::new("usher"));
    let settings = command.get_arguments().filter_map(|argument| {
        let variable = argument.get_env()?.to_str()?;
        Some(format!("| `--{}` | `{variable}` |", argument.get_long()?))
    });
    let rows: Vec<String> = settings.collect();
    assert!(rows.len() > 10, "{rows:?}");
    for row in rows {
        assert!(readme.contains(&row), "README.md has no row {row}");
    }
}
