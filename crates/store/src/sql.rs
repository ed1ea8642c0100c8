//! A statement that is put together from fixed pieces: its text is never a person's.

use sqlx::{AssertSqlSafe, FromRow, postgres::PgRow, sqlite::SqliteRow};
use uuid::Uuid;

use crate::{
    engine::{Connection, Tx, on},
    error::StoreError,
};

/// A value that a placeholder stands for; None is null.
#[derive(Clone, Debug)]
pub(crate) enum Bind {
    Uuid(Option<Uuid>),
    Text(Option<String>),
    Number(Option<i64>),
    Bool(bool),
}

macro_rules! binds {
    ($($kind:ident($type:ty)),+) => {$(
        impl From<$type> for Bind {
            fn from(value: $type) -> Self {
                Self::$kind(Some(value))
            }
        }

        impl From<Option<$type>> for Bind {
            fn from(value: Option<$type>) -> Self {
                Self::$kind(value)
            }
        }
    )+};
}

binds!(Uuid(Uuid), Text(String), Number(i64));

impl From<bool> for Bind {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

/// Text and values of a statement, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sql {
    text: String,
    binds: Vec<Bind>,
    /// Placeholders are question marks, which SQLite alone understands.
    nameless: bool,
}

/// A row that both engines can fill.
pub(crate) trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Row for T {}

impl Sql {
    pub(crate) fn new(text: &'static str) -> Self {
        Self {
            text: text.to_owned(),
            binds: Vec::new(),
            nameless: false,
        }
    }

    /// For a statement of hundreds of values. SQLite looks for the name of each placeholder among all of a statement's, so
    /// there they have none.
    pub(crate) fn of_many(text: &'static str, tx: &Tx) -> Self {
        Self {
            nameless: !tx.is_postgres(),
            ..Self::new(text)
        }
    }

    pub(crate) fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub(crate) fn bind(&mut self, value: impl Into<Bind>) -> &mut Self {
        self.binds.push(value.into());
        if self.nameless {
            self.text.push('?');
        } else {
            self.text.push('$');
            self.text.push_str(&self.binds.len().to_string());
        }
        self
    }

    /// Appends ` and text $n`.
    pub(crate) fn and(&mut self, text: &'static str, value: impl Into<Bind>) -> &mut Self {
        self.push(" and ").push(text).push(" ").bind(value)
    }

    /// Appends a condition for each word of a search: all must occur in the folded column.
    pub(crate) fn and_contains(&mut self, column: &'static str, search: &str) -> &mut Self {
        for word in domain::text::fold(search).split_whitespace().take(8) {
            let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            self.and(column, format!("%{escaped}%")).push(" escape '\\'");
        }
        self
    }

    /// The same statement with another beginning.
    pub(crate) fn behind(&self, text: &'static str) -> Self {
        Self {
            text: format!("{text}{}", self.text),
            binds: self.binds.clone(),
            nameless: self.nameless,
        }
    }

    pub(crate) async fn fetch_all<R: Row>(self, tx: &mut Tx) -> Result<Vec<R>, StoreError> {
        on!(tx, connection => {
            let mut query = sqlx::query_as::<_, R>(AssertSqlSafe(self.text));
            for bind in self.binds {
                query = match bind {
                    Bind::Uuid(value) => query.bind(value),
                    Bind::Text(value) => query.bind(value),
                    Bind::Number(value) => query.bind(value),
                    Bind::Bool(value) => query.bind(value),
                };
            }
            query.fetch_all(connection).await
        })
        .map_err(StoreError::from)
    }

    /// The number in the only column of the only row.
    pub(crate) async fn fetch_number(self, tx: &mut Tx) -> Result<i64, StoreError> {
        let rows = self.fetch_all::<(i64,)>(tx).await?;
        Ok(rows.first().map_or(0, |row| row.0))
    }
}

/// Runs a statement that the database itself has told: how an index is made, and what it is called. Over many rows that
/// takes as long as it takes.
pub(crate) async fn run_told(tx: &mut Tx, statement: String) -> Result<(), StoreError> {
    let query = AssertSqlSafe(statement);
    match tx.connection()? {
        Connection::Sqlite(connection) => sqlx::query(query).execute(connection).await.map(|_| ())?,
        Connection::Postgres(connection) => sqlx::query(query).execute(connection).await.map(|_| ())?,
    }
    Ok(())
}
