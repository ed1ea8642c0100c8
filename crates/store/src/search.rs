//! How a search finds its rows. Either the list is read in its order, and rows that lack a word are passed over: fast where
//! many have it, or where the list is short. Or an index of trigrams tells who has them, and these few are sorted: fast
//! where few have it. To choose wrongly costs hundreds of times more, so it is found out which of the two it is.
//!
//! On SQLite the index is an FTS5 table beside the list's, kept by triggers. On Postgres it is one of pg_trgm, which an
//! installation may lack: then every search reads the list.

mod many;
mod page;
mod sample;

use std::sync::Arc;

use domain::{page::Total, text::fold};
use many::Many;
pub(crate) use page::Asked;
use sample::{Sample, Samples, Trigram};
use uuid::Uuid;

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

/// The rows of a page as lists mostly have it, and one more.
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
    /// They are known already.
    ByIds(Vec<Uuid>),
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

/// A list that can be searched, in SQL up to where its conditions go on.
pub(crate) struct Searched {
    /// What a page shows.
    pub(crate) select: &'static str,
    pub(crate) in_order: &'static str,
    pub(crate) by_fts5: &'static str,
    /// The column of the FTS5 table that stands for the whole, with the operator.
    pub(crate) matches: &'static str,
    /// On Postgres, before and after the conditions that tell the hits, `h`, apart from the rest: those found so are sorted.
    pub(crate) hits: (&'static str, &'static str),
    /// What the index of pg_trgm is over, as it is called in `in_order`, with the operator.
    pub(crate) indexed: &'static str,
    /// The name of that index.
    pub(crate) index: &'static str,
    /// The folded column, with the operator.
    pub(crate) search_key: &'static str,
    /// The id.
    pub(crate) id: &'static str,
    /// The same list without what is shown beside its rows.
    pub(crate) alone: &'static str,
    /// Some rows of it, of which those are wanted that have the words: on SQLite and on Postgres.
    pub(crate) ahead: (Ahead, Ahead),
    /// Selects the folded column of some rows, to count those that have the words.
    pub(crate) count_among: &'static str,
    /// Selects the ids of those that have the words, to count them: on SQLite and on Postgres, before and behind. On SQLite
    /// the index knows their numbers alone, so that only a page of them is looked up: for 935 of 100,000 users 2 ms
    /// instead of 14 (2026-11-27).
    pub(crate) counted: [(&'static str, &'static str); 2],
    /// Selects the folded column of some rows from all over the table, on SQLite and on Postgres.
    pub(crate) sample: (&'static str, &'static str),
}

/// How to find rows among the first of a list.
pub(crate) struct Ahead {
    /// Before what tells which are the first, in their order.
    pub(crate) first: &'static str,
    /// Before the words, of which the folded column of the first has all, with the operator.
    pub(crate) having: &'static str,
    pub(crate) search_key: &'static str,
    /// What is shown beside those that were found.
    pub(crate) beside: &'static str,
}

impl Searched {
    /// The tables, and the condition that each word occurs: for a page, which has an order.
    pub(crate) fn begin(&self, tx: &Tx, way: &Way, search: Option<&str>) -> Sql {
        let mut sql = Sql::new(self.hits.0);
        match (way, tx.is_postgres(), search) {
            (Way::ByIndex(trigrams), true, Some(search)) => {
                for trigram in trigrams {
                    sql.and("h.search_key || '' like", format!("%{}%", text_of(trigram)));
                }
                sql.and_contains(tx, "h.search_key like", search);
            }
            (Way::ByIds(ids), true, Some(search)) => {
                sql.and_among("h.id", ids, A_PAGE as usize);
                // Somebody may have got another name since they were counted.
                sql.and_contains(tx, "h.search_key like", search);
            }
            _ => return self.begin_to_count(tx, way, search),
        }
        sql.push(self.hits.1);
        sql
    }

