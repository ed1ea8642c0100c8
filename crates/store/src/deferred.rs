//! Indexes that are put off while many rows come in: to build one over all rows takes a fraction of what it costs to keep
//! it right with each. What is put off stands in a table, so that an interruption loses none.

use crate::{
    Store,
    engine::{Tx, execute, fetch_all},
    error::StoreError,
    sql::run_told,
};

/// In a table with fewer rows, indexes may be put off: to build them anew costs nothing worth mentioning.
const FEW_ROWS: i64 = 1000;

/// A list whose rows can be brought in at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    Users,
    Invitations,
}

/// Puts off a table's indexes, the search index too, but for those that keep values unique. Does nothing where there are rows.
pub async fn put_off(store: &Store, table: Table) -> Result<(), StoreError> {
    store
        .write(|mut tx| async move {
            let few = match table {
                Table::Users => "select count(*) from (select 1 as one from users limit 1000) as first_rows",
                Table::Invitations => {
                    "select count(*) from (select 1 as one from invitations limit 1000) as first_rows"
                }
            };
            let count = fetch_all!(tx, (i64,), few)?.first().map_or(0, |row| row.0);
            if count >= FEW_ROWS {
                return Ok(());
            }
            let name = match table {
                Table::Users => "users",
                Table::Invitations => "invitations",
            };
            for (kind, name, definition) in indexes(&mut tx, name).await? {
                note(&mut tx, &name, &definition).await?;
                run_told(&mut tx, format!("drop {kind} {name}")).await?;
            }
            for (name, definition) in afterwards(&tx, table) {
                note(&mut tx, name, definition).await?;
            }
            Ok(())
        })
        .await
}

/// Builds what was put off, one in each transaction.
pub async fn build(store: &Store) -> Result<(), StoreError> {
    loop {
        let is_done = store
            .write(|mut tx| async move {
                if tx.is_postgres() {
                    // Of several servers that start at once, one builds.
                    execute!(tx, "lock table deferred_indexes in exclusive mode")?;
                    execute!(tx, "set local statement_timeout = 0")?;
                }
                let next = "select name, definition from deferred_indexes order by name limit 1";
                let next = fetch_all!(tx, (String, String), next)?;
                let Some((name, definition)) = next.into_iter().next() else {
                    return Ok::<_, StoreError>(true);
                };
                run_told(&mut tx, definition).await?;
                execute!(tx, "delete from deferred_indexes where name = $1", name)?;
                Ok(false)
            })
            .await?;
        if is_done {
            return Ok(());
        }
    }
}

/// The names of the indexes that are put off.
pub async fn names(store: &Store) -> Result<Vec<String>, StoreError> {
    let mut tx = store.read().await?;
    let rows = fetch_all!(tx, (String,), "select name from deferred_indexes order by name")?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

async fn note(tx: &mut Tx, name: &str, definition: &str) -> Result<(), StoreError> {
    execute!(
        tx,
        "insert into deferred_indexes (name, definition) values ($1, $2)",
        name,
        definition
    )?;
    Ok(())
}

/// What a table's rows need beside its indexes. Names say in which order: a number for each row before the index over
/// numbers, the search index before the triggers that keep it.
fn afterwards(tx: &Tx, table: Table) -> &'static [(&'static str, &'static str)] {
    match table {
        // What Postgres knows of the rows is of the time when there were few.
        Table::Users if tx.is_postgres() => &[("z users", "analyze users")],
        Table::Invitations if tx.is_postgres() => &[("z invitations", "analyze invitations")],
        Table::Users => &[
            ("a users", "update users set search_number = rowid"),
            (
                "users_search",
                "insert into users_search (users_search) values ('rebuild')",
            ),
        ],
        Table::Invitations => &[
            ("a invitations", "update invitations set search_number = rowid"),
            (
                "invitations_search",
                "insert into invitations_search (invitations_search) values ('rebuild')",
            ),
        ],
    }
}

/// The indexes of a table that keep nothing unique, on SQLite with the triggers of its search index:
/// kind, name and statement.
async fn indexes(tx: &mut Tx, table: &'static str) -> Result<Vec<(String, String, String)>, StoreError> {
    if tx.is_postgres() {
        return fetch_all!(
            tx,
            (String, String, String),
            "select 'index', c.relname::text, pg_get_indexdef(i.indexrelid) from pg_index i
             join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
             where t.relname = $1 and t.relnamespace = current_schema()::regnamespace and not i.indisunique",
            table
        );
    }
    fetch_all!(
        tx,
        (String, String, String),
        "select type, name, sql from sqlite_master where tbl_name = $1
           and (type = 'index' and sql like 'create index %'
             or type = 'trigger' and name like $1 || '_search_%')",
        table
    )
}
