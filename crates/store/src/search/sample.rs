//! How rare letters in a row are, guessed by some rows of a list. A guess that is wrong costs time and nothing else.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use domain::{page::Total, text::fold};

use super::{
    gram::{self, ADDRESS, Beginning, Gram, Hits, NAME},
    span::Span,
};

/// What a list is made of changes slowly. A server draws anew more often.
const FRESH: Duration = Duration::from_secs(600);

/// What was seen of each list, by its name, for all who read.
#[derive(Default)]
pub(crate) struct Samples(Mutex<HashMap<&'static str, Arc<Sample>>>);

/// Some rows of a list, as the index of searches knows them, and how many have which grams.
pub(crate) struct Sample {
    rows: Vec<Box<str>>,
    /// So many the list had.
    all: u64,
    /// Which of these rows have it, in order.
    having: HashMap<Gram, Vec<u16>>,
    /// How many begin how.
    beginnings: HashMap<Beginning, u32>,
    /// How many begin how in two letters.
    in_order: BTreeMap<Gram, u32>,
    since: Instant,
}

/// How most begin who have the words of a search, in ways in which few others do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Alike {
    pub(super) beginnings: Vec<Beginning>,
    /// Whether they seem to be nearly all: it is a first name.
    pub(super) are_nearly_all: bool,
    /// How many of them begin how in two letters.
    pub(super) hits_in_order: BTreeMap<Gram, u32>,
    /// About so many of all rows have the words, but one at least of those that were seen.
    pub(super) hits: u64,
}

/// From where on a list is read, in the order of what stands behind a sign: from a text, or else from the list's beginning
/// or its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start<'a> {
    pub(super) sign: char,
    pub(super) text: Option<&'a str>,
    pub(super) backwards: bool,
}

/// A part of a list: from one text up to before another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: String,
    pub(super) to: String,
    /// Whether it goes to the end of the list, or to its beginning if that is read backwards.
    pub(super) is_rest: bool,
}

/// The index is asked for so few grams: what has the rarest three of a long word has the word.
const MOST_GRAMS: usize = 3;

/// To look up a row takes as long as to walk along so many in an index.
const LOOKED_UP: usize = 160;

/// To walk along those that a short gram begins takes so many times as long.
const SHORT: usize = 4;

/// So few of those that were drawn may be luck: of a thousand among a million, with 4,000 drawn, there are four.
const SURE: u64 = 20;

/// So many ways to begin are told from the rest: a name in Latin letters and in others, or short and long.
const MOST_ALIKE: usize = 3;

impl Samples {
    pub(crate) fn fresh(&self, list: &str) -> Option<Arc<Sample>> {
        let samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sample = samples.get(list).filter(|sample| sample.since.elapsed() < FRESH);
        sample.cloned()
    }

