//! What can go wrong below: the lowest of the three rings of errors.

use crate::engine::LostRace;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A value that must be unique is taken.
    #[error("{0:?} is taken")]
    Taken(Unique),
    /// The row that this one points to is gone, or something still points to the row to delete.
    #[error("a related row is missing or in the way")]
    Related,
    #[error("another transaction was faster")]
    LostRace,
    /// The database does not answer, is full or read-only.
    #[error("the database is not available: {0}")]
    Unavailable(sqlx::Error),
    /// A row that no code of this version writes.
    #[error("table {table}, row {row}: {column} holds a value that makes no sense")]
    Inconsistent {
        table: &'static str,
        column: &'static str,
        row: String,
    },
    #[error("USHER_DATABASE_URL must begin with sqlite:// or postgres://")]
    Address,
    #[error(
        "the connection to Postgres cannot be trusted: {0}. USHER_DATABASE_URL says by sslrootcert=FILE whose certificates \
         to trust, and by sslmode=require or sslmode=disable to check or encrypt nothing, for a network of your own"
    )]
    Encryption(sqlx::Error),
    #[error("the SQLite in this binary is older than 3.51.3, which can lose data")]
    OldSqlite,
    #[error(
        "this database was made by a newer version of Usher (migration {0}): start that version, or restore a backup"
    )]
    NewerDatabase(i64),
    #[error("this database is not of this version yet: `usher migrate`, or starting the server, brings it up to date")]
    OlderDatabase,
    #[error("the database cannot be brought up to date: {0}")]
    Migration(sqlx::migrate::MigrateError),
    /// A bug: work stowed its transaction away instead of dropping it.
    #[error("a transaction was kept beyond its work")]
    KeptTransaction,
    #[error("the database failed: {0}")]
    Database(sqlx::Error),
}

/// What has to be unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unique {
    UserEmail,
    OrganizationCode,
    TierName,
    Other,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(database) = &error else {
            return match error {
                sqlx::Error::Io(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
                _ => Self::Database(error),
            };
        };
        if database.is_unique_violation() {
            return Self::Taken(unique(database.constraint(), database.message()));
        }
        if database.is_foreign_key_violation() {
            return Self::Related;
        }
        match database.code().as_deref() {
            // Postgres: serialization failure, deadlock.
            Some("40001" | "40P01") => Self::LostRace,
            // Postgres: a replica, to which a failover has left this connection for a moment.
            Some("25006") => Self::Unavailable(error),
            // Postgres: connection failures, resources, operator's intervention, statement cancelled.
            Some(code)
                if ["08", "53", "57", "58"]
                    .iter()
                    .any(|class| code.len() == 5 && code.starts_with(class)) =>
            {
                Self::Unavailable(error)
            }
            // SQLite, primary codes: busy, locked, read-only, I/O error, full, cannot open.
            Some(code)
                if code
                    .parse::<i64>()
                    .is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14)) =>
            {
                Self::Unavailable(error)
            }
            _ => Self::Database(error),
        }
    }
}

/// Postgres names the constraint, SQLite says "UNIQUE constraint failed: table.column".
fn unique(constraint: Option<&str>, message: &str) -> Unique {
    match constraint.unwrap_or(message.rsplit(": ").next().unwrap_or_default()) {
        "users_email_key" | "users.email" => Unique::UserEmail,
        "organizations_code_key" | "organizations.code" => Unique::OrganizationCode,
        "tiers_name_key_key" | "tiers.name_key" => Unique::TierName,
        _ => Unique::Other,
    }
}

impl LostRace for StoreError {
    fn lost_race(&self) -> bool {
        matches!(self, Self::LostRace)
    }
}
