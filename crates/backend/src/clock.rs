//! The only place that reads the time.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use domain::time::Moment;

/// Tells the time: the system's, or one that a test sets. It never goes back while the process lives, so that what has
/// ended stays so: if the system's clock is set back, it goes on from where it was, at the same pace.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    source: Source,
    /// By how much the source was ahead of the pace at most: the time is the pace and this.
    ahead: AtomicI64,
}

enum Source {
    /// Its pace goes on whatever is done to the system's clock.
    System(Instant),
    /// Stands still until it is moved.
    Manual(AtomicI64),
}

impl Clock {
    pub fn system() -> Self {
        Self::of(Source::System(Instant::now()))
    }

    /// A clock that stands still until [`Clock::advance`].
    pub fn manual(start: Moment) -> Self {
        Self::of(Source::Manual(AtomicI64::new(start.0)))
    }

    fn of(source: Source) -> Self {
        let ahead = AtomicI64::new(i64::MIN);
        Self(Arc::new(Inner { source, ahead }))
    }

    /// Moves a manual clock by whole seconds, also back; the system's goes its own way.
    pub fn advance(&self, seconds: i64) {
        if let Source::Manual(moment) = &self.0.source {
            moment.fetch_add(seconds * 1000, Ordering::Relaxed);
        }
    }

    pub fn now(&self) -> Moment {
        let (told, pace) = match &self.0.source {
            Source::System(start) => (system(), milliseconds(start.elapsed())),
            Source::Manual(moment) => (moment.load(Ordering::Relaxed), 0),
        };
        let before = self.0.ahead.fetch_max(told - pace, Ordering::Relaxed);
        Moment(pace + before.max(told - pace))
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the place")]
fn system() -> i64 {
    milliseconds(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn milliseconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Clock({})", self.now().0)
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Moment;

    use super::Clock;

    #[test]
    fn a_clock_never_goes_back() {
        let clock = Clock::manual(Moment(5_000));
        assert_eq!(clock.now(), Moment(5_000));
        clock.advance(-3);
        assert_eq!(clock.now(), Moment(5_000));
        clock.advance(4);
        assert_eq!(clock.now(), Moment(6_000));
        let system = Clock::system();
        let before = system.now();
        assert!(system.now() >= before);
    }
}
