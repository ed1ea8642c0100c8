//! Organizations, and what goes with one that is deleted.

use domain::{
    id::{OrganizationId, TierId},
    organization::{Organization, OrganizationDraft, OrganizationFilter, OrganizationSort},
    page::{Page, Position, Sort, SortValue, Total},
    text::{Code, Description, Name, fold},
    time::Moment,
};
use uuid::Uuid;

use crate::{
    Scope,
    counter::{self, Kind, Place},
    dialect,
    engine::{Tx, execute, fetch_optional},
    error::StoreError,
    list::{self, Keyset},
    sql::Sql,
};

/// An organization with its tier's name, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedOrganization {
    pub organization: Organization,
    pub tier_name: Option<Name>,
    /// Everybody in it has to set up a second factor.
    pub requires_second_factor: bool,
    tier_key: String,
    name_key: String,
}

#[derive(sqlx::FromRow)]
struct OrganizationRow {
    id: Uuid,
    name: String,
    name_key: String,
    code: String,
    description: String,
    tier_id: Option<Uuid>,
    tier_key: String,
    tier_name: Option<String>,
    user_count: i64,
    requires_second_factor: bool,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl From<OrganizationRow> for ListedOrganization {
    fn from(row: OrganizationRow) -> Self {
        Self {
            organization: Organization {
                id: OrganizationId(row.id),
                name: Name::trusted(row.name),
                code: Code::trusted(row.code),
                description: Description::trusted(row.description),
                tier: row.tier_id.map(TierId),
                users: row.user_count,
                created: Moment(row.created_at),
                updated: Moment(row.updated_at),
                version: row.version,
            },
            tier_name: row.tier_name.map(Name::trusted),
            requires_second_factor: row.requires_second_factor,
            tier_key: row.tier_key,
            name_key: row.name_key,
        }
    }
}

impl ListedOrganization {
    /// Where the row stands in an order: what a cursor is made of.
    pub fn place_in(&self, sort: OrganizationSort) -> (SortValue, Uuid) {
        let organization = &self.organization;
        let value = match sort {
            OrganizationSort::Name => SortValue::Text(self.name_key.clone()),
            OrganizationSort::Code => SortValue::Text(organization.code.as_str().to_owned()),
            OrganizationSort::Tier => SortValue::Text(self.tier_key.clone()),
            OrganizationSort::Users => SortValue::Number(organization.users),
            OrganizationSort::Created => SortValue::Number(organization.created.0),
        };
        (value, organization.id.0)
    }
}

const SELECT: &str =
    "select o.id, o.name, o.name_key, o.code, o.description, o.tier_id, o.tier_key, t.name as tier_name,
    o.user_count, o.requires_second_factor, o.created_at, o.updated_at, o.version ";
const FROM: &str = "from organizations o left join tiers t on t.id = o.tier_id where true";

pub(crate) fn search_key(draft: &OrganizationDraft) -> String {
    format!(
        "{} {}",
        draft.code.as_str().to_ascii_lowercase(),
        fold(draft.name.as_str())
    )
}

fn conditions(tx: &Tx, scope: Scope, search: Option<&str>, filter: &OrganizationFilter) -> Sql {
    let mut sql = Sql::new(FROM);
    if let Some(own) = scope.organization() {
        sql.and("o.id =", own.0);
    }
    if let Some(tier) = filter.tier {
        sql.and("o.tier_id =", tier.0);
    }
    if let Some(search) = search {
        sql.and_contains(tx, "o.search_key", search);
    }
    sql
}

/// How many organizations match.
pub async fn count(
    tx: &mut Tx,
    scope: Scope,
    search: Option<&str>,
    filter: &OrganizationFilter,
    exactly: bool,
) -> Result<Total, StoreError> {
    match (scope, search, filter.tier) {
        (Scope::All, None, None) => {
            let total = counter::total(tx, Place::Installation, &[Kind::Organizations]).await?;
            Ok(Total::Exact(total.unsigned_abs()))
        }
        (Scope::All, None, Some(tier)) => {
            let row = fetch_optional!(tx, (i64,), "select organization_count from tiers where id = $1", tier.0)?;
            Ok(Total::Exact(row.map_or(0, |row| row.0.unsigned_abs())))
        }
        _ => list::count(tx, &conditions(tx, scope, search, filter), exactly).await,
    }
}

/// One page of the organizations list.
#[expect(clippy::too_many_arguments, reason = "a list is asked this much")]
pub async fn page(
    tx: &mut Tx,
    scope: Scope,
    search: Option<&str>,
    filter: &OrganizationFilter,
    sort: Sort<OrganizationSort>,
    position: &Position,
    rows: u32,
    total: Total,
) -> Result<Page<ListedOrganization>, StoreError> {
    let column = match sort.key {
        OrganizationSort::Name => "o.name_key",
        OrganizationSort::Code => "o.code",
        OrganizationSort::Tier => "o.tier_key",
        OrganizationSort::Users => "o.user_count",
        OrganizationSort::Created => "o.created_at",
    };
    let keyset = Keyset {
        column,
        id: "o.id",
        descending: sort.descending,
    };
    let base = conditions(tx, scope, search, filter).behind(SELECT);
    let page = list::page::<OrganizationRow>(tx, &base, keyset, position, rows, total).await?;
    Ok(list::convert(page, ListedOrganization::from))
}

pub async fn find(tx: &mut Tx, scope: Scope, id: OrganizationId) -> Result<Option<ListedOrganization>, StoreError> {
    let mut sql = conditions(tx, scope, None, &OrganizationFilter::default()).behind(SELECT);
    sql.and("o.id =", id.0);
    Ok(sql
        .fetch_all::<OrganizationRow>(tx)
        .await?
        .into_iter()
        .next()
        .map(ListedOrganization::from))
}

/// The organization that has a code.
pub async fn find_by_code(tx: &mut Tx, scope: Scope, code: &Code) -> Result<Option<OrganizationId>, StoreError> {
    let row = fetch_optional!(
        tx,
        (Uuid,),
        "select id from organizations where code = $1",
        code.as_str()
    )?;
    let found = row.map(|row| OrganizationId(row.0));
    Ok(found.filter(|id| scope.covers(Some(*id))))
}

/// Id and name of up to `limit` organizations whose name or code contains the search, by name: what selectors offer.
pub async fn choices(
    tx: &mut Tx,
    scope: Scope,
    search: Option<&str>,
    limit: i64,
) -> Result<Vec<(OrganizationId, Name)>, StoreError> {
    let mut sql = conditions(tx, scope, search, &OrganizationFilter::default()).behind("select o.id, o.name ");
    sql.push(" order by o.name_key, o.id limit ").bind(limit);
    let rows = sql.fetch_all::<(Uuid, String)>(tx).await?;
    Ok(rows
        .into_iter()
        .map(|(id, name)| (OrganizationId(id), Name::trusted(name)))
        .collect())
}

pub async fn insert(tx: &mut Tx, id: OrganizationId, draft: &OrganizationDraft, now: Moment) -> Result<(), StoreError> {
    execute!(
        tx,
        "insert into organizations (id, name, name_key, code, description, tier_id, tier_key, search_key, created_at,
           updated_at)
         values ($1, $2, $3, $4, $5, $6, coalesce((select name_key from tiers where id = $6), ''), $7, $8, $8)",
        id.0,
        draft.name.as_str(),
        fold(draft.name.as_str()),
        draft.code.as_str(),
        draft.description.as_str(),
        draft.tier.map(|tier| tier.0),
        search_key(draft),
        now.0
    )?;
    count_tier(tx, draft.tier, 1).await?;
    counter::add_at(tx, Place::Installation, Kind::Organizations, id.0, 1).await
}

