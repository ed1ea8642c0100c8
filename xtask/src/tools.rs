//! The npm tools that make the release bundle small, pinned by `xtask/package-lock.json`.

use std::process::Command;

use anyhow::Result;

use crate::files;
use crate::workspace::{root, run};

/// A tool by its name, installed first if it is missing or older than the lock file.
pub fn tool(name: &str) -> Result<Command> {
    let folder = root().join("xtask");
    let installed = folder.join("node_modules/.package-lock.json");
    if !files::is_newer(&installed, &folder.join("package-lock.json")) {
        run(Command::new("npm")
            .args(["ci", "--no-progress", "--loglevel=error"])
            .current_dir(&folder))?;
    }
    let mut command = Command::new(folder.join("node_modules/.bin").join(name));
    command.current_dir(root());
    Ok(command)
}
