//! Brings a database up to date. Migrations are only added; a database that knows more of them than we do is refused.

use sqlx::{
    Connection, PgPool, SqliteConnection,
    migrate::{MigrateError, Migrator},
};

use crate::{engine::Engine, error::StoreError};

static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

/// On Postgres an advisory lock lets one of several servers migrate while the others wait; an SQLite file has one server.
pub(crate) async fn run(engine: &Engine) -> Result<(), StoreError> {
    let outcome = match engine {
        Engine::Sqlite { writer, .. } => SQLITE.run(writer.alone().await?.connection()?).await,
        Engine::Postgres(pool) => on_postgres(pool).await,
    };
    outcome.map_err(|error| match error {
        MigrateError::VersionMissing(version) => StoreError::NewerDatabase(version),
        other => StoreError::Migration(other),
    })
}

/// On a connection of its own: a migration of many rows, or waiting for another server's, may take longer than a
/// request's statement ever should.
async fn on_postgres(pool: &PgPool) -> Result<(), MigrateError> {
    let mut connection = pool.acquire().await?.detach();
    sqlx::query("set statement_timeout = 0")
        .execute(&mut connection)
        .await?;
    POSTGRES.run_direct(None, &mut connection, false).await?;
    connection.close().await?;
    Ok(())
}

/// Whether the database is as this version makes it, without bringing it there.
pub(crate) async fn require_current(engine: &Engine) -> Result<(), StoreError> {
    const NEWEST: &str = "select max(version) from _sqlx_migrations where success";
    let (found, ours) = match engine {
        Engine::Sqlite { readers, .. } => (sqlx::query_scalar(NEWEST).fetch_one(&**readers).await, &SQLITE),
        Engine::Postgres(pool) => (sqlx::query_scalar(NEWEST).fetch_one(&**pool).await, &POSTGRES),
    };
    let found: Option<i64> = match found {
        Err(sqlx::Error::Database(_)) => None,
        other => other?,
    };
    let ours = ours.iter().map(|migration| migration.version).max();
    match found {
        Some(version) if found > ours => Err(StoreError::NewerDatabase(version)),
        _ if found < ours => Err(StoreError::OlderDatabase),
        _ => Ok(()),
    }
}

/// The migration that an SQLite database is at; None if it is not ours, or knows more of them than we do.
pub(crate) async fn version_of_sqlite(connection: &mut SqliteConnection) -> Result<Option<i64>, sqlx::Error> {
    const MIGRATED: &str = "select count(*) from sqlite_master where name = '_sqlx_migrations'";
    const NEWEST: &str = "select max(version) from _sqlx_migrations where success";
    if sqlx::query_scalar::<_, i64>(MIGRATED)
        .fetch_one(&mut *connection)
        .await?
        == 0
    {
        return Ok(None);
    }
    let found: Option<i64> = sqlx::query_scalar(NEWEST).fetch_one(connection).await?;
    Ok(found.filter(|version| SQLITE.version_exists(*version)))
}

/// Brings an empty SQLite database to where this migration leaves one.
pub(crate) async fn up_to(connection: &mut SqliteConnection, version: i64) -> Result<(), MigrateError> {
    SQLITE.run_direct(Some(version), connection, false).await
}
