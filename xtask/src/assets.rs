//! The folder that the server serves: files named by their content, and `assets.json`, which tells the names.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::files;

/// Files on their way into `site/assets/`. A name changes with the content, so browsers may keep a file for ever.
pub struct Assets {
    site: PathBuf,
    addresses: BTreeMap<String, String>,
    areas: BTreeMap<String, Vec<String>>,
}

impl Assets {
    pub fn new(site: PathBuf) -> Self {
        Self {
            site,
            addresses: BTreeMap::new(),
            areas: BTreeMap::new(),
        }
    }

    /// Adds a file under a name that carries its hash; returns its address, such as `/assets/usher-0123456789ab.css`.
    pub fn add(&mut self, name: &str, content: &[u8]) -> Result<String> {
        let address = format!("/assets/{}", hashed(name, content));
        files::write(&self.site.join(&address[1..]), content)?;
        self.addresses.insert(name.to_owned(), address.clone());
        Ok(address)
    }

    /// Tells which files an area of the console loads, by their addresses.
    pub fn add_area(&mut self, name: &str, addresses: Vec<String>) {
        self.areas.insert(name.to_owned(), addresses);
    }

    /// What each area of the console loads beside the main part, by addresses.
    pub fn areas(&self) -> &BTreeMap<String, Vec<String>> {
        &self.areas
    }

    /// The address of a file by the name that it was added under.
    pub fn address(&self, name: &str) -> Option<&String> {
        self.addresses.get(name)
    }

    /// Where the added files lie, by their addresses.
    pub fn files(&self) -> BTreeMap<String, PathBuf> {
        self.addresses
            .values()
            .map(|address| (address.clone(), self.site.join(&address[1..])))
            .collect()
    }

    /// Writes `assets.json` and removes what earlier builds left.
    pub fn finish(&self) -> Result<()> {
        let address = |name: &str| {
            self.addresses
                .get(name)
                .with_context(|| format!("{name} was not built"))
        };
        let manifest = json!({
            "build": digest(serde_json::to_string(&self.addresses)?.as_bytes()),
            "js": address("usher.js")?,
            "wasm": address("usher.wasm")?,
            "css": address("usher.css")?,
            "areas": self.areas,
            "files": self.addresses,
        });
        self.remove_strangers()?;
        files::write(
            &self.site.join("assets.json"),
            serde_json::to_string_pretty(&manifest)?.as_bytes(),
        )
    }

    fn remove_strangers(&self) -> Result<()> {
        let ours: Vec<PathBuf> = self.files().into_values().collect();
        for file in files::list(&self.site.join("assets"))? {
            if !ours.contains(&file) && !ours.iter().any(|our| is_variant(&file, our)) {
                fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
            }
        }
        Ok(())
    }
}

/// Whether `file` is the compressed form of `original`.
fn is_variant(file: &Path, original: &Path) -> bool {
    file.extension()
        .is_some_and(|extension| extension == "br" || extension == "gz")
        && file.with_extension("") == original
}

fn hashed(name: &str, content: &[u8]) -> String {
    let hash = digest(content);
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}-{hash}.{extension}"),
        None => format!("{name}-{hash}"),
    }
}

/// 48 bits of SHA-256: enough to tell builds apart, short enough to read.
fn digest(content: &[u8]) -> String {
    Sha256::digest(content)
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_changes_with_the_content() {
        assert_eq!(hashed("usher.css", b"a"), "usher-ca978112ca1b.css");
        assert_ne!(hashed("usher.css", b"a"), hashed("usher.css", b"b"));
    }

    #[test]
    fn only_compressed_forms_stay_beside_their_original() {
        let original = Path::new("assets/usher-1.js");
        assert!(is_variant(Path::new("assets/usher-1.js.br"), original));
        assert!(!is_variant(Path::new("assets/usher-2.js.br"), original));
        assert!(!is_variant(Path::new("assets/usher-1.js.map"), original));
    }
}
