//! The checks that keep the house as ARCHITECTURE.md describes it. Each rule is a small function from text to
//! [`Problems`], so that its test can show that it fails.

mod asvs;
mod dependencies;
mod documents;
mod guide;
mod lints;
mod lockfiles;
mod migrations;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::files;
use crate::workspace::root;

/// What a rule found, one line each: where, and what is wrong there.
pub type Problems = Vec<String>;

/// Runs every rule, prints all that they find, and fails if that is anything.
pub fn tidy() -> Result<()> {
    let root = root();
    let sources = texts(&root)?;
    let members = dependencies::members()?;

    let mut problems = dependencies::check(&members);
    problems.extend(sources.iter().flat_map(sources::check));
    problems.extend(documents::check(&root, &members)?);
    problems.extend(guide::check(&root, &sources)?);
    problems.extend(asvs::check(&root, &sources)?);
    problems.extend(lints::check(&sources));
    problems.extend(lockfiles::check(&sources));
    problems.extend(migrations::check(&root.join("migrations"))?);

    for problem in &problems {
        println!("{problem}");
    }
    if !problems.is_empty() {
        bail!("tidy: problems found: {}", problems.len());
    }
    println!("tidy: {} files are in order", sources.len());
    Ok(())
}

/// A text file of the repository, by its path from the root, with `/` between folders.
pub struct Source {
    pub path: String,
    pub text: String,
}

impl Source {
    fn is(&self, extension: &str) -> bool {
        self.path.ends_with(&format!(".{extension}"))
    }

    /// The lines of the file with their numbers, from 1.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }
}

/// What nobody writes by hand, or is not kept.
const SKIPPED: [&str; 4] = ["target", "node_modules", "data", ".git"];
const READ: [&str; 8] = ["rs", "ts", "css", "json", "lock", "toml", "md", "npmrc"];

fn texts(root: &Path) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let extension = name.rsplit('.').next().unwrap_or_default();
            if path.is_dir() && !SKIPPED.contains(&name.as_str()) {
                folders.push(path);
            } else if path.is_file() && READ.contains(&extension) {
                let text = files::read_text(&path)?;
                let path = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
                sources.push(Source { path, text });
            }
        }
    }
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(sources)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let list = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    list.map(|entry| Ok(entry?.path())).collect()
}
