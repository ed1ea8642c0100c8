//! `instructions`: how many instructions the release binary takes to show a list, to create and to accept, counted by
//! valgrind's callgrind. Unlike times they are the same on a busy machine, so a handler that creeps up is found.
//!
//! Each kind of request is counted by the difference between two runs on the same data: one with a few requests of every
//! kind, by which all is warm, and one with more of this kind. What hashes passwords is left out where the binary has its
//! symbols. The release has none, so an acceptance counts it too: some 108 million, the same each time.

mod profile;
mod server;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::files;
use crate::workspace::root;
use server::Installation;

/// How far a count may be from the one that is kept. Five runs are within 1 % of each other; another processor, for
/// which libraries have code of its own, may be further away.
const TOLERANCE_PERCENT: u64 = 10;

/// The same where most of it is the hash of a password, which never changes: a tenth of that would be nearly as much as all
/// the rest.
const TOLERANCE_WITH_A_HASH_PERCENT: u64 = 3;

const HOW_TO_KEEP: &str = "where that is meant, keep the new counts by `cargo xtask instructions --keep`, and say why \
                           in the commit";

/// A kind of request that is counted, and of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    List,
    Create,
    Accept,
}

impl Kind {
    const ALL: [Self; 3] = [Self::List, Self::Create, Self::Accept];

    fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Create => "create",
            Self::Accept => "accept",
        }
    }

    /// So many that what the server does by the clock meanwhile, up to some ten million instructions, is a small part. An
    /// acceptance hashes a password, which takes a second here.
    fn counted(self) -> usize {
        match self {
            Self::List => 40,
            Self::Create => 300,
            Self::Accept => 8,
        }
    }

    fn tolerance_percent(self) -> u64 {
        match self {
            Self::List | Self::Create => TOLERANCE_PERCENT,
            Self::Accept => TOLERANCE_WITH_A_HASH_PERCENT,
        }
    }

    fn to_warm(self) -> usize {
        match self {
            Self::List | Self::Create => 5,
            Self::Accept => 1,
        }
    }
}

/// Counts are by the name of what was asked.
type Counts = BTreeMap<String, u64>;

pub fn instructions(words: &[&str]) -> Result<()> {
    let keep = match words {
        [] => false,
        ["--keep"] => true,
        _ => bail!("Usage: cargo xtask instructions [--keep]"),
    };
    let counts = count()?;
    for (name, count) in &counts {
        println!("{count:>12} instructions  {name}");
    }
    if keep {
        let text = serde_json::to_string_pretty(&counts)? + "\n";
        return files::write(&kept_at(), text.as_bytes());
    }
    let kept = serde_json::from_str(&files::read_text(&kept_at())?).context("reading the counts that are kept")?;
    let problems = compare(&counts, &kept);
    if problems.is_empty() {
        return Ok(());
    }
    bail!("{}\n{HOW_TO_KEEP}", problems.join("\n"));
}

fn kept_at() -> PathBuf {
    root().join("xtask/instructions.json")
}

/// Counts of one request each.
fn count() -> Result<Counts> {
    let installation = Installation::prepare()?;
    let nothing = installation.run(None)?;
    let mut counts = Counts::new();
    for kind in Kind::ALL {
        let more = installation.run(Some(kind))?;
        let Some(difference) = more.checked_sub(nothing) else {
            bail!("{}: fewer instructions with more requests", kind.name());
        };
        counts.insert(kind.name().to_owned(), difference / kind.counted() as u64);
    }
    Ok(counts)
}

/// What differs by more than its kind may, also to the better: or the next creep has room.
fn compare(counts: &Counts, kept: &Counts) -> Vec<String> {
    let mut problems = Vec::new();
    for kind in Kind::ALL {
        let (name, tolerance) = (kind.name(), kind.tolerance_percent());
        let Some(count) = counts.get(name) else { continue };
        let Some(kept) = kept.get(name) else {
            problems.push(format!("{name}: no count is kept of it"));
            continue;
        };
        if count.abs_diff(*kept) * 100 > kept * tolerance {
            let change = (*count as f64 / *kept as f64 - 1.0) * 100.0;
            problems.push(format!(
                "{name}: {count} instructions, where {kept} are kept: {change:+.0} %, more than {tolerance} %"
            ));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(list: u64) -> Counts {
        [("list".to_owned(), list)].into()
    }

    #[test]
    fn what_stays_within_the_tolerance_passes() {
        for count in [900, 1000, 1100] {
            assert!(compare(&counts(count), &counts(1000)).is_empty(), "{count}");
        }
    }

    #[test]
    fn what_creeps_or_shrinks_is_found() {
        assert_eq!(
            compare(&counts(1101), &counts(1000)),
            ["list: 1101 instructions, where 1000 are kept: +10 %, more than 10 %"]
        );
        assert_eq!(compare(&counts(500), &counts(1000)).len(), 1);
        let accept = |count| Counts::from([("accept".to_owned(), count)]);
        assert!(compare(&accept(1030), &accept(1000)).is_empty());
        assert_eq!(compare(&accept(1031), &accept(1000)).len(), 1);
    }

    #[test]
    fn what_nobody_keeps_is_found() {
        assert_eq!(compare(&counts(1), &Counts::new()), ["list: no count is kept of it"]);
    }
}
