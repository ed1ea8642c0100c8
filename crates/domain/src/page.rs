//! Pages of a list by keyset: a page begins after or before a row, never at an offset, so that any page costs the same.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The closed set of orders of one list.
pub trait SortKey: Copy + Eq + 'static {
    /// The first is the default.
    const ALL: &'static [Self];

    /// As it stands in the address.
    fn key(self) -> &'static str;

    /// Whether the column that it sorts by holds numbers rather than text.
    fn is_number(self) -> bool;
}

/// An order and its direction. Rows that are equal in it follow their id, in the same direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort<K> {
    pub key: K,
    pub descending: bool,
}

impl<K: SortKey> Sort<K> {
    /// Reads `name` or `-name`.
    pub fn parse(text: &str) -> Option<Self> {
        let (descending, key) = match text.strip_prefix('-') {
            Some(key) => (true, key),
            None => (false, text),
        };
        let key = K::ALL.iter().copied().find(|candidate| candidate.key() == key)?;
        Some(Self { key, descending })
    }

    pub fn to_word(self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.key.key())
    }
}

impl<K: SortKey> Default for Sort<K> {
    fn default() -> Self {
        Self {
            key: K::ALL[0],
            descending: false,
        }
    }
}

/// How many rows a page has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageSize {
    #[default]
    Small,
    Middle,
    Large,
}

impl PageSize {
    pub const ALL: [Self; 3] = [Self::Small, Self::Middle, Self::Large];

    pub const fn rows(self) -> u32 {
        match self {
            Self::Small => 25,
            Self::Middle => 50,
            Self::Large => 100,
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.rows().to_string() == text)
    }
}

/// What a row is sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SortValue {
    Text(String),
    Number(i64),
}

/// Where a page begins or ends: the sort value and id of a row, and that row's number in the list as it was then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub value: SortValue,
    pub id: Uuid,
    /// The row's number, from 1: a hint for people, since rows may have come and gone.
    pub number: u64,
    /// Whether the row itself belongs to the page.
    pub inclusive: bool,
}

impl Cursor {
    pub fn encode(&self) -> String {
        let mark = if self.inclusive { 'i' } else { 'x' };
        let (kind, value) = match &self.value {
            SortValue::Text(text) => ('t', text.clone()),
            SortValue::Number(number) => ('n', number.to_string()),
        };
        URL_SAFE_NO_PAD.encode(format!("{mark}{}.{}.{kind}{value}", self.number, self.id.simple()))
    }

    /// None for anything that `encode` did not make.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let mut parts = text.splitn(3, '.');
        let (head, id, tail) = (parts.next()?, parts.next()?, parts.next()?);
        let (inclusive, number) = match head.strip_prefix('i') {
            Some(number) => (true, number),
            None => (false, head.strip_prefix('x')?),
        };
        let value = match tail.strip_prefix('t') {
            // Postgres refuses the character that no parsed text has.
            Some(text) if text.contains('\0') => return None,
            Some(text) => SortValue::Text(text.to_owned()),
            None => SortValue::Number(tail.strip_prefix('n')?.parse().ok()?),
        };
        // A row's number is a row count: what no list has would overflow what is made of it.
        let number = number.parse::<u64>().ok().filter(|number| *number < 1 << 48)?;
        Some(Self {
            value,
            id: Uuid::parse_str(id).ok()?,
            number,
            inclusive,
        })
    }
}

/// Which page of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Position {
    #[default]
    First,
    After(Cursor),
    Before(Cursor),
    Last,
}

/// How many rows match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Total {
    Exact(u64),
    /// Counting stopped there.
    MoreThan(u64),
}

impl Total {
    /// Where counting stops unless a person asks for the exact number.
    pub const COUNTED: u64 = 1000;
}

/// One page of a list as the store returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub total: Total,
    /// The number of the first row, from 1.
    pub first_number: u64,
    pub has_previous: bool,
    pub has_next: bool,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{Cursor, Sort, SortValue};
    use crate::user::UserSort;

    proptest! {
        #[test]
        fn a_cursor_survives_the_address(text in "[^\\x00]{0,60}", number in any::<i64>(), numeric: bool, id: u128, row in 0u64..1 << 48, inclusive: bool) {
            let value = if numeric { SortValue::Number(number) } else { SortValue::Text(text) };
            let cursor = Cursor { value, id: Uuid::from_u128(id), number: row, inclusive };
            prop_assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }

        #[test]
        fn no_cursor_panics(text in ".{0,80}") {
            let _ = Cursor::decode(&text);
        }
    }

    #[test]
    fn a_sort_is_one_of_a_closed_set() {
        assert_eq!(
            Sort::<UserSort>::parse("-created").map(Sort::to_word),
            Some("-created".to_owned())
        );
        assert_eq!(Sort::<UserSort>::parse("password_hash"), None);
        assert_eq!(Sort::<UserSort>::default().to_word(), "email");
    }
}
