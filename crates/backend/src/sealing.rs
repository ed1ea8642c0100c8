//! Sealing the audit log. Events are written unsealed, so that no change waits for another; one server at a time appends
//! them to the chain, within a second.

use std::{pin::pin, time::Duration};

use store::{Tx, audit_raw::RawId};
use tokio::time;

use crate::{
    Backend,
    audit_chain::{ChainKey, Head},
    error::Error,
};

/// How often it is asked whether events wait.
const EVERY: Duration = Duration::from_millis(500);

/// So many are sealed in one transaction: writers of an SQLite database wait for it.
const BATCH: i64 = 250;

/// How often the log on standard error tells the head.
const HEAD_EVERY: Duration = Duration::from_secs(60 * 60);

/// What became of a try to seal.
enum Sealed {
    Events(Batch),
    /// This process has a key that is not the database's any more.
    OtherKey,
}

/// What a sealer did.
#[derive(Default)]
pub(crate) struct Batch {
    /// How many events it sealed.
    pub(crate) number: i64,
    /// Those that it passed over, since they cannot be read: Usher did not write them. They wait for good, and a check names
    /// them.
    unreadable: Vec<RawId>,
}

impl Backend {
    /// Seals what waits until `shutdown`, and once more then. Ends by itself when the key was rotated: whoever goes on
    /// with the old one would break the chain.
    pub async fn run_sealer(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        let (mut often, mut hourly) = (time::interval(EVERY), time::interval(HEAD_EVERY));
        let mut told = Vec::new();
        often.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        loop {
            let is_last = tokio::select! {
                () = &mut shutdown => true,
                _ = often.tick() => false,
                _ = hourly.tick() => {
                    self.log_head().await;
                    continue;
                }
            };
            match self.seal_waiting().await {
                Ok(Sealed::Events(Batch { unreadable, .. })) => {
                    // They are told once, not twice a second.
                    for event in unreadable.iter().filter(|event| !told.contains(*event)) {
                        tracing::error!(%event, "an event of the audit log cannot be read and is not sealed: see usher check");
                    }
                    told = unreadable;
                }
                Ok(Sealed::OtherKey) => {
                    tracing::error!(
                        "the installation's key was rotated: this server has the old one, and must be started again"
                    );
                    return;
                }
                Err(error) => tracing::warn!(%error, "the audit log could not be sealed, it is tried again"),
            }
            if is_last {
                self.log_head().await;
                return;
            }
        }
    }

    /// Seals all events that wait, and returns how many.
    pub async fn seal_audit(&self) -> Result<i64, Error> {
        match self.seal_waiting().await? {
            Sealed::Events(batch) => Ok(batch.number),
            Sealed::OtherKey => Err(Error::Internal("the key is not this database's".to_owned())),
        }
    }

    /// Up to where the log is sealed now.
    pub async fn audit_head(&self) -> Result<Head, Error> {
        let mut tx = self.store().read().await?;
        head(&mut tx).await
    }

    async fn seal_waiting(&self) -> Result<Sealed, Error> {
        let mut all = Batch::default();
        loop {
            let mut tx = self.store().read().await?;
            if !self.has_its_key(&mut tx).await? {
                return Ok(Sealed::OtherKey);
            }
            if !store::audit_chain::is_waiting(&mut tx).await? {
                return Ok(Sealed::Events(all));
            }
            drop(tx);
            match self.store().write(|tx| self.seal_batch(tx)).await? {
                Sealed::Events(batch) => {
                    all.number += batch.number;
                    all.unreadable = batch.unreadable;
                    if batch.number == 0 {
                        return Ok(Sealed::Events(all));
                    }
                }
                Sealed::OtherKey => return Ok(Sealed::OtherKey),
            }
        }
    }

    async fn seal_batch(&self, mut tx: Tx) -> Result<Sealed, Error> {
        store::audit_chain::lock(&mut tx).await?;
        if !self.has_its_key(&mut tx).await? {
            return Ok(Sealed::OtherKey);
        }
        let batch = seal(&mut tx, &ChainKey::from(self.key()), BATCH).await?;
        Ok(Sealed::Events(batch))
    }

    /// Whether the key was not rotated since this process began.
    pub(crate) async fn has_its_key(&self, tx: &mut Tx) -> Result<bool, Error> {
        let check = store::installation::key_check(tx).await?.flatten();
        Ok(check.is_none_or(|check| check == self.key().check()))
    }

    async fn log_head(&self) {
        match self.audit_head().await {
            Ok(head) => tracing::info!(%head, "the audit log is sealed"),
            Err(error) => tracing::warn!(%error, "the audit log's head cannot be read"),
        }
    }
}

/// Seals at most so many events that wait. The chain must be locked.
pub(crate) async fn seal(tx: &mut Tx, key: &ChainKey, limit: i64) -> Result<Batch, Error> {
    let mut last = head(tx).await?;
    let mut batch = Batch::default();
    let mut after = None;
    while batch.number < limit {
        // What was passed over goes on waiting, in front of the others.
        let rows = store::audit_chain::unsealed(tx, after.as_ref(), limit - batch.number).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            match row.event() {
                Some(event) => {
                    last = key.seal(&last, &event);
                    store::audit_chain::insert(tx, event.id, &last.raw()).await?;
                    batch.number += 1;
                }
                None => batch.unreadable.push(row.id.clone()),
            }
            after = Some(row.id);
        }
    }
    Ok(batch)
}

/// The end of the chain.
pub(crate) async fn head(tx: &mut Tx) -> Result<Head, Error> {
    match store::audit_chain::head(tx).await? {
        None => Ok(Head::NONE),
        Some(raw) => Head::read(&raw)
            .ok_or_else(|| Error::Internal(format!("seal {} has no mac: see usher check", raw.sequence))),
    }
}
