//! docs/guide.md holds every line of docs/administration-guide.txt, in a row `| line | test ids |`, with the tests that
//! show it: functions in Rust or titles in Playwright, in backticks, or `missing`. A heading or caption, with
//! nothing in it to show, has `–`. The tables of docs/threat-model.md and
//! docs/reliability.md end in a column of tests as well.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;

use super::{Problems, Source};
use crate::files;

const GUIDE: &str = "docs/administration-guide.txt";
const TABLE: &str = "docs/guide.md";
/// Other documents whose tables end in a column of tests.
const OTHERS: [&str; 2] = ["docs/threat-model.md", "docs/reliability.md"];

pub fn check(root: &Path, sources: &[Source]) -> Result<Problems> {
    if !root.join(TABLE).exists() {
        return Ok(Problems::new());
    }
    let table = files::read_text(&root.join(TABLE))?;
    let rows = rows(&table);
    let tests = tests(sources);
    let mut problems = absent(&files::read_text(&root.join(GUIDE))?, &rows);
    problems.extend(unproven(TABLE, &rows, &tests));
    for other in OTHERS {
        let text = files::read_text(&root.join(other))?;
        problems.extend(unproven(other, &self::rows(&text), &tests));
    }
    Ok(problems)
}

struct Row<'a> {
    number: usize,
    line: String,
    tests: &'a str,
}

/// The rows of all tables in the document, without their heads.
fn rows(table: &str) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let mut in_body = false;
    for (number, line) in (1..).zip(table.lines()) {
        match cells(line) {
            None => in_body = false,
            Some((line, _)) if line.chars().all(|letter| "-: |".contains(letter)) => in_body = true,
            Some((line, tests)) if in_body => rows.push(Row {
                number,
                line: plain(line),
                tests: tests.trim(),
            }),
            Some(_) => {}
        }
    }
    rows
}

/// The two cells of a row.
fn cells(line: &str) -> Option<(&str, &str)> {
    line.trim().strip_prefix('|')?.strip_suffix('|')?.rsplit_once('|')
}

/// A line of the guide without its bullet or number, so that the table may leave them out.
fn plain(line: &str) -> String {
    let line = line.trim().replace("\\|", "|");
    let line = line.trim_start_matches(['•', ' ']).trim_start_matches("- ");
    let after_number = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let numbered = if after_number.len() < line.len() {
        after_number.strip_prefix(". ")
    } else {
        None
    };
    numbered.unwrap_or(line).trim().to_owned()
}

/// Lines of the guide that have no row, counted, because some lines are there more than once.
fn absent(guide: &str, rows: &[Row<'_>]) -> Problems {
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *left.entry(&row.line).or_default() += 1;
    }
    let mut problems = Problems::new();
    for (number, line) in (1..).zip(guide.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        match left.get_mut(plain(line).as_str()) {
            Some(count) if *count > 0 => *count -= 1,
            _ => problems.push(format!(
                "{TABLE}: no row for line {number} of the guide, \"{}\"",
                line.trim()
            )),
        }
    }
    problems
}

