//! Believable data of any size, to try Usher with. It comes in by the way of an import; the same seed makes the same rows, so
//! that it can be repeated, and gone on with a greater number.

mod rows;
mod words;

use rows::Maker;
use store::{bulk::Left, deferred::Table};

use crate::{
    Backend,
    error::Error,
    import::{Bring, Progress, ROWS, Report, Watch},
    password::NewPassword,
};

/// How much of each there is to be, of one seed.
#[derive(Clone, Copy, Debug)]
pub struct Seeding {
    pub seed: u64,
    pub organizations: u64,
    pub users: u64,
    pub invitations: u64,
}

impl Seeding {
    /// So many of each can be made: what is a slip of the keys would go on until the disk is full.
    pub const MOST: u64 = 100_000_000;
}

/// From so many rows on, they come in before the indexes over them are built.
const MANY: u64 = 10_000;

impl Backend {
    /// Makes organizations, users and invitations. All users get the password, or recover theirs by mail. What is there
    /// already stays as it is. The installation is prepared.
    pub async fn seed(
        &self,
        seeding: Seeding,
        password: Option<&str>,
        watch: &mut impl Watch,
    ) -> Result<Vec<Report>, Error> {
        let hash = match password {
            None => None,
            Some(password) => {
                let password = NewPassword::parse(password, &[]).map_err(Error::Refused)?;
                Some(self.passwords().hash(&password).await?)
            }
        };
        let hash = hash.as_deref();
        store::bulk::prepare(self.store()).await?;
        let mut maker = Maker {
            seed: seeding.seed,
            now: self.clock().now(),
            tiers: self.tiers().await?,
            organizations: Vec::new(),
            users: seeding.users,
        };
        let organizations = self
            .plant(seeding.organizations, None, |number| maker.organization(number), watch)
            .await?;
        let mut tx = self.store().read().await?;
        let there = store::bulk::organizations(&mut tx).await?;
        drop(tx);
        let made = (0..seeding.organizations).map(|number| maker.organization_id(number));
        maker.organizations = made.filter(|id| there.contains(id)).collect();
        if maker.organizations.is_empty() && seeding.users + seeding.invitations > 0 {
            return Err(Error::refused("Users and invitations need at least one organization."));
        }
        let users = self
            .plant(seeding.users, hash, |number| maker.user(number), watch)
            .await?;
        let invitations = self
            .plant(seeding.invitations, None, |number| maker.invitation(number), watch)
            .await?;
        store::deferred::build(self.store()).await?;
        Ok(vec![organizations, users, invitations])
    }

    async fn tiers(&self) -> Result<Vec<domain::id::TierId>, Error> {
        let mut tx = self.store().read().await?;
        // Those with a limit of seats are left out: it would be passed.
        let tiers = store::tier::all(&mut tx).await?.into_iter();
        Ok(tiers
            .filter(|tier| tier.limits.seats.is_none())
            .map(|tier| tier.id)
            .collect())
    }

    /// Brings in so many rows of a kind, each made of its number.
    async fn plant<R: Bring>(
        &self,
        count: u64,
        hash: Option<&str>,
        make: impl Fn(u64) -> R,
        watch: &mut impl Watch,
    ) -> Result<Report, Error> {
        let table: Option<Table> = R::TABLE.filter(|_| count >= MANY);
        if let Some(table) = table {
            store::deferred::put_off(self.store(), table).await?;
        }
        let mut report = Report {
            file: R::LIST,
            ..Report::default()
        };
        let mut done = 0;
        while done < count {
            let end = count.min(done + ROWS as u64);
            let rows: Vec<R> = (done..end).map(&make).collect();
            let outcome = self.write_batch(&rows, hash).await?;
            let known = outcome.values().filter(|left| **left == Left::Known).count();
            report.known += known as u64;
            report.refused += (outcome.len() - known) as u64;
            report.brought_in += (rows.len() - outcome.len()) as u64;
            done = end;
            watch.progress(Progress {
                file: R::LIST,
                rows: done,
                read: done,
                size: count,
            });
        }
        Ok(report)
    }
}