/// False when somebody else changed it since `before.version`.
pub async fn update(
    tx: &mut Tx,
    before: &Organization,
    draft: &OrganizationDraft,
    now: Moment,
) -> Result<bool, StoreError> {
    let changed = execute!(
        tx,
        "update organizations set name = $3, name_key = $4, code = $5, description = $6, tier_id = $7,
           tier_key = coalesce((select name_key from tiers where id = $7), ''), search_key = $8, updated_at = $9,
           version = version + 1
         where id = $1 and version = $2",
        before.id.0,
        before.version,
        draft.name.as_str(),
        fold(draft.name.as_str()),
        draft.code.as_str(),
        draft.description.as_str(),
        draft.tier.map(|tier| tier.0),
        search_key(draft),
        now.0
    )?;
    if changed == 1 && before.tier != draft.tier {
        count_tier(tx, before.tier, -1).await?;
        count_tier(tx, draft.tier, 1).await?;
    }
    Ok(changed == 1)
}

/// Requires a second factor of everybody in it, or no longer. An edit that is under way is no conflict: it is about
/// other fields.
pub async fn require_second_factor(
    tx: &mut Tx,
    id: OrganizationId,
    is_required: bool,
    now: Moment,
) -> Result<(), StoreError> {
    execute!(
        tx,
        "update organizations set requires_second_factor = $2, updated_at = $3 where id = $1",
        id.0,
        is_required,
        now.0
    )?;
    Ok(())
}

