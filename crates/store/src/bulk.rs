//! Many rows at once, as an import brings them: one statement for hundreds of rows, and totals added up before they are
//! kept. What is there already stays as it is.

use std::collections::{HashMap, HashSet};

use domain::{
    id::{InvitationId, OrganizationId, TierId, UserId},
    invitation::Lifetime,
    organization::OrganizationDraft,
    role::Role,
    text::{Email, Name, fold},
    time::Moment,
};
use uuid::Uuid;

use crate::{
    Store,
    counter::{self, Kind, Place},
    engine::{Tx, execute, fetch_all},
    error::StoreError,
    invitation::ACCEPTED,
    organization,
    sql::Sql,
    user,
};

/// So many rows go into one statement: to prepare one and to wait for its answer costs as much as some rows do. Postgres
/// pays for each round.
fn rows_at_once(tx: &Tx) -> usize {
    if tx.is_postgres() { 500 } else { 100 }
}

/// An organization to bring in.
pub struct NewOrganization {
    pub id: OrganizationId,
    pub draft: OrganizationDraft,
    pub created: Moment,
}

/// A user to bring in, active.
pub struct NewUser {
    pub id: UserId,
    pub email: Email,
    pub name: Name,
    pub role: Role,
    /// It exists.
    pub organization: Option<OrganizationId>,
    pub created: Moment,
    pub last_sign_in: Option<Moment>,
}

/// An invitation to bring in. It has no link: who has not accepted it needs a new one.
pub struct NewInvitation {
    pub id: InvitationId,
    pub email: Email,
    pub role: Role,
    /// It exists.
    pub organization: Option<OrganizationId>,
    /// Left out if there is no such user.
    pub invited_by: Option<UserId>,
    pub created: Moment,
    pub expires: Moment,
    pub accepted: Option<Moment>,
}

/// What became of a row that was not brought in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// A row with this id is there.
    Known,
    /// Another row has what must be unique.
    Taken,
}

/// Makes the writer's cache large, and lets much be written before it is moved from SQLite's log to its place. For a
/// process that does nothing but import.
pub async fn prepare(store: &Store) -> Result<(), StoreError> {
    store
        .write(|mut tx| async move {
            if !tx.is_postgres() {
                execute!(tx, "pragma cache_size = -500000")?;
                execute!(tx, "pragma wal_autocheckpoint = 50000")?;
                execute!(tx, "pragma threads = 2")?;
            }
            Ok(())
        })
        .await
}

/// What became of the rows that were not brought in, by their ids.
pub type Outcome = HashMap<Uuid, Left>;

pub async fn insert_organizations(tx: &mut Tx, rows: &[NewOrganization]) -> Result<Outcome, StoreError> {
    const BEGIN: &str =
        "insert into organizations (id, name, name_key, code, description, tier_id, tier_key, search_key,
        created_at, updated_at) values ";
    let tiers: HashMap<Uuid, String> = fetch_all!(tx, (Uuid, String), "select id, name_key from tiers")?
        .into_iter()
        .collect();
    let mut outcome = Outcome::new();
    for rows in rows.chunks(rows_at_once(tx)) {
        let mut sql = Sql::of_many(BEGIN, tx);
        for (number, row) in rows.iter().enumerate() {
            let draft = &row.draft;
            let tier = draft.tier.map(|tier| tier.0);
            sql.push(if number == 0 { "(" } else { ", (" });
            sql.bind(row.id.0).push(", ").bind(draft.name.to_string()).push(", ");
            sql.bind(fold(draft.name.as_str()))
                .push(", ")
                .bind(draft.code.to_string())
                .push(", ");
            sql.bind(draft.description.to_string()).push(", ").bind(tier).push(", ");
            sql.bind(tier.and_then(|tier| tiers.get(&tier).cloned()).unwrap_or_default())
                .push(", ");
            sql.bind(organization::search_key(draft)).push(", ");
            sql.bind(row.created.0).push(", ").bind(row.created.0).push(")");
        }
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
        let inserted = insert(tx, sql, "organizations", &ids, &mut outcome).await?;
        let mut tiers: HashMap<TierId, i64> = HashMap::new();
        for row in rows.iter().filter(|row| inserted.contains(&row.id.0)) {
            counter::add_at(tx, Place::Installation, Kind::Organizations, row.id.0, 1).await?;
            if let Some(tier) = row.draft.tier {
                *tiers.entry(tier).or_default() += 1;
            }
        }
        for (tier, by) in tiers {
            organization::count_tier(tx, Some(tier), by).await?;
        }
    }
    Ok(outcome)
}

