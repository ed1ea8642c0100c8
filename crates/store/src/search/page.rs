//! A page of a list: of all of it, or of what has the words of a search.

use domain::page::{Page, Position, Total};

use super::{A_PAGE, Counted, LIMITS, Searched, Way, is_few};
use crate::{
    engine::Tx,
    error::StoreError,
    list::{self, Keyset},
    sql::{Row, Sql},
};

/// More rows than a page shows are for a file.
const LARGEST_PAGE: u32 = 100;

/// Which rows are asked for.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) keyset: Keyset,
    pub(crate) position: &'a Position,
    pub(crate) rows: u32,
    /// What has the words may stand together in this order.
    pub(crate) words_lead: bool,
}

/// What is to be done for a page of a search.
enum Step {
    Take(Way),
    /// To look at the rows that are read first: where none of them has the words, this way is to be taken.
    LookAhead(Way),
}

impl Searched {
    /// One page. `conditions` appends those that all rows of the list meet, `all` tells how many these are.
    pub(crate) async fn page<R: Row>(
        &self,
        tx: &mut Tx,
        search: Option<&str>,
        counted: &Counted,
        asked: Asked<'_>,
        conditions: impl Fn(Sql) -> Sql,
        all: impl AsyncFnOnce(&mut Tx) -> Result<Total, StoreError>,
    ) -> Result<Page<R>, StoreError> {
        let (keyset, position, rows) = (asked.keyset, asked.position, asked.rows);
        let way = match search {
            None => Way::InOrder,
            Some(search) => match self.step(tx, search, counted, asked.words_lead, all).await? {
                Step::Take(way) => way,
                Step::LookAhead(index) => {
                    // A file's chunk would hardly be full: it is only seen whether reading on leads anywhere.
                    let most = if rows > LARGEST_PAGE { 1 } else { rows + 1 };
                    let found = self
                        .look_ahead(tx, self.select, search, most, asked, &conditions)
                        .await?;
                    let way = if found.is_empty() { index } else { Way::InOrder };
                    let is_full = found.len() > rows as usize;
                    if is_full && let Some(page) = list::page_of(found, position, rows, counted.total) {
                        return Ok(page);
                    }
                    way
                }
            },
        };
        let base = conditions(self.begin(tx, &way, search)).behind(self.select);
        list::page(tx, &base, keyset, position, rows, counted.total).await
    }

    /// The way to many rows that nobody counts.
    pub(crate) async fn way_to_lines(
        &self,
        tx: &mut Tx,
        search: Option<&str>,
        asked: Asked<'_>,
        conditions: impl Fn(Sql) -> Sql,
        all: impl AsyncFnOnce(&mut Tx) -> Result<Total, StoreError>,
    ) -> Result<Way, StoreError> {
        let Some(search) = search else {
            return Ok(Way::InOrder);
        };
        let counted = &Total::MoreThan(0).into();
        match self.step(tx, search, counted, asked.words_lead, all).await? {
            Step::Take(way) => Ok(way),
            Step::LookAhead(index) => {
                const ONE: &str = "select cast(1 as bigint) ";
                let found: Vec<(i64,)> = self.look_ahead(tx, ONE, search, 1, asked, &conditions).await?;
                Ok(if found.is_empty() { index } else { Way::InOrder })
            }
        }
    }

    async fn step(
        &self,
        tx: &mut Tx,
        search: &str,
        counted: &Counted,
        words_lead: bool,
        all: impl AsyncFnOnce(&mut Tx) -> Result<Total, StoreError>,
    ) -> Result<Step, StoreError> {
        if let Some(hits) = &counted.hits {
            return Ok(Step::Take(Way::ByIds(hits.clone())));
        }
        let Some((index, _)) = self.index(tx, search).await? else {
            return Ok(Step::Take(Way::InOrder));
        };
        if is_few(counted.total) {
            let all = match counted.all {
                Some(all) => all,
                None => all(tx).await?,
            };
            // In an organization, the index finds those of all others too.
            if is_few(all) {
                return Ok(Step::Take(Way::InOrder));
            }
            if !is_dense(counted.total, all) {
                return Ok(Step::Take(index));
            }
        }
        Ok(if words_lead {
            Step::LookAhead(index)
        } else {
            Step::Take(Way::InOrder)
        })
    }

    /// Of the rows that a page would be read from first, the first that have the words, up to `most`, as `select` shows them.
    ///
    /// These come in the list's order, as a limited statement inside of another is read. What is joined to them may disturb
    /// it, so they are sorted once more.
    async fn look_ahead<R: Row>(
        &self,
        tx: &mut Tx,
        select: &'static str,
        search: &str,
        most: u32,
        asked: Asked<'_>,
        conditions: impl Fn(Sql) -> Sql,
    ) -> Result<Vec<R>, StoreError> {
        let inside = conditions(Sql::new(self.alone));
        let ahead = if tx.is_postgres() { &self.ahead.1 } else { &self.ahead.0 };
        let mut sql = list::ahead(&inside, asked.keyset, asked.position, LIMITS.ahead).behind(ahead.first);
        sql.push(ahead.having)
            .and_contains(tx, ahead.search_key, search)
            .limit(most);
        sql.push(ahead.beside);
        list::order_of(&mut sql, asked.keyset, asked.position);
        sql.behind(select).fetch_all(tx).await
    }
}

/// Whether reading the list on finds a page of hits soon, unless its order and the words go together.
fn is_dense(hits: Total, all: Total) -> bool {
    match (hits, all) {
        (Total::Exact(hits), Total::Exact(all)) => all * u64::from(A_PAGE) <= hits * u64::from(LIMITS.ahead),
        _ => false,
    }
}
