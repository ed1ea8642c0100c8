//! Compressed siblings, made once at build so that the server never compresses an asset.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::files;

/// Writes `FILE.br` and `FILE.gz`; returns the size of the brotli form in bytes. The file's name tells its content, so
/// what an earlier build made of it still holds.
pub fn compress(file: &Path) -> Result<u64> {
    let (brotli_form, gzip_form) = (sibling(file, "br"), sibling(file, "gz"));
    if !brotli_form.exists() || !gzip_form.exists() {
        let content = files::read(file)?;
        files::write(&brotli_form, &brotli(&content)?)?;
        files::write(&gzip_form, &gzip(&content)?)?;
    }
    Ok(fs::metadata(&brotli_form)?.len())
}

fn sibling(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let strongest = BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: content.len(),
        ..Default::default()
    };
    let mut small = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut small, &strongest)?;
    Ok(small)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_compressed_can_be_read_again() {
        let content = "invitation ".repeat(500).into_bytes();

        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &brotli(&content).unwrap()[..], &mut unpacked).unwrap();
        assert_eq!(unpacked, content);

        unpacked.clear();
        flate2::read::GzDecoder::new(&gzip(&content).unwrap()[..])
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, content);
    }

    #[test]
    fn siblings_keep_the_whole_name() {
        assert_eq!(
            sibling(Path::new("assets/usher-1.js"), "br"),
            Path::new("assets/usher-1.js.br")
        );
    }
}
