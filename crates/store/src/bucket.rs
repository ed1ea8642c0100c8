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
    // By one statement, as most do. What leaks away is what `left_after` says.
    let taken = fetch_optional!(
        tx,
        (i64,),
        "insert into buckets (key, taken, updated_at) values ($1, 1000, $2)
         on conflict (key) do update set updated_at = excluded.updated_at, taken = 1000 + case
           when excluded.updated_at <= buckets.updated_at then buckets.taken
           when (excluded.updated_at - buckets.updated_at) * $3 / 1000 >= buckets.taken then 0
           else buckets.taken - (excluded.updated_at - buckets.updated_at) * $3 / 1000 end
         where buckets.taken - case
           when excluded.updated_at <= buckets.updated_at then 0
           else (excluded.updated_at - buckets.updated_at) * $3 / 1000 end <= $4
         returning taken",
        key,
        now.0,
        limit.refill,
        (limit.burst - 1) * 1000
    )?;
    if taken.is_some() {
        return Ok(0);
    }
    wait(tx, key, limit, now).await
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

#[cfg(test)]
mod tests {
    use domain::time::Moment;

    use super::{Limit, left_after, take_or_wait, wait_after};
    use crate::{Store, plans::data::fresh};

    #[tokio::test]
    async fn a_token_is_taken_as_it_is_reckoned_on_sqlite() {
        a_token_is_taken_as_it_is_reckoned(fresh("sqlite", "bucket").await).await;
    }

    #[tokio::test]
    async fn a_token_is_taken_as_it_is_reckoned_on_postgres() {
        a_token_is_taken_as_it_is_reckoned(fresh("postgres", "bucket").await).await;
    }

    /// The database reckons by itself what is left: as [`left_after`] does, also where a clock was set back.
    async fn a_token_is_taken_as_it_is_reckoned(store: Store) {
        for (key, limit) in [
            ("one", Limit { burst: 1, refill: 500 }),
            ("some", Limit { burst: 5, refill: 2 }),
            (
                "many",
                Limit {
                    burst: 500,
                    refill: 500,
                },
            ),
        ] {
            // What was taken, and when. Each time the clock goes on by another step, and sometimes back.
            let (mut taken, mut updated, mut now) = (0, 0, 1_795_491_180_000);
            let (mut refused, mut granted) = (0, 0);
            for number in 0..600_i64 {
                now += [0, 1, 1_999, 2_000, 2_001, 900_000, -5_000, 17, 0, 0, 0, 0][(number * 7 % 12) as usize]
                    * (number % 3);
                let left = left_after(taken, limit, now - updated);
                let expected = wait_after(left, limit);
                if expected == 0 {
                    (taken, updated, granted) = (left + 1000, now, granted + 1);
                } else {
                    refused += 1;
                }
                let wait = store.write(|mut tx| async move { take_or_wait(&mut tx, key, limit, Moment(now)).await });
                assert_eq!(wait.await.unwrap(), expected, "{key} {number}");
            }
            assert!(
                granted > 50 && (refused > 50 || limit.burst == 500),
                "{key}: {granted} {refused}"
            );
        }
        store.close().await;
    }
}
