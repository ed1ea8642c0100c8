//! Pages by keyset, the same way for every list.

use domain::{
    id::OrganizationId,
    page::{Cursor, Page, Position, SortValue, Total},
};
use uuid::Uuid;

use crate::{
    Scope,
    counter::Place,
    engine::Tx,
    error::StoreError,
    sql::{Row, Sql},
};

/// The order of a list: a column that is never null, then the id, both in the same direction.
#[derive(Clone, Copy)]
pub(crate) struct Keyset {
    pub(crate) column: &'static str,
    pub(crate) id: &'static str,
    pub(crate) descending: bool,
}

/// Fetches one page of `base`, which ends within its `where`. `rows` is the page's size.
pub(crate) async fn page<R: Row>(
    tx: &mut Tx,
    base: &Sql,
    keyset: Keyset,
    position: &Position,
    rows: u32,
    total: Total,
) -> Result<Page<R>, StoreError> {
    // The limit is the same for every page, so that it is the same statement each time.
    let found = ahead(base, keyset, position, rows + 1).fetch_all(tx).await?;
    match page_of(found, position, rows, total) {
        Some(page) => Ok(page),
        // The list's beginning is reached: a whole first page says more than the rest before the cursor.
        None => Box::pin(page(tx, base, keyset, &Position::First, rows, total)).await,
    }
}

/// The page that begins with these rows, one more of which were asked for than it shows. None where too few were found
/// before a cursor.
pub(crate) fn page_of<R>(mut found: Vec<R>, position: &Position, rows: u32, total: Total) -> Option<Page<R>> {
    let size = rows as usize;
    let forward = |found, first_number| page_from(found, rows, total, first_number);
    Some(match position {
        // Where the first page is all there is, nobody need have counted: of those who were many, most may be gone.
        Position::First if found.len() <= size => {
            let total = Total::Exact(found.len() as u64);
            page_from(found, rows, total, 1)
        }
        Position::First => forward(found, 1),
        Position::After(cursor) => forward(found, cursor.number + u64::from(!cursor.inclusive)),
        Position::Before(_) if found.len() <= size => return None,
        Position::Before(cursor) => {
            cut(&mut found, size);
            found.reverse();
            Page {
                rows: found,
                total,
                first_number: cursor.number.saturating_sub(size as u64).max(2),
                has_previous: true,
                has_next: true,
            }
        }
        Position::Last => {
            // The last page begins where it would if one had paged there.
            let (wanted, number) = match total {
                Total::Exact(total) if total > 0 => {
                    let rest = (total - 1) % u64::from(rows) + 1;
                    (u32::try_from(rest).unwrap_or(rows), total - rest + 1)
                }
                _ => (rows, 1),
            };
            let has_previous = cut(&mut found, wanted as usize);
            found.reverse();
            Page {
                rows: found,
                total,
                first_number: if has_previous { number } else { 1 },
                has_previous,
                has_next: false,
            }
        }
    })
}

/// The page that begins with these rows, the first of which has this number in the list.
pub(crate) fn page_from<R>(mut found: Vec<R>, rows: u32, total: Total, first_number: u64) -> Page<R> {
    let has_next = cut(&mut found, rows as usize);
    Page {
        rows: found,
        total,
        first_number,
        has_previous: first_number > 1,
        has_next,
    }
}

/// Cuts the one row more that tells whether there are more.
fn cut<R>(rows: &mut Vec<R>, size: usize) -> bool {
    let more = rows.len() > size;
    rows.truncate(size);
    more
}

fn in_order(base: &Sql, keyset: Keyset, cursor: Option<&Cursor>, backwards: bool, limit: u32) -> Sql {
    let mut sql = base.clone();
    let descending = keyset.descending != backwards;
    if let Some(cursor) = cursor {
        sql.push(" and (").push(keyset.column).push(", ").push(keyset.id);
        sql.push(match (descending, cursor.inclusive) {
            (false, false) => ") > (",
            (false, true) => ") >= (",
            (true, false) => ") < (",
            (true, true) => ") <= (",
        });
        match &cursor.value {
            SortValue::Text(text) => sql.bind(text.clone()),
            SortValue::Number(number) => sql.bind(*number),
        };
        sql.push(", ").bind(cursor.id).push(")");
    }
    order(&mut sql, keyset, descending);
    sql.limit(limit);
    sql
}

/// A part of a list by text: from one on, up to before another, and where in it a page begins.
pub(crate) struct Part {
    from: Option<String>,
    to: Option<String>,
    position: Position,
}

