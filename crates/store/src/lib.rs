//! The only crate that knows SQL: one text, two engines; rows in, domain types out.
//!
//! Reads take a [`Tx`] from [`Store::read`]; writes are closures for [`Store::write`], which may run more than once.
//! Each module is one table or one concern, its functions take a `Tx`, and those that read what belongs to a tenant take
//! a [`Scope`].

pub mod audit;
pub mod audit_chain;
pub mod audit_checkpoint;
pub mod audit_erasure;
pub mod audit_raw;
pub mod backup;
pub mod bucket;
pub mod bulk;
pub mod counter;
pub mod deferred;
mod dialect;
mod engine;
mod error;
pub mod inspect;
mod inspect_triggers;
pub mod installation;
pub mod invitation;
mod list;
pub mod mail;
mod migrate;
pub mod organization;
#[cfg(test)]
mod plans;
mod postgres;
mod processors;
mod readers;
pub mod recovery;
pub mod sealed;
mod search;
pub mod second_factor;
pub mod session;
mod sql;
pub mod tally;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod tier;
pub mod user;
mod writer;

use std::sync::Arc;

use domain::id::OrganizationId;
pub use engine::{Connections, LostRace, Tx};
pub use error::{StoreError, Unique};
pub use search::{Counted, sample_lists};

/// The database, open and up to date.
#[derive(Clone)]
pub struct Store {
    engine: engine::Engine,
    seen: Arc<search::Seen>,
}

/// Whose rows a query may see. Only the backend's permission handles make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    All,
    Organization(OrganizationId),
}

impl Scope {
    pub fn covers(self, organization: Option<OrganizationId>) -> bool {
        match self {
            Self::All => true,
            Self::Organization(own) => organization == Some(own),
        }
    }

    fn organization(self) -> Option<OrganizationId> {
        match self {
            Self::All => None,
            Self::Organization(own) => Some(own),
        }
    }
}

impl Store {
    /// Opens `sqlite://path` (the file is made if there is none) or `postgres://…` and brings it up to date.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let engine = engine::Engine::open(url).await?;
        migrate::run(&engine).await?;
        let store = Self {
            engine,
            seen: Arc::default(),
        };
        if !deferred::names(&store).await?.is_empty() {
            deferred::build(&store).await?;
        }
        Ok(store)
    }

    pub async fn read(&self) -> Result<Tx, StoreError> {
        Ok(self.engine.read().await?.with_seen(&self.seen))
    }

    /// Runs `work` in one transaction, and again when it lost a race on Postgres. So `work` changes nothing outside the
    /// database, and what it uses (hashes, tokens, the time) is made before.
    pub async fn write<T, E, W, F>(&self, work: W) -> Result<T, E>
    where
        E: From<StoreError> + LostRace,
        W: Fn(Tx) -> F,
        F: Future<Output = Result<T, E>>,
    {
        self.engine.write(work).await
    }

    /// "SQLite" or "Postgres", for people.
    pub fn engine_name(&self) -> &'static str {
        match self.engine {
            engine::Engine::Sqlite { .. } => "SQLite",
            engine::Engine::Postgres(_) => "Postgres",
        }
    }

    /// How many other processes of Usher have this database open. An SQLite file has one.
    pub async fn others(&self) -> Result<i64, StoreError> {
        self.engine.others().await
    }

    /// Those that are open now.
    pub fn connections(&self) -> Connections {
        self.engine.connections()
    }

    /// Waits for what is under way and closes all connections.
    pub async fn close(&self) {
        self.engine.close().await;
    }
}
