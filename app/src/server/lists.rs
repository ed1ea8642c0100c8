//! From a page of rows to what a list shows: its rows, position, and the addresses of its other pages and orders.

use domain::{
    page::{Cursor, Page, PageSize, Position, Sort, SortKey, SortValue, Total},
    query::{Filter, ListQuery, Words},
};
use uuid::Uuid;

use crate::list::{Heading, Listed, SizeLink};

/// Reads an address's query.
pub fn read_query<F: Filter, K: SortKey>(search: &str) -> ListQuery<F, K> {
    let words = serde_urlencoded::from_str(search.trim_start_matches('?')).unwrap_or_default();
    ListQuery::read(&Words(words))
}

/// The query of an address, with its question mark; the bare list is "?".
pub fn write_query<F: Filter, K: SortKey>(query: &ListQuery<F, K>) -> String {
    format!("?{}", serde_urlencoded::to_string(query.words().0).unwrap_or_default())
}

/// Dresses a page of rows. `place` tells where a row stands in the order.
pub fn listed<F: Filter, K: SortKey, R, V>(
    query: &ListQuery<F, K>,
    page: Page<R>,
    place: impl Fn(&R, K) -> (SortValue, Uuid),
    view: impl Fn(R) -> V,
) -> Listed<V> {
    let count = page.rows.len() as u64;
    let cursor = |row: &R, number: u64, inclusive: bool| {
        let (value, id) = place(row, query.sort.key);
        Cursor {
            value,
            id,
            number,
            inclusive,
        }
    };
    let at = |position: Position| {
        write_query(&ListQuery {
            position,
            ..query.clone()
        })
    };
    let first_row = page.rows.first().map(|row| cursor(row, page.first_number, true));
    let last_number = page.first_number + count.saturating_sub(1);
    let previous = page
        .rows
        .first()
        .filter(|_| page.has_previous)
        .map(|row| at(Position::Before(cursor(row, page.first_number, false))));
    let next = page
        .rows
        .last()
        .filter(|_| page.has_next)
        .map(|row| at(Position::After(cursor(row, last_number, false))));
    let total_is_known = matches!(page.total, Total::Exact(_));
    let sizes = PageSize::ALL.into_iter().map(|size| {
        // A new page size keeps the first row.
        let position = match &first_row {
            Some(cursor) if page.has_previous => Position::After(cursor.clone()),
            _ => Position::First,
        };
        SizeLink {
            rows: size.rows(),
            href: write_query(&ListQuery {
                size,
                position,
                ..query.clone()
            }),
            current: size == query.size,
        }
    });
    let headings = K::ALL.iter().map(|key| {
        let current = query.sort.key == *key;
        let descending = current && !query.sort.descending;
        let sort = Sort { key: *key, descending };
        Heading {
            key: key.key().to_owned(),
            href: write_query(&ListQuery {
                sort,
                ..query.from_first()
            }),
            descending: current.then_some(query.sort.descending),
        }
    });
    let unfiltered = ListQuery {
        search: None,
        filter: F::default(),
        ..query.from_first()
    };
    Listed {
        position: position(page.first_number, count, page.total),
        is_filtered: query.search.is_some() || query.filter != F::default(),
        unfiltered: write_query(&ListQuery {
            count_exactly: false,
            ..unfiltered
        }),
        first: page.has_previous.then(|| at(Position::First)),
        previous,
        next,
        last: (page.has_next && total_is_known).then(|| at(Position::Last)),
        total_is_known,
        count_exactly: (!total_is_known).then(|| {
            write_query(&ListQuery {
                count_exactly: true,
                ..query.clone()
            })
        }),
        sizes: sizes.collect(),
        headings: headings.collect(),
        here: write_query(query),
        rows: page.rows.into_iter().map(view).collect(),
    }
}

/// "1–25 of 403", "1–25 of more than 1,000", "0 of 0".
fn position(first: u64, count: u64, total: Total) -> String {
    let grouped = |number: u64| backend::show::grouped(i64::try_from(number).unwrap_or(i64::MAX));
    let total = match total {
        Total::Exact(total) => grouped(total.max(if count > 0 { first + count - 1 } else { 0 })),
        Total::MoreThan(counted) => format!("more than {}", grouped(counted)),
    };
    if count == 0 {
        return format!("0 of {total}");
    }
    format!("{}–{} of {total}", grouped(first), grouped(first + count - 1))
}
