//! The one writer of an SQLite file. Who writes waits in a line, in the order of coming, so that nobody ever meets
//! "database is locked"; and those who wait together share one commit, which is what a write costs most.
//!
//! Whoever is first begins a transaction. Everybody's work is behind a savepoint of its own, so that one that fails takes
//! nothing of the others away. Nobody is answered before the commit has succeeded, and if it fails, all are told.

use std::{fmt::Display, io, sync::Arc, time::Duration};

use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedMutexGuard, watch},
    time::timeout,
};
use tracing::Instrument;

use crate::{
    engine::{Inner, Lent, Tx},
    error::StoreError,
};

#[cfg(test)]
mod tests;

/// So many works share a commit at most, so that the first of them does not wait for all that come while others do.
const MOST: u32 = 64;

#[derive(Clone)]
pub(crate) struct Writer {
    line: Arc<Mutex<Line>>,
    /// How long somebody waits in the line.
    patience: Duration,
}

/// What whoever is in front of the line has to themselves.
struct Line {
    options: SqliteConnectOptions,
    /// None while a work has it, and until it is opened anew after something failed that it may not have recovered from.
    connection: Option<SqliteConnection>,
    is_closed: bool,
    /// The transaction that is open, once there is work in it that is to be kept.
    batch: Option<Batch>,
    /// Which of two names the newest savepoint has. Two, so that to undo a work whose savepoint was never set fails, and
    /// does not undo the one before.
    is_even: bool,
}

struct Batch {
    works: u32,
    outcome: watch::Sender<Option<Outcome>>,
}

/// Of a commit, or why there was none, for each of those who share it.
type Outcome = Result<(), String>;

impl Writer {
    /// Opens the file.
    pub(crate) async fn open(options: SqliteConnectOptions, patience: Duration) -> Result<Self, StoreError> {
        let connection = options.connect().await?;
        let line = Line {
            options,
            connection: Some(connection),
            is_closed: false,
            batch: None,
            is_even: false,
        };
        Ok(Self {
            line: Arc::new(Mutex::new(line)),
            patience,
        })
    }

    /// Runs `work`, and returns when what it wrote is durable.
    pub(crate) async fn write<T, E, W, F>(&self, work: W) -> Result<T, E>
    where
        E: From<StoreError>,
        W: Fn(Tx) -> F,
        F: Future<Output = Result<T, E>>,
    {
        let (tx, mut turn) = whole(self.turn().await?.begin()).await?;
        let done = match turn.is_shared() {
            false => work(tx).await,
            true => match timeout(self.patience, work(tx)).await {
                Ok(done) => done,
                // Those before it wait for their answer. It is begun again when they have it.
                Err(_) => {
                    let (tx, alone) = whole(turn.begin_alone()).await?;
                    turn = alone;
                    work(tx).await
                }
            },
        };
        let shared = if done.is_ok() {
            Some(turn.keep(self)?)
        } else {
            // What was refused may have been refused for what others wrote before, and that has to have happened.
            turn.undo().await
        };
        if let Some(mut outcome) = shared {
            let outcome = outcome.wait_for(Option::is_some).await;
            if let Some(Err(reason)) = outcome.map_err(|_| unfinished())?.clone() {
                return Err(E::from(unavailable(reason)));
            }
        }
        done
    }

    /// The connection, with no transaction on it and nobody else, for what cannot be done inside of one.
    pub(crate) async fn alone(&self) -> Result<Alone, StoreError> {
        let mut line = self.wait().await?;
        line.commit().await;
        line.connect().await?;
        Ok(Alone { line })
    }

    /// Whether the connection is open, and whether nobody has it.
    pub(crate) fn state(&self) -> (bool, bool) {
        match self.line.try_lock() {
            Ok(line) => {
                let is_open = line.connection.is_some();
                (is_open, is_open && line.batch.is_none())
            }
            Err(_) => (true, false),
        }
    }

    /// Waits for what is under way.
    pub(crate) async fn close(&self) {
        let mut line = self.line.lock().await;
        line.commit().await;
        line.is_closed = true;
        if let Some(connection) = line.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the database was not closed in order");
        }
    }

    async fn turn(&self) -> Result<Turn, StoreError> {
        Ok(Turn {
            line: Some(self.wait().await?),
            lent: None,
        })
    }

    async fn wait(&self) -> Result<OwnedMutexGuard<Line>, StoreError> {
        let line = timeout(self.patience, Arc::clone(&self.line).lock_owned()).await;
        let line = line.map_err(|_| StoreError::Unavailable(sqlx::Error::PoolTimedOut))?;
        if line.is_closed {
            return Err(StoreError::Unavailable(sqlx::Error::PoolClosed));
        }
        Ok(line)
    }

    /// Commits what the line holds, behind everybody who waits in it now: they are who shares the commit. A task of its
    /// own, since whoever began the transaction may leave before it ends.
    fn commit_behind_all(&self) {
        let line = Arc::clone(&self.line);
        tokio::spawn(async move { line.lock_owned().await.commit().await });
    }
}

/// Does what must not be left half-way, even if whoever waits for it leaves.
async fn whole<T: Send + 'static>(
    what: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::spawn(what.in_current_span()).await.map_err(|_| unfinished())?
}

/// The connection outside of any transaction.
pub(crate) struct Alone {
    line: OwnedMutexGuard<Line>,
}

impl Alone {
    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.line.connection.as_mut().ok_or_else(unfinished)
    }
}

