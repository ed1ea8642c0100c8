//! The two engines behind one face: a connection that is either, and the macro that writes a query once for both.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    io,
    path::Path,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use log::LevelFilter;
use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, Transaction,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    backup::MOST_MAPPED,
    error::StoreError,
    postgres::{self, Wanted},
    processors::at_once,
    readers::{AtOnce, Reader, Readers, Turn},
    search::Seen,
    writer::Writer,
};

/// SQLite before 3.51.3 can lose commits in WAL mode, https://sqlite.org/wal.html#walresetbug.
const OLDEST_SQLITE: i32 = 3_051_003;

/// How long a request waits for a connection before it is told that the database is not available.
const PATIENCE: Duration = Duration::from_secs(5);

/// The same on Postgres, which may be gone: nobody waits longer for what a restart takes.
const PATIENCE_WITH_POSTGRES: Duration = Duration::from_secs(2);

/// How long a connection that was idle may take to show that it is still good.
const TO_ANSWER: Duration = Duration::from_millis(500);

/// How long a statement waits for a Postgres that says nothing, as behind a network that swallows everything: neither
/// sqlx nor TCP ends that by itself. Whoever reads is told soon; a write, such as deleting a large organization, may take
/// longer than Postgres' own limit first.
const SILENCE: Duration = Duration::from_secs(10);
const SILENCE_IN_A_WRITE: Duration = Duration::from_secs(35);

/// A statement that takes longer stands in the log, with its text and without its values.
const SLOW: Duration = Duration::from_millis(250);

/// How many read an SQLite file at once, at most.
const SQLITE_READERS: u32 = 4;

/// So many rows an SQLite connection reads ahead of whoever asked: all that a page shows and a selector offers. Where fewer
/// fit, its thread and the one that asked wake each other for every single row.
const ROWS_AHEAD: usize = 512;

/// So many connections to Postgres at most are for those who read, and stay at hand. The rest of the pool is for those who
/// write. For so long one is taken for good without asking.
const POSTGRES_AT_HAND: usize = 8;
const FRESH: Duration = Duration::from_millis(100);

/// How often a write is tried again that lost a race on Postgres (serialization failure or deadlock).
const TRIES: u32 = 5;

#[derive(Clone)]
pub(crate) enum Engine {
    /// One writer, so that nobody ever meets "database is locked", and readers apart from it.
    Sqlite {
        writer: Writer,
        readers: Readers<Sqlite>,
    },
    Postgres(Readers<Postgres>),
}