    /// The same where rows are only counted, which ends when there are enough.
    fn begin_to_count(&self, tx: &Tx, way: &Way, search: Option<&str>) -> Sql {
        let mut sql;
        match way {
            Way::ByIds(ids) => {
                sql = Sql::new(self.in_order);
                sql.and_among(self.id, ids, A_PAGE as usize);
            }
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
            sql.and_contains(tx, self.search_key, search);
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
            let has_index = keeps_little_waiting(tx, self.index).await?.is_some();
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
        let way = self.way_to_count(tx, search, &unsearched, all, ends_early).await?;
        let begun = conditions(self.begin_to_count(tx, &way, Some(search)));
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

    /// How many of some rows have the words, up to `enough`.
    async fn count_among(&self, tx: &mut Tx, rows: Sql, search: &str, enough: u32) -> Result<i64, StoreError> {
        let mut sql = rows.behind(self.count_among);
        sql.push(") as sampled where true")
            .and_contains(tx, "sampled.search_key like", search)
            .limit(enough)
            .push(") as counted");
        sql.fetch_number(tx).await
    }
}

fn is_few(rows: Total) -> bool {
    matches!(rows, Total::Exact(rows) if rows <= LIMITS.few)
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

/// Makes the indexes of pg_trgm that are missing. Where that is not allowed, says so and does without.
///
/// They are over an expression that stands in no other statement, or Postgres would take them for a list that is to be read
/// in its order: it plans without the words, and cannot know better. Of what is written little waits for its place in them:
/// each search reads all that waits, up to 4 MiB where nothing is said. Without any waiting an invitation takes longer.
pub(crate) async fn prepare(store: &Store) -> Result<(), StoreError> {
    const INDEXES: [(&str, &str, &str); 2] = [
        (
            "users_by_trigram",
            "create index if not exists users_by_trigram on users using gin ((search_key || '') gin_trgm_ops)
             with (gin_pending_list_limit = 128)",
            "alter index users_by_trigram set (gin_pending_list_limit = 128)",
        ),
        (
            "invitations_by_trigram",
            "create index if not exists invitations_by_trigram on invitations
             using gin ((search_key || '') gin_trgm_ops) with (gin_pending_list_limit = 128)",
            "alter index invitations_by_trigram set (gin_pending_list_limit = 128)",
        ),
    ];
    let mut tx = store.read().await?;
    if !tx.is_postgres() {
        return Ok(());
    }
    for (name, definition, change) in INDEXES {
        match keeps_little_waiting(&mut tx, name).await? {
            Some(true) => {}
            Some(false) => let_little_wait(store, name, change).await,
            None => make(store, name, definition).await,
        }
    }
    Ok(())
}

async fn make(store: &Store, name: &'static str, definition: &'static str) {
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

/// For an index of before. Whoever writes needs it meanwhile: it is not waited for long, and what waits in the index is
/// brought to its place after that.
async fn let_little_wait(store: &Store, name: &'static str, change: &'static str) {
    let changed = store.write(|mut tx| async move {
        execute!(tx, "set local lock_timeout = '1s'")?;
        run_told(&mut tx, change.to_owned()).await
    });
    let changed = match changed.await {
        Ok(()) => {
            let cleaned = store.write(|mut tx| async move {
                execute!(tx, "select gin_clean_pending_list(to_regclass($1))", name).map(drop)
            });
            cleaned.await
        }
        Err(error) => Err(error),
    };
    if let Err(error) = changed {
        tracing::warn!(
            %error,
            index = name,
            "each search also reads what was written last: its index could not be changed, the next start tries again"
        );
    }
}

/// Whether little waits for its place in an index of pg_trgm; None where there is no such index.
async fn keeps_little_waiting(tx: &mut Tx, name: &'static str) -> Result<Option<bool>, StoreError> {
    let rows = fetch_all!(
        tx,
        (bool,),
        "select coalesce('gin_pending_list_limit=128' = any(reloptions), false) from pg_class where oid = to_regclass($1)",
        name
    )?;
    Ok(rows.first().map(|row| row.0))
}

#[cfg(test)]
mod tests;
