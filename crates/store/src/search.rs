//! How a search finds its rows. Either the list is read in its order, and rows that lack a word are passed over: fast where
//! many have it, or where the list is short. Or an index of three letters in a row tells who has them, and these few are
//! sorted: fast where few have it. To choose wrongly costs hundreds of times more, so it is found out which of the two it is.
//!
//! On SQLite the index is an FTS5 table beside the list's, kept by triggers. On Postgres it is one of a function. In either,
//! signs and letters stand behind each text, so that a word of one or two letters is how some three begin, and so that it
//! knows how an address begins. How a name begins, Postgres' index knows in the same way, and FTS5 by its numbers (`search/span.rs`).

mod beginnings;
mod draw;
mod gram;
mod many;
mod page;
mod sample;
mod span;

use std::sync::Arc;

use domain::page::Total;
pub use draw::sample_lists;
pub(crate) use gram::{ADDRESS, NAME};
use gram::{Gram, Hits};
use many::Many;
pub(crate) use page::Asked;
use sample::{Sample, Samples};
use span::Span;
pub(crate) use span::place;
use uuid::Uuid;

use crate::{
    counter::Kind,
    engine::{Tx, fetch_all},
    error::StoreError,
    list,
    sql::Sql,
};

/// From how many rows on something is done otherwise.
struct Limits {
    /// A list up to so many rows is read in its order, and so many that have the words are sorted.
    few: u64,
    /// So many rows are looked at to guess how many have the words.
    sample: u32,
    /// Where so many of them do, reading on finds enough soon.
    many_of_sample: u32,
    /// So many rows are looked at from where a page begins, whether reading on leads anywhere: people called Zoe are many,
    /// but not among the first by name.
    ahead: u32,
}

/// Tests go every way over few rows.
const LIMITS: Limits = if cfg!(test) {
    Limits {
        few: 8,
        sample: 20,
        many_of_sample: 4,
        ahead: 12,
    }
} else {
    Limits {
        few: 2000,
        sample: 1000,
        many_of_sample: 50,
        ahead: 3000,
    }
};

/// The rows of a page as lists mostly have it, and one more.
const A_PAGE: u32 = 26;

/// The way to the rows of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    InOrder,
    /// By the index. Those that it is asked for apart are read in order instead.
    ByIndex(Hits),
    /// They are known already.
    ByIds(Vec<Uuid>),
}

/// What the index is asked for, and what that costs.
struct Index {
    /// The rarest first.
    grams: Vec<Gram>,
    /// Whether it leads to so few rows that they are not many of all.
    are_few: bool,
    /// It hardly finds more.
    hits: u64,
}

/// How many rows a list has for whoever asks, and what was learnt while they were counted.
#[derive(Clone, Debug)]
pub struct Counted {
    pub total: Total,
    /// How many it has before a search.
    all: Option<Total>,
    /// What was found, if it is less than a page.
    hits: Option<Vec<Uuid>>,
}

#[cfg(test)]
impl Counted {
    /// As if these were all that was found.
    pub(crate) fn of(hits: Vec<Uuid>) -> Self {
        Self {
            hits: Some(hits),
            ..Self::from(Total::Exact(1))
        }
    }
}

impl From<Total> for Counted {
    fn from(total: Total) -> Self {
        Self {
            total,
            all: None,
            hits: None,
        }
    }
}

/// What searches know of the lists from before, for all who read.
#[derive(Default)]
pub(crate) struct Seen {
    samples: Samples,
    many: Many,
}

/// A list that can be searched, in SQL up to where its conditions go on. Of two texts for the engines, SQLite's is first.
pub(crate) struct Searched {
    /// What a page shows.
    pub(crate) select: &'static str,
    pub(crate) in_order: &'static str,
    /// The same list without what is shown beside its rows.
    pub(crate) alone: &'static str,
    /// By the index on SQLite: for grams of three letters, and before and behind the range of those that begin alike.
    pub(crate) by_fts5: &'static str,
    pub(crate) by_beginning: (&'static str, &'static str),
    /// The grams on SQLite that begin with a short one, up to [`beginnings::MOST`] and one more.
    pub(crate) terms: &'static str,
    /// The column of the FTS5 table that stands for the whole, with the operator.
    pub(crate) matches: &'static str,
    /// The column in whose order FTS5 numbers rows.
    pub(crate) numbered_by: Option<&'static str>,
    /// By the index on Postgres, before and behind what tells the hits, `h`, apart from the rest. What has a limit, even
    /// none, is planned by itself, so that nothing else leads to them.
    pub(crate) hits: (&'static str, &'static str),
    /// What the index of Postgres is over, with the operator.
    pub(crate) searched: &'static str,
    /// Selects where to find a row again, and behind those that were found in order: they alone are looked up.
    pub(crate) found: [(&'static str, &'static str); 2],
    /// The columns of orders in which rows that begin alike stand together, with the sign before what tells how they begin.
    pub(crate) beginnings: &'static [(&'static str, char)],
    /// The folded column.
    pub(crate) search_key: &'static str,
    /// The id.
    pub(crate) id: &'static str,
    /// Some rows of it, of which those are wanted that have the words.
    pub(crate) ahead: [Ahead; 2],
    /// Selects the folded column of some rows, to count those that have the words.
    pub(crate) count_among: &'static str,
    /// Selects the ids of those that have the words, to count them: before and behind. On SQLite the index knows their
    /// numbers alone, so that only a page of them is looked up: for 935 of 100,000 users 2 ms instead of 14 (2026-11-27).
    pub(crate) counted: [(&'static str, &'static str); 2],
    /// The name of the list and of its table.
    pub(crate) name: &'static str,
    /// What counts its rows.
    pub(crate) kinds: fn() -> Vec<Kind>,
    /// What the index knows of a row of the table `t`.
    pub(crate) known: [&'static str; 2],
}