impl Engine {
    /// Opens `sqlite://path` or `postgres://…`. An SQLite file is made if there is none.
    pub(crate) async fn open(url: &str) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            Self::open_sqlite(Path::new(path)).await
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            // One plan for each statement: Postgres would plan the page of one organization anew on every call.
            let options = postgres::options(url)?.log_slow_statements(LevelFilter::Warn, SLOW);
            let is_local = postgres::is_local(options.get_host());
            let options = options.application_name(own_name());
            // To compile one takes longer than to run it.
            let options = options.options([
                ("plan_cache_mode", "force_generic_plan"),
                ("jit", "off"),
                ("statement_timeout", "30s"),
            ]);
            postgres::appears(&options, Wanted::Primary).await?;
            let pool = PgPoolOptions::new()
                .max_connections(16)
                .acquire_timeout(PATIENCE_WITH_POSTGRES)
                // Whether a connection is still good is asked here and not by sqlx, which waits for the answer for ever, or
                // as long as for a connection, and leaves no time to open another.
                .test_before_acquire(false)
                .before_acquire(|connection, _| Box::pin(answers(connection, TO_ANSWER)))
                .after_release(|connection, _| Box::pin(answers(connection, PATIENCE_WITH_POSTGRES)))
                // While a failover is under way, the address may lead to a replica, where no write would ever work.
                .after_connect(|connection, _| Box::pin(postgres::require_primary(connection)))
                .connect_lazy_with(options);
            let at_once = match is_local {
                true => at_once(POSTGRES_AT_HAND),
                // Each mostly waits for the net.
                false => AtOnce {
                    few: POSTGRES_AT_HAND,
                    most: POSTGRES_AT_HAND,
                },
            };
            Ok(Self::Postgres(Readers::new(pool, at_once, Some(FRESH))))
        } else {
            Err(StoreError::Address)
        }
    }

    /// Opens what is there for reading alone: a write fails. For a command that reads all of it and ends.
    pub(crate) async fn open_read_only(url: &str) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            let options = SqliteConnectOptions::new()
                .filename(path)
                .create_if_missing(false)
                .read_only(true)
                .busy_timeout(PATIENCE)
                .pragma("mmap_size", MOST_MAPPED);
            let readers = SqlitePoolOptions::new()
                .max_connections(1)
                .connect_with(options.clone())
                .await?;
            let writer = Writer::open(options, PATIENCE).await?;
            Ok(Self::Sqlite {
                writer,
                readers: Readers::alone(readers),
            })
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = postgres::options(url)?.options([("default_transaction_read_only", "on")]);
            postgres::appears(&options, Wanted::Any).await?;
            let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options);
            Ok(Self::Postgres(Readers::alone(pool)))
        } else {
            Err(StoreError::Address)
        }
    }

    async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        let version = libsqlite3_sys::SQLITE_VERSION_NUMBER;
        if version < OLDEST_SQLITE {
            return Err(StoreError::OldSqlite);
        }
        keep_to_owner(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .log_slow_statements(LevelFilter::Warn, SLOW)
            .busy_timeout(PATIENCE)
            // What takes a savepoint back stays in memory: a file of its own for each write cost more than the write.
            .pragma("temp_store", "memory")
            // In KiB, of each connection: half of what SQLite takes by itself. What is not here lies in the system's memory.
            .pragma("cache_size", "-1024")
            // So many pages, 16 MiB, lie in SQLite's log before they are moved to their place, which makes both files
            // durable: four times what SQLite takes by itself, and still read at the next start in a moment.
            .pragma("wal_autocheckpoint", "4000");
        let writer = Writer::open(options.clone(), PATIENCE).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(SQLITE_READERS)
            .acquire_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_lazy_with(
                options
                    .create_if_missing(false)
                    .read_only(true)
                    .row_buffer_size(ROWS_AHEAD),
            );
        let readers = Readers::new(readers, at_once(SQLITE_READERS as usize), None);
        Ok(Self::Sqlite { writer, readers })
    }

    pub(crate) async fn read(&self) -> Result<Tx, StoreError> {
        Ok(Tx::alone(match self {
            Self::Sqlite { readers, .. } => Inner::SqliteRead(readers.lend().await?),
            Self::Postgres(pool) => Inner::PostgresRead(pool.lend().await?),
        }))
    }

    /// A transaction that sees one moment, and ends by being dropped.
    pub(crate) async fn snapshot(&self) -> Result<Tx, StoreError> {
        Ok(Tx::alone(match self {
            Self::Sqlite { readers, .. } => {
                let turn = readers.turn().await?;
                readers.give_back();
                Inner::SqliteSnapshot {
                    transaction: readers.begin().await?,
                    _turn: turn,
                }
            }
            Self::Postgres(pool) => {
                let begin = "begin isolation level repeatable read read only";
                Inner::Postgres(in_time(SILENCE, Box::pin(pool.begin_with(begin))).await?)
            }
        }))
    }

    /// See [`crate::Store::write`].
    pub(crate) async fn write<T, E, W, F>(&self, work: W) -> Result<T, E>
    where
        E: From<StoreError> + LostRace,
        W: Fn(Tx) -> F,
        F: Future<Output = Result<T, E>>,
    {
        let mut tries = 0;
        loop {
            tries += 1;
            let done = match self {
                Self::Sqlite { writer, .. } => writer.write(&work).await,
                Self::Postgres(pool) => write_to_postgres(pool, &work).await,
            };
            match done {
                Err(error) if error.lost_race() && tries < TRIES => {}
                done => return done,
            }
        }
    }

    /// See [`crate::Store::others`].
    pub(crate) async fn others(&self) -> Result<i64, StoreError> {
        const OTHERS: &str = "select count(distinct application_name) from pg_stat_activity
            where datname = current_database() and application_name like 'usher-%' and application_name <> $1";
        Ok(match self {
            Self::Sqlite { .. } => 0,
            Self::Postgres(pool) => sqlx::query_scalar(OTHERS).bind(own_name()).fetch_one(&**pool).await?,
        })
    }

    pub(crate) fn connections(&self) -> Connections {
        let (open, idle) = match self {
            Self::Sqlite { writer, readers } => {
                let (is_open, is_idle) = writer.state();
                let idle = readers.num_idle() + usize::from(is_idle);
                (readers.size() + u32::from(is_open), idle)
            }
            Self::Postgres(pool) => (pool.size(), pool.num_idle()),
        };
        let open = i64::from(open);
        let idle = i64::try_from(idle).unwrap_or(i64::MAX).min(open);
        Connections {
            idle,
            used: open - idle,
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

async fn write_to_postgres<T, E, W, F>(pool: &PgPool, work: W) -> Result<T, E>
where
    E: From<StoreError>,
    W: Fn(Tx) -> F,
    F: Future<Output = Result<T, E>>,
{
    // In a box like [`Readers::lend`]'s.
    let transaction = in_time(SILENCE, Box::pin(pool.begin()));
    let transaction = transaction.await.map_err(StoreError::from)?;
    let (tx, lent) = Tx::lend(Inner::Postgres(transaction));
    let value = work(tx).await?;
    let Inner::Postgres(transaction) = lent.take_back()? else {
        return Err(E::from(StoreError::KeptTransaction));
    };
    let committed = in_time(SILENCE_IN_A_WRITE, transaction.commit()).await;
    committed.map_err(StoreError::from)?;
    Ok(value)
}

/// Connections to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    pub idle: i64,
    pub used: i64,
}

/// By which Postgres tells this process from others, on whatever machine: any number that no other process has.
fn own_name() -> &'static str {
    static NAME: LazyLock<String> =
        LazyLock::new(|| format!("usher-{:016x}", RandomState::new().build_hasher().finish()));
    &NAME
}

