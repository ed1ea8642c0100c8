//! How busy the installation is, for whoever watches it.

use crate::{Backend, error::Error};

/// Counts at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    pub sessions: i64,
    pub mails_queued: i64,
    pub mails_failed: i64,
    /// Passwords that wait to be checked.
    pub hashes_waiting: i64,
    pub connections_idle: i64,
    pub connections_used: i64,
}

impl Backend {
    pub async fn load(&self) -> Result<Load, Error> {
        // Before one is taken to ask with.
        let connections = self.store().connections();
        let mut tx = self.store().read().await?;
        let summary = store::mail::summary(&mut tx).await?;
        let sessions = store::session::count(&mut tx).await?;
        Ok(Load {
            sessions,
            mails_queued: summary.queued,
            mails_failed: summary.failed,
            hashes_waiting: self.passwords().waiting(),
            connections_idle: connections.idle,
            connections_used: connections.used,
        })
    }

    /// "SQLite" or "Postgres".
    pub fn engine_name(&self) -> &'static str {
        self.store().engine_name()
    }
}