/// How to find rows among the first of a list.
pub(crate) struct Ahead {
    /// Before what tells which are the first, in their order.
    pub(crate) first: &'static str,
    /// Before the words, of which the folded column of the first has all.
    pub(crate) having: &'static str,
    pub(crate) search_key: &'static str,
    /// What is shown beside those that were found.
    pub(crate) beside: &'static str,
}

impl Searched {
    /// Goes on with the tables, and the condition that each word occurs. `span` is the part that FTS5 is asked for.
    fn begin(&self, mut sql: Sql, tx: &Tx, way: &Way, span: Option<&Span>, search: &str) -> Sql {
        if tx.is_postgres() && *way != Way::InOrder {
            let (before, behind) = self.hits;
            sql.push(before);
            match way {
                Way::ByIndex(hits) => sql.and(self.searched, hits.for_postgres()).push("::tsquery"),
                Way::ByIds(ids) => sql.and_among("h.id", ids, A_PAGE as usize),
                Way::InOrder => &mut sql,
            };
            // Of those who were counted before, somebody may have got another name since.
            sql.and_contains(tx, "h.search_key", search).push(behind);
            return sql;
        }
        match way {
            Way::InOrder => {
                sql.push(self.in_order);
            }
            Way::ByIds(ids) => {
                sql.push(self.alone).and_among(self.id, ids, A_PAGE as usize);
            }
            Way::ByIndex(hits) => match hits.having.as_slice() {
                [gram] if gram.is_short() => {
                    let (before, behind) = self.by_beginning;
                    sql.push(before).bind(gram.text());
                    sql.push(" and g.term <= ").bind(gram.last_text()).push(behind);
                }
                _ => {
                    sql.push(self.by_fts5).and(self.matches, hits.for_fts5());
                    if let Some(span) = span {
                        sql.and("s.rowid >=", *span.start()).and("s.rowid <=", *span.end());
                    }
                }
            },
        }
        sql.and_contains(tx, self.search_key, search);
        sql
    }

    /// What the index is to be asked for; None if there is no word.
    async fn index(&self, tx: &mut Tx, search: &str) -> Result<Option<Index>, StoreError> {
        let sample = self.sample(tx).await?;
        let grams = sample.rarest(gram::of_words(search));
        let Some(rarest) = grams.first() else {
            return Ok(None);
        };
        Ok(Some(Index {
            are_few: sample.is_in_less_than(*rarest, LIMITS.many_of_sample, LIMITS.sample),
            hits: sample.most_of_all(*rarest),
            grams,
        }))
    }

    /// The way to these. FTS5 has no short grams, but those that begin with one: of these a row has one. If they are many,
    /// the others lead there; without others, the rows are read as they stand in its list, and nothing narrows them.
    async fn by_index(&self, tx: &mut Tx, mut hits: Hits) -> Result<Way, StoreError> {
        self.sample(tx).await?.choose(&mut hits);
        if tx.is_postgres() {
            return Ok(Way::ByIndex(hits));
        }
        let (short, having): (Vec<Gram>, Vec<Gram>) = hits.having.iter().partition(|gram| gram.is_short());
        hits.having = having;
        for gram in &short {
            let terms = fetch_all!(tx, (String,), self.terms, gram.text(), gram.last_text())?;
            match terms.len() {
                0 => return Ok(Way::ByIds(Vec::new())),
                1..=beginnings::MOST => hits.any.push(terms.iter().map(|(term,)| Gram::of_term(term)).collect()),
                _ => {}
            }
        }
        if hits.having.is_empty() && hits.any.is_empty() {
            hits = Hits::of(short.into_iter().take(1).collect());
        }
        Ok(Way::ByIndex(hits))
    }