/// Makes the file before SQLite does, for its owner alone; SQLite's log beside it takes its mode from it.
fn keep_to_owner(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        // Whoever gave an older file to others did so on purpose, and a missing folder is SQLite's to tell.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(_) if path.parent().is_none_or(|folder| !folder.is_dir()) => Ok(()),
        Err(error) => Err(StoreError::Unavailable(sqlx::Error::Io(error))),
    }
}

/// Whether an error only says that another transaction was faster, so that the same work may succeed now.
pub trait LostRace {
    fn lost_race(&self) -> bool;
}

/// A connection to either engine; within `Store::write` a transaction that ends with it.
///
/// Work owns its `Tx` while it runs and gives it back by dropping it: a borrowed one would make every future that
/// writes borrow for all lifetimes, which the compiler cannot yet see to be `Send`.
pub struct Tx {
    /// None only while it is dropped.
    inner: Option<Inner>,
    lender: Option<Arc<Lent>>,
    seen: Arc<Seen>,
}

pub(crate) enum Inner {
    SqliteWrite(SqliteConnection),
    SqliteSnapshot {
        transaction: Transaction<'static, Sqlite>,
        _turn: Turn,
    },
    Postgres(Transaction<'static, Postgres>),
    SqliteRead(Reader<Sqlite>),
    PostgresRead(Reader<Postgres>),
}

/// Where a lent transaction returns to.
#[derive(Default)]
pub(crate) struct Lent(Mutex<Option<Inner>>);

impl Lent {
    pub(crate) fn take_back(&self) -> Result<Inner, StoreError> {
        let returned = self.0.lock().ok().and_then(|mut slot| slot.take());
        returned.ok_or(StoreError::KeptTransaction)
    }
}

/// What a query runs on. See [`on!`].
pub(crate) enum Connection<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Tx {
    fn alone(inner: Inner) -> Self {
        Self {
            inner: Some(inner),
            lender: None,
            seen: Arc::default(),
        }
    }

