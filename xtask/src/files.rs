//! Reading and writing files with errors that name them, and touching only what changes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// The bytes of a file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The text of a file.
pub fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a file and the folders above it, unless it already holds just that. An interrupted build leaves no half file.
pub fn write(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|present| present == content) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, content)
        .and_then(|()| fs::rename(&unfinished, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The files of a folder by name, without those below it; none where there is no folder.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Makes `output` from `input`, unless it was made from just that, by this very program. Not the times are compared: cargo brings
/// an older module back where a build is asked for that it has made before.
pub fn made_from(output: &Path, input: &Path, make: impl FnOnce() -> Result<()>) -> Result<()> {
    let program = std::env::current_exe().context("looking for the program itself")?;
    let origin = Sha256::new()
        .chain_update(read(&program)?)
        .chain_update(read(input)?)
        .finalize();
    let told = output.with_extension("made-from");
    if output.exists() && fs::read(&told).is_ok_and(|told| told == origin[..]) {
        return Ok(());
    }
    // What is interrupted is made anew, whatever it is asked for next.
    if told.exists() {
        fs::remove_file(&told).with_context(|| format!("cannot remove {}", told.display()))?;
    }
    make()?;
    write(&told, &origin)
}

#[cfg(test)]
mod tests {
    use super::{made_from, write};

    #[test]
    fn an_older_input_is_another_one() {
        let folder = std::env::temp_dir().join(format!("usher-xtask-{}", std::process::id()));
        let (input, output) = (folder.join("in.wasm"), folder.join("out.wasm"));
        let mut made = 0;
        for (content, times) in [("one", 1), ("one", 1), ("two", 2), ("one", 3)] {
            write(&input, content.as_bytes()).unwrap();
            // As old as what cargo brings back.
            let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_hours(1);
            std::fs::File::options()
                .write(true)
                .open(&input)
                .unwrap()
                .set_modified(long_ago)
                .unwrap();
            made_from(&output, &input, || {
                made += 1;
                write(&output, content.as_bytes())
            })
            .unwrap();
            assert_eq!(made, times, "{content}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
