//! Whether the triggers of a database are those that the migrations make: without them the audit log could be changed
//! unnoticed until it is sealed, and one of somebody else's does whatever they like, whenever Usher writes.

use std::collections::BTreeMap;

use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::migrate;

/// What the migrations make on Postgres, a line for each: table, trigger, type, whether and for whom it is switched on,
/// whether it has a condition, its columns, and the function with its language and the MD5 of its text.
const ON_POSTGRES: &str = include_str!("inspect_triggers_postgres.txt");

/// The same of a database that is there.
const FOUND_ON_POSTGRES: &str = "select c.relname || ' ' || t.tgname,
      concat_ws(' ', t.tgtype, t.tgenabled, t.tgqual is not null, '(' || t.tgattr::text || ')', p.proname, l.lanname, md5(p.prosrc))
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
      join pg_language l on l.oid = p.prolang
    where not t.tgisinternal and c.relnamespace = current_schema()::regnamespace
    order by c.relname, t.tgname";

/// What is wrong with the triggers of an SQLite database, which may be of an earlier version. One that a later version
/// made is nobody's to judge here: it is refused anyhow.
pub(crate) async fn on_sqlite(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let Some(version) = migrate::version_of_sqlite(connection).await? else {
        return Ok(Vec::new());
    };
    let mut ours = SqliteConnection::connect("sqlite::memory:").await?;
    migrate::up_to(&mut ours, version).await?;
    let expected = triggers_of_sqlite(&mut ours).await?;
    let _ = ours.close().await;
    let found = triggers_of_sqlite(connection).await?;
    Ok(differences(&expected, &found))
}

/// With those that are put off while many rows come in: they are made again from what is noted.
async fn triggers_of_sqlite(connection: &mut SqliteConnection) -> Result<BTreeMap<String, String>, sqlx::Error> {
    const DEFERRED: &str = "select count(*) from sqlite_master where name = 'deferred_indexes'";
    const TRIGGERS: &str = "select name, sql from sqlite_master where type = 'trigger'";
    const PUT_OFF: &str = "select name, definition from deferred_indexes where definition like '%trigger%'";
    let mut all: Vec<(String, String)> = sqlx::query_as(TRIGGERS).fetch_all(&mut *connection).await?;
    if sqlx::query_scalar::<_, i64>(DEFERRED)
        .fetch_one(&mut *connection)
        .await?
        > 0
    {
        let put_off: Vec<(String, String)> = sqlx::query_as(PUT_OFF).fetch_all(connection).await?;
        all.extend(put_off);
    }
    Ok(all.into_iter().collect())
}

/// The same of a database on Postgres, which is of this version.
pub(crate) async fn on_postgres(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    let role: String = sqlx::query_scalar("show session_replication_role")
        .fetch_one(&mut *connection)
        .await?;
    let found: Vec<(String, String)> = sqlx::query_as(FOUND_ON_POSTGRES).fetch_all(connection).await?;
    let mut faults = differences(&expected_on_postgres(), &found.into_iter().collect());
    if role != "origin" {
        faults.push(format!(
            "triggers are switched off, since session_replication_role is {role}"
        ));
    }
    Ok(faults)
}

fn expected_on_postgres() -> BTreeMap<String, String> {
    // Neither a table's name nor a trigger's has a space.
    let parts = |line: &str| {
        let (table, rest) = line.split_once(' ')?;
        let (trigger, definition) = rest.split_once(' ')?;
        Some((format!("{table} {trigger}"), definition.to_owned()))
    };
    ON_POSTGRES.lines().filter_map(parts).collect()
}

/// In words for the operator. Whoever made a trigger may have called it anything, also for the terminal.
fn differences(expected: &BTreeMap<String, String>, found: &BTreeMap<String, String>) -> Vec<String> {
    let missing = expected.keys().filter(|name| !found.contains_key(*name));
    let missing = missing.map(|name| format!("the trigger {name} is missing"));
    let other = found.iter().filter_map(|(name, definition)| {
        let shown = name.escape_debug();
        match expected.get(name) {
            None => Some(format!("the trigger {shown} is not Usher's")),
            Some(ours) if ours != definition => Some(format!("the trigger {shown} was changed or switched off")),
            Some(_) => None,
        }
    });
    missing.chain(other).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sqlx::{Connection, PgConnection, SqliteConnection};

    use super::{FOUND_ON_POSTGRES, ON_POSTGRES, on_sqlite};
    use crate::{Store, deferred, inspect, migrate, testing};

    #[tokio::test]
    async fn a_database_of_an_earlier_version_has_the_triggers_of_that_version() {
        for version in 1..=14 {
            let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
            migrate::up_to(&mut connection, version).await.unwrap();
            assert_eq!(on_sqlite(&mut connection).await.unwrap(), [""; 0], "{version}");
            let foreign = "create trigger foreign_one after insert on tiers begin select 1; end";
            sqlx::query(foreign).execute(&mut connection).await.unwrap();
            let found = on_sqlite(&mut connection).await.unwrap();
            assert_eq!(found, ["the trigger foreign_one is not Usher's"], "{version}");
        }
    }

    #[tokio::test]
    async fn triggers_that_are_put_off_are_not_missing() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tmp/put_off_triggers.db");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let store = Store::open(&testing::fresh_sqlite(&path).unwrap()).await.unwrap();
        deferred::put_off(&store, deferred::Table::Users).await.unwrap();
        let faults = async || inspect::faults(&mut store.snapshot().await.unwrap()).await.unwrap();
        assert_eq!(faults().await, [""; 0]);
        deferred::build(&store).await.unwrap();
        assert_eq!(faults().await, [""; 0]);
        store.close().await;
    }

    #[tokio::test]
    async fn the_list_of_triggers_on_postgres_is_what_the_migrations_make() {
        let server = std::env::var("USHER_TEST_POSTGRES_URL").expect("USHER_TEST_POSTGRES_URL names the Postgres");
        let url = testing::fresh_postgres(&server, "usher_store_triggers").await.unwrap();
        Store::open(&url).await.unwrap().close().await;
        let mut connection = PgConnection::connect(&url).await.unwrap();
        let found: Vec<(String, String)> = sqlx::query_as(FOUND_ON_POSTGRES)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
        let lines: Vec<String> = found
            .iter()
            .map(|(name, definition)| format!("{name} {definition}\n"))
            .collect();
        assert_eq!(
            ON_POSTGRES,
            lines.concat(),
            "inspect_triggers_postgres.txt is to say:\n{}",
            lines.concat()
        );
    }
}
