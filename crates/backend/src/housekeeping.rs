//! Forgetting what time has ended. Nothing depends on it: what is over is over without it, and only takes room.

use std::{io, time::Duration};

use tokio::time;

use crate::{Backend, access::IDLE_SECONDS, error::Error, mail::folder};

const EVERY: Duration = Duration::from_secs(60 * 60);

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// The slowest limit is whole again within the hour.
const LIMITS_KEPT_SECONDS: i64 = DAY_SECONDS;

/// A mail's fate can be looked up for so long, or for as long as its invitation is listed.
const MAILS_KEPT_SECONDS: i64 = 90 * DAY_SECONDS;

/// How many rows were forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    pub sessions: u64,
    pub limits: u64,
    pub mails: u64,
    /// Mails as files.
    pub files: u64,
}

impl Backend {
    /// Sweeps now and every hour, and never ends by itself. Several servers on one database do no harm.
    pub async fn run_housekeeping(&self) {
        let mut hourly = time::interval(EVERY);
        loop {
            hourly.tick().await;
            match self.sweep().await {
                Ok(swept) => tracing::debug!(?swept, "swept"),
                Err(error) => tracing::warn!(%error, "sweeping failed, it is tried again in an hour"),
            }
            match self.prune_audit().await {
                Ok(0) => {}
                Ok(pruned) => tracing::info!(pruned, "the audit log was pruned"),
                Err(error) => tracing::error!(%error, "the audit log was not pruned"),
            }
        }
    }

    pub async fn sweep(&self) -> Result<Swept, Error> {
        let now = self.clock().now();
        let mails_before = now.minus_seconds(MAILS_KEPT_SECONDS);
        let folder = folder::folder(self.settings());
        let files = tokio::task::spawn_blocking(move || folder::sweep(&folder, mails_before)).await;
        let files = files.map_err(io::Error::other).flatten().map_err(folder::undeleted)?;
        self.store()
            .write(|mut tx| async move {
                Ok(Swept {
                    files,
                    sessions: store::session::sweep(&mut tx, now.minus_seconds(IDLE_SECONDS)).await?,
                    limits: store::bucket::sweep(&mut tx, now.minus_seconds(LIMITS_KEPT_SECONDS)).await?,
                    mails: store::mail::sweep(&mut tx, mails_before).await?,
                })
            })
            .await
    }
}
