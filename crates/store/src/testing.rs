//! A database of one's own for each test, on either engine.

use std::{io, path::Path};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::error::StoreError;

/// Removes what an earlier run left of an SQLite database, and returns its address.
pub fn fresh_sqlite(path: &Path) -> io::Result<String> {
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(format!("sqlite://{}", path.display()))
}

/// Makes an empty database on the server of `url`, in place of what an earlier run left, and returns its address.
/// `name` is lower case letters, digits and underscores.
pub async fn fresh_postgres(url: &str, name: &str) -> Result<String, StoreError> {
    let mut connection = PgConnection::connect(url).await?;
    for statement in [
        format!("drop database if exists {name} with (force)"),
        format!("create database {name}"),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    connection.close().await?;
    let server = url.rsplit_once('/').map_or(url, |(server, _)| server);
    Ok(format!("{server}/{name}"))
}