    #[cfg(test)]
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
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
            beginnings: HashMap::new(),
            in_order: BTreeMap::new(),
            since: Instant::now(),
        };
        for (number, row) in (0..=u16::MAX).zip(rows) {
            sample.rows.push(row.into());
            for gram in gram::of_text(row) {
                let having = sample.having.entry(gram).or_default();
                if having.last() != Some(&number) {
                    having.push(number);
                }
            }
            let beginnings = [ADDRESS, NAME].map(|sign| Beginning::of_text(row, sign));
            for beginning in beginnings.into_iter().flatten() {
                for beginning in beginning.shorter().into_iter().collect::<BTreeSet<_>>() {
                    *sample.beginnings.entry(beginning).or_default() += 1;
                }
                *sample.in_order.entry(beginning.gram()).or_default() += 1;
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

    /// How most begin who have the words, if at least half of those who begin so have a gram of them: in four letters, or in
    /// two where four are too many ways. To read these takes no longer than to look up what the index finds. Of four letters
    /// as much is told as numbers tell, if rows `are_numbered` in the list's order.
    pub(super) fn alike(&self, sign: char, search: &str, gram: Gram, are_numbered: bool) -> Alike {
        let words = fold(search);
        let has_words = |row: &str| words.split_whitespace().all(|word| row.contains(word));
        let mut all = 0;
        // In four letters and in two: how many begin so that have the gram, and of these that have the words.
        let mut counts = [HashMap::<Beginning, (u32, u32)>::new(), HashMap::new()];
        let mut hits_in_order = BTreeMap::<Gram, u32>::new();
        for row in self.rows_with(gram) {
            let is_hit = has_words(row);
            all += u32::from(is_hit);
            let Some(beginning) = Beginning::of_text(row, sign) else {
                continue;
            };
            for (counts, beginning) in counts.iter_mut().zip([beginning, beginning.first_two()]) {
                let beginning = if are_numbered { beginning.numbered() } else { beginning };
                let (found, having) = counts.entry(beginning).or_default();
                *found += 1;
                *having += u32::from(is_hit);
            }
            *hits_in_order.entry(beginning.gram()).or_default() += u32::from(is_hit);
        }
        let most = |counts: &HashMap<Beginning, (u32, u32)>| {
            let mut most: Vec<(u32, Beginning)> = counts
                .iter()
                .filter(|(beginning, (found, having))| 2 * found >= self.beginnings[beginning] && *having > 0)
                .map(|(beginning, (_, having))| (*having, *beginning))
                .collect();
            most.sort_unstable_by_key(|(having, beginning)| (Reverse(*having), *beginning));
            most.truncate(MOST_ALIKE);
            let those: u32 = most.iter().map(|(having, _)| having).sum();
            let beginnings: Vec<Beginning> = most.into_iter().map(|(_, beginning)| beginning).collect();
            (beginnings, those > 0 && 8 * those >= 7 * all)
        };
        let (of_four, are_nearly_all) = most(&counts[0]);
        let (mut beginnings, are_nearly_all) = match most(&counts[1]) {
            (of_two, true) if !are_nearly_all => (of_two, true),
            _ => (of_four, are_nearly_all),
        };
        // Of a letter of several bytes numbers may tell nothing, so that one is how another begins.
        let all_of_them = beginnings.clone();
        beginnings.retain(|one| !all_of_them.iter().any(|other| one.is_longer_than(*other)));
        Alike {
            beginnings,
            are_nearly_all,
            hits_in_order,
            hits: u64::from(all.max(1)) * self.all / self.rows.len().max(1) as u64,
        }
    }

    /// Leaves of what rows are to have the grams that pay: for each more the index walks along all rows that have it, and
    /// fewer are looked up. Nothing is lost, since each of these is compared with the words themselves as well.
    pub(super) fn choose(&self, hits: &mut Hits) {
        let near: Vec<String> = hits.near.iter().map(|gram| gram.text()).collect();
        let is_within = |row: &str, span: &Span| {
            let beginning = Beginning::of_text(row, NAME);
            beginning.is_none_or(|beginning| span.contains(&beginning.place()))
        };
        let is_asked_for = |row: &&str| {
            (near.is_empty() || near.iter().any(|beginning| row.contains(beginning)))
                && !hits.apart.iter().any(|beginning| beginning.is_of(row))
                && hits.span.as_ref().is_none_or(|span| is_within(row, span))
        };
        // What is seen nowhere may be in some rows, of all of them.
        let is_whole = hits.near.is_empty() && hits.apart.is_empty() && hits.span.is_none();
        let mut chosen: Vec<Gram> = Vec::new();
        let mut found: Vec<&str> = Vec::new();
        for gram in &hits.having {
            let text = gram.text();
            if chosen.is_empty() {
                found = self.rows_with(*gram).filter(is_asked_for).collect();
                chosen.push(*gram);
                continue;
            }
            if chosen.len() == MOST_GRAMS {
                break;
            }
            let left: Vec<&str> = found.iter().copied().filter(|row| row.contains(&text)).collect();
            // Of what numbers tell, no more is walked along.
            let walked = match hits.span {
                Some(_) => self.rows_with(*gram).filter(is_asked_for).count(),
                None => self.having(*gram) as usize,
            };
            let walked = walked * if gram.is_short() { SHORT } else { 1 };
            let saved = (found.len() - left.len()).max(usize::from(found.is_empty() && is_whole));
            if saved * LOOKED_UP > walked {
                chosen.push(*gram);
                found = left;
            }
        }
        hits.having = chosen;
    }

    /// Where about `part` of `whole` rows stand together. None if these are most of the list.
    pub(super) fn stretch_of_rows(&self, start: Start<'_>, part: u64, whole: u64) -> Option<Stretch> {
        let enough = (part * self.rows.len() as u64).div_ceil(whole.max(1));
        (2 * enough <= self.rows.len() as u64).then(|| stretch(&self.in_order, start, enough))
    }

    /// Where about so many who have the words of a search stand together. None if they are in no part of the list.
    pub(super) fn stretch_of_hits(&self, alike: &Alike, start: Start<'_>, hits: u64) -> Option<Stretch> {
        let enough = (hits * self.rows.len() as u64).div_ceil(self.all.max(1));
        let stretch = stretch(&alike.hits_in_order, start, enough);
        (!stretch.is_rest).then_some(stretch)
    }

    #[cfg(test)]
    pub(super) fn rows(&self) -> &[Box<str>] {
        &self.rows
    }

    /// So many rows the list had.
    pub(super) fn all(&self) -> u64 {
        self.all
    }

    /// Whether more than [`Total::COUNTED`] of `all` rows have the words: five times as many by what was drawn, which would
    /// have to be luck of one in ninety million, without those who are gone since.
    pub(super) fn are_surely_more(&self, search: &str, all: u64) -> bool {
        let words = fold(search);
        let Some(rarest) = self.rarest(gram::of_words(search)).first().copied() else {
            return false;
        };
        let has_words = |row: &&str| words.split_whitespace().all(|word| row.contains(word));
        let drawn = self.rows_with(rarest).filter(has_words).count() as u64;
        let enough = 5 * Total::COUNTED + self.all.saturating_sub(all);
        drawn >= SURE && drawn * self.all >= enough * self.rows.len() as u64
    }

    fn having(&self, gram: Gram) -> u32 {
        self.having.get(&gram).map_or(0, |having| having.len() as u32)
    }

    fn rows_with(&self, gram: Gram) -> impl Iterator<Item = &str> {
        let numbers = self.having.get(&gram).map_or(&[][..], Vec::as_slice);
        numbers.iter().map(|number| self.rows[usize::from(*number)].as_ref())
    }
}

/// The part of an order with so many of these, and with all who begin alike in two letters. Who begins as the text from
/// where it goes on may stand before that.
fn stretch(rows: &BTreeMap<Gram, u32>, start: Start<'_>, enough: u64) -> Stretch {
    let at = start.text.map(|text| Gram::of_beginning(start.sign, text));
    let (first, last) = (Gram::of_beginning(start.sign, ""), Gram::last_beginning(start.sign));
    let mut sum = 0;
    let mut is_enough = |(gram, count): (&Gram, &u32)| {
        sum += if Some(*gram) == at { 0 } else { u64::from(*count) };
        (sum >= enough).then_some(*gram)
    };
    // A text may be written by hand, and stand before all that begin so.
    let at = at.map(|at| at.max(first));
    let (first, last, end) = if start.backwards {
        let last = at.unwrap_or(last);
        let end = rows.range(first..=last).rev().find_map(&mut is_enough);
        (end.unwrap_or(first), last, end)
    } else {
        let first = at.unwrap_or(first);
        let end = rows.range(first..=last).find_map(&mut is_enough);
        (first, end.unwrap_or(last), end)
    };
    Stretch {
        from: first.from(),
        to: last.to(),
        is_rest: end.is_none(),
    }
}

#[cfg(test)]
mod tests;
