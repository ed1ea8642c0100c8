//! How rare letters in a row are, guessed by some rows of a list. A guess that is wrong costs time and nothing else.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use domain::{page::Total, text::fold};

use super::gram::{self, ADDRESS, Beginning, Gram, Hits, NAME};

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
                for beginning in [beginning, beginning.first_two()] {
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
    /// two where four are too many ways. To read these takes no longer than to look up what the index finds.
    pub(super) fn alike(&self, sign: char, search: &str, gram: Gram) -> Alike {
        let words = fold(search);
        let has_words = |row: &str| words.split_whitespace().all(|word| row.contains(word));
        let mut all = 0;
        let (mut having, mut found) = (HashMap::<Beginning, u32>::new(), HashMap::<Beginning, u32>::new());
        let mut hits_in_order = BTreeMap::<Gram, u32>::new();
        for row in self.rows_with(gram) {
            let is_hit = has_words(row);
            all += u32::from(is_hit);
            let Some(beginning) = Beginning::of_text(row, sign) else {
                continue;
            };
            for beginning in [beginning, beginning.first_two()] {
                *found.entry(beginning).or_default() += 1;
                *having.entry(beginning).or_default() += u32::from(is_hit);
            }
            *hits_in_order.entry(beginning.gram()).or_default() += u32::from(is_hit);
        }
        let most = |are_of_two: bool| {
            let are_half = |beginning: &Beginning| 2 * found[beginning] >= self.beginnings[beginning];
            let mut most: Vec<Beginning> = having.keys().copied().filter(are_half).collect();
            most.retain(|beginning| having[beginning] > 0 && (*beginning == beginning.first_two()) == are_of_two);
            most.sort_unstable_by_key(|beginning| (Reverse(having[beginning]), *beginning));
            most.truncate(MOST_ALIKE);
            let those: u32 = most.iter().map(|beginning| having[beginning]).sum();
            (most, those > 0 && 8 * those >= 7 * all)
        };
        let (of_four, are_nearly_all) = most(false);
        let (beginnings, are_nearly_all) = match most(true) {
            (of_two, true) if !are_nearly_all => (of_two, true),
            _ => (of_four, are_nearly_all),
        };
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
        let is_asked_for = |row: &&str| {
            (near.is_empty() || near.iter().any(|beginning| row.contains(beginning)))
                && !hits.apart.iter().any(|beginning| beginning.is_of(row))
        };
        // What is seen nowhere may be in some rows, of all of them.
        let is_whole = hits.near.is_empty() && hits.apart.is_empty();
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
            let walked = self.having(*gram) as usize * if gram.is_short() { SHORT } else { 1 };
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
mod tests {
    use super::{
        super::gram::{ADDRESS, Beginning, Hits, NAME},
        Gram, Sample, Samples, Start, Stretch, gram,
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
            "\u{2}kwame@a.example kwame li\u{1}kw\u{3}am",
            "\u{2}kwame@b.example kwame kim\u{1}kw\u{3}am",
            "\u{2}kwok@c.example kwok\u{1}kw\u{3}ok",
            "\u{2}ann@d.example ann kwame\u{1}an\u{3}n ",
            "\u{2}ann@e.example ann hill\u{1}an\u{3}n ",
            "\u{2}ann@g.example ann berg\u{1}an\u{3}n ",
            "\u{2}hiro@f.example hiro kim\u{1}hi\u{3}ro",
            "\u{2}h@i.example hi li\u{1}hi\u{3} l",
            "\u{2}h@j.example hi ab\u{1}hi\u{3} a",
            "\u{2}h@k.example hi ho\u{1}hi\u{3} h",
            "\u{2}h@l.example hi zo\u{1}hi\u{3} z",
        ];
        let sample = Sample::of(rows.into_iter(), 11);
        let alike = |sign, word| {
            let found = sample.alike(sign, word, grams(word)[0]);
            let froms: Vec<String> = found.beginnings.iter().map(|beginning| beginning.from()).collect();
            (froms.join("|"), found.are_nearly_all)
        };
        // Ann Kwame is one of three who begin so.
        assert_eq!(alike(NAME, "kwame"), ("kwam".to_owned(), false));
        assert_eq!(alike(ADDRESS, "Kwame"), ("kwam".to_owned(), false));
        assert_eq!(alike(NAME, "kw li"), ("kwam".to_owned(), true));
        assert_eq!(alike(NAME, "kim"), ("hiro|kwam".to_owned(), true));
        // One more than are told apart in four letters.
        assert_eq!(alike(NAME, "h@"), ("hi".to_owned(), true));
        assert_eq!(alike(NAME, "zoe"), (String::new(), false));
        let hits = |word| sample.alike(NAME, word, grams(word)[0]).hits;
        assert_eq!([hits("kwame"), hits("zoe")], [3, 1]);
        // All who begin so have a gram, by which the index would find them, and one in two the words.
        assert_eq!(alike(NAME, "kwame li"), ("kwam".to_owned(), true));
    }

    #[test]
    fn as_many_grams_are_asked_for_as_pay() {
        let mut rows = vec!["\u{2}jack@a.b jack berg\u{1}ja\u{3}ck".to_owned()];
        for (first, count) in [("james", 3), ("benjamin", 2), ("ann", 50)] {
            let (start, rest) = (&first[..2], &format!("{first} ")[2..4]);
            let row = format!("\u{2}{first}@a.b {first} jones\u{1}{start}\u{3}{rest}");
            rows.extend(std::iter::repeat_n(row, count));
        }
        let sample = Sample::of(rows.iter().map(String::as_str), 56);
        let chosen = |words, near: &[&str], apart: &[&str]| {
            let mut hits = Hits {
                near: near.iter().map(|letters| Gram::of_beginning(NAME, letters)).collect(),
                apart: apart.iter().filter_map(|text| Beginning::of_text(text, NAME)).collect(),
                ..Hits::of(grams(words))
            };
            sample.choose(&mut hits);
            hits.having
        };
        // Who is called Benjamin has one of them.
        assert_eq!(chosen("jam ame", &[], &[]), grams("jam ame"));
        assert_eq!(chosen("ame jam", &[], &["\u{1}ja\u{3}me"]), grams("ame"));
        assert_eq!(chosen("jam ame", &[], &["\u{1}ja\u{3}me"]), grams("jam ame"));
        assert_eq!(chosen("jam ame", &["ja"], &[]), grams("jam"));
        assert_eq!(chosen("jam ame", &["be"], &[]), grams("jam ame"));
        assert_eq!(chosen("jam", &["an"], &[]), grams("jam"));
        // What all have who have the first leaves nobody out, unless none was seen: then it may.
        assert_eq!(chosen("ben enj be", &[], &[]), grams("ben"));
        assert_eq!(chosen("zoe oey eys ys", &[], &[]), grams("zoe oey eys"));
    }

    #[test]
    fn a_stretch_has_all_who_begin_alike() {
        let names = ["an", "an", "be", "be", "be", "ce", "ce", "ce", "d ", "zo"];
        let rows: Vec<String> = names
            .iter()
            .map(|name| format!("\u{2}a@b.c\u{1}{name}\u{3}  "))
            .collect();
        let sample = Sample::of(rows.iter().map(String::as_str), 10);
        let from = |text, backwards| Start {
            sign: NAME,
            text,
            backwards,
        };
        let ends = |found: Stretch| (found.from, found.to.trim_end_matches(char::MAX).to_owned());
        let stretch = |text, backwards, part| sample.stretch_of_rows(from(text, backwards), part, 10).map(ends);
        let from_to = |from: &str, to: &str| Some((from.to_owned(), to.to_owned()));
        assert_eq!(stretch(None, false, 1), from_to("", "an"));
        assert_eq!(stretch(None, false, 3), from_to("", "be"));
        assert_eq!(stretch(None, true, 1), from_to("zo", ""));
        assert_eq!(stretch(None, true, 2), from_to("d", ""));
        // Of those who begin as the text does, all may stand before it.
        assert_eq!(stretch(Some("bee"), false, 4), from_to("be", "d "));
        assert_eq!(stretch(Some("cez"), true, 4), from_to("an", "ce"));
        assert_eq!(stretch(Some("zo"), false, 4), from_to("zo", ""));
        assert_eq!(stretch(Some("a"), true, 4), from_to("", "a "));
        assert_eq!(stretch(None, false, 6), None);
        // Nothing begins like what somebody wrote by hand.
        assert_eq!(stretch(Some("\t"), true, 1), from_to("", "  "));
        assert_eq!(stretch(Some("\t"), false, 1), from_to("", "an"));
        let is_rest = |text, backwards| sample.stretch_of_rows(from(text, backwards), 2, 10).unwrap().is_rest;
        assert!(is_rest(Some("an"), true) && !is_rest(Some("d"), true));
        assert!(is_rest(Some("d"), false) && !is_rest(Some("be"), false));
        // Of ten, those alone who have the word.
        let alike = &sample.alike(NAME, "ce", grams("ce")[0]);
        let stretch = |text, backwards, hits| sample.stretch_of_hits(alike, from(text, backwards), hits).map(ends);
        assert_eq!(stretch(None, false, 1), from_to("", "ce"));
        assert_eq!(stretch(Some("bee"), false, 3), from_to("be", "ce"));
        assert_eq!(stretch(Some("zo"), true, 1), from_to("ce", "zo"));
        assert_eq!(stretch(Some("zo"), false, 1), None);
        assert_eq!(stretch(None, false, 4), None);
    }

    #[test]
    fn many_are_surely_more_than_are_counted() {
        let rows = (0..4000).map(|number| if number < 20 { "zoe kim" } else { "ann kim" });
        let sample = Sample::of(rows, 1_000_000);
        assert!(sample.are_surely_more("Zoe", 1_000_000) && sample.are_surely_more("kim zoe", 1_000_000));
        assert!(!sample.are_surely_more("zoe ann", 1_000_000) && !sample.are_surely_more("", 1_000_000));
        // All who are gone since may have had the words.
        assert!(!sample.are_surely_more("zoe", 999_999) && sample.are_surely_more("zoe", 2_000_000));
        assert!(sample.are_surely_more("ann", 10_000) && !sample.are_surely_more("ann", 9_999));
        let rows = (0..4000).map(|number| if number < 19 { "zoe" } else { "ann" });
        assert!(!Sample::of(rows, 10_000_000).are_surely_more("zoe", 10_000_000));
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
