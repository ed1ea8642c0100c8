//! Many rows at once, as an import brings them: one statement for hundreds of rows, or for all of them, and totals added up
//! before they are kept. What is there already stays as it is.

mod copy;
mod tallies;
mod totals;

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
    deferred::{self, Table},
    engine::{Tx, execute, fetch_all},
    error::StoreError,
    invitation::ACCEPTED,
    organization, search,
    sql::Sql,
    user,
};
pub use tallies::tally_invitations;
use totals::Counts;

/// So many rows go into one statement: to prepare one and to wait for its answer costs as much as some rows do. Postgres
/// pays for each round. At the end of each SQLite walks along all that it has kept aside in the transaction so far.
fn rows_at_once(tx: &Tx) -> usize {
    if tx.is_postgres() { 500 } else { 1000 }
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

/// How rows are brought in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// All of them, or [`StoreError::Taken`] where anything stands in the way, which says nothing about which row it was.
    Together,
    /// Those that nothing stands in the way of. It takes longer.
    EachByItself,
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
                // What a statement could have to undo is kept aside, and is more than SQLite keeps out of files by itself.
                execute!(tx, "pragma temp_store = memory")?;
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
        let ids = rows.iter().map(|row| row.id.0);
        insert(tx, sql, "organizations", ids, Manner::EachByItself, &mut outcome).await?;
        let mut tiers: HashMap<TierId, i64> = HashMap::new();
        for row in rows.iter().filter(|row| !outcome.contains_key(&row.id.0)) {
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
pub async fn insert_users(
    tx: &mut Tx,
    rows: &[NewUser],
    password_hash: Option<&str>,
    manner: Manner,
) -> Result<Outcome, StoreError> {
    const COLUMNS: &str = "id, email, name, name_key, search_key, role, organization_id, suspended, password_hash,
        must_change_password, created_at, updated_at, last_sign_in_at) values ";
    let mut outcome = Outcome::new();
    if tx.is_postgres() && manner == Manner::Together {
        copy::users(tx, rows, password_hash).await?;
    } else {
        let mut numbers = Numbers::of(tx, Table::Users).await?;
        for rows in rows.chunks(rows_at_once(tx)) {
            let mut sql = begin(tx, "users (", numbers.as_ref(), COLUMNS, manner);
            for (number, row) in rows.iter().enumerate() {
                sql.push(if number == 0 { "(" } else { ", (" });
                let name_key = fold(row.name.as_str());
                Numbers::bind_next(&mut numbers, &mut sql, search::place(&name_key));
                sql.bind(row.id.0).push(", ").bind(row.email.to_string()).push(", ");
                sql.bind(row.name.to_string()).push(", ").bind(name_key).push(", ");
                sql.bind(user::search_key(&row.email, &row.name)).push(", ");
                sql.bind(user::role_number(row.role)).push(", ");
                sql.bind(row.organization.map(|organization| organization.0))
                    .push(", false, ");
                sql.bind(password_hash.map(str::to_owned)).push(", false, ");
                sql.bind(row.created.0).push(", ").bind(row.created.0).push(", ");
                sql.bind(row.last_sign_in.unwrap_or_default().0).push(")");
            }
            let ids = rows.iter().map(|row| row.id.0);
            insert(tx, sql, "users", ids, manner, &mut outcome).await?;
        }
    }
    let mut counts = Counts::default();
    for row in rows.iter().filter(|row| !outcome.contains_key(&row.id.0)) {
        let kind = Kind::Users {
            role: user::role_number(row.role),
            suspended: false,
        };
        counts.add(row.organization, kind, row.id.0);
    }
    counts.keep_users_of_organizations(tx).await?;
    counts.keep(tx).await?;
    Ok(outcome)
}

pub async fn insert_invitations(tx: &mut Tx, rows: &[NewInvitation], manner: Manner) -> Result<Outcome, StoreError> {
    const COLUMNS: &str =
        "id, email, role, organization_id, invited_by, lifetime_seconds, created_at, sent_at, expires_at,
        accepted_at, status_key, search_key) values ";
    let mut outcome = Outcome::new();
    if tx.is_postgres() && manner == Manner::Together {
        copy::invitations(tx, rows).await?;
    } else {
        let mut numbers = Numbers::of(tx, Table::Invitations).await?;
        for rows in rows.chunks(rows_at_once(tx)) {
            let mut sql = begin(tx, "invitations (", numbers.as_ref(), COLUMNS, manner);
            for (number, row) in rows.iter().enumerate() {
                sql.push(if number == 0 { "(" } else { ", (" });
                Numbers::bind_next(&mut numbers, &mut sql, 0);
                sql.bind(row.id.0).push(", ").bind(row.email.to_string()).push(", ");
                sql.bind(user::role_number(row.role)).push(", ");
                sql.bind(row.organization.map(|organization| organization.0)).push(", ");
                sql.push("(select id from users where id = ")
                    .bind(row.invited_by.map(|user| user.0))
                    .push("), ");
                sql.bind(row.lifetime()).push(", ").bind(row.created.0).push(", ");
                sql.bind(row.created.0).push(", ").bind(row.expires.0).push(", ");
                sql.bind(row.accepted.map(|moment| moment.0)).push(", ");
                sql.bind(row.status_key()).push(", ");
                sql.bind(row.email.search_key()).push(")");
            }
            let ids = rows.iter().map(|row| row.id.0);
            insert(tx, sql, "invitations", ids, manner, &mut outcome).await?;
        }
    }
    let mut counts = Counts::default();
    for row in rows.iter().filter(|row| !outcome.contains_key(&row.id.0)) {
        let kind = Kind::Invitations {
            role: user::role_number(row.role),
            accepted: row.accepted.is_some(),
        };
        counts.add(row.organization, kind, row.id.0);
    }
    counts.keep(tx).await?;
    Ok(outcome)
}

