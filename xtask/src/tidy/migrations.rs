//! Both engines go through the same migrations, each in its own dialect.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::Problems;
use crate::files;

pub fn check(folder: &Path) -> Result<Problems> {
    Ok(differences(
        &names(&folder.join("sqlite"))?,
        &names(&folder.join("postgres"))?,
    ))
}

fn names(folder: &Path) -> Result<BTreeSet<String>> {
    let files = files::list(folder)?;
    Ok(files
        .iter()
        .filter_map(|file| Some(file.file_name()?.to_string_lossy().into_owned()))
        .collect())
}

fn differences(sqlite: &BTreeSet<String>, postgres: &BTreeSet<String>) -> Problems {
    let lonely = sqlite.symmetric_difference(postgres);
    lonely
        .map(|name| format!("migrations: {name} is there for one engine only"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_for_one_engine_only_is_found() {
        let both = BTreeSet::from(["0001_start.sql".to_owned()]);
        let one = BTreeSet::from(["0001_start.sql".to_owned(), "0002_tiers.sql".to_owned()]);
        assert!(differences(&both, &both).is_empty());
        assert_eq!(differences(&both, &one).len(), 1);
        assert_eq!(differences(&one, &both).len(), 1);
    }
}
