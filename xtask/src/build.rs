//! `build` for the debug loop, `dist` for the release: browser bundle first, then the server that serves it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::assets::Assets;
use crate::browser::{Module, Profile, module};
use crate::compress::compress;
use crate::files;
use crate::split::{Areas, OBJECTS};
use crate::style;
use crate::tools::tool;
use crate::workspace::{cargo, root, run, target};

/// What a page may load before it wakes where a visit begins: the sign-in, the overview, the lists. Script, WebAssembly and
/// style, as brotli, in bytes.
const BUDGET: u64 = 200_000;

/// The same for a page of one object that is opened by its own address: with its forms, and with the list that a dialog lies
/// over. Coming from a list, their code is loaded when somebody points at what leads there.
const BUDGET_OF_OBJECTS: u64 = 231_000;

/// What rustc's wasm32 target uses and every browser of the last years accepts. `--all-features` would let
/// wasm-opt write encodings that are still proposals.
const WASM_FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The debug loop: `target/site-dev` and `target/debug/usher`, which reads its assets from there.
pub fn build() -> Result<()> {
    step("browser", || {
        let module = module(Profile::Developing)?;
        let bundle = Bundle {
            script: files::read_text(&module.script)?,
            wasm: files::read(&module.wasm)?,
            chunks: chunks_in(&module.folder, &module.areas)?,
            areas: module.areas,
            style: style::bundle(&root().join("style"))?,
        };
        bundle.write(target().join("site-dev")).map(drop)
    })?;
    step("server", || run(cargo().args(["build", "--package", "server"])))
}

/// The browser's part of the release: `target/site`, compressed.
pub fn bundle() -> Result<()> {
    let module = step("browser", || module(Profile::Release))?;
    let bundle = step("shrink", || shrink(&module))?;
    step("compress", || within_budget(&bundle.write(target().join("site"))?))
}

/// The release: the bundle, and `target/dist/usher` with all of it inside.
pub fn dist() -> Result<()> {
    bundle()?;
    step("server", || {
        run(cargo().args(["build", "--release", "--package", "server"]))?;
        let binary = target().join("dist/usher");
        fs::create_dir_all(target().join("dist"))?;
        // A running server keeps the old file: replace it, don't write into it.
        let fresh = binary.with_extension("new");
        fs::copy(target().join("release/usher"), &fresh)?;
        fs::rename(&fresh, &binary)?;
        println!("{} ({} kB)", binary.display(), fs::metadata(&binary)?.len() / 1000);
        Ok(())
    })
}

/// The parts of the console's browser side.
struct Bundle {
    script: String,
    wasm: Vec<u8>,
    /// What is loaded by areas, by the names of files.
    chunks: BTreeMap<String, Vec<u8>>,
    areas: Areas,
    style: String,
}

impl Bundle {
    /// Lays the bundle and the files of `style/assets/` into the site's folder, each named by its content; what
    /// refers to a file by its plain name is made to use the full one.
    fn write(&self, site: PathBuf) -> Result<Assets> {
        let mut assets = Assets::new(site);
        let mut style = self.style.clone();
        for file in files::list(&root().join("style/assets"))? {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let address = assets.add(&name, &files::read(&file)?)?;
            style = style.replace(&format!("assets/{name}"), &address);
        }
        assets.add("usher.css", style.as_bytes())?;
        let wasm = assets.add("usher.wasm", &self.wasm)?;
        let mut script = self.script.replace("usher_bg.wasm", &wasm);
        let mut addresses = BTreeMap::new();
        for (name, content) in &self.chunks {
            let address = assets.add(&format!("{name}.wasm"), content)?;
            script = script.replace(&format!("\"{name}.wasm\""), &format!("{address:?}"));
            addresses.insert(name, address);
        }
        assets.add("usher.js", script.as_bytes())?;
        for (area, names) in &self.areas {
            let chunks = names.iter().filter_map(|name| addresses.get(name).cloned());
            assets.add_area(area, chunks.collect());
        }
        assets.finish()?;
        Ok(assets)
    }
}

fn chunks_in(folder: &Path, areas: &Areas) -> Result<BTreeMap<String, Vec<u8>>> {
    let names: BTreeSet<&String> = areas.values().flatten().collect();
    names
        .into_iter()
        .map(|name| Ok((name.clone(), files::read(&folder.join(format!("{name}.wasm")))?)))
        .collect()
}

