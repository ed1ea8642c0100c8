//! The npm tools that make the release bundle small, pinned by `xtask/package-lock.json`.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::workspace::{root, run};

/// A tool by its name, installed first if it is missing or older than the lock file.
pub fn tool(name: &str) -> Result<Command> {
    let folder = root().join("xtask");
    let installed = folder.join("node_modules/.package-lock.json");
    if !is_newer(&installed, &folder.join("package-lock.json")) {
        run(Command::new("npm")
            .args(["ci", "--no-progress", "--loglevel=error"])
            .current_dir(&folder))?;
    }
    let mut command = Command::new(folder.join("node_modules/.bin").join(name));
    command.current_dir(root());
    Ok(command)
}

fn is_newer(output: &Path, input: &Path) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|metadata| metadata.modified());
    match (changed(output), changed(input)) {
        (Ok(output), Ok(input)) => output > input,
        _ => false,
    }
}
