//! The composition root: which engine, which mailer and which clock run is decided here and nowhere else.

pub mod assets;
mod backup;
mod check;
pub mod cli;
pub mod config;
pub mod daily_backups;
mod import;
pub mod key;
pub mod listener;
pub mod metrics;
pub mod middleware;
mod policy_reports;
pub mod router;
pub mod serve;
pub mod state;
mod terminal;
