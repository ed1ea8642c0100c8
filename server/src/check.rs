//! `usher check`: whether a database is whole, and its audit log what was sealed.

use backend::{
    audit_chain::Head,
    audit_check::{self, Broken},
    show,
};

use crate::{
    config::Config,
    state::{self, OpenError},
    terminal::say,
};

/// Why a check fails, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the database cannot be checked: {0}")]
    Unreadable(#[from] backend::error::Error),
    #[error("the database is damaged: {0}")]
    Damaged(String),
    #[error("the audit log is not what was sealed: {0}")]
    Broken(String),
    #[error("the database is damaged: {0}; and the audit log is not what was sealed: {1}")]
    Both(String, String),
}

/// Reads alone, so it may run beside a server.
pub async fn check(config: &Config, expected: Option<Head>) -> Result<(), CheckError> {
    let (store, key) = state::inspect(config).await?;
    let report = audit_check::check(&store, &key, expected).await?;
    store.close().await;
    let broken: Vec<String> = report.broken.iter().map(Broken::to_string).collect();
    match (report.engine.join("; "), broken.join("; ")) {
        (damage, broken) if damage.is_empty() && broken.is_empty() => {}
        (damage, broken) if damage.is_empty() => return Err(CheckError::Broken(broken)),
        (damage, broken) if broken.is_empty() => return Err(CheckError::Damaged(damage)),
        (damage, broken) => return Err(CheckError::Both(damage, broken)),
    }
    say!(
        "The audit log is whole: {} sealed, {} waiting to be sealed, details of {} erased.",
        show::count(report.head.sequence, "event"),
        report.waiting,
        report.erased
    );
    if report.pruned > 0 {
        say!("It begins behind seal {}: older events were pruned.", report.pruned);
    }
    if let Some(expected) = expected.filter(|expected| expected.sequence < report.pruned) {
        say!(
            "The expected head was pruned: seal {} can't be compared any more.",
            expected.sequence
        );
    }
    say!("Head: {}", report.head);
    Ok(())
}
