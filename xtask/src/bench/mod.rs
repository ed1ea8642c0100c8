//! `bench`: measures Usher, the limits and the peers of `bench/` in one run, and writes `docs/performance.md`. What
//! measures is the Python and Node of `bench/`; here they are called, and their figures judged.

mod document;
mod goals;
mod losses;
mod options;
mod outcome;
mod reach;
mod results;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use self::options::Options;
use self::results::Results;
use crate::build;
use crate::files;
use crate::workspace::{root, run, target};

/// Prepares, measures and writes the document.
pub fn bench(words: &[&str]) -> Result<()> {
    let Some(options) = Options::parse(words)? else {
        print!("{}", options::USAGE);
        return Ok(());
    };
    let results = options.folder.join("results.json");
    if !options.document_only {
        let binary = match &options.usher {
            Some(binary) => binary
                .canonicalize()
                .with_context(|| format!("there is no {}", binary.display()))?,
            None => {
                build::dist()?;
                target().join("dist/usher")
            }
        };
        if !options.without_growth {
            run_all(&options.tenth()?, &binary)?;
        }
        run_all(&options, &binary)?;
    }
    let smaller = smaller(&options);
    let results = Results::read(&results)?;
    let text = document::write(&results, smaller.as_ref(), &options.command(), &options.note);
    files::write(&options.document, text.as_bytes())?;
    println!("{}", options.document.display());
    Ok(())
}

/// Prepares and measures one size.
fn run_all(options: &Options, binary: &Path) -> Result<()> {
    let results = options.folder.join("results.json");
    let measured = prepare(options, binary).and_then(|()| measure(options, binary, &results));
    let stopped = stop_postgres(options);
    measured.and(stopped)
}

/// Data set, tools, peers and databases.
fn prepare(options: &Options, binary: &Path) -> Result<()> {
    let mut command = python("prepare.py", binary);
    command.arg(&options.folder).args(options.size.words());
    command.args(["--targets", &options.targets.join(",")]);
    if !options.without_browser {
        command.arg("--browser");
    }
    run(&mut command)
}

fn measure(options: &Options, binary: &Path, results: &Path) -> Result<()> {
    let mut command = python("run.py", binary);
    command.arg(&options.folder).arg(results);
    for name in &options.targets {
        command.arg(format!("targets/{name}.json"));
    }
    command.args([
        "--rounds",
        &options.rounds.to_string(),
        "--seconds",
        &options.seconds.to_string(),
    ]);
    if let Some(only) = &options.only {
        command.args(["--only", only]);
    }
    if options.without_browser {
        command.arg("--without-browser");
    }
    run(&mut command)
}

/// The database was left running for the measurement.
fn stop_postgres(options: &Options) -> Result<()> {
    let folder = options.folder.join("pg");
    if !folder.join("data/postmaster.pid").exists() {
        return Ok(());
    }
    run(Command::new("./pg")
        .arg("stop")
        .arg(folder)
        .current_dir(root().join("bench")))
}

/// The results of a tenth of the data, which growth is compared with, where there are some.
fn smaller(options: &Options) -> Option<Results> {
    let folder = options.folder.with_file_name((options.size.users / 10).to_string());
    Results::read(&folder.join("results.json")).ok()
}

fn python(program: &str, binary: &Path) -> Command {
    let mut command = Command::new("python3");
    command
        .arg(program)
        .current_dir(root().join("bench"))
        .env("BENCH_USHER", binary)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// The folder of a size, made.
fn folder_of(path: &Path) -> Result<std::path::PathBuf> {
    fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))?;
    path.canonicalize()
        .with_context(|| format!("cannot find {}", path.display()))
}
