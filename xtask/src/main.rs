//! Usher's own build steps, called as `cargo xtask …`.

#![expect(clippy::print_stdout, reason = "a build tool speaks to a terminal")]

mod assets;
mod browser;
mod build;
mod compress;
mod files;
mod style;
mod tidy;
mod tools;
mod watch;
mod workspace;

use anyhow::{Result, bail};

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  build   the browser bundle and the server for developing: target/debug/usher
  watch   builds, serves and starts over whenever a source changes; arguments go to `usher serve`
  dist    the release binary with everything inside: target/dist/usher
  tidy    the checks that keep the house in order
";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["build"] => build::build(),
        ["watch", ref arguments @ ..] => watch::watch(arguments),
        ["dist"] => build::dist(),
        ["tidy"] => tidy::tidy(),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => bail!("{USAGE}"),
    }
}
