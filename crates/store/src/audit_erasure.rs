//! Erasing personal values from the audit log. They lie apart from what happened, and may be deleted, never changed.

use domain::text::Email;
use sqlx::Connection;
use uuid::Uuid;

use crate::{
    Store,
    engine::{Engine, Tx, execute, fetch_all, fetch_optional},
    error::StoreError,
    sql::escape_like,
};

impl Store {
    /// Makes room of what was deleted, in which it could still be read. On SQLite that writes the whole database anew.
    pub async fn wipe_deleted(&self) -> Result<(), StoreError> {
        match &self.engine {
            Engine::Sqlite { writer, .. } => {
                let mut alone = writer.alone().await?;
                let connection = alone.connection()?;
                sqlx::query("vacuum").execute(&mut *connection).await?;
                sqlx::query("pragma wal_checkpoint(truncate)")
                    .execute(connection)
                    .await?;
            }
            Engine::Postgres(pool) => {
                let mut connection = pool.acquire().await?.detach();
                sqlx::query("set statement_timeout = 0")
                    .execute(&mut connection)
                    .await?;
                sqlx::query("vacuum audit_details, users, invitations")
                    .execute(&mut connection)
                    .await?;
                connection.close().await?;
            }
        }
        Ok(())
    }
}

/// Details behind `after` that may name an address in any spelling of its domain, with their content: whoever asks looks
/// closer.
pub async fn naming(tx: &mut Tx, email: &Email, after: Uuid, limit: i64) -> Result<Vec<(Uuid, String)>, StoreError> {
    fetch_all!(
        tx,
        (Uuid, String),
        "select event_id, content from audit_details
         where event_id > $1 and lower(content) like $2 escape '\\' order by event_id limit $3",
        after,
        format!("%{}@%", escape_like(email.local_part())),
        limit
    )
}

/// Deletes the personal values of an event.
pub async fn erase(tx: &mut Tx, event: Uuid) -> Result<(), StoreError> {
    execute!(tx, "delete from audit_details where event_id = $1", event)?;
    Ok(())
}

/// How many invitations of an address there are: not accepted yet, and accepted.
pub async fn count_invitations(tx: &mut Tx, email: &Email) -> Result<(i64, i64), StoreError> {
    let counts = fetch_optional!(
        tx,
        (i64, i64),
        "select count(*) - count(accepted_at), count(accepted_at) from invitations where email = $1",
        email.as_str()
    )?;
    Ok(counts.unwrap_or_default())
}
