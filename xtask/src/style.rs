//! One style sheet from the files of `style/`.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::files;

/// What the others build on comes first: it declares the layers and the tokens.
const FIRST: [&str; 3] = ["tokens.css", "base.css", "layout.css"];

/// All style sheets below `folder` in one text, each after a comment with its name.
pub fn bundle(folder: &Path) -> Result<String> {
    let mut bundle = String::new();
    for file in in_order(style_sheets(folder)?) {
        let name = file.strip_prefix(folder).unwrap_or(&file).display();
        bundle.push_str(&format!("/* {name} */\n{}\n", files::read_text(&file)?));
    }
    Ok(bundle)
}

fn style_sheets(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut sheets = files::list(folder)?;
    sheets.extend(files::list(&folder.join("components"))?);
    sheets.retain(|file| file.extension().is_some_and(|extension| extension == "css"));
    Ok(sheets)
}

/// The foundation first, then the rest as it comes: `style/*.css` before `style/components/*.css`.
fn in_order(mut sheets: Vec<PathBuf>) -> Vec<PathBuf> {
    sheets.sort_by_key(|file| {
        let position = FIRST.iter().position(|first| file.ends_with(first));
        position.unwrap_or(FIRST.len())
    });
    sheets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_foundation_comes_before_the_components() {
        let names = [
            "base.css",
            "kit.css",
            "layout.css",
            "tokens.css",
            "components/button.css",
        ];
        let ordered = in_order(names.iter().map(PathBuf::from).collect());
        let expected = [
            "tokens.css",
            "base.css",
            "layout.css",
            "kit.css",
            "components/button.css",
        ];
        assert_eq!(ordered, expected.iter().map(PathBuf::from).collect::<Vec<_>>());
    }
}
