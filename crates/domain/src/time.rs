//! Points in time and durations, as whole milliseconds. Who reads the clock is the backend's business.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

impl Moment {
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    pub const fn minus_seconds(self, seconds: i64) -> Self {
        self.plus_seconds(-seconds)
    }

    /// Whole seconds from `earlier` to here, negative when it lies after.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0) / 1000
    }

    /// Whole days since 1970-01-01 in UTC: what daily tallies are kept by.
    pub const fn day(self) -> i64 {
        self.0.div_euclid(86_400_000)
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn a_day_begins_at_midnight_also_before_1970() {
        assert_eq!(Moment(86_399_999).day(), 0);
        assert_eq!(Moment(86_400_000).day(), 1);
        assert_eq!(Moment(-1).day(), -1);
    }
}
