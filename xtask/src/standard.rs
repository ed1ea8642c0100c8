//! The standard library of the browser's release, built with the rest for size where its source is at hand.
//!
//! The one that comes ready-made is built for speed and brings what a panic would say, which nobody hears in a browser:
//! its standard error leads nowhere. Built along, a panic stops the module at once, as it does either way, and what
//! would have described it is left out of the bundle.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// What the flags below need of a stable compiler: these are options that may still change with its version, and a
/// build with another one fails rather than differs.
const BOOTSTRAP: (&str, &str) = ("RUSTC_BOOTSTRAP", "1");

/// Flags for all that is compiled for the browser. The first is that of `.cargo/config.toml`, which these take the
/// place of.
const FLAGS: &str = "--cfg erase_components -Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none \
                     -Zfmt-debug=none";

/// Whether the standard library's source is installed, as rustup does by `rustup component add rust-src`.
pub fn is_at_hand() -> Result<bool> {
    let told = Command::new("rustc")
        .args(["--print", "sysroot"])
        .output()
        .context("rustc did not start")?;
    ensure!(told.status.success(), "rustc does not tell where it lies");
    let sysroot = PathBuf::from(String::from_utf8(told.stdout)?.trim());
    Ok(sysroot.join("lib/rustlib/src/rust/library/std/Cargo.toml").exists())
}

/// Has a call of `cargo build` for the browser build the standard library too.
pub fn build_along(cargo: &mut Command) -> &mut Command {
    cargo
        .env(BOOTSTRAP.0, BOOTSTRAP.1)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", FLAGS)
        .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"])
}
