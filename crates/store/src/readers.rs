//! A pool of connections of which some stay at hand between two readings.
//!
//! sqlx asks each connection whether it is still good when it comes back to its pool, and tasks do so beside the request.
//! On SQLite a question wakes a thread and waits for it, on Postgres it goes to another process and back: for the short
//! statements of a page, that was as much work as their answers.

use std::{
    fmt,
    ops::Deref,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{Database, Pool, pool::PoolConnection};
use tokio::{
    select,
    sync::{AcquireError, OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// The right to have one of the connections.
pub(crate) type Turn = OwnedSemaphorePermit;

/// Whoever has waited so long for a turn is let in beside those who have theirs: they read what takes long. Where Postgres is
/// only busy, to open one more connection would keep it busier still.
const LONG: Duration = Duration::from_millis(50);

/// How many read at once.
pub(crate) struct AtOnce {
    /// While each is soon done. More would keep each other waiting, and the processor's caches cold.
    pub few: usize,
    /// Where some take long.
    pub most: usize,
}

pub(crate) struct Readers<DB: Database> {
    pool: Pool<DB>,
    /// Where those who read wait, in the order of coming. At the pool they would not hear of a connection that comes back
    /// to hand.
    line: Arc<Semaphore>,
    /// Where those wait besides who have waited for long.
    long: Arc<Semaphore>,
    at_hand: Arc<AtHand<DB>>,
}

/// The connections that wait here instead of in the pool.
struct AtHand<DB: Database> {
    /// So many at most.
    most: usize,
    /// One that has waited longer goes back to the pool, which asks whether it is still good. None: it always is.
    fresh: Option<Duration>,
    /// None once the pool is closed.
    waiting: Mutex<Option<Vec<Waiting<DB>>>>,
}

struct Waiting<DB: Database> {
    connection: PoolConnection<DB>,
    since: Instant,
}

impl<DB: Database> Readers<DB> {
    /// As many stay at hand as may read at once. See [`AtHand::fresh`].
    pub(crate) fn new(pool: Pool<DB>, at_once: AtOnce, fresh: Option<Duration>) -> Self {
        let AtOnce { few, most } = at_once;
        Self {
            pool,
            line: Arc::new(Semaphore::new(few)),
            long: Arc::new(Semaphore::new(most.saturating_sub(few))),
            at_hand: Arc::new(AtHand {
                most,
                fresh,
                waiting: Mutex::new(Some(Vec::new())),
            }),
        }
    }

    /// For one who reads alone, and has no use for connections at hand.
    pub(crate) fn alone(pool: Pool<DB>) -> Self {
        Self::new(pool, AtOnce { few: 1, most: 0 }, None)
    }

    /// A connection to read by: the one that was used last, if it is at hand.
    pub(crate) async fn lend(&self) -> Result<Reader<DB>, sqlx::Error> {
        let turn = self.turn().await?;
        let connection = match self.at_hand.take() {
            Some(connection) => connection,
            // In a box, since all that reads would have room for how a connection is made, and be moved about with it.
            None => Box::pin(self.pool.acquire()).await?,
        };
        Ok(Reader {
            connection: Some(connection),
            is_settled: true,
            at_hand: Arc::clone(&self.at_hand),
            _turn: turn,
        })
    }

    /// Waits for one of the connections, as long as the pool would. Whoever takes it from the pool then keeps this as long.
    pub(crate) async fn turn(&self) -> Result<Turn, sqlx::Error> {
        if let Ok(turn) = Arc::clone(&self.line).try_acquire_owned() {
            return Ok(turn);
        }
        let patience = self.pool.options().get_acquire_timeout();
        let turn = Box::pin(timeout(patience, self.wait())).await;
        turn.map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)
    }

    async fn wait(&self) -> Result<Turn, AcquireError> {
        let mut turn = pin!(Arc::clone(&self.line).acquire_owned());
        match timeout(LONG, turn.as_mut()).await {
            Ok(turn) => turn,
            Err(_) => select! {
                turn = turn => turn,
                turn = Arc::clone(&self.long).acquire_owned() => turn,
            },
        }
    }

    /// Lets the pool have all that is at hand, for what is read through the pool itself.
    pub(crate) fn give_back(&self) {
        if let Some(waiting) = self.at_hand.lock().as_mut() {
            waiting.clear();
        }
    }

    /// Those that nobody reads by, here and in the pool.
    pub(crate) fn num_idle(&self) -> usize {
        self.pool.num_idle() + self.at_hand.lock().as_ref().map_or(0, Vec::len)
    }

    pub(crate) async fn close(&self) {
        drop(self.at_hand.lock().take());
        self.pool.close().await;
    }
}

impl<DB: Database> Clone for Readers<DB> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            line: Arc::clone(&self.line),
            long: Arc::clone(&self.long),
            at_hand: Arc::clone(&self.at_hand),
        }
    }
}

