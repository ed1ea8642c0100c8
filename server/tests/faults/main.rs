//! What goes wrong around Usher, done to the real binary: it is killed, its disk fills up, its database and its mail
//! server go away, it is flooded. Each story breaks one thing and looks at what must hold; docs/reliability.md lists them.
//!
//! By default the run is short and asserts no times. `script/test --faults` makes the whole one with the release binary:
//! it asserts times too and prints the figures.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a story that cannot go on ends here"
)]
#![expect(clippy::print_stdout, reason = "the whole run prints its figures")]

mod backup;
mod client;
mod clock;
mod cluster;
mod disk;
mod encrypted;
mod flood;
mod journal;
mod killed;
mod mail;
mod migration;
mod panicking;
mod postgres;
mod slow;
#[path = "../../../crates/backend/tests/support/smtp.rs"]
mod smtp;
mod stopping;
#[path = "../support/mod.rs"]
mod support;
mod timing;
mod usher;

/// How often a process is killed. Other stories take their own share of it.
fn rounds() -> usize {
    std::env::var("USHER_FAULT_ROUNDS").map_or(20, |text| text.parse().unwrap())
}

/// Whether this is the whole run, on a machine that does nothing else: only then do times say anything.
fn is_whole_run() -> bool {
    std::env::var_os("USHER_FAULT_ROUNDS").is_some()
}

/// The value below which `percent` of them lie. Sorts them.
fn percentile<T: Copy + Ord>(values: &mut [T], percent: usize) -> T {
    values.sort_unstable();
    values[(values.len() * percent / 100).min(values.len() - 1)]
}
