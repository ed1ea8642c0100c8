//! Token buckets in the database: what was taken lies in one row a key, and leaks away with time.

use domain::{text::Email, time::Moment};

use crate::{
    engine::{Tx, execute, fetch_optional},
    error::StoreError,
    sql::escape_like,
};

/// How much a bucket holds and how fast it fills again.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    pub burst: i64,
    /// Thousandths of a token a second.
    pub refill: i64,
}

fn left_after(taken: i64, limit: Limit, elapsed_milliseconds: i64) -> i64 {
    (taken - elapsed_milliseconds.max(0).saturating_mul(limit.refill) / 1000).max(0)
}

/// What a bucket says about the next attempt.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// Until a token is there; zero when one is there now.
    pub wait_seconds: i64,
    /// When a token was taken last, if it is remembered.
    pub touched: Option<Moment>,
}

/// Seconds to wait until a token is there; zero when one is there now.
pub async fn wait(tx: &mut Tx, key: &str, limit: Limit, now: Moment) -> Result<i64, StoreError> {
    Ok(look(tx, key, limit, now).await?.wait_seconds)
}

/// The same inside of a write, after whoever is in front: of many that come at once, each sees what those before it took.
pub async fn wait_in_turn(tx: &mut Tx, key: &str, limit: Limit, now: Moment) -> Result<i64, StoreError> {
    // On Postgres this locks the row until the transaction ends. SQLite has one writer.
    execute!(
        tx,
        "insert into buckets (key, taken, updated_at) values ($1, 0, $2)
         on conflict (key) do update set taken = buckets.taken",
        key,
        now.0
    )?;
    wait(tx, key, limit, now).await
}

pub async fn look(tx: &mut Tx, key: &str, limit: Limit, now: Moment) -> Result<Look, StoreError> {
    let (left, touched) = left(tx, key, limit, now).await?;
    Ok(Look {
        wait_seconds: wait_after(left, limit),
        touched,
    })
}

/// Takes one token, also where none is left.
pub async fn take(tx: &mut Tx, key: &str, limit: Limit, now: Moment) -> Result<(), StoreError> {
    let left = left(tx, key, limit, now).await?.0;
    put(tx, key, limit, left + 1000, now).await
}

/// Takes one token if there is one, or tells the seconds to wait for it, else zero.
pub async fn take_or_wait(tx: &mut Tx, key: &str, limit: Limit, now: Moment) -> Result<i64, StoreError> {
    let left = left(tx, key, limit, now).await?.0;
    let wait_seconds = wait_after(left, limit);
    if wait_seconds == 0 {
        put(tx, key, limit, left + 1000, now).await?;
    }
    Ok(wait_seconds)
}

/// What has not leaked away yet, and when it was touched last.
async fn left(tx: &mut Tx, key: &str, limit: Limit, now: Moment) -> Result<(i64, Option<Moment>), StoreError> {
    let row = fetch_optional!(
        tx,
        (i64, i64),
        "select taken, updated_at from buckets where key = $1",
        key
    )?;
    let left = row.map_or(0, |(taken, updated)| left_after(taken, limit, now.0 - updated));
    Ok((left, row.map(|(_, updated)| Moment(updated))))
}

fn wait_after(left: i64, limit: Limit) -> i64 {
    let over = left + 1000 - limit.burst * 1000;
    if over <= 0 {
        0
    } else {
        (over + limit.refill - 1) / limit.refill
    }
}

async fn put(tx: &mut Tx, key: &str, limit: Limit, taken: i64, now: Moment) -> Result<(), StoreError> {
    execute!(
        tx,
        "insert into buckets (key, taken, updated_at) values ($1, $2, $3)
         on conflict (key) do update set taken = excluded.taken, updated_at = excluded.updated_at",
        key,
        taken.min(limit.burst * 1000),
        now.0
    )?;
    Ok(())
}

/// Forgets what was counted against an address, under whatever label.
pub async fn forget(tx: &mut Tx, email: &Email) -> Result<u64, StoreError> {
    execute!(
        tx,
        "delete from buckets where key like $1 escape '\\'",
        format!("% {}", escape_like(email.as_str()))
    )
}

/// Forgets buckets that were not touched since.
pub async fn sweep(tx: &mut Tx, before: Moment) -> Result<u64, StoreError> {
    execute!(tx, "delete from buckets where updated_at < $1", before.0)
}
