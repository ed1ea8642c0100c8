//! What happened on each day: sent and accepted invitations and the time between, so that deleting rows changes no rate.

use domain::{id::OrganizationId, time::Moment};
use uuid::Uuid;

use crate::{
    counter::{Place, slot},
    engine::{Tx, execute, fetch_all},
    error::StoreError,
};

/// What is tallied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tally {
    /// Invitations sent for the first time.
    Sent,
    /// How many of those that were first sent on that day were accepted since, so that a rate never passes one.
    Accepted,
    /// Seconds from the first sending to accepting, added up over them.
    SecondsToAccept,
}

impl Tally {
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Sent => "invitations.sent",
            Self::Accepted => "invitations.accepted",
            Self::SecondsToAccept => "invitations.seconds_to_accept",
        }
    }
}

/// Adds to the tally of the day of `sent`, of the organization and of the installation.
pub async fn add(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
    tally: Tally,
    sent: Moment,
    id: Uuid,
    by: i64,
) -> Result<(), StoreError> {
    let slot = slot(tx, id);
    execute!(
        tx,
        "insert into tallies (scope, day, kind, slot, value) values ($1, $3, $4, $5, $6), ($2, $3, $4, $5, $6)
         on conflict (scope, day, kind, slot) do update set value = tallies.value + excluded.value",
        Place::Installation.id(),
        Place::Organization(organization).id(),
        sent.day(),
        tally.key(),
        slot,
        by
    )?;
    Ok(())
}

/// Day and value, by day, from a day (since 1970-01-01) on. Days without any are left out.
pub async fn since(tx: &mut Tx, place: Place, tally: Tally, day: i64) -> Result<Vec<(i64, i64)>, StoreError> {
    fetch_all!(
        tx,
        (i64, i64),
        "select day, cast(sum(value) as bigint) from tallies where scope = $1 and kind = $2 and day >= $3
         group by day order by day",
        place.id(),
        tally.key(),
        day
    )
}
