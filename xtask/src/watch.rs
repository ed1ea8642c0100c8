//! The debug loop: build, serve, and again whenever a source changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

use crate::build::build;
use crate::workspace::{root, target};

/// What a build is made from.
const WATCHED: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    "app",
    "crates",
    "frontend",
    "migrations",
    "server",
    "style",
];

/// How long after a change its build begins, at most: too short to be noticed, too long to heat the machine.
const PAUSE: Duration = Duration::from_millis(250);

/// Serves with the arguments of `usher serve` until interrupted. A build that fails leaves the last server running.
pub fn watch(arguments: &[&str]) -> Result<()> {
    let mut server: Option<Child> = None;
    loop {
        let built = newest_change();
        match build() {
            Ok(()) => server = Some(restart(server, arguments)?),
            Err(error) => println!("{error:#}\nwaiting for a change"),
        }
        while newest_change() == built {
            thread::sleep(PAUSE);
        }
    }
}

fn restart(running: Option<Child>, arguments: &[&str]) -> Result<Child> {
    if let Some(mut server) = running {
        // It may have ended by itself, which is as good.
        let _ended = server.kill();
        server.wait()?;
    }
    let binary = target().join("debug/usher");
    let mut command = Command::new(&binary);
    command.arg("serve").args(arguments).current_dir(root());
    command
        .spawn()
        .with_context(|| format!("{} did not start", binary.display()))
}

/// When any watched file was last changed, and how many there are, so that a removal counts too.
fn newest_change() -> (Option<SystemTime>, usize) {
    let mut waiting: Vec<PathBuf> = WATCHED.iter().map(|name| root().join(name)).collect();
    let (mut newest, mut count) = (None, 0);
    while let Some(path) = waiting.pop() {
        // Editors replace files while we look: one that is gone is seen at the next look.
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if metadata.is_dir() {
            waiting.extend(children(&path));
        } else {
            newest = newest.max(metadata.modified().ok());
            count += 1;
        }
    }
    (newest, count)
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}