impl<DB: Database> Deref for Readers<DB> {
    type Target = Pool<DB>;

    fn deref(&self) -> &Pool<DB> {
        &self.pool
    }
}

impl<DB: Database> AtHand<DB> {
    fn lock(&self) -> MutexGuard<'_, Option<Vec<Waiting<DB>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<PoolConnection<DB>> {
        let mut guard = self.lock();
        let waiting = guard.as_mut()?;
        let last = waiting.pop()?;
        if self.fresh.is_none_or(|fresh| last.since.elapsed() < fresh) {
            return Some(last.connection);
        }
        // The others have waited longer still.
        waiting.clear();
        None
    }

    fn keep(&self, connection: PoolConnection<DB>) {
        if let Some(waiting) = self.lock().as_mut().filter(|waiting| waiting.len() < self.most) {
            let since = Instant::now();
            waiting.push(Waiting { connection, since });
        }
    }
}

/// Where everything is dropped, there may be no runtime any more that could take them to the pool.
impl<DB: Database> Drop for AtHand<DB> {
    fn drop(&mut self) {
        let waiting = self.lock().take().unwrap_or_default();
        waiting
            .into_iter()
            .for_each(|waiting| drop(waiting.connection.detach()));
    }
}

/// A connection that comes back to hand if every statement on it was answered, else to the pool.
pub(crate) struct Reader<DB: Database> {
    /// None only while it is dropped.
    connection: Option<PoolConnection<DB>>,
    is_settled: bool,
    at_hand: Arc<AtHand<DB>>,
    /// Dropped behind the connection, so that whoever comes next finds it at hand.
    _turn: Turn,
}

impl<DB: Database> Reader<DB> {
    /// For a statement. Until it is answered, nobody else may have the connection: what was asked may be broken off, and
    /// its answer would be taken for that of the next.
    pub(crate) fn ask(&mut self) -> Option<&mut DB::Connection> {
        self.is_settled = false;
        self.connection.as_deref_mut()
    }

    /// The statement was answered, and not by an error.
    pub(crate) fn settle(&mut self) {
        self.is_settled = true;
    }
}

impl<DB: Database> Drop for Reader<DB> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take().filter(|_| self.is_settled) {
            self.at_hand.keep(connection);
        }
    }
}

