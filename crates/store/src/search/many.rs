//! Searches with more hits than are counted. Whoever turns the pages of one has it counted again for each, and to know that
//! there are more than a thousand, a thousand rows are compared: far more work than the page itself.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// So long it is believed that there are still more. What can be counted is counted each time.
const BELIEVED: Duration = Duration::from_secs(30);

/// So many searches are remembered before all are forgotten: that costs less than to look for the oldest.
const MOST: usize = 1000;

/// The searches, each by its list, its filter, whose rows it may see, and its words.
#[derive(Default)]
pub(crate) struct Many(Mutex<HashMap<String, Instant>>);

impl Many {
    pub(crate) fn has(&self, search: &str) -> bool {
        let searches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        searches.get(search).is_some_and(|since| since.elapsed() < BELIEVED)
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    pub(crate) fn note(&self, search: String) {
        let mut searches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if searches.len() >= MOST {
            searches.clear();
        }
        searches.insert(search, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Many};

    #[test]
    fn as_many_are_remembered_as_there_is_room_for() {
        let many = Many::default();
        assert!(!many.has("0"));
        for number in 0..MOST {
            many.note(number.to_string());
        }
        assert!(many.has("0") && many.has("999") && !many.has("1000"));
        many.note("1000".to_owned());
        assert!(!many.has("0") && many.has("1000"));
    }
}
