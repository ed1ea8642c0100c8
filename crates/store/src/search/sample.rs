//! How rare three letters in a row are, guessed by some rows of a list. A guess that is wrong costs time and nothing else.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Three letters in a row.
pub(crate) type Trigram = [char; 3];

/// What a list is made of changes slowly.
const FRESH: Duration = Duration::from_secs(600);

/// What was seen of each list, by its name, for all who read.
#[derive(Default)]
pub(crate) struct Samples(Mutex<HashMap<&'static str, Arc<Sample>>>);

/// Some rows of a list: how many have which trigrams.
pub(crate) struct Sample {
    pub(crate) has_index: bool,
    rows: u64,
    having: HashMap<Trigram, u32>,
    since: Instant,
}

impl Samples {
    pub(crate) fn fresh(&self, list: &str) -> Option<Arc<Sample>> {
        let samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sample = samples.get(list).filter(|sample| sample.since.elapsed() < FRESH);
        sample.cloned()
    }

    pub(crate) fn keep(&self, list: &'static str, sample: Sample) -> Arc<Sample> {
        let sample = Arc::new(sample);
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        samples.insert(list, Arc::clone(&sample));
        sample
    }
}

impl Sample {
    pub(crate) fn of<'a>(rows: impl Iterator<Item = &'a str>, has_index: bool) -> Self {
        let mut sample = Self {
            has_index,
            rows: 0,
            having: HashMap::new(),
            since: Instant::now(),
        };
        for row in rows {
            sample.rows += 1;
            let mut trigrams: Vec<Trigram> = trigrams_of(row).collect();
            trigrams.sort_unstable();
            trigrams.dedup();
            for trigram in trigrams {
                *sample.having.entry(trigram).or_default() += 1;
            }
        }
        sample
    }

    /// The rarest of them, so many at most; of two that are as rare the first that was given.
    pub(crate) fn rarest(&self, mut trigrams: Vec<Trigram>, most: usize) -> Vec<Trigram> {
        trigrams.sort_by_key(|trigram| self.having(trigram));
        trigrams.truncate(most);
        trigrams
    }

    /// Whether less than `part` of `whole` rows seem to have it.
    pub(crate) fn is_in_less_than(&self, trigram: Trigram, part: u32, whole: u32) -> bool {
        u64::from(self.having(&trigram)) * u64::from(whole) < u64::from(part) * self.rows
    }

    fn having(&self, trigram: &Trigram) -> u32 {
        self.having.get(trigram).copied().unwrap_or_default()
    }
}

pub(crate) fn trigrams_of(text: &str) -> impl Iterator<Item = Trigram> {
    let (second, third) = (text.chars().skip(1), text.chars().skip(2));
    let triples = text.chars().zip(second).zip(third);
    triples.map(|((first, second), third)| [first, second, third])
}

#[cfg(test)]
mod tests {
    use super::{Sample, Samples};

    fn sample() -> Sample {
        Sample::of(["anna berg", "hanna", "bergen berg"].into_iter(), true)
    }

    #[test]
    fn the_rarest_come_first() {
        let picked = sample().rarest(
            vec![['a', 'n', 'n'], ['h', 'a', 'n'], ['e', 'r', 'g'], ['g', 'e', 'n']],
            3,
        );
        assert_eq!(picked, [['h', 'a', 'n'], ['g', 'e', 'n'], ['a', 'n', 'n']]);
        let picked = sample().rarest(vec![['a', 'n', 'n'], ['x', 'y', 'z']], 1);
        assert_eq!(picked, [['x', 'y', 'z']]);
    }

    #[test]
    fn a_row_counts_once() {
        // Two rows of three have it, one of them twice.
        assert!(!sample().is_in_less_than(['e', 'r', 'g'], 2, 3));
        assert!(sample().is_in_less_than(['e', 'r', 'g'], 7, 10));
        assert!(sample().is_in_less_than(['x', 'y', 'z'], 1, 1000));
        // Nothing is known of an empty list.
        assert!(!Sample::of([].into_iter(), true).is_in_less_than(['x', 'y', 'z'], 1, 2));
    }

    #[test]
    fn each_list_has_its_own() {
        let samples = Samples::default();
        assert!(samples.fresh("users").is_none());
        samples.keep("users", sample());
        assert!(samples.fresh("users").is_some_and(|sample| sample.has_index));
        assert!(samples.fresh("invitations").is_none());
    }
}
