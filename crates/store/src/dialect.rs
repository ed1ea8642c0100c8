//! What the two engines say differently: lock clauses. SQLite has one writer at a time, so there is nothing to lock.

use domain::id::OrganizationId;

use crate::{
    engine::{Tx, execute, fetch_optional},
    error::StoreError,
};

/// Makes transactions that could leave the installation without an Admin follow each other.
pub(crate) async fn lock_installation(tx: &mut Tx) -> Result<(), StoreError> {
    if tx.is_postgres() {
        fetch_optional!(tx, (i64,), "select id from installation where id = 1 for update")?;
    }
    Ok(())
}

/// Makes transactions that take seats of one organization, or delete it, follow each other.
pub(crate) async fn lock_organization(tx: &mut Tx, id: OrganizationId) -> Result<(), StoreError> {
    if tx.is_postgres() {
        fetch_optional!(
            tx,
            (uuid::Uuid,),
            "select id from organizations where id = $1 for update",
            id.0
        )?;
    }
    Ok(())
}

/// Makes transactions that lengthen the audit log's chain follow each other. Nobody else waits for this lock.
pub(crate) async fn lock_audit_chain(tx: &mut Tx) -> Result<(), StoreError> {
    /// Any number that no other lock has.
    const CHAIN: i64 = 0x7573_6865_7201;
    if tx.is_postgres() {
        execute!(tx, "select pg_advisory_xact_lock($1)", CHAIN)?;
    }
    Ok(())
}

/// How mails are claimed: a row that another server is about to send is passed over.
pub(crate) const fn skip_locked(postgres: bool) -> &'static str {
    if postgres { " for update skip locked" } else { "" }
}