/// All get the same password's hash, or None: they recover it by mail.
pub async fn insert_users(tx: &mut Tx, rows: &[NewUser], password_hash: Option<&str>) -> Result<Outcome, StoreError> {
    const BEGIN: &str = "insert into users (id, email, name, name_key, search_key, role, organization_id, suspended,
        password_hash, must_change_password, created_at, updated_at, last_sign_in_at) values ";
    let mut outcome = Outcome::new();
    let mut counts = Counts::default();
    for rows in rows.chunks(rows_at_once(tx)) {
        let mut sql = Sql::of_many(BEGIN, tx);
        for (number, row) in rows.iter().enumerate() {
            sql.push(if number == 0 { "(" } else { ", (" });
            sql.bind(row.id.0).push(", ").bind(row.email.to_string()).push(", ");
            sql.bind(row.name.to_string())
                .push(", ")
                .bind(fold(row.name.as_str()))
                .push(", ");
            sql.bind(user::search_key(&row.email, &row.name)).push(", ");
            sql.bind(user::role_number(row.role)).push(", ");
            sql.bind(row.organization.map(|organization| organization.0))
                .push(", false, ");
            sql.bind(password_hash.map(str::to_owned)).push(", false, ");
            sql.bind(row.created.0).push(", ").bind(row.created.0).push(", ");
            sql.bind(row.last_sign_in.unwrap_or_default().0).push(")");
        }
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
        let inserted = insert(tx, sql, "users", &ids, &mut outcome).await?;
        for row in rows.iter().filter(|row| inserted.contains(&row.id.0)) {
            let kind = Kind::Users {
                role: user::role_number(row.role),
                suspended: false,
            };
            counts.add(row.organization, kind, row.id.0);
        }
    }
    for (organization, users) in counts.organizations() {
        execute!(
            tx,
            "update organizations set user_count = user_count + $2 where id = $1",
            organization.0,
            users
        )?;
    }
    counts.keep(tx).await?;
    Ok(outcome)
}

pub async fn insert_invitations(tx: &mut Tx, rows: &[NewInvitation]) -> Result<Outcome, StoreError> {
    const BEGIN: &str =
        "insert into invitations (id, email, role, organization_id, invited_by, lifetime_seconds, created_at,
        sent_at, expires_at, accepted_at, status_key, search_key) values ";
    let mut outcome = Outcome::new();
    let mut counts = Counts::default();
    for rows in rows.chunks(rows_at_once(tx)) {
        let mut sql = Sql::of_many(BEGIN, tx);
        for (number, row) in rows.iter().enumerate() {
            let seconds = row.expires.seconds_since(row.created);
            let seconds = seconds.clamp(Lifetime::SHORTEST, Lifetime::LONGEST);
            sql.push(if number == 0 { "(" } else { ", (" });
            sql.bind(row.id.0).push(", ").bind(row.email.to_string()).push(", ");
            sql.bind(user::role_number(row.role)).push(", ");
            sql.bind(row.organization.map(|organization| organization.0)).push(", ");
            sql.push("(select id from users where id = ")
                .bind(row.invited_by.map(|user| user.0))
                .push("), ");
            sql.bind(seconds).push(", ").bind(row.created.0).push(", ");
            sql.bind(row.created.0).push(", ").bind(row.expires.0).push(", ");
            sql.bind(row.accepted.map(|moment| moment.0)).push(", ");
            sql.bind(row.accepted.map_or(row.expires.0, |_| ACCEPTED)).push(", ");
            sql.bind(row.email.search_key()).push(")");
        }
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
        let inserted = insert(tx, sql, "invitations", &ids, &mut outcome).await?;
        for row in rows.iter().filter(|row| inserted.contains(&row.id.0)) {
            let kind = Kind::Invitations {
                role: user::role_number(row.role),
                accepted: row.accepted.is_some(),
            };
            counts.add(row.organization, kind, row.id.0);
        }
    }
    counts.keep(tx).await?;
    Ok(outcome)
}

/// Brings rows in that nothing stands in the way of, and notes what became of the others. Returns the ids of those
/// that came in.
async fn insert(
    tx: &mut Tx,
    mut sql: Sql,
    table: &'static str,
    ids: &[Uuid],
    outcome: &mut Outcome,
) -> Result<HashSet<Uuid>, StoreError> {
    sql.push(" on conflict do nothing returning id");
    let inserted: HashSet<Uuid> = sql
        .fetch_all::<(Uuid,)>(tx)
        .await?
        .into_iter()
        .map(|row| row.0)
        .collect();
    let left: Vec<Uuid> = ids.iter().copied().filter(|id| !inserted.contains(id)).collect();
    if !left.is_empty() {
        let mut sql = Sql::of_many("select id from ", tx);
        sql.push(table).push(" where id in (");
        for (number, id) in left.iter().enumerate() {
            sql.push(if number == 0 { "" } else { ", " }).bind(*id);
        }
        sql.push(")");
        let known: HashSet<Uuid> = sql
            .fetch_all::<(Uuid,)>(tx)
            .await?
            .into_iter()
            .map(|row| row.0)
            .collect();
        outcome.extend(left.into_iter().map(|id| {
            let left = if known.contains(&id) { Left::Known } else { Left::Taken };
            (id, left)
        }));
    }
    Ok(inserted)
}

/// What is to be added to the totals.
#[derive(Default)]
struct Counts(HashMap<(Option<OrganizationId>, Kind), (Uuid, i64)>);

impl Counts {
    fn add(&mut self, organization: Option<OrganizationId>, kind: Kind, id: Uuid) {
        self.0.entry((organization, kind)).or_insert((id, 0)).1 += 1;
    }

    /// How many were counted of each organization.
    fn organizations(&self) -> HashMap<OrganizationId, i64> {
        let mut all = HashMap::new();
        for ((organization, _), (_, count)) in &self.0 {
            if let Some(organization) = organization {
                *all.entry(*organization).or_default() += count;
            }
        }
        all
    }

    async fn keep(self, tx: &mut Tx) -> Result<(), StoreError> {
        for ((organization, kind), (id, count)) in self.0 {
            counter::add(tx, organization, kind, id, count).await?;
        }
        Ok(())
    }
}

/// The ids of all organizations.
pub async fn organizations(tx: &mut Tx) -> Result<HashSet<OrganizationId>, StoreError> {
    let rows = fetch_all!(tx, (Uuid,), "select id from organizations")?;
    Ok(rows.into_iter().map(|row| OrganizationId(row.0)).collect())
}
