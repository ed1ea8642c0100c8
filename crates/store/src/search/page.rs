//! A page of a list: of all of it, or of what has the words of a search.

use domain::page::{Page, Position, Total};

use super::{
    A_PAGE, Counted, Index, LIMITS, Searched, Way,
    gram::{Beginning, Hits},
    is_few,
    span::{self, Span},
};
use crate::{
    engine::Tx,
    error::StoreError,
    list::{self, Keyset, Part},
    sql::{Row, Sql},
};

/// Which rows are asked for.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) keyset: Keyset,
    pub(crate) position: &'a Position,
    pub(crate) rows: u32,
}

/// How far is looked ahead, at most.
#[derive(Clone, Copy)]
struct Reach {
    looked_at: u32,
    wanted: u32,
}

/// What was found where a page begins.
struct Near<R> {
    found: Vec<R>,
    /// Whether there are no more.
    are_all: bool,
    /// So many rows were read for them, unless the index was asked.
    looked_at: u32,
    /// What is to be read apart if these are not enough.
    apart: Vec<Beginning>,
}

/// Of the rows that the index leads to.
enum Piece {
    /// They begin alike, and are read in order instead.
    Read(Part),
    /// The index is asked for them, of these numbers if it has any.
    Found(Option<Span>),
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
        let listed = match counted.all {
            None if search.is_some() && is_few(counted.total) => Some(all(tx).await?),
            known => known,
        };
        let found = self.page_at(tx, search, counted, asked, &conditions, listed).await?;
        if let Some(page) = found {
            return Ok(page);
        }
        // The list's beginning is reached: a whole first page says more than the rest before the cursor.
        let first = Asked {
            position: &Position::First,
            ..asked
        };
        let found = self.page_at(tx, search, counted, first, &conditions, listed).await?;
        Ok(found.unwrap_or_else(|| list::page_from(Vec::new(), asked.rows, counted.total, 1)))
    }

    /// None where too few were found before a cursor.
    async fn page_at<R: Row>(
        &self,
        tx: &mut Tx,
        search: Option<&str>,
        counted: &Counted,
        asked: Asked<'_>,
        conditions: impl Fn(Sql) -> Sql,
        listed: Option<Total>,
    ) -> Result<Option<Page<R>>, StoreError> {
        let (position, rows) = (asked.position, asked.rows);
        // One row more than a page shows tells whether there are more.
        let asked = Asked {
            rows: rows + 1,
            ..asked
        };
        let page_of = |found| list::page_of(found, position, rows, counted.total);
        let way = match search {
            None => Way::InOrder,
            Some(search) => match self.step(tx, search, counted, asked, listed).await? {
                Step::Take(way) => way,
                Step::LookAhead(index) => {
                    let listed = match listed {
                        Some(Total::Exact(listed)) => listed,
                        _ => self.sample(tx).await?.all(),
                    };
                    let near = self.look_near(tx, search, asked, &index, listed, &conditions).await?;
                    if near.are_all || near.found.len() > rows as usize {
                        return Ok(page_of(near.found));
                    }
                    let is_sooner_in_order = index.is_longer_than(near.found.len(), near.looked_at);
                    match is_sooner_in_order {
                        true => Way::InOrder,
                        false => {
                            let (having, apart) = (index.grams, near.apart);
                            let is_numbered = self.is_numbered_by(tx, asked.keyset);
                            let span = is_numbered.then(|| span::ahead(asked.keyset, asked.position));
                            let hits = Hits {
                                having,
                                apart,
                                span,
                                ..Hits::default()
                            };
                            self.by_index(tx, hits).await?
                        }
                    }
                }
            },
        };
        let found = self.rows(tx, &way, search, asked, &conditions).behind(self.select);
        Ok(page_of(found.fetch_all(tx).await?))
    }

    /// Many rows that nobody counts, in order, from the tables on.
    pub(crate) async fn lines(
        &self,
        tx: &mut Tx,
        search: Option<&str>,
        asked: Asked<'_>,
        conditions: impl Fn(Sql) -> Sql,
    ) -> Result<Sql, StoreError> {
        let way = match search {
            None => Way::InOrder,
            Some(search) => match self.step(tx, search, &Total::MoreThan(0).into(), asked, None).await? {
                Step::Take(way) => way,
                Step::LookAhead(index) => {
                    // So many would hardly be found: it is only seen whether reading on leads anywhere.
                    const ONE: &str = "select cast(1 as bigint) ";
                    let ahead = Reach {
                        looked_at: LIMITS.ahead,
                        wanted: 1,
                    };
                    let found: Vec<(i64,)> = self.look_ahead(tx, ONE, search, ahead, asked, &conditions).await?;
                    let is_end =
                        found.is_empty() && self.ends_within(tx, &index, LIMITS.ahead, asked, &conditions).await?;
                    match found.is_empty() && !is_end {
                        true => self.by_index(tx, Hits::of(index.grams)).await?,
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
        listed: Option<Total>,
    ) -> Result<Step, StoreError> {
        if let Some(hits) = &counted.hits {
            return Ok(Step::Take(Way::ByIds(hits.clone())));
        }
        let Some(index) = self.index(tx, search).await? else {
            return Ok(Step::Take(Way::InOrder));
        };
        if let Some(listed) = listed.filter(|_| is_few(counted.total)) {
            // In an organization, the index finds those of all others too.
            if is_few(listed) {
                return Ok(Step::Take(Way::InOrder));
            }
            if !is_dense(counted.total, listed) {
                return Ok(Step::Take(self.by_index(tx, Hits::of(index.grams)).await?));
            }
        }
        // What many have stands everywhere in an order that has nothing to do with words.
        Ok(match index.are_few || self.sign_of(asked).is_some() {
            true => Step::LookAhead(index),
            false => Step::Take(Way::InOrder),
        })
    }

    /// The rows that are asked for, in order, from the tables on. What is shown beside those that the index found is looked
    /// up for the page alone.
    fn rows(&self, tx: &Tx, way: &Way, search: Option<&str>, asked: Asked<'_>, conditions: impl Fn(Sql) -> Sql) -> Sql {
        let (keyset, position) = (asked.keyset, asked.position);
        let in_order = |sql: Sql| list::ahead(&conditions(sql), keyset, position, asked.rows);
        let Some(search) = search else {
            return in_order(Sql::new(self.in_order));
        };
        let begun = |sql: Sql, span: Option<&Span>| in_order(self.begin(sql, tx, way, span, search));
        if *way == Way::InOrder {
            return begun(Sql::default(), None);
        }
        let (place, beside) = self.found[usize::from(tx.is_postgres())];
        let pieces = pieces(way, asked);
        let are_several = pieces.len() > 1;
        let mut sql = Sql::new("from (");
        for (number, piece) in pieces.iter().enumerate() {
            if are_several {
                sql.push(if number == 0 {
                    "select * from ("
                } else {
                    ") as part union all select * from ("
                });
            }
            sql.push(place);
            sql = match piece {
                Piece::Read(part) => {
                    sql.push(self.alone).and_contains(tx, self.search_key, search);
                    part.ahead(&conditions(sql), keyset, asked.rows)
                }
                Piece::Found(span) => begun(sql, span.as_ref()),
            };
        }
        if are_several {
            sql.push(") as part");
        }
        sql.push(beside);
        list::order_of(&mut sql, keyset, position);
        sql.limit(asked.rows);
        sql
    }

    /// The first rows that have the words, as many as are asked for if a part of the list holds them. A short one is read, of
    /// a longer one the index is asked for those of it.
    async fn look_near<R: Row>(
        &self,
        tx: &mut Tx,
        search: &str,
        asked: Asked<'_>,
        index: &Index,
        listed: u64,
        conditions: impl Fn(Sql) -> Sql,
    ) -> Result<Near<R>, StoreError> {
        let is_by_beginning = self.sign_of(asked).is_some() && index.hits > LIMITS.few;
        let is_expected = !is_by_beginning || index.is_everywhere(listed);
        // What few of all have may be a first name, which stands elsewhere.
        let is_first = !is_by_beginning || !index.are_few;
        let mut ahead = Near {
            found: Vec::new(),
            are_all: false,
            // Some words stand together in front, whatever is to be expected of them.
            looked_at: if is_expected { LIMITS.ahead } else { LIMITS.ahead / 6 },
            apart: Vec::new(),
        };
        let reach = Reach {
            looked_at: ahead.looked_at,
            wanted: asked.rows,
        };
        let look_ahead = async |tx: &mut Tx| {
            self.look_ahead(tx, self.select, search, reach, asked, &conditions)
                .await
        };
        if is_first {
            ahead.found = look_ahead(tx).await?;
            let is_enough = ahead.found.len() >= asked.rows as usize;
            // One or two say little of how close they stand.
            let may_end = ahead.found.len() <= 2 && !is_enough;
            ahead.are_all = may_end && self.ends_within(tx, index, ahead.looked_at, asked, &conditions).await?;
            if is_enough || ahead.are_all {
                return Ok(ahead);
            }
        }
        let alike = self.alike(tx, search, asked, index).await?;
        ahead.apart.clone_from(&alike.beginnings);
        if alike.are_nearly_all || !is_by_beginning {
            return Ok(ahead);
        }
        if !is_first {
            ahead.found = look_ahead(tx).await?;
            if ahead.found.len() >= asked.rows as usize {
                return Ok(ahead);
            }
        }
        for stretch in self.stretches(tx, asked, &alike, listed).await? {
            let mut hits = Hits::of(index.grams.clone());
            if self.is_numbered_by(tx, asked.keyset) {
                let ahead = span::ahead(asked.keyset, asked.position);
                hits.span = Some(span::of_both(&ahead, &span::between(&stretch.from, &stretch.to)));
            } else if let Some(near) = self.beginnings_in(tx, asked, &stretch).await? {
                hits.near = near;
            } else {
                continue;
            }
            let way = self.by_index(tx, hits).await?;
            // Of a letter that goes on in many ways, the index tells no part.
            if matches!(&way, Way::ByIndex(hits) if hits.near.is_empty() && hits.span.is_none()) {
                break;
            }
            let rows = self.rows(tx, &way, Some(search), asked, &conditions);
            let found = rows.behind(self.select).fetch_all(tx).await?;
            if stretch.is_rest || found.len() >= asked.rows as usize {
                return Ok(Near {
                    found,
                    are_all: stretch.is_rest,
                    ..ahead
                });
            }
        }
        Ok(ahead)
    }

    /// Whether the list ends behind less rows than are looked at from a row in it, whatever is searched for. Where the index
    /// finds few, it does not matter.
    async fn ends_within(
        &self,
        tx: &mut Tx,
        index: &Index,
        looked_at: u32,
        asked: Asked<'_>,
        conditions: impl Fn(Sql) -> Sql,
    ) -> Result<bool, StoreError> {
        let is_in_list = matches!(asked.position, Position::After(_) | Position::Before(_));
        if !is_in_list || index.hits <= LIMITS.few {
            return Ok(false);
        }
        let inside = conditions(Sql::new(self.alone));
        let rows = list::ahead(&inside, asked.keyset, asked.position, looked_at);
        let mut sql = rows.behind("select count(*) from (select 1 as one ");
        sql.push(") as ahead");
        Ok(sql.fetch_number(tx).await? < i64::from(looked_at))
    }

    /// Of the rows that a page would be read from first, the first that have the words, as `select` shows them.
    ///
    /// These come in the list's order, as a limited statement inside of another is read. What is joined to them may disturb
    /// it, so they are sorted once more.
    async fn look_ahead<R: Row>(
        &self,
        tx: &mut Tx,
        select: &'static str,
        search: &str,
        ahead: Reach,
        asked: Asked<'_>,
        conditions: impl Fn(Sql) -> Sql,
    ) -> Result<Vec<R>, StoreError> {
        let inside = conditions(Sql::new(self.alone));
        let text = &self.ahead[usize::from(tx.is_postgres())];
        let mut sql = list::ahead(&inside, asked.keyset, asked.position, ahead.looked_at).behind(text.first);
        sql.push(text.having)
            .and_contains(tx, text.search_key, search)
            .limit(ahead.wanted);
        sql.push(text.beside);
        list::order_of(&mut sql, asked.keyset, asked.position);
        sql.behind(select).fetch_all(tx).await
    }
}

impl Index {
    /// Whether a page of hits is among the rows that are looked at first, if they stand as close there as elsewhere in a list
    /// of so many rows.
    fn is_everywhere(&self, listed: u64) -> bool {
        2 * u64::from(A_PAGE) * listed < self.hits * u64::from(LIMITS.ahead)
    }

    /// Whether it finds more rows than are passed by reading on, of which `found` were among those looked at. One or two say
    /// little.
    fn is_longer_than(&self, found: usize, looked_at: u32) -> bool {
        found > 2 && u64::from(looked_at * A_PAGE) < self.hits * found as u64
    }
}

/// What is read in order, and what the index is asked for: together they have all, and nobody twice.
fn pieces(way: &Way, asked: Asked<'_>) -> Vec<Piece> {
    let Way::ByIndex(hits) = way else {
        return vec![Piece::Found(None)];
    };
    let apart = hits.apart.iter();
    let parts = apart.filter_map(|part| Part::of(asked.keyset, asked.position, part.from(), part.to()));
    let mut pieces: Vec<Piece> = parts.map(Piece::Read).collect();
    match &hits.span {
        None => pieces.push(Piece::Found(None)),
        Some(span) => {
            let apart = hits.apart.iter().map(|part| span::between(&part.from(), &part.to()));
            let left = span::without(span, apart.collect()).into_iter();
            pieces.extend(left.map(|span| Piece::Found(Some(span))));
        }
    }
    if pieces.is_empty() {
        pieces.push(Piece::Found(Some(span::NOBODY)));
    }
    pieces
}

/// Whether reading the list on finds a page of hits soon, unless its order and the words go together.
fn is_dense(hits: Total, all: Total) -> bool {
    match (hits, all) {
        (Total::Exact(hits), Total::Exact(all)) => all * u64::from(A_PAGE) <= hits * u64::from(LIMITS.ahead),
        _ => false,
    }
}
