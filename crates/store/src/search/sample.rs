//! How rare letters in a row are, guessed by some rows of a list. A guess that is wrong costs time and nothing else.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use domain::text::fold;

use super::gram::{self, Beginning, Gram};

/// What a list is made of changes slowly.
const FRESH: Duration = Duration::from_secs(600);

/// What was seen of each list, by its name, for all who read.
#[derive(Default)]
pub(crate) struct Samples(Mutex<HashMap<&'static str, Arc<Sample>>>);

/// Some rows of a list, as the index of searches knows them, and how many have which grams.
pub(crate) struct Sample {
    rows: Vec<Box<str>>,
    /// About so many the list has.
    all: u64,
    having: HashMap<Gram, u32>,
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
    pub(crate) fn of<'a>(rows: impl Iterator<Item = &'a str>, all: u64) -> Self {
        let mut sample = Self {
            rows: Vec::new(),
            all,
            having: HashMap::new(),
            since: Instant::now(),
        };
        for row in rows {
            sample.rows.push(row.into());
            let mut grams = gram::of_text(row);
            grams.sort_unstable();
            grams.dedup();
            for gram in grams {
                *sample.having.entry(gram).or_default() += 1;
            }
        }
        sample
    }

    /// The rarest of them first; of two that are as rare the first that was given.
    pub(crate) fn rarest(&self, mut grams: Vec<Gram>) -> Vec<Gram> {
        grams.sort_by_key(|gram| self.having(*gram));
        grams
    }

    /// Whether less than `part` of `whole` rows seem to have it.
    pub(crate) fn is_in_less_than(&self, gram: Gram, part: u32, whole: u32) -> bool {
        u64::from(self.having(gram)) * u64::from(whole) < u64::from(part) * self.rows.len() as u64
    }

    /// More of all rows hardly have it.
    pub(crate) fn most_of_all(&self, gram: Gram) -> u64 {
        (u64::from(self.having(gram)) + 1) * self.all / self.rows.len().max(1) as u64
    }

    /// How most begin who have the words; and whether these are at least half of those who have one of their grams.
    pub(crate) fn beginning(&self, sign: char, search: &str, gram: Gram) -> Option<(Beginning, bool)> {
        let words = fold(search);
        let has_words = |row: &str| words.split_whitespace().all(|word| row.contains(word));
        let mut found: HashMap<Gram, (u32, Beginning)> = HashMap::new();
        for row in self.rows.iter().filter(|row| has_words(row)) {
            if let Some(beginning) = Beginning::of_text(row, sign) {
                found.entry(beginning.gram).or_insert((0, beginning)).0 += 1;
            }
        }
        let (count, most) = found
            .into_values()
            .max_by_key(|(count, beginning)| (*count, beginning.gram))?;
        Some((most, 2 * count >= self.having(gram)))
    }

    fn having(&self, gram: Gram) -> u32 {
        self.having.get(&gram).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::gram::{ADDRESS, NAME},
        Gram, Sample, Samples, gram,
    };

    fn sample() -> Sample {
        Sample::of(["anna berg", "hanna", "bergen berg"].into_iter(), 30)
    }

    fn grams(words: &str) -> Vec<Gram> {
        gram::of_words(words)
    }

    #[test]
    fn the_rarest_come_first() {
        assert_eq!(sample().rarest(grams("ann han erg gen")), grams("han gen ann erg"));
        assert_eq!(sample().rarest(grams("ann xyz rg h")), grams("xyz h ann rg"));
    }

    #[test]
    fn a_row_counts_once() {
        // Two rows of three have it, one of them twice.
        for word in ["erg", "rg", "r"] {
            let gram = grams(word)[0];
            assert!(!sample().is_in_less_than(gram, 2, 3));
            assert!(sample().is_in_less_than(gram, 7, 10));
            assert_eq!(sample().most_of_all(gram), 30);
        }
        let none = grams("xyz")[0];
        assert!(sample().is_in_less_than(none, 1, 1000));
        assert_eq!(sample().most_of_all(none), 10);
        // Nothing is known of an empty list.
        assert!(!Sample::of([].into_iter(), 0).is_in_less_than(none, 1, 2));
    }

    #[test]
    fn a_first_name_is_told_from_others() {
        let rows = [
            "\u{2}kwame@a.example kwame li\u{1}kw",
            "\u{2}kwame@b.example kwame kim\u{1}kw",
            "\u{2}kwok@c.example kwok\u{1}kw",
            "\u{2}ann@d.example ann kwame\u{1}an",
            "\u{2}ann@e.example ann hill\u{1}an",
            "\u{2}hiro@f.example hiro kim\u{1}hi",
        ];
        let sample = Sample::of(rows.into_iter(), 6);
        let beginning = |sign, word| {
            let found = sample.beginning(sign, word, grams(word)[0]);
            found.map(|(beginning, is_likely)| (beginning.gram.text(), is_likely))
        };
        assert_eq!(beginning(NAME, "kwame"), Some(("\u{1}kw".to_owned(), true)));
        assert_eq!(beginning(ADDRESS, "Kwame"), Some(("\u{2}kw".to_owned(), true)));
        // Not half of all whose name has these letters begin alike.
        assert_eq!(beginning(NAME, "m li"), Some(("\u{1}kw".to_owned(), false)));
        assert_eq!(beginning(NAME, "zoe"), None);
    }

    #[test]
    fn each_list_has_its_own() {
        let samples = Samples::default();
        assert!(samples.fresh("users").is_none());
        samples.keep("users", sample());
        assert!(samples.fresh("users").is_some());
        assert!(samples.fresh("invitations").is_none());
    }
}