    /// Whether so many of those who were drawn have the words that more of `all` have them than are counted.
    async fn are_surely_more(&self, tx: &mut Tx, search: &str, all: Total) -> Result<bool, StoreError> {
        Ok(match all {
            Total::Exact(all) if !is_few(Total::Exact(all)) => self.sample(tx).await?.are_surely_more(search, all),
            _ => false,
        })
    }

    /// What was seen of the list lately.
    async fn sample(&self, tx: &mut Tx) -> Result<Arc<Sample>, StoreError> {
        match tx.seen().samples.fresh(self.name) {
            Some(sample) => Ok(sample),
            None => self.draw(tx).await,
        }
    }

    /// How many of `all` rows have the words. `conditions` appends those that all of them meet, which are none if
    /// `is_whole`.
    pub(crate) async fn count(
        &self,
        tx: &mut Tx,
        search: &str,
        all: Total,
        is_whole: bool,
        exactly: bool,
        conditions: impl Fn(Sql) -> Sql,
    ) -> Result<Counted, StoreError> {
        let unsearched = conditions(Sql::new(self.in_order));
        let (seen, key) = (tx.seen(), format!("{unsearched:?} {search}"));
        let mut counted = Counted {
            total: Total::MoreThan(Total::COUNTED),
            all: Some(all),
            hits: None,
        };
        if !exactly && seen.many.has(&key) {
            return Ok(counted);
        }
        let ends_early = is_whole && !exactly;
        if ends_early && self.are_surely_more(tx, search, all).await? {
            return Ok(counted);
        }
        let way = self.way_to_count(tx, search, &unsearched, all, ends_early).await?;
        let begun = conditions(self.begin(Sql::default(), tx, &way, None, search));
        if exactly || way == Way::InOrder {
            counted.total = list::count(tx, &begun, exactly).await?;
        } else {
            (counted.total, counted.hits) = self.count_and_keep(tx, &begun).await?;
        }
        if matches!(counted.total, Total::MoreThan(_)) {
            seen.many.note(key);
        }
        Ok(counted)
    }

    /// Counts up to [`Total::COUNTED`], and keeps what was found if it is less than a page: so the index is asked once.
    async fn count_and_keep(&self, tx: &mut Tx, begun: &Sql) -> Result<(Total, Option<Vec<Uuid>>), StoreError> {
        let (before, behind) = self.counted[usize::from(tx.is_postgres())];
        let mut sql = begun.behind(before);
        sql.limit(Total::COUNTED as u32 + 1).push(") as hits").limit(A_PAGE);
        sql.push(behind);
        let found: Vec<(Uuid, i64)> = sql.fetch_all(tx).await?;
        let count = found.first().map_or(0, |(_, count)| count.unsigned_abs());
        if count > Total::COUNTED {
            return Ok((Total::MoreThan(Total::COUNTED), None));
        }
        let is_less_than_a_page = found.len() < A_PAGE as usize;
        let hits = is_less_than_a_page.then(|| found.into_iter().map(|(id, _)| id).collect());
        Ok((Total::Exact(count), hits))
    }

    /// How to count those of `all` rows that have the words. `unsearched` is all of them. With
    /// `ends_early` the first that are found will do.
    async fn way_to_count(
        &self,
        tx: &mut Tx,
        search: &str,
        unsearched: &Sql,
        all: Total,
        ends_early: bool,
    ) -> Result<Way, StoreError> {
        if is_few(all) {
            return Ok(Way::InOrder);
        }
        let Some(index) = self.index(tx, search).await? else {
            return Ok(Way::InOrder);
        };
        // FTS5 finds one after the other, so that counting ends early, unless some are picked out of them: few of all may be
        // most of an organization. Postgres finds all at once.
        if ends_early && (index.are_few || !tx.is_postgres()) {
            return self.by_index(tx, Hits::of(index.grams)).await;
        }
        let mut sample = unsearched.clone();
        sample.limit(LIMITS.sample);
        let many = LIMITS.many_of_sample;
        let many = self.count_among(tx, sample, search, many).await? == i64::from(many);
        match many {
            true => Ok(Way::InOrder),
            false => self.by_index(tx, Hits::of(index.grams)).await,
        }
    }

    /// How many of some rows have the words, up to `enough`.
    async fn count_among(&self, tx: &mut Tx, rows: Sql, search: &str, enough: u32) -> Result<i64, StoreError> {
        let mut sql = rows.behind(self.count_among);
        sql.push(") as sampled where true")
            .and_contains(tx, "sampled.search_key", search)
            .limit(enough)
            .push(") as counted");
        sql.fetch_number(tx).await
    }
}

fn is_few(rows: Total) -> bool {
    matches!(rows, Total::Exact(rows) if rows <= LIMITS.few)
}

#[cfg(test)]
mod tests;
