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

    /// Appends the condition that all words of a search occur in the folded column.
    pub(crate) fn and_contains(&mut self, tx: &Tx, column: &'static str, search: &str) -> &mut Self {
        let words = domain::text::fold(search);
        let words = words_of(&words);
        if !tx.is_postgres() {
            for word in words {
                self.push(" and ").push(column).push(" like ");
                self.bind(format!("%{}%", escape_like(word))).push(" escape '\\'");
            }
            return self;
        }
        // One condition, whatever the number of words: Postgres takes each for one that leaves few rows, and reads all to sort
        // these, where the list's order would have had a page of them soon.
        let Some((last, others)) = words.split_last() else {
            return self;
        };
        if others.is_empty() {
            self.push(" and strpos(").push(column).push(", ");
            return self.bind((*last).to_owned()).push(") > 0");
        }
        self.push(" and case");
        for word in others {
            self.push(" when strpos(")
                .push(column)
                .push(", ")
                .bind((*word).to_owned());
            self.push(") = 0 then false");
        }
        self.push(" else strpos(")
            .push(column)
            .push(", ")
            .bind((*last).to_owned())
            .push(") > 0 end")
    }

    /// Appends that a column is one of `ids`. As there are placeholders for `room`, any number up to that is one statement.
    pub(crate) fn and_among(&mut self, column: &'static str, ids: &[Uuid], room: usize) -> &mut Self {
        let Some(last) = ids.last() else {
            return self.push(" and false");
        };
        self.push(" and ").push(column).push(" in (");
        for place in 0..ids.len().max(room) {
            if place > 0 {
                self.push(", ");
            }
            self.bind(*ids.get(place).unwrap_or(last));
        }
        self.push(")")
    }

    /// Appends ` limit n`, as text: Postgres plans for few rows only where it knows how few.
    pub(crate) fn limit(&mut self, rows: u32) -> &mut Self {
        self.push(" limit ");
        self.text.push_str(&rows.to_string());
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
        #[cfg(test)]
        crate::plans::note(&self);
        self.run(tx).await
    }

    /// Runs a statement whose rows nobody wants.
    pub(crate) async fn execute(self, tx: &mut Tx) -> Result<(), StoreError> {
        on!(tx, connection => {
            let mut query = sqlx::query(AssertSqlSafe(self.text));
            for bind in self.binds {
                query = match bind {
                    Bind::Uuid(value) => query.bind(value),
                    Bind::Text(value) => query.bind(value),
                    Bind::Number(value) => query.bind(value),
                    Bind::Bool(value) => query.bind(value),
                };
            }
            query.execute(connection).await.map(|_| ())
        })
        .map_err(StoreError::from)
    }

    async fn run<R: Row>(self, tx: &mut Tx) -> Result<Vec<R>, StoreError> {
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

/// The words of a folded search, each once, and none that is a part of another.
pub(crate) fn words_of(folded: &str) -> Vec<&str> {
    let mut words: Vec<&str> = Vec::new();
    for word in folded.split_whitespace() {
        if !words.iter().any(|other| other.contains(word)) {
            words.retain(|other| !word.contains(other));
            words.push(word);
        }
    }
    words
}

/// Text as it stands in a pattern of `like … escape '\\'`, where it means itself.
pub(crate) fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
impl Sql {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// How the engine would run the statement: a line for each step, steps of steps indented.
    pub(crate) async fn explain(&self, tx: &mut Tx) -> Result<Vec<String>, StoreError> {
        if tx.is_postgres() {
            // Prepared, since that is how it is run: one plan whatever the values are.
            run_told(tx, format!("prepare explained as {}", self.text)).await?;
            let values: Vec<String> = self.binds.iter().map(Bind::literal).collect();
            let execute = match values.len() {
                0 => "execute explained".to_owned(),
                _ => format!("execute explained ({})", values.join(", ")),
            };
            let explain = Self {
                text: format!("explain (costs off) {execute}"),
                binds: Vec::new(),
                nameless: false,
            };
            let lines = explain.run::<(String,)>(tx).await;
            run_told(tx, "deallocate explained".to_owned()).await?;
            return Ok(lines?.into_iter().map(|line| line.0).collect());
        }
        let steps = self.behind("explain query plan ");
        let steps = steps.run::<(i64, i64, i64, String)>(tx).await?;
        let depth_of = |step: &(i64, i64, i64, String)| {
            let parents = std::iter::successors(Some(step), |step| steps.iter().find(|parent| parent.0 == step.1));
            parents.count() - 1
        };
        Ok(steps
            .iter()
            .map(|step| format!("{}{}", "  ".repeat(depth_of(step)), step.3))
            .collect())
    }
}

#[cfg(test)]
impl Bind {
    fn literal(&self) -> String {
        match self {
            Self::Uuid(Some(id)) => format!("'{id}'"),
            Self::Text(Some(text)) => format!("'{}'", text.replace('\'', "''")),
            Self::Number(Some(number)) => number.to_string(),
            Self::Bool(value) => value.to_string(),
            Self::Uuid(None) | Self::Text(None) | Self::Number(None) => "null".to_owned(),
        }
    }
}
