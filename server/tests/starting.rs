//! What a server does before it serves: it brings its database up to date, or says why it does not start.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use clap::{Args, Command as CommandLine};
use server::config::Config;
use store::{
    Store, StoreError,
    testing::{fresh_postgres, fresh_sqlite, make_newer},
};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

async fn postgres(name: &str) -> String {
    let server = std::env::var("USHER_TEST_POSTGRES_URL").unwrap();
    fresh_postgres(&server, name).await.unwrap()
}

/// The real binary on a data folder, with no settings but these.
fn usher(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
    command
        .arg("serve")
        .env_clear()
        .env("USHER_DATA_DIR", data)
        .env("USHER_LISTEN", "127.0.0.1:0")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Ends a server however its test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_second_server_on_one_sqlite_file_is_refused() {
    let data = folder("one_server");
    let _ = fs::remove_dir_all(&data);
    let mut first = Running(usher(&data).spawn().unwrap());
    let mut said = BufReader::new(first.0.stdout.take().unwrap()).lines();
    assert!(said.next().unwrap().unwrap().starts_with("Usher is at "));

    let second = usher(&data).output().unwrap();
    assert!(!second.status.success());
    let reason = String::from_utf8(second.stderr).unwrap();
    assert!(reason.contains("another Usher"), "{reason}");
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
