//! What a list is asked: search, filters, order, size and position, as they stand in the address.

use std::str::FromStr;

use crate::{
    audit::AuditFilter,
    invitation::{InvitationFilter, InvitationSort, InvitationStatus},
    organization::{OrganizationFilter, OrganizationSort},
    page::{Cursor, PageSize, Position, Sort, SortKey, SortValue},
    role::Role,
    user::{UserFilter, UserSort, UserState},
};

/// The decoded words of an address, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(pub Vec<(String, String)>);

impl Words {
    /// The first value of a word, unless it is empty: an empty field of a filter form means no filter.
    pub fn get(&self, word: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name == word)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    fn parse<T: FromStr>(&self, word: &str) -> Option<T> {
        self.get(word).and_then(|value| value.parse().ok())
    }

    fn push(&mut self, word: &str, value: impl ToString) {
        self.0.push((word.to_owned(), value.to_string()));
    }
}

/// A list's own filters.
pub trait Filter: Clone + Default + PartialEq {
    /// What is unknown or malformed is no filter.
    fn read(words: &Words) -> Self;
    fn write(&self, words: &mut Words);
}

/// Everything a list is asked. Reading is total: what makes no sense falls back to the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery<F, K> {
    pub search: Option<String>,
    pub filter: F,
    pub sort: Sort<K>,
    pub size: PageSize,
    pub position: Position,
    /// Count all matches, also where that is slow.
    pub count_exactly: bool,
}

pub type OrganizationQuery = ListQuery<OrganizationFilter, OrganizationSort>;
pub type UserQuery = ListQuery<UserFilter, UserSort>;
pub type InvitationQuery = ListQuery<InvitationFilter, InvitationSort>;
pub type AuditQuery = ListQuery<AuditFilter, crate::audit::AuditSort>;

/// Longer searches are cut: no name or address is longer.
pub const LONGEST_SEARCH: usize = 254;

/// Without what no name has, then trimmed: in this order, since what is taken away may have hidden a space at the end.
pub fn read_search(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(LONGEST_SEARCH).collect();
    text.trim().to_owned()
}

impl<F: Filter, K: SortKey> ListQuery<F, K> {
    pub fn read(words: &Words) -> Self {
        let sort: Sort<K> = words.get("sort").and_then(Sort::parse).unwrap_or_default();
        let cursor = |word| {
            let cursor = words.get(word).and_then(Cursor::decode)?;
            (matches!(cursor.value, SortValue::Number(_)) == sort.key.is_number()).then_some(cursor)
        };
        let position = if let Some(cursor) = cursor("after") {
            Position::After(cursor)
        } else if let Some(cursor) = cursor("before") {
            Position::Before(cursor)
        } else if words.get("last").is_some() {
            Position::Last
        } else {
            Position::First
        };
        Self {
            search: words
                .get("q")
                .map(read_search)
                .filter(|search: &String| !search.is_empty()),
            filter: F::read(words),
            sort,
            size: words.get("size").and_then(PageSize::parse).unwrap_or_default(),
            position,
            count_exactly: words.get("count").is_some(),
        }
    }

    /// The words that lead here again. Defaults are left out.
    pub fn words(&self) -> Words {
        let mut words = Words::default();
        if let Some(search) = &self.search {
            words.push("q", search);
        }
        self.filter.write(&mut words);
        if self.sort != Sort::default() {
            words.push("sort", self.sort.to_word());
        }
        if self.size != PageSize::default() {
            words.push("size", self.size.rows());
        }
        match &self.position {
            Position::First => {}
            Position::After(cursor) => words.push("after", cursor.encode()),
            Position::Before(cursor) => words.push("before", cursor.encode()),
            Position::Last => words.push("last", "1"),
        }
        if self.count_exactly {
            words.push("count", "exact");
        }
        words
    }

    /// The same list from its first page.
    pub fn from_first(&self) -> Self {
        Self {
            position: Position::First,
            ..self.clone()
        }
    }
}

