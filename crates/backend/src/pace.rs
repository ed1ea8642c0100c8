//! How fast one person may ask: so fast that nobody at a screen notices, and too slowly for a program that would carry
//! off the whole installation or keep it busy. Kept in memory, by person and not by session, since each may have many; but
//! what takes a session away is counted by session, or whoever has stolen one could keep its owner from ending it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use domain::time::Moment;
use uuid::Uuid;

/// What a file of a list costs, in requests: it reads everything.
pub const FILE: u32 = 30;

/// What is saved up is a minute's worth.
const MINUTE: i64 = 60_000_000_000;

/// What takes a session away asks for the password, which costs a hash: so many times less of it than of other requests.
pub const OF_SESSIONS: u32 = 10;

/// So many people are remembered before those who have been quiet are forgotten.
const MOST_PEOPLE: usize = 10_000;

/// A bucket for each person (the generic cell rate algorithm): kept is the nanosecond at which it is whole again.
pub(crate) struct Pace {
    /// What one request costs, in nanoseconds of refilling. None: there is no limit.
    cost: Option<i64>,
    whole_at: Mutex<HashMap<Uuid, i64>>,
}

impl Pace {
    pub(crate) fn new(requests_per_minute: Option<u32>) -> Self {
        Self {
            cost: requests_per_minute.map(|requests| MINUTE / i64::from(requests.max(1))),
            whole_at: Mutex::default(),
        }
    }

    /// Takes so many requests' worth. Returns the seconds to wait where that is too much; then nothing is taken.
    pub(crate) fn take(&self, who: Uuid, requests: u32, now: Moment) -> i64 {
        let Some(cost) = self.cost else { return 0 };
        let now = now.0.saturating_mul(1_000_000);
        let full = now.saturating_add(MINUTE);
        let mut people = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        if people.len() > MOST_PEOPLE {
            people.retain(|_, whole_at| *whole_at > now);
        }
        let whole_at = people.entry(who).or_insert(now);
        // A clock that was set back keeps nobody out for longer than a minute.
        let after = (*whole_at).clamp(now, full) + cost.saturating_mul(i64::from(requests)).min(MINUTE);
        if after > full {
            return (after - full + 999_999_999) / 1_000_000_000;
        }
        *whole_at = after;
        0
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Moment;
    use uuid::Uuid;

    use super::{FILE, Pace};

    const NOW: Moment = Moment(1_795_491_180_000);

    fn person(number: u8) -> Uuid {
        Uuid::from_bytes([number; 16])
    }

    #[test]
    fn a_minutes_worth_comes_at_once_and_then_at_the_pace() {
        let pace = Pace::new(Some(600));
        let taken = (0..700).filter(|_| pace.take(person(1), 1, NOW) == 0).count();
        assert_eq!(taken, 600);
        assert_eq!(pace.take(person(1), 1, NOW), 1);
        assert_eq!(pace.take(person(1), FILE, NOW), 3);
        // Nobody pays for another.
        assert_eq!(pace.take(person(2), FILE, NOW), 0);
        assert_eq!(pace.take(person(1), FILE, NOW.plus_seconds(3)), 0);
        assert_eq!(pace.take(person(1), 1, NOW.plus_seconds(3)), 1);
        // A clock that was set back.
        assert!(pace.take(person(1), 1, NOW.minus_seconds(100_000)) <= 1);
    }

    #[test]
    fn where_there_is_no_limit_nobody_waits() {
        let pace = Pace::new(None);
        assert!((0..10_000).all(|_| pace.take(person(1), FILE, NOW) == 0));
        // The smallest one lets a file out, once a minute.
        let slow = Pace::new(Some(1));
        assert_eq!(slow.take(person(1), FILE, NOW), 0);
        assert_eq!(slow.take(person(1), FILE, NOW), 60);
    }
}
