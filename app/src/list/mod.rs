//! What all lists share: the shape that the server sends, and the parts around a table.

mod parts;

pub use parts::{
    ListToolbar, Pages, When, all_or, back_to, current_search, heading, id_param, initial, is_list_itself, sorted,
};
use serde::{Deserialize, Serialize};

/// One page of a list with the addresses of its other pages and orders, each a query with its question mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed<V> {
    pub rows: Vec<V>,
    /// "1–25 of 403".
    pub position: String,
    pub is_filtered: bool,
    /// The list without search and filters.
    pub unfiltered: String,
    pub first: Option<String>,
    pub previous: Option<String>,
    pub next: Option<String>,
    pub last: Option<String>,
    pub total_is_known: bool,
    /// Where the total would be counted, if it is not known.
    pub count_exactly: Option<String>,
    pub sizes: Vec<SizeLink>,
    pub headings: Vec<Heading>,
    /// The query of this very page.
    pub here: String,
}

/// A page size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeLink {
    pub rows: u32,
    pub href: String,
    pub current: bool,
}

/// A column that the list can be sorted by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    pub key: String,
    /// Sorts by it, or turns it round.
    pub href: String,
    /// How the list is sorted by it now, if it is.
    pub descending: Option<bool>,
}

/// A time as people read it, exactly, and as machines read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    pub text: String,
    pub exact: String,
    pub machine: String,
}

impl Shown {
    /// As a table's row takes it.
    pub fn parts(&self) -> [&str; 3] {
        [&self.text, &self.exact, &self.machine]
    }
}
