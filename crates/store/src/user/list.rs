//! The users list: who is in it, how many, and a page of them.

use domain::{
    id::{OrganizationId, UserId},
    page::{Page, Position, Sort, SortValue, Total},
    role::Role,
    text::{Email, Name},
    time::Moment,
    user::{User, UserFilter, UserSort, UserState},
};
use uuid::Uuid;

use super::{
    lines::{END, POSTGRES, SQLITE},
    role_from, role_number,
};
use crate::{
    Scope, counter,
    engine::Tx,
    error::StoreError,
    list::{self, Keyset},
    search::{ADDRESS, Ahead, Asked, Counted, NAME, Searched},
    sql::Sql,
};

/// A user with the name of the organization, as lists show them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedUser {
    pub user: User,
    pub organization_name: Option<Name>,
    name_key: String,
}

#[derive(sqlx::FromRow)]
pub(crate) struct UserRow {
    id: Uuid,
    email: String,
    name: String,
    name_key: String,
    role: i64,
    organization_id: Option<Uuid>,
    organization_name: Option<String>,
    suspended: bool,
    must_change_password: bool,
    created_at: i64,
    updated_at: i64,
    last_sign_in_at: i64,
    version: i64,
}

impl TryFrom<UserRow> for ListedUser {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        let inconsistent = || StoreError::Inconsistent {
            table: "users",
            column: "role",
            row: row.id.to_string(),
        };
        Ok(Self {
            user: User {
                id: UserId(row.id),
                email: Email::trusted(row.email),
                name: Name::trusted(row.name),
                role: role_from(row.role).ok_or_else(inconsistent)?,
                organization: row.organization_id.map(OrganizationId),
                state: if row.suspended {
                    UserState::Suspended
                } else {
                    UserState::Active
                },
                must_change_password: row.must_change_password,
                created: Moment(row.created_at),
                updated: Moment(row.updated_at),
                last_sign_in: (row.last_sign_in_at > 0).then_some(Moment(row.last_sign_in_at)),
                version: row.version,
            },
            organization_name: row.organization_name.map(Name::trusted),
            name_key: row.name_key,
        })
    }
}

impl ListedUser {
    /// Where the row stands in an order: what a cursor is made of.
    pub fn place_in(&self, sort: UserSort) -> (SortValue, Uuid) {
        let user = &self.user;
        let value = match sort {
            UserSort::Email => SortValue::Text(user.email.as_str().to_owned()),
            UserSort::Name => SortValue::Text(self.name_key.clone()),
            UserSort::Role => SortValue::Number(role_number(user.role)),
            UserSort::Created => SortValue::Number(user.created.0),
            UserSort::LastSignIn => SortValue::Number(user.last_sign_in.unwrap_or_default().0),
        };
        (value, user.id.0)
    }
}

const SELECT: &str = "select u.id, u.email, u.name, u.name_key, u.role, u.organization_id, o.name as organization_name,
    u.suspended, u.must_change_password, u.created_at, u.updated_at, u.last_sign_in_at, u.version ";
pub(crate) const SEARCHED: Searched = Searched {
    select: SELECT,
    in_order: "from users u left join organizations o on o.id = u.organization_id where true",
    alone: "from users u where true",
    // A cross join is SQLite's word for this order of the tables and no other.
    by_fts5: "from users_search s
        cross join users u indexed by users_by_search_number on u.search_number = s.rowid where true",
    by_beginning: (
        "from (select distinct g.doc as number from users_search_grams g where g.term >= ",
        ") as s
        cross join users u indexed by users_by_search_number on u.search_number = s.number where true",
    ),
    // Behind each is the next of three letters that is greater.
    terms: "with recursive begun (term) as (
            select (select g.term from users_search_grams g where g.term >= $1 and g.term <= $2 limit 1) union all
            select (select g.term from users_search_grams g where g.term >= begun.term || char(1) and g.term <= $2 limit 1)
            from begun where begun.term is not null)
        select term from begun where term is not null limit 65",
    matches: "s.users_search match",
    numbered_by: Some("u.name_key"),
    hits: (
        "from (select h.id, h.email, h.name_key, h.role, h.organization_id, h.suspended, h.created_at,
            h.last_sign_in_at
            from users h where true",
        " limit all) as u where true",
    ),
    searched: "search_grams(h.search_key, h.name_key) @@",
    found: [
        (
            "select u.rowid as place ",
            ") as found cross join users u on u.rowid = found.place
        left join organizations o on o.id = u.organization_id",
        ),
        (
            "select u.id ",
            ") as found join users u on u.id = found.id
        left join organizations o on o.id = u.organization_id",
        ),
    ],
    beginnings: &[("u.name_key", NAME), ("u.email", ADDRESS)],
    search_key: "u.search_key",
    id: "u.id",
    ahead: [
        // Where the index of this order holds it, the folded column is compared there.
        Ahead {
            first: "from (select ahead.place from (select u.rowid as place, u.search_key ",
            having: ") as ahead where true",
            search_key: "ahead.search_key",
            beside: ") as found cross join users u on u.rowid = found.place
                left join organizations o on o.id = u.organization_id",
        },
        Ahead {
            first: "from (select ahead.id from (select u.id, u.search_key ",
            having: ") as ahead where true",
            search_key: "ahead.search_key",
            // Each by itself: the order of the rows would lead through all of the list to find them there.
            beside: ") as found cross join lateral (select * from users r where r.id = found.id limit 1) as u
                left join organizations o on o.id = u.organization_id",
        },
    ],
    count_among: "select count(*) from (select 1 as one from (select u.search_key ",
    counted: [
        (
            "select u.id, found.hits from (select search_number, count(*) over () as hits from (select u.search_number ",
            ") as found cross join users u on u.search_number = found.search_number",
        ),
        ("select id, count(*) over () from (select u.id ", ""),
    ],
    name: "users",
    kinds: || counter::user_kinds(None, None),
    known: [
        "char(2) || t.search_key || char(1) || substr(t.name_key || '  ', 1, 2) || char(3) || substr(t.name_key || '    ', 3, 2)",
        "chr(2) || t.search_key || chr(1) || substr(t.name_key || '  ', 1, 2) || chr(3) || substr(t.name_key || '    ', 3, 2)",
    ],
};

