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

impl Table {
    const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Invitations => "invitations",
        }
    }
}

/// Puts off a table's indexes, the search index too, but for those that keep values unique, and those of few rows among
/// many. Does nothing where there are rows.
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
            number_anew(&mut tx, table).await?;
            for (kind, name, definition) in indexes(&mut tx, table.name()).await? {
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

/// Gives all rows of a table on SQLite their own number as the one that FTS5 knows them by. Rows that come in meanwhile get
/// theirs in the same way, so that none has two.
async fn number_anew(tx: &mut Tx, table: Table) -> Result<(), StoreError> {
    if tx.is_postgres() || is_search_put_off(tx, table).await? {
        return Ok(());
    }
    match table {
        Table::Users => execute!(
            tx,
            "update users set search_number = (select p.first from users_places p where p.id = users.id) + rowid"
        )?,
        Table::Invitations => execute!(tx, "update invitations set search_number = rowid")?,
    };
    Ok(())
}

/// Whether rows that come in now must bring their numbers for the search index along: what would give them some is put off.
pub(crate) async fn is_search_put_off(tx: &mut Tx, table: Table) -> Result<bool, StoreError> {
    if tx.is_postgres() {
        return Ok(false);
    }
    let trigger = format!("{}_search_gains", table.name());
    let found = fetch_all!(tx, (i64,), "select 1 from deferred_indexes where name = $1", trigger)?;
    Ok(!found.is_empty())
}

/// Builds what was put off, each in a transaction of its own.
pub async fn build(store: &Store) -> Result<(), StoreError> {
    if store.engine_name() == "Postgres" {
        // Each index has one process of Postgres that builds it, and the largest takes as long as many others.
        tokio::try_join!(build_beside_others(store), build_beside_others(store))?;
    }
    // What has to come last, and what other servers build at this moment, is waited for.
    while build_next(store, Beside::Nobody).await? {}
    Ok(())
}

async fn build_beside_others(store: &Store) -> Result<(), StoreError> {
    while build_next(store, Beside::Others).await? {}
    Ok(())
}

/// Whether others may build at the same time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Nobody,
    Others,
}

/// Builds one, the one that takes longest first. False if there was none.
async fn build_next(store: &Store, beside: Beside) -> Result<bool, StoreError> {
    const NEXT: &str = "select name, definition from deferred_indexes order by name limit 1";
    const NEXT_BESIDE: &str = "select name, definition from deferred_indexes where definition like 'CREATE INDEX %'
        order by definition like '% USING gin %' desc, name limit 1 for update skip locked";
    store
        .write(|mut tx| async move {
            if tx.is_postgres() {
                if beside == Beside::Nobody {
                    // Of several servers that start at once, one goes on.
                    execute!(tx, "lock table deferred_indexes in exclusive mode")?;
                }
                execute!(tx, "set local statement_timeout = 0")?;
                execute!(tx, "set local maintenance_work_mem = '256MB'")?;
                // One process each: more would take turns with the one that builds the largest, which has no help.
                execute!(tx, "set local max_parallel_maintenance_workers = 0")?;
            }
            let next = match beside {
                Beside::Nobody => fetch_all!(tx, (String, String), NEXT)?,
                Beside::Others => fetch_all!(tx, (String, String), NEXT_BESIDE)?,
            };
            let Some((name, definition)) = next.into_iter().next() else {
                return Ok::<_, StoreError>(false);
            };
            run_told(&mut tx, definition).await?;
            execute!(tx, "delete from deferred_indexes where name = $1", name)?;
            Ok(true)
        })
        .await
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
            (
                "a users",
                "update users set search_number = (select p.first from users_places p where p.id = users.id) + rowid
                    where search_number is null",
            ),
            (
                "users_search",
                "insert into users_search (users_search, rank)
                    values ('delete-all', null), ('automerge', 0), ('crisismerge', 1000)",
            ),
            // In the order of numbers, which takes two thirds of the time that FTS5 takes to rebuild it in another. Pieces
            // are brought together once, at the end, instead of again and again: two thirds of that.
            (
                "users_search_anew",
                "insert into users_search (rowid, search_key)
                    select search_number, search_key from users_searched order by search_number",
            ),
            // In one piece: a word is looked up in each. Of eleven, that was half of what a rare one took.
            (
                "users_search_anew_whole",
                "insert into users_search (users_search, rank)
                    values ('optimize', null), ('automerge', 4), ('crisismerge', 16)",
            ),
        ],
        Table::Invitations => &[
            (
                "a invitations",
                "update invitations set search_number = rowid where search_number is null",
            ),
            (
                "invitations_search",
                "insert into invitations_search (invitations_search, rank)
                    values ('automerge', 0), ('crisismerge', 1000), ('rebuild', null)",
            ),
            (
                "invitations_search_anew_whole",
                "insert into invitations_search (invitations_search, rank)
                    values ('optimize', null), ('automerge', 4), ('crisismerge', 16)",
            ),
        ],
    }
}

/// The indexes of a table that keep nothing unique, on SQLite with the triggers of its search index:
/// kind, name and statement.
async fn indexes(tx: &mut Tx, table: &'static str) -> Result<Vec<(String, String, String)>, StoreError> {
    // To keep the index of a few rows costs less than to look at all rows for it. Whether an invitation was accepted tells
    // half of them from the others.
    if tx.is_postgres() {
        return fetch_all!(
            tx,
            (String, String, String),
            "select 'index', c.relname::text, pg_get_indexdef(i.indexrelid) from pg_index i
             join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
             where t.relname = $1 and t.relnamespace = current_schema()::regnamespace and not i.indisunique
               and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) like '%accepted_at%')",
            table
        );
    }
    fetch_all!(
        tx,
        (String, String, String),
        "select type, name, sql from sqlite_master where tbl_name = $1
           and (type = 'index' and sql like 'create index %' and (sql not like '% where %' or sql like '%accepted_at%')
             or type = 'trigger' and name like $1 || '_search_%')",
        table
    )
}