/// Rows that name a test that is not there, or none although they say something.
fn unproven(document: &str, rows: &[Row<'_>], tests: &BTreeSet<String>) -> Problems {
    let mut problems = Problems::new();
    for row in rows.iter().filter(|row| !row.tests.trim_matches('"').eq("missing")) {
        let named: Vec<&str> = row.tests.split('`').skip(1).step_by(2).collect();
        for id in named.iter().filter(|id| !exists(id, tests)) {
            problems.push(format!("{document}:{}: there is no test `{id}`", row.number));
        }
        if named.is_empty() && (row.tests != "–" || row.line.ends_with('.')) {
            problems.push(format!("{document}:{}: name a test, or say missing", row.number));
        }
    }
    problems
}

/// A Rust test may be named with its module before it.
pub(super) fn exists(id: &str, tests: &BTreeSet<String>) -> bool {
    tests.contains(id) || id.rsplit_once("::").is_some_and(|(_, name)| tests.contains(name))
}

/// The names of all tests of the repository.
pub(super) fn tests(sources: &[Source]) -> BTreeSet<String> {
    sources
        .iter()
        .flat_map(|source| {
            if source.is("rs") {
                functions(source)
            } else {
                titles(source)
            }
        })
        .collect()
}

/// Functions in a `tests` folder or a `tests.rs`, or below the first `#[cfg(test)]` of a file.
fn functions(source: &Source) -> Vec<String> {
    let start = if source.path.contains("/tests/") || source.path.ends_with("/tests.rs") {
        Some(0)
    } else {
        source.text.find("#[cfg(test)]")
    };
    let text = start.map_or("", |start| &source.text[start..]);
    let names = text.split("fn ").skip(1).map(|after| {
        after
            .chars()
            .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
            .collect::<String>()
    });
    names.filter(|name| !name.is_empty()).collect()
}

/// The titles of Playwright's tests, as they are written: a title made in a loop keeps its `${…}`.
fn titles(source: &Source) -> Vec<String> {
    if !source.path.starts_with("end2end/") || !source.is("ts") {
        return Vec::new();
    }
    let titles = source.text.split("test(").skip(1).filter_map(|after| {
        let after = after.trim_start();
        let quote = after.chars().next().filter(|quote| "'\"`".contains(*quote))?;
        after[1..].split(quote).next().map(str::to_owned)
    });
    titles.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE: &str = "Users\n\n  1. Click Save\n  • Email - User's email address (login)\n  1. Click Save\n";
    const HEAD: &str = "| Line | Shown by |\n|---|---|\n";

    fn known() -> BTreeSet<String> {
        let rust = "fn helper() {}\n#[cfg(test)]\nmod tests {\n #[test]\n fn saves_a_user() {}\n}";
        let browser = "test('an Admin saves', async ({ page }) => {});\ntest(\n  `as ${role}`, run);";
        tests(&[
            Source {
                path: "crates/backend/src/users.rs".into(),
                text: rust.into(),
            },
            Source {
                path: "end2end/tests/users.spec.ts".into(),
                text: browser.into(),
            },
        ])
    }

    fn problems(body: &str) -> Problems {
        let table = format!("{HEAD}{body}");
        let rows = rows(&table);
        [absent(GUIDE, &rows), unproven(TABLE, &rows, &known())].concat()
    }

    #[test]
    fn a_whole_table_passes() {
        let body = "| Users | – |\n| Click Save | `saves_a_user`, `an Admin saves` |\n\
                    | Email - User's email address (login) | missing |\n| 1. Click Save | `users::tests::saves_a_user` |\n";
        assert_eq!(problems(body), Problems::new());
    }

    #[test]
    fn tests_are_known_by_their_names() {
        assert_eq!(
            known(),
            ["an Admin saves", "as ${role}", "saves_a_user"]
                .map(str::to_owned)
                .into()
        );
    }

    #[test]
    fn a_line_without_a_row_is_found() {
        let found =
            problems("| Users | – |\n| Click Save | missing |\n| Email - User's email address (login) | missing |\n");
        assert_eq!(
            found,
            ["docs/guide.md: no row for line 5 of the guide, \"1. Click Save\""]
        );
    }

    #[test]
    fn a_test_that_is_gone_is_found() {
        let rows = rows("| a | b |\n| - | - |\n\n|a|b|\n|---|---|\n| Click Save | `deletes_a_user` |");
        assert_eq!(
            unproven(TABLE, &rows, &known()),
            ["docs/guide.md:6: there is no test `deletes_a_user`"]
        );
    }

    #[test]
    fn a_row_without_a_test_is_found() {
        let table = format!("{HEAD}| Click Save | later |\n| Users belong to one organization. | – |");
        assert_eq!(unproven(TABLE, &rows(&table), &known()).len(), 2);
    }
}
