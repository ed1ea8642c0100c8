//! ARCHITECTURE.md names the crates that are there, and no other.

use std::path::Path;

use anyhow::Result;

use super::Problems;
use super::dependencies::Member;
use crate::files;

pub fn check(root: &Path, members: &[Member]) -> Result<Problems> {
    let document = root.join("ARCHITECTURE.md");
    if !document.exists() {
        return Ok(vec!["ARCHITECTURE.md: it is missing".to_owned()]);
    }
    let folders: Vec<&str> = members.iter().map(|member| member.folder.as_str()).collect();
    Ok(crates(&files::read_text(&document)?, &folders))
}

/// A crate is named by its folder, such as `crates/domain` or `server`, as a word of its own.
fn crates(document: &str, folders: &[&str]) -> Problems {
    let words: Vec<&str> = document
        .split(|letter: char| !(letter.is_ascii_alphanumeric() || "/-_.".contains(letter)))
        .map(|word| word.trim_matches(['/', '.']))
        .collect();
    let missing = folders.iter().filter(|folder| !words.contains(folder));
    let missing = missing.map(|folder| format!("ARCHITECTURE.md: it does not name {folder}"));

    let crate_of = |word: &&str| {
        word.strip_prefix("crates/")
            .map(|rest| rest.split('/').next().unwrap_or(rest).to_owned())
    };
    let unknown = words
        .iter()
        .filter_map(crate_of)
        .filter(|name| !folders.contains(&format!("crates/{name}").as_str()));
    let unknown = unknown.map(|name| format!("ARCHITECTURE.md: there is no crate crates/{name}"));
    missing.chain(unknown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDERS: [&str; 2] = ["crates/domain", "server"];

    #[test]
    fn a_true_list_passes() {
        assert!(
            crates(
                "`crates/domain/` rules\n`server/`: the router, see crates/domain/src/role.rs",
                &FOLDERS
            )
            .is_empty()
        );
    }

    #[test]
    fn a_crate_that_is_not_named_is_found() {
        assert_eq!(
            crates("crates/domain", &FOLDERS),
            ["ARCHITECTURE.md: it does not name server"]
        );
    }

    #[test]
    fn a_crate_that_is_gone_is_found() {
        let problems = crates("crates/domain, server and crates/billing/", &FOLDERS);
        assert_eq!(problems, ["ARCHITECTURE.md: there is no crate crates/billing"]);
    }
}
