//! Copies of an SQLite database, taken while a server writes to it, and put back.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{Store, Tx, error::StoreError, inspect::faults_of_sqlite, postgres, recovery, session};

/// SQLite maps no more of a file than this, in bytes; what lies behind is read page by page.
pub(crate) const MOST_MAPPED: &str = "2147418112";

/// Why there is no copy, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{0} exists already: nothing is overwritten")]
    Exists(PathBuf),
    #[error("there is no database at {0}")]
    Missing(PathBuf),
    #[error("{0} is not a sound database of Usher: {1}")]
    Damaged(PathBuf, String),
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a database is read while it is copied and checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Its file is mapped into memory, where each page is found without asking the system for it: a check takes half as
    /// long. A disk that fails ends the process, so this is for a command, not for a server.
    Mapped,
    /// Page by page.
    Paged,
}

/// Writes a consistent copy of the database `from` to the new file `to`, and checks it. Nobody who writes meanwhile waits
/// for it; what is committed later is not in it. The file appears when it is whole.
pub async fn back_up(from: &Path, to: &Path, reading: Reading) -> Result<(), BackupError> {
    if !from.is_file() {
        return Err(BackupError::Missing(from.to_owned()));
    }
    let part = Part::begin(to)?;
    let mut connection = connect(from, reading).await?;
    // https://sqlite.org/lang_vacuum.html: one read transaction, and none of the pages that deleted rows leave behind.
    let copied = sqlx::query("vacuum into $1")
        .bind(part.path.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await;
    copied.map_err(StoreError::from)?;
    let _ = connection.close().await;
    check(&part.path, reading).await?;
    part.finish()
}

/// Puts the copy `from` where no database is yet, checks it, and brings it up to date.
pub async fn restore(from: &Path, to: &Path) -> Result<(), BackupError> {
    if !from.is_file() {
        return Err(BackupError::Missing(from.to_owned()));
    }
    // SQLite would take what lies there for the newest writes of whatever database stands beside it.
    for left in ["-wal", "-journal"] {
        let mut name = to.as_os_str().to_owned();
        name.push(left);
        if Path::new(&name).exists() {
            return Err(BackupError::Exists(name.into()));
        }
    }
    check(from, Reading::Mapped).await?;
    let part = Part::begin(to)?;
    fs::copy(from, &part.path).map_err(|error| BackupError::File(part.path.clone(), error))?;
    let store = Store::open(&format!("sqlite://{}", part.path.display())).await?;
    let ended = store.write(end_what_was_open).await;
    store.close().await;
    ended?;
    part.finish()
}

/// Whoever was signed out since, and whoever has used a link to a new password since, must not be let in again by it.
async fn end_what_was_open(mut tx: Tx) -> Result<(), StoreError> {
    session::delete_all(&mut tx).await?;
    recovery::delete_all(&mut tx).await?;
    Ok(())
}

/// What stands before a command of Postgres' own, so that it trusts no other server than Usher does.
pub fn environment_of_commands(url: &str) -> Result<&'static str, StoreError> {
    let is_checked = postgres::is_checked_unasked(url)?;
    Ok(if is_checked { "PGSSLMODE=verify-full " } else { "" })
}

/// The server's major version, such as 15.
pub async fn postgres_version(url: &str) -> Result<u32, StoreError> {
    let connected = postgres::options(url)?.connect().await;
    let mut connection = connected.map_err(postgres::unreachable)?;
    let number: String = sqlx::query_scalar("show server_version_num")
        .fetch_one(&mut connection)
        .await?;
    let _ = connection.close().await;
    Ok(number.parse::<u32>().unwrap_or_default() / 10_000)
}

/// Whether a file is a database of ours, whole: pages, indexes, and what points to what.
pub(crate) async fn check(path: &Path, reading: Reading) -> Result<(), BackupError> {
    let damaged = |reason: String| BackupError::Damaged(path.to_owned(), reason);
    let mut connection = connect(path, reading)
        .await
        .map_err(|error| damaged(error.to_string()))?;
    let found = faults_of_sqlite(&mut connection).await;
    let found = found.map_err(|error| damaged(error.to_string()))?;
    if !found.is_empty() {
        return Err(damaged(found.join("; ")));
    }
    let installations: Result<i64, _> = sqlx::query_scalar("select count(*) from installation")
        .fetch_one(&mut connection)
        .await;
    installations.map_err(|_| damaged("it lacks Usher's tables".to_owned()))?;
    let _ = connection.close().await;
    Ok(())
}

async fn connect(path: &Path, reading: Reading) -> Result<SqliteConnection, StoreError> {
    let mut options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .read_only(true);
    if reading == Reading::Mapped {
        options = options.pragma("mmap_size", MOST_MAPPED);
    }
    Ok(options.connect().await?)
}

/// A file that is not whole yet, beside the one that it shall become. Dropped, it takes itself away.
struct Part {
    path: PathBuf,
    to: PathBuf,
}

impl Part {
    /// Readable by nobody else from the first byte on.
    fn begin(to: &Path) -> Result<Self, BackupError> {
        if to.exists() {
            return Err(BackupError::Exists(to.to_owned()));
        }
        let mut name = to.as_os_str().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let path = PathBuf::from(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options
            .open(&path)
            .map_err(|error| BackupError::File(path.clone(), error))?;
        Ok(Self {
            path,
            to: to.to_owned(),
        })
    }

    /// On disk before it has its name. A file that somebody else put there meanwhile stays.
    fn finish(self) -> Result<(), BackupError> {
        let failed = |error| BackupError::File(self.to.clone(), error);
        File::open(&self.path)
            .and_then(|file| file.sync_all())
            .map_err(failed)?;
        match fs::hard_link(&self.path, &self.to) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists(self.to.clone()));
            }
            Err(error) => return Err(failed(error)),
        }
        let folder = self.to.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = File::open(folder.unwrap_or(Path::new(".")));
        folder.and_then(|folder| folder.sync_all()).map_err(failed)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let mut name = self.path.as_os_str().to_owned();
            name.push(suffix);
            // What cannot be removed is named as a part, and harms nothing.
            let _ = fs::remove_file(name);
        }
    }
}
