//! How a search finds its rows. Either the list is read in its order, and rows that lack a word are passed over: fast where
//! many have it, or where the list is short. Or an index of trigrams tells who has them, and these few are sorted: fast
//! where few have it. To choose wrongly costs hundreds of times more, so it is found out which of the two it is.
//!
//! On SQLite the index is an FTS5 table beside the list's, kept by triggers. On Postgres it is one of pg_trgm, which an
//! installation may lack: then every search reads the list.

mod many;
mod sample;

use std::sync::Arc;

use domain::{page::Total, text::fold};
use many::Many;
use sample::{Sample, Samples, Trigram};

use crate::{
    Store,
    engine::{Tx, execute, fetch_all},
    error::StoreError,
    list,
    sql::{Sql, run_told},
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

/// The rows of a page, and one more.
const A_PAGE: u32 = 26;

/// An index is asked for so few trigrams, the rarest: each one more costs a walk along all rows that have it. Nothing is
/// lost, since each row is compared with the words themselves as well.
const MOST_TRIGRAMS: usize = 3;

/// The way to the rows of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    InOrder,
    /// By the index, which is asked for rows with all of these.
    ByIndex(Vec<Trigram>),
}

/// What searches know of the lists from before, for all who read.
#[derive(Default)]
pub(crate) struct Seen {
    samples: Samples,
    many: Many,
}

/// A list that can be searched, in SQL up to where its conditions go on.
pub(crate) struct Searched {
    pub(crate) in_order: &'static str,
    pub(crate) by_fts5: &'static str,
    /// The column of the FTS5 table that stands for the whole, with the operator.
    pub(crate) matches: &'static str,
    /// Before and after the conditions on `h.search_key || ''`, which is what the index is over.
    pub(crate) by_pg_trgm: (&'static str, &'static str),
    /// The same column as it is called in `in_order`, with the operator.
    pub(crate) indexed: &'static str,
    /// Of pg_trgm.
    pub(crate) index: &'static str,
    /// The folded column, with the operator.
    pub(crate) search_key: &'static str,
    /// Selects that column of some rows, to count those that have the words.
    pub(crate) count_among: &'static str,
    /// Selects that column of some rows from all over the table, on SQLite and on Postgres.
    pub(crate) sample: (&'static str, &'static str),
}

impl Searched {
    /// The tables, and the condition that each word occurs: for a page, which has an order.
    pub(crate) fn begin(&self, tx: &Tx, way: &Way, search: Option<&str>) -> Sql {
        let (Way::ByIndex(trigrams), Some(search), true) = (way, search, tx.is_postgres()) else {
            return self.begin_to_count(tx, way, search);
        };
        let mut sql = Sql::new(self.by_pg_trgm.0);
        for trigram in trigrams {
            sql.and("h.search_key || '' like", format!("%{}%", text_of(trigram)));
        }
        sql.and_contains("h.search_key like", search);
        sql.push(self.by_pg_trgm.1);
        sql
    }

    /// The same where rows are only counted, which ends when there are enough.
    fn begin_to_count(&self, tx: &Tx, way: &Way, search: Option<&str>) -> Sql {
        let mut sql;
        match way {
            Way::ByIndex(trigrams) if !tx.is_postgres() => {
                sql = Sql::new(self.by_fts5);
                sql.and(self.matches, asked_of_fts5(trigrams));
            }
            Way::ByIndex(trigrams) => {
                sql = Sql::new(self.in_order);
                for trigram in trigrams {
                    sql.and(self.indexed, format!("%{}%", text_of(trigram)));
                }
            }
            Way::InOrder => sql = Sql::new(self.in_order),
        }
        if let Some(search) = search {
            sql.and_contains(self.search_key, search);
        }
        sql
    }

    /// The way by the index; None if there is none, or if it tells nothing about such short words. And whether it leads to
    /// so few rows that they are not many of all.
    async fn index(&self, tx: &mut Tx, search: &str) -> Result<Option<(Way, bool)>, StoreError> {
        let mut trigrams = trigrams(search);
        if tx.is_postgres() {
            // pg_trgm knows letters and digits alone.
            trigrams.retain(|trigram| trigram.iter().all(|letter| letter.is_alphanumeric()));
        }
        if trigrams.is_empty() {
            return Ok(None);
        }
        let sample = self.sample(tx).await?;
        if !sample.has_index {
            return Ok(None);
        }
        let trigrams = sample.rarest(trigrams, MOST_TRIGRAMS);
        let are_few = trigrams
            .first()
            .is_some_and(|rarest| sample.is_in_less_than(*rarest, LIMITS.many_of_sample, LIMITS.sample));
        Ok(Some((Way::ByIndex(trigrams), are_few)))
    }

