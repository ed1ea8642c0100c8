//! Takes the browser's module apart, so that a page loads its own area of the console alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use wasm_split_cli_support::{Options, SplitWasm, transform};

use crate::browser::Profile;
use crate::cut::{Places, completed, cut, is_never_called};
use crate::files;
use crate::module::{function_names, imported_functions, imports_from, mere_data};

/// Each area's chunks: names of files without their extension.
pub type Areas = BTreeMap<String, Vec<String>>;

/// Where chunks import from what the main part exports.
const MAIN: &str = "__wasm_split";

/// Where the main part imports from what loads chunks.
const LOADER: &str = "./chunks.js";

/// The areas, as [`split`] left them in its folder.
pub fn areas(folder: &Path) -> Result<Areas> {
    serde_json::from_str(&files::read_text(&folder.join("areas.json"))?).context("reading the areas")
}

/// Who is not signed in has not seen the console yet.
const DOOR: &str = "door";

/// The areas of one object each: forms, mostly, in dialogs over a list.
pub const OBJECTS: [&str; 5] = ["account", "invitation", "organization", "tier", "user"];

/// Where code goes that several areas need. Each of these is loaded as a whole.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Share {
    /// What the door and a list need: the main part.
    Main,
    /// What the door and objects need, and no list.
    Forms,
    /// What a list needs, and not the door.
    Console,
    /// What objects need, and nobody else.
    Dialogs,
}

impl Share {
    /// The share of code that all of these areas need. What it calls is needed by them too, so it is in a share that they
    /// all load.
    fn of(areas: &[&str]) -> Self {
        let is_list = |area: &&str| *area != DOOR && !OBJECTS.contains(area);
        match (areas.contains(&DOOR), areas.iter().any(is_list)) {
            (true, true) => Self::Main,
            (true, false) => Self::Forms,
            (false, true) => Self::Console,
            (false, false) => Self::Dialogs,
        }
    }

    /// Whether an area loads this share.
    fn is_for(self, area: &str) -> bool {
        match self {
            Self::Main => true,
            Self::Forms => area == DOOR || OBJECTS.contains(&area),
            Self::Console => area != DOOR,
            Self::Dialogs => OBJECTS.contains(&area),
        }
    }

    const fn file(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Forms => "forms",
            Self::Console => "console",
            Self::Dialogs => "dialogs",
        }
    }
}

/// Takes a module that was linked with `--emit-relocs` apart, into `main.wasm` and the chunks beside it.
pub fn split(compiled: &Path, folder: &Path, profile: Profile) -> Result<()> {
    let module = files::read(compiled)?;
    // What several areas share would be a chunk of its own for each set of areas, dozens of them. So it is looked at once,
    // and the second time it is said where all of it goes.
    let first = take_apart(&cut(&module, &Places::default())?, folder)?;
    let places = places(&first, folder, profile)?;
    let second = take_apart(&cut(&module, &places)?, folder)?;

    let areas_of_part = areas_of_parts(&second);
    let mut data = Vec::new();
    let mut areas = Areas::new();
    for (area, parts) in &second.prefetch_map {
        let mut chunks = Vec::new();
        for part in parts {
            let file = folder.join(format!("{part}.wasm"));
            let content = files::read(&file)?;
            // A few bytes for each set of areas, whose addresses hold in any part.
            if let Some(pieces) = mere_data(&content)? {
                data.extend(pieces);
                continue;
            }
            let name = match areas_of_part[part.as_str()].as_slice() {
                [area] => area,
                several => Share::of(several).file(),
            };
            let known = folder.join(format!("{name}.wasm"));
            ensure!(
                !known.exists() || files::read(&known)? == content,
                "areas share more than one chunk: {part}"
            );
            files::write(&known, &content)?;
            chunks.push(name.to_owned());
        }
        areas.insert(area.clone(), chunks);
    }
    data.sort();
    data.dedup();
    let main = folder.join("main.wasm");
    files::write(&main, &completed(&files::read(&main)?, &data)?)?;
    files::write(&folder.join("areas.json"), serde_json::to_string(&areas)?.as_bytes())
}

/// Which areas need a part.
fn areas_of_parts(parts: &SplitWasm) -> BTreeMap<&str, Vec<&str>> {
    let mut areas_of_part: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (area, parts) in &parts.prefetch_map {
        for part in parts {
            areas_of_part.entry(part).or_default().push(area);
        }
    }
    areas_of_part
}

