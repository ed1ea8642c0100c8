//! Numbers by which FTS5 knows the rows of a list, in the list's order: so the index is asked for a part of it alone. The
//! migration `0017_search_in_order_of_names` gives them.

use std::ops::RangeInclusive;

use domain::page::{Position, SortValue};

use crate::list::{self, Keyset};

/// So many bytes of a text tell where its numbers begin.
pub(super) const BYTES: usize = 4;

/// So many numbers begin alike.
const ALIKE: i64 = 1 << 31;

/// Numbers that follow each other. Whose text begins with the same bytes are either all within or all outside, and all
/// within stand together in the list.
pub(crate) type Span = RangeInclusive<i64>;

/// Nobody has a number within.
pub(super) const NOBODY: Span = 0..=0;

/// Before the numbers of all whose texts begin with the same bytes.
pub(crate) fn place(text: &str) -> i64 {
    let mut begins = [b' '; BYTES];
    begins
        .iter_mut()
        .zip(text.bytes())
        .for_each(|(place, byte)| *place = byte);
    i64::from(u32::from_be_bytes(begins)) * ALIKE
}

/// All from one text up to another, and who begins as either does.
pub(super) fn between(from: &str, to: &str) -> Span {
    place(from)..=place(to) + (ALIKE - 1)
}

/// Those that a page may have.
pub(super) fn ahead(keyset: Keyset, position: &Position) -> Span {
    let text = match position {
        Position::After(cursor) | Position::Before(cursor) => match &cursor.value {
            SortValue::Text(text) => text,
            SortValue::Number(_) => return 0..=i64::MAX,
        },
        Position::First | Position::Last => return 0..=i64::MAX,
    };
    match list::is_descending(keyset, position) {
        true => 0..=*between(text, text).end(),
        false => place(text)..=i64::MAX,
    }
}

/// What is in both, which may be nobody.
pub(super) fn of_both(one: &Span, other: &Span) -> Span {
    *one.start().max(other.start())..=*one.end().min(other.end())
}

/// What is left of a span without others, in their order.
pub(super) fn without(span: &Span, mut others: Vec<Span>) -> Vec<Span> {
    others.sort_unstable_by_key(|other| *other.start());
    let mut left = Vec::new();
    let mut next = *span.start();
    for other in others {
        left.push(next..=(*other.start() - 1).min(*span.end()));
        next = next.max(other.end().saturating_add(1));
    }
    left.push(next..=*span.end());
    left.retain(|part| !part.is_empty());
    left
}

#[cfg(test)]
mod tests {
    use super::{between, of_both, place, without};

    #[test]
    fn places_stand_in_the_order_of_texts() {
        let texts = [
            "",
            "a",
            "a b",
            "ab",
            "abcd",
            "abcde",
            "abd",
            "zoe",
            "éva",
            "дора",
            "李",
            "\u{10ffff}",
        ];
        for (one, next) in texts.iter().zip(&texts[1..]) {
            assert!(place(one) <= place(next), "{one:?} {next:?}");
        }
        assert_eq!(place("abcd"), place("abcde"));
        assert_eq!(place("a"), 0x6120_2020 << 31);
        assert!(between("abc", "abc\u{10ffff}").contains(&(place("abcz") + 7)));
        assert!(!between("abc", "abc\u{10ffff}").contains(&place("abd")));
    }

    #[test]
    fn what_is_in_both_is_in_each() {
        assert_eq!(of_both(&(0..=5), &(3..=9)), 3..=5);
        assert!(of_both(&(0..=2), &(3..=9)).is_empty());
    }

    #[test]
    fn what_is_left_has_nothing_of_the_others() {
        assert_eq!(without(&(0..=9), Vec::new()), [0..=9]);
        assert_eq!(without(&(0..=9), vec![6..=7, 2..=3]), [0..=1, 4..=5, 8..=9]);
        assert_eq!(without(&(3..=9), vec![0..=3, 8..=20]), [4..=7]);
        assert_eq!(without(&(5..=9), vec![0..=3]), [5..=9]);
        assert!(without(&(3..=9), vec![0..=20]).is_empty());
    }
}