/// Somebody in front of the line. Dropped in the midst of its work, it undoes that before it lets the next one in.
struct Turn {
    /// None once it is over.
    line: Option<OwnedMutexGuard<Line>>,
    /// Where the work gives the connection back.
    lent: Option<Arc<Lent>>,
}

impl Turn {
    /// Lends the connection to a work. What is dropped first stands first.
    async fn begin(mut self) -> Result<(Tx, Self), StoreError> {
        let line = self.line.as_mut().ok_or_else(unfinished)?;
        line.begin_work().await?;
        let connection = line.connection.take().ok_or_else(unfinished)?;
        let (tx, lent) = Tx::lend(Inner::SqliteWrite(connection));
        self.lent = Some(lent);
        Ok((tx, self))
    }

    /// Whether others have written in the same transaction.
    fn is_shared(&self) -> bool {
        self.line.as_ref().is_some_and(|line| line.batch.is_some())
    }

    /// Begins once more, in a transaction of its own: those before it get their answer.
    async fn begin_alone(mut self) -> Result<(Tx, Self), StoreError> {
        let line = self.take_back()?.ok_or_else(unfinished)?;
        let line = self.line.insert(line);
        line.undo_work().await;
        line.commit().await;
        self.begin().await
    }

    /// Ends the turn with what was written, and tells where to hear of its commit.
    fn keep(mut self, writer: &Writer) -> Result<watch::Receiver<Option<Outcome>>, StoreError> {
        let Some(mut line) = self.take_back()? else {
            return Err(StoreError::KeptTransaction);
        };
        let batch = line.batch.get_or_insert_with(|| {
            writer.commit_behind_all();
            Batch {
                works: 0,
                outcome: watch::Sender::new(None),
            }
        });
        batch.works += 1;
        Ok(batch.outcome.subscribe())
    }

    /// Ends the turn without what was written. Tells where to hear of the commit of those before, if there are any.
    async fn undo(mut self) -> Option<watch::Receiver<Option<Outcome>>> {
        let line = self.take_back().ok().flatten()?;
        let shared = line.batch.as_ref().map(|batch| batch.outcome.subscribe());
        // Until it is done, the line stays with the turn: to undo twice is no harm.
        self.line.insert(line).undo_work().await;
        self.line = None;
        shared
    }

    /// The line with its connection, which a work that still keeps it takes away from everybody.
    fn take_back(&mut self) -> Result<Option<OwnedMutexGuard<Line>>, StoreError> {
        let Some(mut line) = self.line.take() else {
            return Ok(None);
        };
        if let Some(lent) = self.lent.take() {
            match lent.take_back() {
                Ok(Inner::SqliteWrite(connection)) => line.connection = Some(connection),
                _ => {
                    line.give_up(&StoreError::KeptTransaction);
                    return Err(StoreError::KeptTransaction);
                }
            }
        }
        Ok(Some(line))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Ok(Some(mut line)) = self.take_back() else { return };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move { line.undo_work().await })),
            Err(_) => line.give_up(&unfinished()),
        }
    }
}

impl Line {
    async fn connect(&mut self) -> Result<(), StoreError> {
        if self.connection.is_none() {
            self.connection = Some(self.options.connect().await?);
        }
        Ok(())
    }

    /// Begins a transaction, or goes on in the one that is open, and sets a savepoint. To let the one before go fails where
    /// SQLite has ended the transaction by itself, as on a full disk: what is written then would be in none.
    async fn begin_work(&mut self) -> Result<(), StoreError> {
        if self.batch.as_ref().is_some_and(|batch| batch.works == MOST) {
            self.commit().await;
        }
        self.connect().await?;
        self.is_even = self.batch.is_none() || !self.is_even;
        let begin = match (&self.batch, self.is_even) {
            (None, _) => "begin immediate; savepoint even",
            (Some(_), true) => "release odd; savepoint even",
            (Some(_), false) => "release even; savepoint odd",
        };
        self.run(begin).await.map_err(|error| {
            self.give_up(&error);
            unavailable(error.to_string())
        })
    }

    /// Takes back what the newest work wrote; what others wrote before stays.
    async fn undo_work(&mut self) {
        let undo = match (&self.batch, self.is_even) {
            (None, _) => "rollback",
            (Some(_), true) => "rollback to even",
            (Some(_), false) => "rollback to odd",
        };
        if let Err(error) = self.run(undo).await {
            self.give_up(&error);
        }
    }

    /// Makes durable what waits for it, and tells everybody.
    async fn commit(&mut self) {
        let Some(batch) = self.batch.take() else { return };
        let outcome = self.run("commit").await.map_err(|error| {
            self.connection = None;
            error.to_string()
        });
        batch.outcome.send_replace(Some(outcome));
    }

    /// Closes the connection, whatever state it is in, which ends its transaction, and tells everybody in it.
    fn give_up(&mut self, reason: &dyn Display) {
        self.connection = None;
        if let Some(batch) = self.batch.take() {
            batch.outcome.send_replace(Some(Err(reason.to_string())));
        }
    }

    async fn run(&mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        let connection = self.connection.as_mut().ok_or(sqlx::Error::WorkerCrashed)?;
        sqlx::query(statement).execute(connection).await.map(drop)
    }
}

/// A transaction that could not be begun, ended or committed, whatever for: nothing can be written at the moment.
fn unavailable(reason: String) -> StoreError {
    StoreError::Unavailable(sqlx::Error::Io(io::Error::other(reason)))
}

pub(crate) fn unfinished() -> StoreError {
    StoreError::Unavailable(sqlx::Error::WorkerCrashed)
}
