//! Lists by name or address, in which rows that begin alike stand together, as people called Zoe do. There it does not help
//! that many have a word, nor that few of all rows are where a page begins.

use domain::page::{Position, SortValue};

use super::{
    Index, Searched,
    gram::Gram,
    page::Asked,
    sample::{Alike, Start, Stretch},
};
use crate::{
    engine::Tx,
    error::StoreError,
    list::{self, Keyset},
    sql::Sql,
};

/// So many times what a page shows is to be in a stretch of the list, as it is a guess.
const TO_BE_SURE: u64 = 3;

/// So many grams of which a row has one are a part of what the index is asked, and not more.
pub(super) const MOST: usize = 64;

impl Searched {
    /// The sign before what tells how texts begin, if they stand in this order.
    pub(super) fn sign_of(&self, asked: Asked<'_>) -> Option<char> {
        let mut orders = self.beginnings.iter();
        orders.find_map(|(column, sign)| (*column == asked.keyset.column).then_some(*sign))
    }

    /// Whether FTS5 knows rows by numbers that stand in this order.
    pub(super) fn is_numbered_by(&self, tx: &Tx, keyset: Keyset) -> bool {
        !tx.is_postgres() && self.numbered_by == Some(keyset.column)
    }

    /// How most begin who have the words, if the list has an order by that.
    pub(super) async fn alike(
        &self,
        tx: &mut Tx,
        search: &str,
        asked: Asked<'_>,
        index: &Index,
    ) -> Result<Alike, StoreError> {
        Ok(match (self.sign_of(asked), index.grams.first()) {
            (Some(sign), Some(gram)) => {
                let are_numbered = self.is_numbered_by(tx, asked.keyset);
                self.sample(tx).await?.alike(sign, search, *gram, are_numbered)
            }
            _ => Alike::default(),
        })
    }

    /// Parts of the list from where a page begins, in which there are enough hits for it: if those stand as close there as
    /// elsewhere in a list of `listed` rows, or else as they do in the sample.
    pub(super) async fn stretches(
        &self,
        tx: &mut Tx,
        asked: Asked<'_>,
        alike: &Alike,
        listed: u64,
    ) -> Result<Vec<Stretch>, StoreError> {
        let Some(sign) = self.sign_of(asked) else {
            return Ok(Vec::new());
        };
        let sample = self.sample(tx).await?;
        let text = match asked.position {
            Position::After(cursor) | Position::Before(cursor) => match &cursor.value {
                SortValue::Text(text) => Some(text.as_str()),
                SortValue::Number(_) => return Ok(Vec::new()),
            },
            Position::First | Position::Last => None,
        };
        let start = Start {
            sign,
            text,
            backwards: list::is_descending(asked.keyset, asked.position),
        };
        // Of the list's rows, not of all.
        let hits = u128::from(alike.hits) * u128::from(listed) / u128::from(sample.all().max(1));
        let wanted = TO_BE_SURE * u64::from(asked.rows);
        let even = sample.stretch_of_rows(start, wanted, u64::try_from(hits).unwrap_or(u64::MAX));
        let seen = sample.stretch_of_hits(alike, start, wanted);
        let mut both: Vec<Stretch> = even.into_iter().chain(seen).collect();
        both.dedup();
        Ok(both)
    }

    /// How the rows of a stretch begin. None if in more ways than the index is asked for.
    pub(super) async fn beginnings_in(
        &self,
        tx: &mut Tx,
        asked: Asked<'_>,
        stretch: &Stretch,
    ) -> Result<Option<Vec<Gram>>, StoreError> {
        let Some(sign) = self.sign_of(asked) else {
            return Ok(None);
        };
        // One after the other is looked up: where it begins, and then the first behind all that begin so.
        let column = asked.keyset.column;
        let next = |sql: &mut Sql| {
            sql.push("(select substr(")
                .push(column)
                .push(" || '  ', 1, 2) ")
                .push(self.alone);
            sql.push(" and ").push(column).push(" < ").bind(stretch.to.clone());
            sql.push(" and ").push(column).push(" >= ");
        };
        let first = |sql: &mut Sql| {
            sql.push(" order by ").push(column).push(" limit 1)");
        };
        let mut sql = Sql::new("with recursive begun (letters) as (select ");
        next(&mut sql);
        sql.bind(stretch.from.clone());
        first(&mut sql);
        sql.push(" union all select ");
        next(&mut sql);
        sql.push("begun.letters || ").bind(char::MAX.to_string());
        first(&mut sql);
        sql.push(" from begun where begun.letters is not null) select letters from begun where letters is not null");
        sql.limit(MOST as u32 + 1);
        let letters: Vec<(String,)> = sql.fetch_all(tx).await?;
        let grams = letters.iter().map(|(letters,)| Gram::of_beginning(sign, letters));
        Ok((1..=MOST).contains(&letters.len()).then(|| grams.collect()))
    }
}
