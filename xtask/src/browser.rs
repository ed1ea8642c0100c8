//! The browser's half: the `frontend` crate as WebAssembly with the script that loads it.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::files;
use crate::split::{Areas, areas, split, with_chunks};
use crate::workspace::{cargo, run, target};

/// How the browser crate is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build, readable traces.
    Developing,
    /// Small.
    Release,
}

impl Profile {
    /// The name of the profile in the root `Cargo.toml`.
    fn name(self) -> &'static str {
        match self {
            Self::Developing => "browser-dev",
            Self::Release => "browser",
        }
    }
}

/// What the browser loads.
pub struct Module {
    pub script: PathBuf,
    pub wasm: PathBuf,
    /// Where the chunks lie.
    pub folder: PathBuf,
    pub areas: Areas,
}

/// A release brings a standard library of its own, built for size and without what a panic would say: a browser never
/// showed it, as WebAssembly has no standard error. A panic ends in `RuntimeError: unreachable`, as it did before.
///
/// The compiler calls these options unstable, so they are let in by `RUSTC_BOOTSTRAP`, for the browser's release alone.
/// `--config` adds to what `.cargo/config.toml` says, which `RUSTFLAGS` would replace.
const STANDARD_LIBRARY: [&str; 4] = [
    "-Zbuild-std=std,panic_abort",
    "-Zbuild-std-features=optimize_for_size",
    "--config",
    // The older names of functions are those that `cut.rs` looks for.
    "build.rustflags=['-Zunstable-options', '-Cpanic=immediate-abort', '-Zfmt-debug=none', '-Csymbol-mangling-version=legacy']",
];

/// Compiles the browser crate and makes its loader; does neither where nothing changed.
pub fn module(profile: Profile) -> Result<Module> {
    let mut compiling = cargo();
    if profile == Profile::Release {
        compiling.env("RUSTC_BOOTSTRAP", "1").args(STANDARD_LIBRARY);
    }
    run(compiling.args([
        "rustc",
        "--package",
        "frontend",
        "--lib",
        "--target",
        "wasm32-unknown-unknown",
        "--profile",
        profile.name(),
        "--",
        // What the module is taken apart by.
        "-Clink-arg=--emit-relocs",
    ]))?;
    let compiled = target()
        .join("wasm32-unknown-unknown")
        .join(profile.name())
        .join("frontend.wasm");
    let folder = target().join("bindgen").join(profile.name());
    let (script, wasm) = (folder.join("usher.js"), folder.join("usher_bg.wasm"));
    files::made_from(&wasm, &compiled, || {
        split(&compiled, &folder, profile)?;
        bind(&folder.join("main.wasm"), &folder, profile)?;
        let loader = with_chunks(&files::read_text(&script)?, &folder)?;
        files::write(&script, loader.as_bytes())
    })?;
    Ok(Module {
        script,
        wasm,
        areas: areas(&folder)?,
        folder,
    })
}

fn bind(compiled: &Path, folder: &Path, profile: Profile) -> Result<()> {
    Bindgen::new()
        .web(true)?
        .typescript(false)
        .out_name("usher")
        .keep_debug(false)
        // Chunks import what they share with the main module by these.
        .keep_lld_exports(true)
        .demangle(false)
        .remove_name_section(profile == Profile::Release)
        .remove_producers_section(profile == Profile::Release)
        .input_path(compiled)
        .generate(folder)?;
    ensure!(
        !folder.join("snippets").exists(),
        "a crate brings JavaScript files of its own: the build does not carry them yet"
    );
    Ok(())
}