impl<DB: Database> fmt::Debug for Readers<DB> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Readers").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use sqlx::{Sqlite, sqlite::SqlitePoolOptions};
    use tokio::time::timeout;

    use super::{AtOnce, LONG, Reader, Readers};

    /// Longer than anything here takes.
    const AN_AGE: Duration = Duration::from_secs(10);

    fn readers(fresh: Option<Duration>) -> Readers<Sqlite> {
        readers_at_once(AtOnce { few: 1, most: 1 }, fresh)
    }

    fn readers_at_once(at_once: AtOnce, fresh: Option<Duration>) -> Readers<Sqlite> {
        let connections = u32::try_from(at_once.most).unwrap();
        let pool = SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(AN_AGE);
        Readers::new(pool.connect_lazy("sqlite::memory:").unwrap(), at_once, fresh)
    }

    async fn ask(reader: &mut Reader<Sqlite>) {
        sqlx::query("select 1").fetch_one(reader.ask().unwrap()).await.unwrap();
    }

    fn at_hand(readers: &Readers<Sqlite>) -> usize {
        readers.at_hand.lock().as_ref().map_or(0, Vec::len)
    }

    #[tokio::test]
    async fn a_connection_stays_at_hand_once_it_has_answered() {
        let readers = readers(None);
        let mut reader = readers.lend().await.unwrap();
        ask(&mut reader).await;
        reader.settle();
        drop(reader);
        assert_eq!((at_hand(&readers), readers.num_idle()), (1, 1));
        drop(readers.lend().await.unwrap());
        readers.give_back();
        assert_eq!(at_hand(&readers), 0);
        readers.acquire().await.unwrap();
    }

    #[tokio::test]
    async fn who_waits_gets_the_connection_that_comes_back_to_hand() {
        let readers = readers(None);
        let lent = readers.lend().await.unwrap();
        let waits = readers.lend();
        tokio::pin!(waits);
        assert!(timeout(Duration::from_millis(1), waits.as_mut()).await.is_err());
        drop(lent);
        drop(timeout(AN_AGE / 2, waits).await.unwrap().unwrap());
        assert_eq!(at_hand(&readers), 1);
    }

    #[tokio::test]
    async fn who_waits_for_long_is_let_in_beside_those_who_read() {
        let readers = readers_at_once(AtOnce { few: 1, most: 2 }, None);
        let first = readers.lend().await.unwrap();
        let began = Instant::now();
        let second = timeout(AN_AGE / 2, readers.lend()).await.unwrap().unwrap();
        assert!(began.elapsed() >= LONG, "two read at once");
        let waits = readers.lend();
        tokio::pin!(waits);
        assert!(timeout(2 * LONG, waits.as_mut()).await.is_err(), "three read at once");
        drop(second);
        drop(timeout(AN_AGE / 2, waits).await.unwrap().unwrap());
        drop(first);
        assert_eq!(at_hand(&readers), 2);
    }

    #[test]
    fn what_is_at_hand_may_end_after_its_runtime() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.unwrap();
        let readers = runtime.block_on(async {
            let readers = readers(None);
            drop(readers.lend().await.unwrap());
            readers
        });
        assert_eq!(at_hand(&readers), 1);
        drop(runtime);
        drop(readers);
    }

    #[tokio::test]
    async fn one_that_was_broken_off_goes_to_the_pool_that_asks_it() {
        let readers = readers(None);
        let mut reader = readers.lend().await.unwrap();
        ask(&mut reader).await;
        drop(reader);
        assert_eq!(at_hand(&readers), 0);
        readers.lend().await.unwrap();
    }

    #[tokio::test]
    async fn one_that_has_waited_too_long_goes_to_the_pool_that_asks_it() {
        let readers = readers(Some(Duration::ZERO));
        drop(readers.lend().await.unwrap());
        assert_eq!(at_hand(&readers), 1);
        assert!(readers.at_hand.take().is_none());
        assert_eq!(at_hand(&readers), 0);
        readers.lend().await.unwrap();
    }

    #[tokio::test]
    async fn what_is_at_hand_keeps_nobody_from_closing() {
        let readers = readers(None);
        let lent = readers.lend().await.unwrap();
        let closing = readers.close();
        tokio::pin!(closing);
        assert!(timeout(Duration::from_millis(1), closing.as_mut()).await.is_err());
        // It comes back while the pool is closed, and is closed with it.
        drop(lent);
        timeout(AN_AGE, closing).await.unwrap();
        assert_eq!(at_hand(&readers), 0);
    }
}
