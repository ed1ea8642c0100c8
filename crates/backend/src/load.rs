//! How busy the installation is, for whoever watches it.

use crate::{Backend, error::Error};

/// Counts at one moment.
#[derive(Debug)]
pub struct Load {
    /// What the database keeps, or why it does not answer: then nobody knows.
    pub kept: Result<Kept, Error>,
    /// Passwords that wait to be checked.
    pub hashes_waiting: i64,
    pub connections_idle: i64,
    pub connections_used: i64,
}

/// What is counted in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    pub sessions: i64,
    pub mails_queued: i64,
    pub mails_failed: i64,
}

impl Backend {
    pub async fn load(&self) -> Load {
        // Before one is taken to ask with.
        let mut connections = self.store().connections();
        let kept = self.kept().await;
        if kept.is_err() {
            // Those that were idle may have been found broken meanwhile, and were let go.
            connections = self.store().connections();
        }
        Load {
            kept,
            hashes_waiting: self.passwords().waiting(),
            connections_idle: connections.idle,
            connections_used: connections.used,
        }
    }

    async fn kept(&self) -> Result<Kept, Error> {
        let mut tx = self.store().read().await?;
        let mails = store::mail::summary(&mut tx).await?;
        Ok(Kept {
            sessions: store::session::count(&mut tx).await?,
            mails_queued: mails.queued,
            mails_failed: mails.failed,
        })
    }

    /// "SQLite" or "Postgres".
    pub fn engine_name(&self) -> &'static str {
        self.store().engine_name()
    }
}
