//! The browser's half: the `frontend` crate as WebAssembly with the script that loads it.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::cut::cut;
use crate::files;
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
}

/// Compiles the browser crate and makes its loader; does neither where nothing changed.
pub fn module(profile: Profile) -> Result<Module> {
    run(cargo().args([
        "build",
        "--package",
        "frontend",
        "--target",
        "wasm32-unknown-unknown",
        "--profile",
        profile.name(),
    ]))?;
    let compiled = target()
        .join("wasm32-unknown-unknown")
        .join(profile.name())
        .join("frontend.wasm");
    let folder = target().join("bindgen").join(profile.name());
    let module = Module {
        script: folder.join("usher.js"),
        wasm: folder.join("usher_bg.wasm"),
    };
    if !files::is_newer(&module.wasm, &compiled) {
        let input = match profile {
            Profile::Developing => compiled,
            Profile::Release => cut(&compiled)?,
        };
        bind(&input, &folder, profile)?;
    }
    Ok(module)
}

fn bind(compiled: &Path, folder: &Path, profile: Profile) -> Result<()> {
    Bindgen::new()
        .web(true)?
        .typescript(false)
        .out_name("usher")
        .keep_debug(false)
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
