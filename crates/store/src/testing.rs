//! A database of one's own for each test, on either engine.

use std::{collections::BTreeMap, io, path::Path};

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::{
    backup::{self, BackupError},
    error::StoreError,
};

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

/// Runs a statement behind Usher's back, as somebody with the database's password could, and returns how many rows it hit.
pub async fn tamper(url: &str, statement: &str) -> Result<u64, StoreError> {
    let statement = AssertSqlSafe(statement.to_owned());
    Ok(match url.strip_prefix("sqlite://") {
        Some(_) => {
            let mut connection = SqliteConnection::connect(url).await?;
            let done = sqlx::query(statement).execute(&mut connection).await?;
            connection.close().await?;
            done.rows_affected()
        }
        None => {
            let mut connection = PgConnection::connect(url).await?;
            let done = sqlx::query(statement).execute(&mut connection).await?;
            connection.close().await?;
            done.rows_affected()
        }
    })
}

/// The same as somebody could who may drop triggers: those of the audit log are out of the way meanwhile.
pub async fn tamper_past_triggers(url: &str, statement: &str) -> Result<u64, StoreError> {
    const TRIGGERS: &str = "select name, sql from sqlite_master where type = 'trigger' and name like 'audit%'";
    let statement = AssertSqlSafe(statement.to_owned());
    if url.starts_with("sqlite://") {
        let mut connection = SqliteConnection::connect(url).await?;
        let triggers: Vec<(String, String)> = sqlx::query_as(TRIGGERS).fetch_all(&mut connection).await?;
        for (name, _) in &triggers {
            let drop = AssertSqlSafe(format!("drop trigger {name}"));
            sqlx::query(drop).execute(&mut connection).await?;
        }
        let done = sqlx::query(statement).execute(&mut connection).await?;
        for (_, create) in triggers {
            sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await?;
        }
        connection.close().await?;
        return Ok(done.rows_affected());
    }
    let mut connection = PgConnection::connect(url).await?;
    sqlx::query("set session_replication_role = replica")
        .execute(&mut connection)
        .await?;
    let done = sqlx::query(statement).execute(&mut connection).await?;
    connection.close().await?;
    Ok(done.rows_affected())
}

/// Everything that lies in a database, as it lies there: the bytes of SQLite's files, the text of Postgres' rows.
pub async fn contents(url: &str) -> Result<Vec<u8>, StoreError> {
    const TABLES: &str = "select tablename::text from pg_tables where schemaname = 'public'";
    if let Some(path) = url.strip_prefix("sqlite://") {
        let files = ["", "-wal"].map(|suffix| std::fs::read(format!("{path}{suffix}")).unwrap_or_default());
        return Ok(files.concat());
    }
    let mut connection = PgConnection::connect(url).await?;
    let mut all = Vec::new();
    for table in sqlx::query_scalar::<_, String>(TABLES)
        .fetch_all(&mut connection)
        .await?
    {
        let rows = AssertSqlSafe(format!("select row::text from \"{table}\" row"));
        for row in sqlx::query_scalar::<_, String>(rows).fetch_all(&mut connection).await? {
            all.extend(row.into_bytes());
            all.push(b'\n');
        }
    }
    connection.close().await?;
    Ok(all)
}

/// All values that lie in columns of bytes, by table and column: also of columns that have none.
pub async fn bytes_by_column(url: &str) -> Result<BTreeMap<String, Vec<Vec<u8>>>, StoreError> {
    let mut all = BTreeMap::new();
    if url.starts_with("sqlite://") {
        const COLUMNS: &str = "select m.name, c.name from sqlite_schema m, pragma_table_info(m.name) c
                               where m.type = 'table' and lower(c.type) = 'blob'";
        let mut connection = SqliteConnection::connect(url).await?;
        let columns = sqlx::query_as::<_, (String, String)>(COLUMNS);
        for (table, column) in columns.fetch_all(&mut connection).await? {
            let values = sqlx::query_scalar(AssertSqlSafe(values_of(&table, &column)));
            let values = values.fetch_all(&mut connection).await?;
            all.insert(format!("{table}.{column}"), values);
        }
        connection.close().await?;
    } else {
        const COLUMNS: &str = "select table_name::text, column_name::text from information_schema.columns
                               where table_schema = 'public' and data_type = 'bytea'";
        let mut connection = PgConnection::connect(url).await?;
        let columns = sqlx::query_as::<_, (String, String)>(COLUMNS);
        for (table, column) in columns.fetch_all(&mut connection).await? {
            let values = sqlx::query_scalar(AssertSqlSafe(values_of(&table, &column)));
            let values = values.fetch_all(&mut connection).await?;
            all.insert(format!("{table}.{column}"), values);
        }
        connection.close().await?;
    }
    Ok(all)
}

fn values_of(table: &str, column: &str) -> String {
    format!("select \"{column}\" from \"{table}\" where \"{column}\" is not null")
}

/// Whether an SQLite file is whole: pages, indexes, and what points to what.
pub async fn is_sound(path: &Path) -> Result<(), BackupError> {
    backup::check(path, backup::Reading::Mapped).await
}

/// How many commits lie in an SQLite file's log: all since it was opened first, while the log is short.
pub fn commits(path: &Path) -> io::Result<usize> {
    const HEADER: usize = 32;
    const FRAME_HEADER: usize = 24;
    let mut file = path.as_os_str().to_owned();
    file.push("-wal");
    let log = std::fs::read(file)?;
    let number = |at: usize| {
        log.get(at..at + 4)
            .map_or(0, |bytes| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    };
    let frame = FRAME_HEADER + number(8) as usize;
    // The last page of a commit says how large the database is then. What an older log left behind has other salts.
    let frames = (HEADER..log.len()).step_by(frame.max(1));
    Ok(frames
        .filter(|at| number(at + 4) > 0 && (number(at + 8), number(at + 12)) == (number(16), number(20)))
        .count())
}

/// How many locks others hold in a database of Postgres.
pub async fn locks(url: &str) -> Result<i64, StoreError> {
    let mut connection = PgConnection::connect(url).await?;
    const LOCKS: &str = "select count(*) from pg_locks where granted and pid <> pg_backend_pid() and database = \
                         (select oid from pg_database where datname = current_database())";
    let locks = sqlx::query_scalar(LOCKS).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(locks)
}

/// How many mails of a database of Postgres wait to be sent, or are under way.
pub async fn queued_mails(url: &str) -> Result<i64, StoreError> {
    let mut connection = PgConnection::connect(url).await?;
    const QUEUED: &str = "select count(*) from mails where state = 'queued'";
    let queued = sqlx::query_scalar(QUEUED).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(queued)
}

/// Notes a migration in the database that this version does not know, as a newer one would.
pub async fn make_newer(url: &str) -> Result<(), StoreError> {
    const NOTE: &str = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
                        values (9999, 'of another version', true, $1, 0)";
    let checksum = Vec::<u8>::new();
    match url.strip_prefix("sqlite://") {
        Some(_) => {
            let mut connection = SqliteConnection::connect(url).await?;
            sqlx::query(NOTE).bind(checksum).execute(&mut connection).await?;
            connection.close().await?;
        }
        None => {
            let mut connection = PgConnection::connect(url).await?;
            sqlx::query(NOTE).bind(checksum).execute(&mut connection).await?;
            connection.close().await?;
        }
    }
    Ok(())
}
