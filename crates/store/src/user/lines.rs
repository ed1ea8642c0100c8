//! The users list for files: a chunk of it as one text, put together by the database. A row by itself costs more to pass on
//! than to find.

use domain::{
    page::{Cursor, Position, Sort, SortValue},
    role::Role,
    user::{UserFilter, UserSort},
};
use uuid::Uuid;

use super::{list, role_from};
use crate::{Scope, engine::Tx, error::StoreError};

/// Between the values of a row and behind each row: what no value of a user holds, since they have no control characters.
const BETWEEN: char = '\u{1f}';
const BEHIND: char = '\u{1e}';

macro_rules! select {
    ($id:literal) => {
        concat!(
            "select string_agg(listed.line, '') from (select concat_ws('\u{1f}', u.email, u.name, u.role, coalesce(o.name, ''), \
             u.suspended, u.last_sign_in_at, u.created_at, u.name_key, ",
            $id,
            ") || '\u{1e}' as line "
        )
    };
}
/// Text around the columns of a row, in the order of [`Line`]. The engines tell ids in ways of their own.
pub(super) const SQLITE: &str = select!("hex(u.id)");
pub(super) const POSTGRES: &str = select!("u.id");
pub(super) const END: &str = ") as listed";

/// Some rows of the list.
pub struct Lines {
    text: String,
    /// Where the next ones begin; None if there are no more.
    pub next: Option<Position>,
}

/// One row of it, as a file shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub role: Role,
    /// Empty without one.
    pub organization: &'a str,
    pub is_suspended: bool,
    /// In milliseconds; 0 for never.
    pub last_sign_in: i64,
    pub created: i64,
    name_key: &'a str,
    id: &'a str,
}

impl Lines {
    pub fn rows(&self) -> impl Iterator<Item = Result<Line<'_>, StoreError>> {
        self.text.split_terminator(BEHIND).map(Line::read)
    }
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Result<Self, StoreError> {
        let mut values = line.split(BETWEEN);
        let mut next = || values.next();
        let read = (|| {
            let line = Self {
                email: next()?,
                name: next()?,
                role: role_from(next()?.parse().ok()?)?,
                organization: next()?,
                is_suspended: matches!(next()?, "1" | "t"),
                last_sign_in: next()?.parse().ok()?,
                created: next()?.parse().ok()?,
                name_key: next()?,
                id: next()?,
            };
            next().is_none().then_some(line)
        })();
        read.ok_or_else(|| StoreError::Inconsistent {
            table: "users",
            column: "a value",
            row: line.chars().take(100).collect(),
        })
    }

    /// The place of this row itself.
    fn place(&self, sort: UserSort, number: u64) -> Option<Position> {
        let value = match sort {
            UserSort::Email => SortValue::Text(self.email.to_owned()),
            UserSort::Name => SortValue::Text(self.name_key.to_owned()),
            UserSort::Role => SortValue::Number(super::role_number(self.role)),
            UserSort::Created => SortValue::Number(self.created),
            UserSort::LastSignIn => SortValue::Number(self.last_sign_in),
        };
        Some(Position::After(Cursor {
            value,
            id: Uuid::parse_str(self.id).ok()?,
            number,
            inclusive: true,
        }))
    }
}

/// So many rows of the users list from a position on.
pub async fn lines(
    tx: &mut Tx,
    scope: Scope,
    search: Option<&str>,
    filter: &UserFilter,
    sort: Sort<UserSort>,
    position: &Position,
    rows: u32,
) -> Result<Lines, StoreError> {
    let sql = list::select_lines(tx, scope, search, filter, sort, position, rows + 1).await?;
    let found = sql.fetch_all::<(Option<String>,)>(tx).await?;
    let mut text = found.into_iter().next().and_then(|row| row.0).unwrap_or_default();
    // The row more that was asked for is where the next ones begin.
    let mut next = None;
    if text.matches(BEHIND).count() > rows as usize {
        text.pop();
        let last = text.rfind(BEHIND).map_or(0, |end| end + BEHIND.len_utf8());
        let number = match position {
            Position::After(cursor) => cursor.number + u64::from(rows),
            _ => u64::from(rows) + 1,
        };
        next = Line::read(&text[last..])?.place(sort.key, number);
        text.truncate(last);
    }
    Ok(Lines { text, next })
}
