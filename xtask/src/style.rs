//! One style sheet from the files of `style/`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::files;

/// What the others build on comes first: it declares the layers and the tokens.
const FIRST: [&str; 3] = ["tokens.css", "base.css", "layout.css"];

/// All style sheets below `folder` in one text, each after a comment with its name, with the tokens put in.
pub fn bundle(folder: &Path) -> Result<String> {
    let mut bundle = String::new();
    for file in in_order(style_sheets(folder)?) {
        let name = file.strip_prefix(folder).unwrap_or(&file).display();
        bundle.push_str(&format!("/* {name} */\n{}\n", files::read_text(&file)?));
    }
    Ok(with_tokens(bundle))
}

/// How deep tokens may lie in tokens: those that lead back to themselves stay as they are.
const DEEPEST: usize = 8;

/// The style sheet with each token that is declared once, and so is the same everywhere, in the place of its `var(…)`: a
/// browser would look it up again for each element. Its declaration goes.
fn with_tokens(bundle: String) -> String {
    let mut tokens = BTreeMap::new();
    let mut often = Vec::new();
    for (name, value) in declarations(&bundle) {
        if tokens.insert(name, value).is_some() {
            often.push(name);
        }
    }
    tokens.retain(|name, _| !often.contains(name));
    let mut sheet = bundle.clone();
    for (name, value) in &tokens {
        sheet = sheet.replace(&format!("{name}:{value};"), "");
    }
    for _ in 0..DEEPEST {
        for (name, value) in &tokens {
            sheet = sheet.replace(&format!("var({name})"), value.trim());
        }
    }
    sheet
}

/// Names and values of custom properties.
fn declarations(sheet: &str) -> impl Iterator<Item = (&str, &str)> {
    sheet.split([';', '{', '}']).filter_map(|declaration| {
        let start = declaration.find("--").filter(|start| {
            // Behind nothing but space and comments.
            let before = declaration[..*start].trim_end();
            before.is_empty() || before.ends_with("*/")
        })?;
        declaration[start..].split_once(':')
    })
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
    fn a_token_that_is_the_same_everywhere_is_put_in() {
        let sheet = ":root {\n/* A line. */\n--line: 1px;\n--edge: var(--line) solid;\n--size: 2rem;\n}\n\
                     @media (pointer: coarse) { :root { --size: 3rem; } }\n\
                     a { border: var(--edge); block-size: var(--size); inline-size: calc(2 * var(--line)); }\n";
        let expected = ":root {\n/* A line. */\n\n\n--size: 2rem;\n}\n\
                        @media (pointer: coarse) { :root { --size: 3rem; } }\n\
                        a { border: 1px solid; block-size: var(--size); inline-size: calc(2 * 1px); }\n";
        assert_eq!(with_tokens(sheet.to_owned()), expected);
    }

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
