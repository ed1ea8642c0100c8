//! Looking at a database without changing it, also beside a server that runs on it.

use sqlx::SqliteConnection;

use std::sync::Arc;

use crate::{
    Store,
    engine::{Connection, Engine, Tx},
    error::StoreError,
    inspect_triggers, migrate,
};

impl Store {
    /// Opens a database that is there and up to date; nothing is written to it.
    pub async fn inspect(url: &str) -> Result<Self, StoreError> {
        let engine = Engine::open_read_only(url).await?;
        migrate::require_current(&engine).await?;
        Ok(Self {
            engine,
            seen: Arc::default(),
        })
    }

    /// Reads everything as it is in one moment, whatever is written meanwhile.
    pub async fn snapshot(&self) -> Result<Tx, StoreError> {
        Ok(self.engine.snapshot().await?.with_seen(&self.seen))
    }
}

/// What the engine itself finds wrong, and triggers that are not those of the migrations. Postgres checks its pages as it
/// reads them, and has no command for the rest.
pub async fn faults(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    match tx.connection()? {
        Connection::Sqlite(connection) => Ok(faults_of_sqlite(connection).await?),
        Connection::Postgres(connection) => Ok(inspect_triggers::on_postgres(connection).await?),
    }
}

/// Pages, indexes, what points to what, and triggers.
pub(crate) async fn faults_of_sqlite(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let mut found: Vec<String> = sqlx::query_scalar("pragma integrity_check")
        .fetch_all(&mut *connection)
        .await?;
    found.retain(|line| line != "ok");
    let dangling = sqlx::query("pragma foreign_key_check")
        .fetch_all(&mut *connection)
        .await?;
    if !dangling.is_empty() {
        found.push("some rows point to rows that are missing".to_owned());
    }
    found.extend(inspect_triggers::on_sqlite(connection).await?);
    Ok(found)
}
