//! What many rows add to the totals, added up before it is kept: a row of a total is written once, and in an order that is
//! always the same, so that nobody waits for each other.

use std::collections::BTreeMap;

use domain::id::OrganizationId;
use uuid::Uuid;

use super::rows_at_once;
use crate::{
    counter::{self, Kind, Place},
    engine::Tx,
    error::StoreError,
    sql::Sql,
};

/// What is to be added to the totals.
#[derive(Default)]
pub(super) struct Counts(BTreeMap<(Option<Uuid>, Kind), (Uuid, i64)>);

impl Counts {
    pub(super) fn add(&mut self, organization: Option<OrganizationId>, kind: Kind, id: Uuid) {
        let organization = organization.map(|organization| organization.0);
        self.0.entry((organization, kind)).or_insert((id, 0)).1 += 1;
    }

    /// Adds what was counted to the users of each organization.
    pub(super) async fn keep_users_of_organizations(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let mut all: BTreeMap<Uuid, i64> = BTreeMap::new();
        for ((organization, _), (_, count)) in &self.0 {
            if let Some(organization) = organization {
                *all.entry(*organization).or_default() += count;
            }
        }
        let all: Vec<(Uuid, i64)> = all.into_iter().collect();
        for organizations in all.chunks(rows_at_once(tx)) {
            let mut sql = Sql::of_many(
                "update organizations set user_count = user_count + added.column2 from (values ",
                tx,
            );
            for (number, (organization, count)) in organizations.iter().enumerate() {
                sql.push(if number == 0 { "(" } else { ", (" });
                sql.bind(*organization).push(", ").bind(*count).push(")");
            }
            sql.push(") as added where organizations.id = added.column1");
            sql.execute(tx).await?;
        }
        Ok(())
    }

    pub(super) async fn keep(self, tx: &mut Tx) -> Result<(), StoreError> {
        let mut all: BTreeMap<(Uuid, String, i64), i64> = BTreeMap::new();
        for ((organization, kind), (id, count)) in self.0 {
            let slot = counter::slot(tx, id);
            for place in [
                Place::Installation,
                Place::Organization(organization.map(OrganizationId)),
            ] {
                *all.entry((place.id(), kind.key(), slot)).or_default() += count;
            }
        }
        let all: Vec<_> = all.into_iter().collect();
        for counters in all.chunks(rows_at_once(tx)) {
            let mut sql = Sql::of_many("insert into counters (scope, kind, slot, value) values ", tx);
            for (number, ((scope, kind, slot), count)) in counters.iter().enumerate() {
                sql.push(if number == 0 { "(" } else { ", (" });
                sql.bind(*scope).push(", ").bind(kind.clone()).push(", ");
                sql.bind(*slot).push(", ").bind(*count).push(")");
            }
            sql.push(" on conflict (scope, kind, slot) do update set value = counters.value + excluded.value");
            sql.execute(tx).await?;
        }
        Ok(())
    }
}