fn shrink(module: &Module) -> Result<Bundle> {
    let folder = target().join("shrunk");
    fs::create_dir_all(&folder)?;

    let (wasm, names) = (folder.join("usher.wasm"), folder.join("names.json"));
    files::made_from(&names, &module.wasm, || {
        // The short names of what the module imports go to the standard output.
        let names_file = fs::File::create(&names)?;
        run(tool("wasm-opt")?
            .args(WASM_FEATURES)
            // A little larger than by -Oz, but smaller once compressed.
            .args(["-Os", "--minify-imports-and-exports-and-modules"])
            .arg(&module.wasm)
            .arg("-o")
            .arg(&wasm)
            .stdout(names_file))?;
        for chunk in chunks_in(&module.folder, &module.areas)?.keys() {
            let file = format!("{chunk}.wasm");
            run(tool("wasm-opt")?
                .args(WASM_FEATURES)
                .args(["-Os", "--strip-debug"])
                .arg(module.folder.join(&file))
                .arg("-o")
                .arg(folder.join(&file)))?;
        }
        Ok(())
    })?;
    let script = folder.join("loader.js");
    let loader = with_short_names(files::read_text(&module.script)?, &files::read_text(&names)?)?;
    files::write(&script, loader.as_bytes())?;
    let style = folder.join("bundled.css");
    files::write(&style, style::bundle(&root().join("style"))?.as_bytes())?;
    Ok(Bundle {
        script: minified(&script, &folder.join("usher.js"), &["--bundle", "--format=esm"])?,
        wasm: files::read(&wasm)?,
        chunks: chunks_in(&folder, &module.areas)?,
        areas: module.areas.clone(),
        style: minified(&style, &folder.join("usher.css"), &[])?,
    })
}

/// The loader, which calls the module and is called by it under the short names that wasm-opt gave them.
fn with_short_names(loader: String, names: &str) -> Result<String> {
    #[derive(serde::Deserialize)]
    struct Names {
        /// Module, name and short name of each import.
        imports: Vec<(String, String, String)>,
        /// Name and short name of each export.
        exports: Vec<(String, String)>,
    }
    let names: Names = serde_json::from_str(names).context("reading the short names of wasm-opt")?;
    // All imports are from the loader, which wasm-opt calls `a`.
    let mut pairs = vec![("\"./usher_bg.js\":".to_owned(), "a:".to_owned())];
    pairs.extend(names.imports.into_iter().map(|(_, name, short)| (name, short)));
    let exports = names.exports.into_iter();
    pairs.extend(exports.map(|(name, short)| (format!("wasm.{name}"), format!("wasm.{short}"))));
    // A name may begin like another.
    pairs.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    Ok(pairs
        .iter()
        .fold(loader, |loader, (name, short)| loader.replace(name.as_str(), short)))
}

fn minified(input: &Path, output: &Path, options: &[&str]) -> Result<String> {
    let mut to = std::ffi::OsString::from("--outfile=");
    to.push(output);
    run(tool("esbuild")?
        .arg(input)
        .arg(to)
        .args(["--minify", "--log-level=warning"])
        .args(options))?;
    files::read_text(output)
}

/// Compresses everything, prints what it comes to, and fails when a first visit to an area would load too much.
fn within_budget(assets: &Assets) -> Result<()> {
    let mut sizes = BTreeMap::new();
    for (address, file) in assets.files() {
        let size = compress(&file)?;
        println!("{size:>9} B brotli  {address}");
        sizes.insert(address, size);
    }
    let size = |address: &String| sizes.get(address).copied().unwrap_or_default();
    let everywhere: u64 = ["usher.js", "usher.wasm", "usher.css"]
        .iter()
        .filter_map(|name| assets.address(name))
        .map(size)
        .sum();
    let mut too_much = Vec::new();
    for (area, chunks) in assets.areas() {
        let is_object = OBJECTS.contains(&area.as_str());
        let budget = if is_object { BUDGET_OF_OBJECTS } else { BUDGET };
        // The list of an object is called by its plural.
        let list = assets.areas().get(&format!("{area}s")).filter(|_| is_object);
        let chunks: BTreeSet<&String> = chunks.iter().chain(list.into_iter().flatten()).collect();
        let first_route = everywhere + chunks.into_iter().map(size).sum::<u64>();
        println!("{first_route:>9} B brotli  first route in {area}, of at most {budget} B");
        if first_route > budget {
            too_much.push(area.as_str());
        }
    }
    ensure!(
        too_much.is_empty(),
        "the first route loads too much in: {}",
        too_much.join(", ")
    );
    Ok(())
}

/// Runs a step and says how long it took, unless it was over at once.
fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let result = work()?;
    let took = start.elapsed().as_secs_f32();
    if took >= 1.0 {
        println!("{name}: {took:.1} s");
    }
    Ok(result)
}
