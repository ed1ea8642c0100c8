//! What invitations that came in add to what happened on each day, added up before it is kept, like the totals.

use std::collections::BTreeMap;

use domain::id::OrganizationId;
use uuid::Uuid;

use super::{NewInvitation, Outcome, rows_at_once};
use crate::{
    counter::{self, Place},
    engine::Tx,
    error::StoreError,
    sql::Sql,
    tally::Tally,
};

/// Tallies those that were brought in and sent on this day or later, as if they had been sent and accepted here. Belongs into
/// the transaction that brought them in, so that none is missing, nor tallied twice.
pub async fn tally_invitations(
    tx: &mut Tx,
    rows: &[NewInvitation],
    outcome: &Outcome,
    since: i64,
) -> Result<(), StoreError> {
    let brought_in = rows.iter().filter(|row| !outcome.contains_key(&row.id.0));
    let mut sums: BTreeMap<(Option<Uuid>, i64, Tally), (Uuid, i64)> = BTreeMap::new();
    for row in brought_in.filter(|row| row.created.day() >= since) {
        let organization = row.organization.map(|organization| organization.0);
        let mut add = |tally, by| {
            let place = (organization, row.created.day(), tally);
            sums.entry(place).or_insert((row.id.0, 0)).1 += by;
        };
        add(Tally::Sent, 1);
        if let Some(accepted) = row.accepted {
            add(Tally::Accepted, 1);
            add(Tally::SecondsToAccept, accepted.seconds_since(row.created).max(0));
        }
    }
    let mut all: BTreeMap<(Uuid, i64, &'static str, i64), i64> = BTreeMap::new();
    for ((organization, day, tally), (id, sum)) in sums {
        let slot = counter::slot(tx, id);
        let organization = Place::Organization(organization.map(OrganizationId));
        for place in [Place::Installation, organization] {
            *all.entry((place.id(), day, tally.key(), slot)).or_default() += sum;
        }
    }
    let all: Vec<_> = all.into_iter().collect();
    for tallies in all.chunks(rows_at_once(tx)) {
        let mut sql = Sql::of_many("insert into tallies (scope, day, kind, slot, value) values ", tx);
        for (number, ((scope, day, kind, slot), sum)) in tallies.iter().enumerate() {
            sql.push(if number == 0 { "(" } else { ", (" });
            sql.bind(*scope).push(", ").bind(*day).push(", ");
            sql.bind((*kind).to_owned()).push(", ");
            sql.bind(*slot).push(", ").bind(*sum).push(")");
        }
        sql.push(" on conflict (scope, day, kind, slot) do update set value = tallies.value + excluded.value");
        sql.execute(tx).await?;
    }
    Ok(())
}