impl Part {
    /// What stands from one text up to before another, as far as the page may have it; None if it may have none of it. Of two
    /// conditions where it begins, an engine would take either to find it, and read from there.
    pub(crate) fn of(keyset: Keyset, position: &Position, from: String, to: String) -> Option<Self> {
        let whole = |position| Self {
            from: Some(from.clone()),
            to: Some(to.clone()),
            position,
        };
        let (cursor, none) = match position {
            Position::After(cursor) => (cursor, Position::First),
            Position::Before(cursor) => (cursor, Position::Last),
            Position::First | Position::Last => return Some(whole(position.clone())),
        };
        let SortValue::Text(text) = &cursor.value else {
            return Some(whole(position.clone()));
        };
        let (is_before, is_behind) = (*text < from, *text >= to);
        match is_descending(keyset, position) {
            false if is_behind => None,
            true if is_before => None,
            _ if is_before || is_behind => Some(whole(none)),
            true => Some(Self {
                to: None,
                ..whole(position.clone())
            }),
            false => Some(Self {
                from: None,
                ..whole(position.clone())
            }),
        }
    }

    /// The rows of it that are read first for a page. Postgres takes two comparisons of a column for few rows and sorts them,
    /// unless the id is compared too.
    pub(crate) fn ahead(&self, base: &Sql, keyset: Keyset, limit: u32) -> Sql {
        let mut sql = base.clone();
        for (operator, text) in [(") >= (", &self.from), (") < (", &self.to)] {
            if let Some(text) = text {
                sql.push(" and (").push(keyset.column).push(", ").push(keyset.id);
                sql.push(operator).bind(text.clone());
                sql.push(", ").bind(Uuid::nil()).push(")");
            }
        }
        ahead(&sql, keyset, &self.position, limit)
    }
}

fn order(sql: &mut Sql, keyset: Keyset, descending: bool) {
    let direction = if descending { " desc" } else { "" };
    sql.push(" order by ")
        .push(keyset.column)
        .push(direction)
        .push(", ")
        .push(keyset.id)
        .push(direction);
}

/// Appends the order in which the rows of a page are found, as [`ahead`] finds them.
pub(crate) fn order_of(sql: &mut Sql, keyset: Keyset, position: &Position) {
    order(sql, keyset, is_descending(keyset, position));
}

/// Whether the rows of a page are found from the greatest on.
pub(crate) fn is_descending(keyset: Keyset, position: &Position) -> bool {
    let backwards = matches!(position, Position::Before(_) | Position::Last);
    keyset.descending != backwards
}

/// The rows that are read first for a page, `limit` of them.
pub(crate) fn ahead(base: &Sql, keyset: Keyset, position: &Position, limit: u32) -> Sql {
    let (cursor, backwards) = match position {
        Position::First => (None, false),
        Position::After(cursor) => (Some(cursor), false),
        Position::Before(cursor) => (Some(cursor), true),
        Position::Last => (None, true),
    };
    in_order(base, keyset, cursor, backwards, limit)
}

/// Counts the rows of `conditions` (everything from `from` on), up to [`Total::COUNTED`] unless `exactly`.
pub(crate) async fn count(tx: &mut Tx, conditions: &Sql, exactly: bool) -> Result<Total, StoreError> {
    let sql = if exactly {
        conditions.behind("select count(*) ")
    } else {
        let mut sql = conditions.behind("select count(*) from (select 1 as one ");
        sql.push(" limit ")
            .bind(i64::try_from(Total::COUNTED + 1).unwrap_or(i64::MAX))
            .push(") as counted");
        sql
    };
    let counted = sql.fetch_number(tx).await?.unsigned_abs();
    Ok(if !exactly && counted > Total::COUNTED {
        Total::MoreThan(Total::COUNTED)
    } else {
        Total::Exact(counted)
    })
}

/// Maps the rows of a page.
pub(crate) fn convert<R, T>(page: Page<R>, into: impl Fn(R) -> T) -> Page<T> {
    Page {
        rows: page.rows.into_iter().map(into).collect(),
        total: page.total,
        first_number: page.first_number,
        has_previous: page.has_previous,
        has_next: page.has_next,
    }
}

/// Maps the rows of a page, of which one may make no sense.
pub(crate) fn try_convert<R, T>(
    page: Page<R>,
    into: impl Fn(R) -> Result<T, StoreError>,
) -> Result<Page<T>, StoreError> {
    let Page {
        rows,
        total,
        first_number,
        has_previous,
        has_next,
    } = page;
    let rows = rows.into_iter().map(into).collect::<Result<_, _>>()?;
    Ok(Page {
        rows,
        total,
        first_number,
        has_previous,
        has_next,
    })
}

/// Where the rows of a scope that a filter narrows to an organization, or to none, are counted. None: nowhere.
pub(crate) fn place(scope: Scope, organization: Option<OrganizationId>, global: bool) -> Option<Place> {
    match scope {
        Scope::All if global => Some(Place::Organization(None)),
        // What stands for the whole and for nobody's among the counters is no organization, whoever asks for it.
        Scope::All if organization.is_some_and(|id| id.0.is_nil() || id.0.is_max()) => None,
        Scope::All => Some(organization.map_or(Place::Installation, |id| Place::Organization(Some(id)))),
        Scope::Organization(own) => {
            let outside = global || organization.is_some_and(|id| id != own);
            (!outside).then_some(Place::Organization(Some(own)))
        }
    }
}