pub(crate) async fn count_tier(tx: &mut Tx, tier: Option<TierId>, by: i64) -> Result<(), StoreError> {
    if let Some(tier) = tier {
        execute!(
            tx,
            "update tiers set organization_count = organization_count + $2 where id = $1",
            tier.0,
            by
        )?;
    }
    Ok(())
}

/// Makes transactions that take seats of one organization, or delete it, follow each other.
pub async fn lock(tx: &mut Tx, id: OrganizationId) -> Result<(), StoreError> {
    dialect::lock_organization(tx, id).await
}

/// What goes with an organization that is deleted, and what stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Users and Org Admins, who go.
    pub users: i64,
    /// Admins, who become Global Administrators.
    pub admins: i64,
    pub invitations: i64,
}

pub async fn contents(tx: &mut Tx, id: OrganizationId) -> Result<Contents, StoreError> {
    let place = Place::Organization(Some(id));
    let everybody = counter::total(tx, place, &counter::user_kinds(None, None)).await?;
    let admins = counter::total(tx, place, &counter::user_kinds(Some(3), None)).await?;
    let invitations = counter::total(tx, place, &counter::invitation_kinds(None, None)).await?;
    Ok(Contents {
        users: everybody - admins,
        admins,
        invitations,
    })
}

/// Deletes a locked organization with its users, invitations and sessions; its Admins become Global Administrators.
/// False when it is gone already.
pub async fn delete(tx: &mut Tx, organization: &Organization, now: Moment) -> Result<bool, StoreError> {
    let id = organization.id;
    let place = Place::Organization(Some(id));
    let kinds = [counter::user_kinds(None, None), counter::invitation_kinds(None, None)].concat();
    for kind in kinds {
        let counted = counter::total(tx, place, &[kind]).await?;
        let stays = matches!(kind, Kind::Users { role: 3, .. });
        if counted != 0 && stays {
            counter::add_at(tx, Place::Organization(None), kind, id.0, counted).await?;
        } else if counted != 0 {
            counter::add_at(tx, Place::Installation, kind, id.0, -counted).await?;
        }
    }
    counter::forget(tx, id).await?;
    execute!(
        tx,
        "update users set organization_id = null, updated_at = $2, version = version + 1
         where organization_id = $1 and role = 3",
        id.0,
        now.0
    )?;
    execute!(tx, "delete from invitations where organization_id = $1", id.0)?;
    execute!(tx, "delete from users where organization_id = $1", id.0)?;
    execute!(tx, "delete from tallies where scope = $1", id.0)?;
    let deleted = execute!(tx, "delete from organizations where id = $1", id.0)? == 1;
    if deleted {
        count_tier(tx, organization.tier, -1).await?;
        counter::add_at(tx, Place::Installation, Kind::Organizations, id.0, -1).await?;
    }
    Ok(deleted)
}

/// The seats of an organization: who takes them, and how many its tier has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seats {
    /// Suspended ones included.
    pub users: i64,
    pub pending_invitations: i64,
    /// None is no limit.
    pub limit: Option<i64>,
    pub tier_name: Option<Name>,
}

impl Seats {
    pub fn is_full(&self) -> bool {
        self.limit
            .is_some_and(|limit| self.users + self.pending_invitations >= limit)
    }
}

/// Call it with the organization locked where the answer decides.
pub async fn seats(tx: &mut Tx, id: OrganizationId, now: Moment) -> Result<Seats, StoreError> {
    let row = fetch_optional!(
        tx,
        (i64, Option<i64>, Option<String>),
        "select o.user_count, t.seats, t.name from organizations o left join tiers t on t.id = o.tier_id where o.id = $1",
        id.0
    )?;
    let Some((users, limit, tier_name)) = row else {
        return Ok(Seats::default());
    };
    Ok(Seats {
        users,
        pending_invitations: crate::invitation::count_pending(tx, Place::Organization(Some(id)), now).await?,
        limit,
        tier_name: tier_name.map(Name::trusted),
    })
}