    /// What was seen of the list lately.
    async fn sample(&self, tx: &mut Tx) -> Result<Arc<Sample>, StoreError> {
        let seen = tx.seen();
        if let Some(sample) = seen.samples.fresh(self.index) {
            return Ok(sample);
        }
        let (rows, has_index) = if tx.is_postgres() {
            let has_index = has_index(tx, self.index).await?;
            (fetch_all!(tx, (String,), self.sample.1)?, has_index)
        } else {
            (fetch_all!(tx, (String,), self.sample.0)?, true)
        };
        let sample = Sample::of(rows.iter().map(|row| row.0.as_str()), has_index);
        Ok(seen.samples.keep(self.index, sample))
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
    ) -> Result<Total, StoreError> {
        let unsearched = conditions(Sql::new(self.in_order));
        let (seen, key) = (tx.seen(), format!("{unsearched:?} {search}"));
        if !exactly && seen.many.has(&key) {
            return Ok(Total::MoreThan(Total::COUNTED));
        }
        let ends_early = is_whole && !exactly;
        let way = self.way_to_count(tx, search, &unsearched, all, ends_early).await?;
        let begun = self.begin_to_count(tx, &way, Some(search));
        let total = list::count(tx, &conditions(begun), exactly).await?;
        if matches!(total, Total::MoreThan(_)) {
            seen.many.note(key);
        }
        Ok(total)
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
        let Some((index, are_few)) = self.index(tx, search).await? else {
            return Ok(Way::InOrder);
        };
        // FTS5 finds one after the other, so that counting ends early, unless some are picked out of them: few of all may be
        // most of an organization. pg_trgm finds all at once.
        if ends_early && (are_few || !tx.is_postgres()) {
            return Ok(index);
        }
        let mut sample = unsearched.clone();
        sample.limit(LIMITS.sample);
        let many = LIMITS.many_of_sample;
        let many = self.count_among(tx, sample, search, many).await? == i64::from(many);
        Ok(if many { Way::InOrder } else { index })
    }

    /// How to find a page, once it is known that `hits` rows of `all` have the words. `ahead` makes the statement for so
    /// many of the rows that are read first, where what has the words may stand together in the list's order.
    pub(crate) async fn way_to_page(
        &self,
        tx: &mut Tx,
        search: &str,
        hits: Total,
        all: impl AsyncFnOnce(&mut Tx) -> Result<Total, StoreError>,
        ahead: Option<impl FnOnce(u32) -> Sql>,
    ) -> Result<Way, StoreError> {
        let Some((index, _)) = self.index(tx, search).await? else {
            return Ok(Way::InOrder);
        };
        if is_few(hits) {
            let all = all(tx).await?;
            // In an organization, the index finds those of all others too.
            if is_few(all) {
                return Ok(Way::InOrder);
            }
            if !is_dense(hits, all) {
                return Ok(index);
            }
        }
        let leads = match ahead {
            None => true,
            // It ends as the page itself would, once that is full.
            Some(ahead) => self.count_among(tx, ahead(LIMITS.ahead), search, A_PAGE).await? > 0,
        };
        Ok(if leads { Way::InOrder } else { index })
    }

    /// How many of some rows have the words, up to `enough`.
    async fn count_among(&self, tx: &mut Tx, rows: Sql, search: &str, enough: u32) -> Result<i64, StoreError> {
        let mut sql = rows.behind(self.count_among);
        sql.push(") as sampled where true")
            .and_contains("sampled.search_key like", search)
            .limit(enough)
            .push(") as counted");
        sql.fetch_number(tx).await
    }
}

fn is_few(rows: Total) -> bool {
    matches!(rows, Total::Exact(rows) if rows <= LIMITS.few)
}

/// Whether reading the list on finds a page of hits soon, unless its order and the words go together.
fn is_dense(hits: Total, all: Total) -> bool {
    match (hits, all) {
        (Total::Exact(hits), Total::Exact(all)) => all * u64::from(A_PAGE) <= hits * u64::from(LIMITS.ahead),
        _ => false,
    }
}

/// All trigrams of all words, each once. Empty if no word has three letters.
fn trigrams(search: &str) -> Vec<Trigram> {
    let mut trigrams = Vec::new();
    for word in fold(search).split_whitespace().take(Sql::MOST_WORDS) {
        for trigram in sample::trigrams_of(word) {
            if !trigrams.contains(&trigram) {
                trigrams.push(trigram);
            }
        }
    }
    trigrams
}

fn text_of(trigram: &Trigram) -> String {
    trigram.iter().collect()
}

/// Rows that have all of them.
fn asked_of_fts5(trigrams: &[Trigram]) -> String {
    let quoted = trigrams
        .iter()
        .map(|trigram| format!("\"{}\"", text_of(trigram).replace('"', "\"\"")));
    quoted.collect::<Vec<_>>().join(" ")
}

async fn has_index(tx: &mut Tx, name: &'static str) -> Result<bool, StoreError> {
    let rows = fetch_all!(tx, (bool,), "select to_regclass($1) is not null", name)?;
    Ok(rows.first().is_some_and(|row| row.0))
}

/// Makes the indexes of pg_trgm that are missing. Where that is not allowed, says so and does without.
///
/// They are over an expression that stands in no other statement, or Postgres would take them for a list that is to be read
/// in its order: it plans without the words, and cannot know better.
pub(crate) async fn prepare(store: &Store) -> Result<(), StoreError> {
    const INDEXES: [(&str, &str); 2] = [
        (
            "users_by_trigram",
            "create index if not exists users_by_trigram on users using gin ((search_key || '') gin_trgm_ops)",
        ),
        (
            "invitations_by_trigram",
            "create index if not exists invitations_by_trigram on invitations using gin ((search_key || '') gin_trgm_ops)",
        ),
    ];
    let mut tx = store.read().await?;
    if !tx.is_postgres() {
        return Ok(());
    }
    for (name, definition) in INDEXES {
        if has_index(&mut tx, name).await? {
            continue;
        }
        let made = store.write(|mut tx| async move {
            // Of several servers that start at once, one makes it.
            execute!(tx, "lock table deferred_indexes in exclusive mode")?;
            execute!(tx, "set local statement_timeout = 0")?;
            run_told(&mut tx, "create extension if not exists pg_trgm".to_owned()).await?;
            run_told(&mut tx, definition.to_owned()).await
        });
        if let Err(error) = made.await {
            tracing::warn!(%error, index = name, "a search reads the whole list: the extension pg_trgm is missing");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
