//! The only place that reads the time.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use domain::time::Moment;

/// Tells the time: the system's, or one that a test sets.
#[derive(Clone, Default)]
pub struct Clock {
    manual: Option<Arc<AtomicI64>>,
}

impl Clock {
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still until [`Clock::advance`].
    pub fn manual(start: Moment) -> Self {
        Self {
            manual: Some(Arc::new(AtomicI64::new(start.0))),
        }
    }

    /// Moves a manual clock on by whole seconds; the system's goes its own way.
    pub fn advance(&self, seconds: i64) {
        if let Some(manual) = &self.manual {
            manual.fetch_add(seconds * 1000, Ordering::Relaxed);
        }
    }

    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    pub fn now(&self) -> Moment {
        if let Some(manual) = &self.manual {
            return Moment(manual.load(Ordering::Relaxed));
        }
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Clock({})", self.now().0)
    }
}
