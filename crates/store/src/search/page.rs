//! A page of a list: of all of it, or of what has the words of a search.

use domain::page::{Page, Position, Total};

use super::{A_PAGE, Apart, Counted, Index, LIMITS, Searched, Way, is_few};
use crate::{
    engine::Tx,
    error::StoreError,
    list::{self, Keyset},
    sql::{Row, Sql},
};

/// So many times the rows are looked at in the time of one, where an index holds what is compared.
const COVERED: u32 = 10;

/// Which rows are asked for.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) keyset: Keyset,
    pub(crate) position: &'a Position,
    pub(crate) rows: u32,
    /// Whether nothing narrows the list but the words.
    pub(crate) is_whole: bool,
}

/// What is to be done for a page of a search.
enum Step {
    Take(Way),
    /// To look at the rows that are read first: unless they lead to a page sooner, the index is to be taken.
    LookAhead(Index),
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
        let (position, rows) = (asked.position, asked.rows);
        // One row more than a page shows tells whether there are more.
        let mut asked = Asked {
            rows: rows + 1,
            ..asked
        };
        let way = match search {
            None => Way::InOrder,
            Some(search) => match self.step(tx, search, counted, asked, all).await? {
                Step::Take(way) => way,
                Step::LookAhead(index) => {
                    let apart = self.apart(tx, search, asked, &index).await?;
                    let found = match &apart {
                        Some(apart) if apart.is_likely => Vec::new(),
                        _ => {
                            self.look_ahead(tx, self.select, search, asked.rows, asked, &conditions)
                                .await?
                        }
                    };
                    let count = found.len();
                    if count > rows as usize
                        && let Some(page) = list::page_of(found, position, rows, counted.total)
                    {
                        return Ok(page);
                    }
                    match index.is_longer_than(count) {
                        true => Way::InOrder,
                        false => Way::ByIndex(index.grams, apart),
                    }
                }
            },
        };
        let found = self.rows(tx, &way, search, asked, &conditions).behind(self.select);
        if let Some(page) = list::page_of(found.fetch_all(tx).await?, position, rows, counted.total) {
            return Ok(page);
        }
        // The list's beginning is reached: a whole first page says more than the rest before the cursor.
        asked.position = &Position::First;
        let found = self.rows(tx, &way, search, asked, &conditions).behind(self.select);
        Ok(list::page_from(found.fetch_all(tx).await?, rows, counted.total, 1))
    }

    /// Many rows that nobody counts, in order, from the tables on.
    pub(crate) async fn lines(
        &self,
        tx: &mut Tx,
        search: Option<&str>,
        asked: Asked<'_>,
        conditions: impl Fn(Sql) -> Sql,
        all: impl AsyncFnOnce(&mut Tx) -> Result<Total, StoreError>,
    ) -> Result<Sql, StoreError> {
        let way = match search {
            None => Way::InOrder,
            Some(search) => match self.step(tx, search, &Total::MoreThan(0).into(), asked, all).await? {
                Step::Take(way) => way,
                Step::LookAhead(index) => {
                    // So many would hardly be found: it is only seen whether reading on leads anywhere.
                    const ONE: &str = "select cast(1 as bigint) ";
                    let found: Vec<(i64,)> = self.look_ahead(tx, ONE, search, 1, asked, &conditions).await?;
                    match found.is_empty() {
                        true => Way::ByIndex(index.grams, None),
                        false => Way::InOrder,
                    }
                }
            },
        };
        Ok(self.rows(tx, &way, search, asked, conditions))
    }

    async fn step(
        &self,
        tx: &mut Tx,
        search: &str,
        counted: &Counted,
        asked: Asked<'_>,
        all: impl AsyncFnOnce(&mut Tx) -> Result<Total, StoreError>,
    ) -> Result<Step, StoreError> {
        if let Some(hits) = &counted.hits {
            return Ok(Step::Take(Way::ByIds(hits.clone())));
        }
        let Some(index) = self.index(tx, search).await? else {
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
                return Ok(Step::Take(Way::ByIndex(index.grams, None)));
            }
        }
        // What many have stands everywhere in an order that has nothing to do with words.
        Ok(match index.are_few || self.sign_of(asked).is_some() {
            true => Step::LookAhead(index),
            false => Step::Take(Way::InOrder),
        })
    }

    /// The sign before what tells how texts begin, if they stand in this order.
    fn sign_of(&self, asked: Asked<'_>) -> Option<char> {
        let mut orders = self.beginnings.iter();
        orders.find_map(|(column, sign)| (*column == asked.keyset.column).then_some(*sign))
    }

    /// How most begin who have the words, if the list has an order by that, and it does not take longer to read them than
    /// what the index finds: of a first name these are nearly all who have it.
    async fn apart(
        &self,
        tx: &mut Tx,
        search: &str,
        asked: Asked<'_>,
        index: &Index,
    ) -> Result<Option<Apart>, StoreError> {
        let Some(sign) = self.sign_of(asked).filter(|_| index.are_few) else {
            return Ok(None);
        };
        let sample = self.sample(tx).await?;
        let rarest = index.grams.first();
        let found = rarest.and_then(|gram| sample.beginning(sign, search, *gram));
        let most = 2 * index.hits * u64::from(self.pace(tx, asked));
        let found = found.filter(|(beginning, _)| sample.most_of_all(beginning.gram) <= most);
        Ok(found.map(|(beginning, is_likely)| Apart { beginning, is_likely }))
    }

    /// The rows that are asked for, in order, from the tables on. What is shown beside those that the index found is looked
    /// up for the page alone.
    fn rows(&self, tx: &Tx, way: &Way, search: Option<&str>, asked: Asked<'_>, conditions: impl Fn(Sql) -> Sql) -> Sql {
        let (keyset, position) = (asked.keyset, asked.position);
        let in_order = |sql: Sql| list::ahead(&conditions(sql), keyset, position, asked.rows);
        let Some(search) = search else {
            return in_order(Sql::new(self.in_order));
        };
        let begun = |sql: Sql| in_order(self.begin(sql, tx, way, search));
        if *way == Way::InOrder {
            return begun(Sql::default());
        }
        let (place, beside) = self.found[usize::from(tx.is_postgres())];
        let mut sql = Sql::new("from (");
        if let Way::ByIndex(_, Some(Apart { beginning, .. })) = way {
            sql.push("select * from (").push(place).push(self.alone);
            list::narrow(&mut sql, keyset, beginning.from.clone(), beginning.to.clone());
            sql.and_contains(tx, self.search_key, search);
            sql = in_order(sql);
            sql.push(") as beginning union all select * from (").push(place);
            sql = begun(sql);
            sql.push(") as others");
        } else {
            sql.push(place);
            sql = begun(sql);
        }
        sql.push(beside);
        list::order_of(&mut sql, keyset, position);
        sql.limit(asked.rows);
        sql
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
        let ahead = &self.ahead[usize::from(tx.is_postgres())];
        let looked_at = LIMITS.ahead * self.pace(tx, asked);
        let mut sql = list::ahead(&inside, asked.keyset, asked.position, looked_at).behind(ahead.first);
        sql.push(ahead.having)
            .and_contains(tx, ahead.search_key, search)
            .limit(most);
        sql.push(ahead.beside);
        list::order_of(&mut sql, asked.keyset, asked.position);
        sql.behind(select).fetch_all(tx).await
    }

    /// How many rows are read in this order in the time of one that is looked up.
    fn pace(&self, tx: &Tx, asked: Asked<'_>) -> u32 {
        let is_covered = asked.is_whole && asked.keyset.column == self.covered && !tx.is_postgres();
        if is_covered { COVERED } else { 1 }
    }
}

impl Index {
    /// Whether it finds more rows than are passed by reading on, of which so many were found by looking ahead.
    fn is_longer_than(&self, found: usize) -> bool {
        u64::from(LIMITS.ahead * A_PAGE) < self.hits * found as u64
    }
}

/// Whether reading the list on finds a page of hits soon, unless its order and the words go together.
fn is_dense(hits: Total, all: Total) -> bool {
    match (hits, all) {
        (Total::Exact(hits), Total::Exact(all)) => all * u64::from(A_PAGE) <= hits * u64::from(LIMITS.ahead),
        _ => false,
    }
}
