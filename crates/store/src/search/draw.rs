//! Rows from all over a table, drawn so that each is as likely as any other, whatever order they were made in: what many of
//! these have, many of all have.

use std::sync::Arc;

use super::{Searched, sample::Sample};
use crate::{
    Store,
    counter::{self, Place},
    engine::Tx,
    error::StoreError,
    invitation,
    sql::Sql,
    user,
    writer::unfinished,
};

/// Draws from all lists that can be searched. Where this is done often enough, no search has to wait for it.
pub async fn sample_lists(store: &Store) -> Result<(), StoreError> {
    for list in [&user::SEARCHED, &invitation::SEARCHED] {
        let mut tx = store.read().await?;
        list.draw(&mut tx).await?;
    }
    Ok(())
}

impl Searched {
    /// Draws about 4,000 rows, or takes all of a small table, for all who search.
    pub(super) async fn draw(&self, tx: &mut Tx) -> Result<Arc<Sample>, StoreError> {
        let sql = if tx.is_postgres() {
            self.draw_from_blocks()
        } else {
            self.draw_by_number()
        };
        let rows: Vec<(String,)> = sql.fetch_all(tx).await?;
        let all = counter::total(tx, Place::Installation, &(self.kinds)())
            .await?
            .unsigned_abs();
        // To take them apart keeps a thread busy for a while, which others wait for.
        let sample = move || Sample::of(rows.iter().map(|row| row.0.as_str()), all);
        let sample = tokio::task::spawn_blocking(sample).await.map_err(|_| unfinished())?;
        Ok(tx.seen().samples.keep(self.name, sample))
    }

    /// One from each of as many parts of the numbers that SQLite gives rows as they come. Some are nobody's any more.
    fn draw_by_number(&self) -> Sql {
        let mut sql =
            Sql::new("with recursive steps (step) as (select max(1, (coalesce(max(rowid), 0) + 3999) / 4000) from ");
        sql.push(self.name).push(
            "), parts (number) as (select 1 union all
                select number + step from parts cross join steps limit 4000),
            drawn (number) as (select number + abs(random() % step) from parts cross join steps)
            select ",
        );
        sql.push(self.known[0]).push(" from steps cross join drawn cross join ");
        sql.push(self.name).push(" as t on t.rowid = drawn.number");
        sql
    }

    /// From places drawn anywhere in the table, of which most hold no row; or all of them, if they are few. A sample of whole
    /// blocks would tell of those who came together, such as the people of one organization. Each place is looked up by itself:
    /// to read the whole table and find them in it would take longer, and in their order.
    fn draw_from_blocks(&self) -> Sql {
        let mut sql = Sql::new(
            "with held (blocks, places) as (select pg_relation_size(oid) / current_setting('block_size')::integer,
                greatest(64, least(291, 2 * reltuples / greatest(relpages, 1))) from pg_class where oid = '",
        );
        sql.push(self.name).push(
            "'::regclass),
            drawn (place) as materialized (select format('(%s,%s)', floor(random() * blocks)::bigint, ceil(random() * places))::tid
                from held cross join generate_series(1, 12000) where blocks > 128)
            (select found.known from drawn cross join lateral (select ",
        );
        sql.push(self.known[1]).push(" as known from ").push(self.name);
        sql.push(" as t where t.ctid = drawn.place limit 1) as found limit 4000) union all select ")
            .push(self.known[1]);
        sql.push(" from ").push(self.name);
        sql.push(" as t where (select blocks from held) <= 128");
        sql
    }
}