impl NewInvitation {
    /// In seconds.
    fn lifetime(&self) -> i64 {
        let seconds = self.expires.seconds_since(self.created);
        seconds.clamp(Lifetime::SHORTEST, Lifetime::LONGEST)
    }

    fn status_key(&self) -> i64 {
        self.accepted.map_or(self.expires.0, |_| ACCEPTED)
    }
}

/// Numbers that rows are given by which FTS5 will know them, while the triggers are put off that would: those of the rows
/// themselves, so that no row has to be written twice.
struct Numbers {
    next: i64,
}

impl Numbers {
    async fn of(tx: &mut Tx, table: Table) -> Result<Option<Self>, StoreError> {
        if !deferred::is_search_put_off(tx, table).await? {
            return Ok(None);
        }
        let last = match table {
            Table::Users => fetch_all!(tx, (Option<i64>,), "select max(rowid) from users")?,
            Table::Invitations => fetch_all!(tx, (Option<i64>,), "select max(rowid) from invitations")?,
        };
        let last = last.first().and_then(|row| row.0).unwrap_or_default();
        Ok(Some(Self { next: last + 1 }))
    }

    /// `place` is where the numbers of those begin who stand beside this one.
    fn bind_next(numbers: &mut Option<Self>, sql: &mut Sql, place: i64) {
        if let Some(numbers) = numbers {
            sql.bind(numbers.next).push(", ").bind(place + numbers.next).push(", ");
            numbers.next += 1;
        }
    }
}

/// A statement up to its first row.
fn begin(tx: &Tx, table: &'static str, numbers: Option<&Numbers>, columns: &'static str, manner: Manner) -> Sql {
    // What goes wrong ends the transaction anyway, so that nothing has to be kept aside for the statement alone.
    let insert = match manner {
        Manner::Together if !tx.is_postgres() => "insert or fail into ",
        _ => "insert into ",
    };
    let mut sql = Sql::of_many(insert, tx);
    sql.push(table);
    if numbers.is_some() {
        sql.push("rowid, search_number, ");
    }
    sql.push(columns);
    sql
}