/// Goes on with whose rows are seen, and the filter.
fn conditions(mut sql: Sql, scope: Scope, filter: &UserFilter) -> Sql {
    if let Some(own) = scope.organization() {
        sql.and("u.organization_id =", own.0);
    }
    if filter.global {
        sql.push(" and u.organization_id is null");
    } else if let Some(organization) = filter.organization {
        sql.and("u.organization_id =", organization.0);
    }
    // Values stand in the text where few rows have them: so a plan sees that the index of just these rows will do. A plus
    // keeps it from an index of what nearly every row has, whose rows it would have to sort.
    match filter.role {
        None => {}
        Some(Role::User) => {
            sql.push(" and +u.role = 1");
        }
        Some(Role::OrgAdmin) => {
            sql.push(" and u.role = 2");
        }
        Some(Role::Admin) => {
            sql.push(" and u.role = 3");
        }
    }
    match filter.state {
        None => {}
        Some(UserState::Active) => {
            sql.push(" and not u.suspended");
        }
        Some(UserState::Suspended) => {
            sql.push(" and u.suspended");
        }
    }
    sql
}

/// How many users match.
pub async fn count(
    tx: &mut Tx,
    scope: Scope,
    search: Option<&str>,
    filter: &UserFilter,
    exactly: bool,
) -> Result<Counted, StoreError> {
    let all = count_all(tx, scope, filter).await?;
    let Some(words) = search else {
        return Ok(all.into());
    };
    let conditions = |sql| conditions(sql, scope, filter);
    SEARCHED
        .count(tx, words, all, is_whole(scope, filter), exactly, conditions)
        .await
}

/// How many users a filter leaves, from the counters.
async fn count_all(tx: &mut Tx, scope: Scope, filter: &UserFilter) -> Result<Total, StoreError> {
    let Some(place) = list::place(scope, filter.organization, filter.global) else {
        return Ok(Total::Exact(0));
    };
    let suspended = filter.state.map(|state| state == UserState::Suspended);
    let kinds = counter::user_kinds(filter.role.map(role_number), suspended);
    Ok(Total::Exact(counter::total(tx, place, &kinds).await?.unsigned_abs()))
}

/// One page of the users list.
#[expect(clippy::too_many_arguments, reason = "a list is asked this much")]
pub async fn page(
    tx: &mut Tx,
    scope: Scope,
    search: Option<&str>,
    filter: &UserFilter,
    sort: Sort<UserSort>,
    position: &Position,
    rows: u32,
    counted: &Counted,
) -> Result<Page<ListedUser>, StoreError> {
    let conditions = |sql| conditions(sql, scope, filter);
    let all = async |tx: &mut Tx| count_all(tx, scope, filter).await;
    let asked = asked(sort, position, rows);
    let page = SEARCHED.page::<UserRow>(tx, search, counted, asked, conditions, all);
    list::try_convert(page.await?, ListedUser::try_from)
}

/// Selects so many rows from a position on for a file.
pub(super) async fn select_lines(
    tx: &mut Tx,
    scope: Scope,
    search: Option<&str>,
    filter: &UserFilter,
    sort: Sort<UserSort>,
    position: &Position,
    rows: u32,
) -> Result<Sql, StoreError> {
    let conditions = |sql| conditions(sql, scope, filter);
    let asked = asked(sort, position, rows);
    let select = if tx.is_postgres() { POSTGRES } else { SQLITE };
    let lines = SEARCHED.lines(tx, search, asked, conditions).await?;
    let mut sql = lines.behind(select);
    sql.push(END);
    Ok(sql)
}

/// Whether all users are listed.
fn is_whole(scope: Scope, filter: &UserFilter) -> bool {
    scope == Scope::All && *filter == UserFilter::default()
}

fn asked(sort: Sort<UserSort>, position: &Position, rows: u32) -> Asked<'_> {
    let column = match sort.key {
        UserSort::Email => "u.email",
        UserSort::Name => "u.name_key",
        UserSort::Role => "u.role",
        UserSort::Created => "u.created_at",
        UserSort::LastSignIn => "u.last_sign_in_at",
    };
    Asked {
        keyset: Keyset {
            column,
            id: "u.id",
            descending: sort.descending,
        },
        position,
        rows,
    }
}

pub async fn find(tx: &mut Tx, scope: Scope, id: UserId) -> Result<Option<ListedUser>, StoreError> {
    let mut sql = conditions(Sql::new(SEARCHED.in_order), scope, &UserFilter::default()).behind(SELECT);
    sql.and("u.id =", id.0);
    sql.fetch_all::<UserRow>(tx)
        .await?
        .into_iter()
        .next()
        .map(ListedUser::try_from)
        .transpose()
}

/// How many users of a scope were made before and did not sign in since.
pub async fn count_unseen_since(tx: &mut Tx, scope: Scope, since: Moment) -> Result<Total, StoreError> {
    let mut sql = conditions(Sql::new(SEARCHED.in_order), scope, &UserFilter::default());
    sql.and("u.last_sign_in_at <", since.0).and("u.created_at <", since.0);
    list::count(tx, &sql, false).await
}