/// Where what areas share shall go. In the debug loop all of it stays in the main part, where it takes no care.
fn places(parts: &SplitWasm, folder: &Path, profile: Profile) -> Result<Places> {
    let mut shares: BTreeMap<Share, BTreeSet<String>> = BTreeMap::new();
    let mut anchors = Vec::new();
    for (part, areas) in areas_of_parts(parts) {
        let names = own_functions(&files::read(&folder.join(format!("{part}.wasm")))?)?;
        match areas.as_slice() {
            [area] => anchors.push((
                *area,
                names
                    .into_iter()
                    .filter(|name| is_never_called(name))
                    .collect::<Vec<_>>(),
            )),
            _ if profile == Profile::Developing => shares.entry(Share::Main).or_default().extend(names),
            several => shares.entry(Share::of(several)).or_default().extend(names),
        }
    }
    let mut places = Places::default();
    places.main.extend(shares.remove(&Share::Main).unwrap_or_default());
    // Whoever needs one function of a share gets all: each of its areas refers to the first of those that are never called,
    // and they to each other and to the rest.
    let mut entries = Vec::new();
    for (share, names) in shares {
        let (hubs, rest): (Vec<String>, Vec<String>) = names.into_iter().partition(|name| is_never_called(name));
        let entry = hubs
            .first()
            .with_context(|| format!("nothing holds the share {} together", share.file()))?;
        entries.push((share, entry.clone()));
        let others = hubs.iter().skip(1).cloned().chain(rest).collect();
        places.references.push((hubs, others));
    }
    for (area, anchor) in anchors {
        let of_area = entries.iter().filter(|(share, _)| share.is_for(area));
        places
            .references
            .push((anchor, of_area.map(|(_, entry)| entry.clone()).collect()));
    }
    Ok(places)
}

/// The names of the functions that a part brings.
fn own_functions(part: &[u8]) -> Result<Vec<String>> {
    let imported = imported_functions(part)?;
    let names = function_names(part)?.into_iter();
    Ok(names
        .filter(|(number, _)| *number >= imported)
        .map(|(_, name)| name)
        .collect())
}

fn take_apart(module: &[u8], folder: &Path) -> Result<SplitWasm> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let main = folder.join("main.wasm");
    let mut options = Options::new(module);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.link_name = LOADER;
    transform(options).map_err(|error| anyhow!("taking the module apart: {error:#}"))
}

/// The loader of the main part, which also loads chunks.
pub fn with_chunks(loader: &str, folder: &Path) -> Result<String> {
    let areas = areas(folder)?;
    let mut names = BTreeSet::new();
    for name in areas.values().flatten() {
        names.extend(imports_from(&files::read(&folder.join(format!("{name}.wasm")))?, MAIN)?);
    }
    // In a build for developing, one number tells whether a chunk is of the same build.
    let shared: Vec<String> = names
        .iter()
        .map(|name| match name.starts_with("__canary") {
            true => format!("{name}: ~0xdead"),
            false => format!("{name}: wasm.{name}"),
        })
        .collect();
    let loading = LOADING.replace("SHARED", &format!("{{ {MAIN}: {{ {} }} }}", shared.join(", ")));
    let own = "\"./usher_bg.js\": import0,";
    ensure!(loader.contains(own), "wasm-bindgen writes the imports in another way");
    let mut functions = String::new();
    for (area, files) in &areas {
        let addresses: Vec<String> = files.iter().map(|name| format!("\"{name}.wasm\"")).collect();
        functions += &format!("__wasm_split_load_{area}: loading([{}]),\n", addresses.join(", "));
    }
    // It would import the loader of chunks as a file, once for each area.
    let kept: Vec<&str> = loader.lines().filter(|line| !line.contains(LOADER)).collect();
    let all = format!("\"./usher_bg.js\": Object.assign(import0, {{\n{functions}}}),\n\"{LOADER}\": import0,");
    Ok(kept.join("\n").replace(own, &all) + &loading)
}

/// Loads chunks, each once unless that fails, and tells who waits for them.
const LOADING: &str = r#"
const chunks = new Map();

function chunk(address) {
    if (!chunks.has(address)) {
        const loaded = WebAssembly.instantiateStreaming(fetch(address), SHARED);
        chunks.set(address, loaded);
        loaded.catch(() => chunks.delete(address));
    }
    return chunks.get(address);
}

function loading(addresses) {
    return (callback, data) => {
        const tell = success => wasm.__indirect_function_table.get(callback)(data, success);
        Promise.all(addresses.map(chunk)).then(() => tell(true), () => tell(false));
    };
}
"#;
