//! Brings a database up to date. Migrations are only added; a database that knows more of them than we do is refused.

use sqlx::migrate::{MigrateError, Migrator};

use crate::{engine::Engine, error::StoreError};

static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

/// On Postgres an advisory lock lets one of several servers migrate while the others wait; an SQLite file has one server.
pub(crate) async fn run(engine: &Engine) -> Result<(), StoreError> {
    let outcome = match engine {
        Engine::Sqlite { writer, .. } => SQLITE.run(writer).await,
        Engine::Postgres(pool) => POSTGRES.run(pool).await,
    };
    outcome.map_err(|error| match error {
        MigrateError::VersionMissing(version) => StoreError::NewerDatabase(version),
        other => StoreError::Migration(other),
    })
}