/// Brings rows in, and notes what became of those that something stood in the way of.
async fn insert(
    tx: &mut Tx,
    mut sql: Sql,
    table: &'static str,
    ids: impl Iterator<Item = Uuid>,
    manner: Manner,
    outcome: &mut Outcome,
) -> Result<(), StoreError> {
    if manner == Manner::Together {
        return sql.execute(tx).await;
    }
    sql.push(" on conflict do nothing returning id");
    let inserted: HashSet<Uuid> = sql
        .fetch_all::<(Uuid,)>(tx)
        .await?
        .into_iter()
        .map(|row| row.0)
        .collect();
    let left: Vec<Uuid> = ids.filter(|id| !inserted.contains(id)).collect();
    if !left.is_empty() {
        let known = there(tx, table, &left).await?;
        outcome.extend(left.into_iter().map(|id| {
            let left = if known.contains(&id) { Left::Known } else { Left::Taken };
            (id, left)
        }));
    }
    Ok(())
}

/// Which of these ids a table has.
async fn there(tx: &mut Tx, table: &'static str, ids: &[Uuid]) -> Result<HashSet<Uuid>, StoreError> {
    let mut sql = Sql::of_many("select id from ", tx);
    sql.push(table).push(" where id in (");
    for (number, id) in ids.iter().enumerate() {
        sql.push(if number == 0 { "" } else { ", " }).bind(*id);
    }
    sql.push(")");
    let rows = sql.fetch_all::<(Uuid,)>(tx).await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// Those of the addresses that have an account.
pub async fn accounts_of(tx: &mut Tx, addresses: &[Email]) -> Result<HashSet<String>, StoreError> {
    let mut found = HashSet::new();
    for addresses in addresses.chunks(rows_at_once(tx)) {
        let mut sql = Sql::of_many("select email from users where email in (", tx);
        for (number, address) in addresses.iter().enumerate() {
            sql.push(if number == 0 { "" } else { ", " }).bind(address.to_string());
        }
        sql.push(")");
        found.extend(sql.fetch_all::<(String,)>(tx).await?.into_iter().map(|row| row.0));
    }
    Ok(found)
}

/// Those of the invitations that are there.
pub async fn invitations_there(tx: &mut Tx, ids: &[InvitationId]) -> Result<HashSet<InvitationId>, StoreError> {
    let found = all_there(tx, "invitations", ids.iter().map(|id| id.0).collect()).await?;
    Ok(found.into_iter().map(InvitationId).collect())
}

/// Those of the users that are there.
pub async fn users_there(tx: &mut Tx, ids: &[UserId]) -> Result<HashSet<UserId>, StoreError> {
    let found = all_there(tx, "users", ids.iter().map(|id| id.0).collect()).await?;
    Ok(found.into_iter().map(UserId).collect())
}

/// Those of any number of ids that a table has.
async fn all_there(tx: &mut Tx, table: &'static str, ids: Vec<Uuid>) -> Result<Vec<Uuid>, StoreError> {
    let mut found = Vec::new();
    for ids in ids.chunks(rows_at_once(tx)) {
        found.extend(there(tx, table, ids).await?);
    }
    Ok(found)
}

/// Who is invited at this moment: where, and the address.
pub async fn pending(tx: &mut Tx, now: Moment) -> Result<Vec<(Option<OrganizationId>, String)>, StoreError> {
    let rows = fetch_all!(
        tx,
        (Option<Uuid>, String),
        "select organization_id, email from invitations where accepted_at is null and expires_at > $1",
        now.0
    )?;
    Ok(rows.into_iter().map(|row| (row.0.map(OrganizationId), row.1)).collect())
}

/// The ids of all organizations.
pub async fn organizations(tx: &mut Tx) -> Result<HashSet<OrganizationId>, StoreError> {
    let rows = fetch_all!(tx, (Uuid,), "select id from organizations")?;
    Ok(rows.into_iter().map(|row| OrganizationId(row.0)).collect())
}
