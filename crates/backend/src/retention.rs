//! Pruning the audit log. What is older than the retention goes, but only behind a checkpoint that the installation's key
//! vouches for, and only after it was verified: pruning must not wipe out the traces of whoever changed it.

use domain::{
    audit::{Action, ObjectKind},
    time::Moment,
};
use serde_json::json;
use store::Tx;

use crate::{
    Backend,
    audit::{Entry, record_by},
    audit_check::Walk,
    error::Error,
    show,
};

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// So many go in one transaction: writers of an SQLite database wait for it.
const BATCH: i64 = 1000;

impl Backend {
    /// Prunes what is older than the retention, and returns how many events went. Whole days in UTC go, so that there is
    /// something to prune once a day.
    pub async fn prune_audit(&self) -> Result<i64, Error> {
        let Some(days) = self.settings().audit_retention else {
            return Ok(0);
        };
        let now = self.clock().now();
        let today = now.0.div_euclid(DAY_SECONDS * 1000);
        let before = Moment((today - i64::from(days)) * DAY_SECONDS * 1000);
        let mut all = 0;
        loop {
            let pruned = self.store().write(|tx| self.prune_before(tx, before, now)).await?;
            all += pruned;
            if pruned < BATCH {
                return Ok(all);
            }
        }
    }

    /// Prunes the oldest events in the order of the chain, up to the first that is not old. The newest seal always stays: the
    /// chain goes on from it.
    async fn prune_before(&self, mut tx: Tx, before: Moment, now: Moment) -> Result<i64, Error> {
        store::audit_chain::lock(&mut tx).await?;
        if !self.has_its_key(&mut tx).await? {
            return Err(Error::Internal("the key is not this database's".to_owned()));
        }
        let damaged = |broken| Error::Internal(format!("it is not what was sealed, see usher check: {broken}"));
        let last = store::audit_checkpoint::last(&mut tx).await?;
        let mut walk = Walk::begin(&mut tx, self.key()).await?.map_err(damaged)?;
        let first = walk.head();
        let rows = store::audit_chain::seals(&mut tx, first.sequence, BATCH + 1).await?;
        let newest = rows.last().map_or(0, |row| row.sequence);
        let old = rows
            .iter()
            .take_while(|row| row.sequence < newest && row.event_at().is_none_or(|at| at < before.0));
        for row in old {
            walk.step(row).map_err(damaged)?;
        }
        let head = walk.head();
        let pruned = head.sequence - first.sequence;
        if pruned == 0 {
            return Ok(0);
        }
        let number = last.map_or(0, |last| last.number) + 1;
        let checkpoint = walk.present_key().checkpoint(number, &head, now.0);
        store::audit_checkpoint::insert(&mut tx, &checkpoint).await?;
        store::audit_checkpoint::prune(&mut tx, head.sequence).await?;
        let entry = Entry::without_object(Action::AuditPruned, ObjectKind::Installation, "")
            .after(json!({ "Events": pruned, "Older than": show::date(before) }));
        record_by(&mut tx, "retention", now, entry).await?;
        Ok(pruned)
    }
}
