//! Usher's own build steps, called as `cargo xtask …`.

#![expect(clippy::print_stdout, reason = "a build tool speaks to a terminal")]

mod assets;
mod bench;
mod browser;
mod build;
mod compress;
mod cut;
mod files;
mod instructions;
mod module;
mod split;
mod style;
mod tidy;
mod tools;
mod watch;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  build         the browser bundle and the server for developing: target/debug/usher
  watch         builds, serves and starts over whenever a source changes; arguments go to `usher serve`
  bundle        the browser's part of the release alone, and what it weighs
  dist          the release binary with everything inside: target/dist/usher
  tidy          the checks that keep the house in order
  instructions  counts the instructions of requests to the release binary, and fails when they creep up; `--keep` keeps them
  bench         measures Usher, the limits and the peers, and writes docs/performance.md; see --help
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without the way to here: what is wrong lies outside of this program.
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    match words {
        ["build"] => build::build(),
        ["watch", arguments @ ..] => watch::watch(arguments),
        ["bundle"] => build::bundle(),
        ["dist"] => build::dist(),
        ["instructions", words @ ..] => instructions::instructions(words),
        ["tidy"] => tidy::tidy(),
        ["bench", words @ ..] => bench::bench(words),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => bail!("{USAGE}"),
    }
}