    /// Searches know by it what is rare, and what is frequent.
    pub(crate) fn with_seen(mut self, seen: &Arc<Seen>) -> Self {
        self.seen = Arc::clone(seen);
        self
    }

    pub(crate) fn seen(&self) -> Arc<Seen> {
        Arc::clone(&self.seen)
    }

    pub(crate) fn lend(inner: Inner) -> (Self, Arc<Lent>) {
        let lent = Arc::new(Lent::default());
        (
            Self {
                inner: Some(inner),
                lender: Some(Arc::clone(&lent)),
                seen: Arc::default(),
            },
            lent,
        )
    }

    /// For one statement. Who reads by it, says by [`Self::settle`] that it was answered.
    pub(crate) fn connection(&mut self) -> Result<Connection<'_>, StoreError> {
        let gone = || StoreError::KeptTransaction;
        Ok(match self.inner.as_mut().ok_or_else(gone)? {
            Inner::SqliteWrite(connection) => Connection::Sqlite(connection),
            Inner::SqliteSnapshot { transaction, .. } => Connection::Sqlite(transaction),
            Inner::Postgres(transaction) => Connection::Postgres(transaction),
            Inner::SqliteRead(reader) => Connection::Sqlite(reader.ask().ok_or_else(gone)?),
            Inner::PostgresRead(reader) => Connection::Postgres(reader.ask().ok_or_else(gone)?),
        })
    }

    /// The statement was answered, and not by an error.
    pub(crate) fn settle(&mut self) {
        match &mut self.inner {
            Some(Inner::SqliteRead(reader)) => reader.settle(),
            Some(Inner::PostgresRead(reader)) => reader.settle(),
            _ => {}
        }
    }

    /// How long one of its statements waits for an answer.
    pub(crate) fn patience(&self) -> Duration {
        match self.inner {
            Some(Inner::Postgres(_)) => SILENCE_IN_A_WRITE,
            _ => SILENCE,
        }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.inner, Some(Inner::Postgres(_) | Inner::PostgresRead(_)))
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        if let Some(lender) = self.lender.take()
            && let Ok(mut slot) = lender.0.lock()
        {
            *slot = self.inner.take();
        }
    }
}

/// Asks a connection whether it is still good. One that says nothing is closed, so that its place in the pool is free.
async fn answers(connection: &mut PgConnection, patience: Duration) -> Result<bool, sqlx::Error> {
    in_time(patience, connection.ping()).await.map(|()| true)
}

/// Waits so long for Postgres to answer, and takes silence for a connection that broke.
pub(crate) async fn in_time<T>(
    patience: Duration,
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let answer = tokio::time::timeout(patience, answer).await;
    answer.unwrap_or_else(|_| Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())))
}

/// Writes one query for both engines: `on!(tx, connection => sqlx::query("…").execute(connection).await)`.
macro_rules! on {
    ($tx:expr, $connection:ident => $body:expr) => {{
        let patience = $tx.patience();
        let answer = match $tx.connection()? {
            $crate::engine::Connection::Sqlite($connection) => {
                $crate::processors::after_its_thread(async { $body }).await
            }
            $crate::engine::Connection::Postgres($connection) => {
                $crate::engine::in_time(patience, async { $body }).await
            }
        };
        if answer.is_ok() {
            $tx.settle();
        }
        answer
    }};
}
pub(crate) use on;

/// Runs a statement that changes rows: `execute!(tx, "update … where id = $1", id)` is the number of rows changed.
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::engine::on!($tx, connection =>
            sqlx::query($sql)$(.bind($bind))*.execute(connection).await.map(|done| done.rows_affected()))
            .map_err($crate::error::StoreError::from)
    };
}
pub(crate) use execute;

/// Fetches at most one row as `$row`, or all of them.
macro_rules! fetch_optional {
    ($tx:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::engine::on!($tx, connection =>
            sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_optional(connection).await)
            .map_err($crate::error::StoreError::from)
    };
}
pub(crate) use fetch_optional;

macro_rules! fetch_all {
    ($tx:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::engine::on!($tx, connection =>
            sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_all(connection).await)
            .map_err($crate::error::StoreError::from)
    };
}
pub(crate) use fetch_all;