impl<F: Filter, K: SortKey> Default for ListQuery<F, K> {
    fn default() -> Self {
        Self::read(&Words::default())
    }
}

impl Filter for OrganizationFilter {
    fn read(words: &Words) -> Self {
        Self {
            tier: words.parse::<uuid::Uuid>("tier").map(crate::id::TierId),
        }
    }

    fn write(&self, words: &mut Words) {
        if let Some(tier) = self.tier {
            words.push("tier", tier);
        }
    }
}

impl Filter for UserFilter {
    fn read(words: &Words) -> Self {
        let global = words.get("global").is_some();
        Self {
            organization: if global { None } else { words.parse("organization") },
            global,
            role: words.get("role").and_then(|role| Role::parse(role).ok()),
            state: words.get("state").and_then(|state| UserState::parse(state).ok()),
        }
    }

    fn write(&self, words: &mut Words) {
        write_place(words, self.organization, self.global);
        if let Some(role) = self.role {
            words.push("role", role.key());
        }
        if let Some(state) = self.state {
            words.push("state", state.key());
        }
    }
}

impl Filter for InvitationFilter {
    fn read(words: &Words) -> Self {
        let global = words.get("global").is_some();
        Self {
            organization: if global { None } else { words.parse("organization") },
            global,
            role: words.get("role").and_then(|role| Role::parse(role).ok()),
            status: words
                .get("status")
                .and_then(|status| InvitationStatus::parse(status).ok()),
        }
    }

    fn write(&self, words: &mut Words) {
        write_place(words, self.organization, self.global);
        if let Some(role) = self.role {
            words.push("role", role.key());
        }
        if let Some(status) = self.status {
            words.push("status", status.key());
        }
    }
}

fn write_place(words: &mut Words, organization: Option<crate::id::OrganizationId>, global: bool) {
    if global {
        words.push("global", "1");
    } else if let Some(organization) = organization {
        words.push("organization", organization);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ListQuery, UserQuery, Words};
    use crate::page::{PageSize, Position};

    fn words(pairs: &[(&str, &str)]) -> Words {
        Words(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn a_query_survives_the_address() {
        let asked = words(&[
            ("q", "ann"),
            ("role", "user"),
            ("state", "active"),
            ("sort", "-name"),
            ("size", "50"),
            ("last", "1"),
        ]);
        assert_eq!(UserQuery::read(&asked).words(), asked);
    }

    #[test]
    fn global_clears_the_organization() {
        let query = UserQuery::read(&words(&[
            ("organization", "01936b2e-0000-7000-8000-000000000001"),
            ("global", "1"),
        ]));
        assert!(query.filter.global);
        assert_eq!(query.filter.organization, None);
    }

    #[test]
    fn nonsense_falls_back_to_the_default() {
        let query = UserQuery::read(&words(&[
            ("sort", "secret"),
            ("size", "7"),
            ("after", "?"),
            ("role", "root"),
            ("organization", "x"),
        ]));
        assert_eq!(query, UserQuery::default());
        assert_eq!((query.size, query.position), (PageSize::Small, Position::First));
    }

    #[test]
    fn a_cursor_of_another_order_is_no_cursor() {
        let mut query = UserQuery::read(&words(&[("sort", "created")]));
        query.position = Position::After(crate::page::Cursor {
            value: crate::page::SortValue::Text("ann".into()),
            id: uuid::Uuid::nil(),
            number: 1,
            inclusive: false,
        });
        assert_eq!(UserQuery::read(&query.words()).position, Position::First);
    }

    proptest! {
        #[test]
        fn reading_what_was_written_changes_nothing(pairs in proptest::collection::vec(("q|organization|global|role|state|sort|size|after|before|last", ".{0,20}"), 0..6)) {
            let query: UserQuery = ListQuery::read(&Words(pairs));
            prop_assert_eq!(UserQuery::read(&query.words()), query);
        }
    }
}
