//! docs/asvs.md has a row for each requirement of OWASP ASVS that asvs.txt names, in its order. What applies says where it
//! is kept and names tests that exist; what is not met yet says what is missing, and stands in the count on top.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use anyhow::Result;

use super::{Problems, Source, guide};
use crate::files;

const DOCUMENT: &str = "docs/asvs.md";
const REQUIREMENTS: &str = include_str!("asvs.txt");

pub fn check(root: &Path, sources: &[Source]) -> Result<Problems> {
    let document = files::read_text(&root.join(DOCUMENT))?;
    let known = Known {
        tests: guide::tests(sources),
        sections: sections(sources),
    };
    Ok(problems(&requirements(REQUIREMENTS), &document, &known))
}

/// What a row may name as its proof.
struct Known {
    tests: BTreeSet<String>,
    /// As links from the folder `docs` name them, such as `security.md#passwords`.
    sections: BTreeSet<String>,
}

/// Id and level of each requirement that needs a row: levels 1 and 2, and what has a star.
fn requirements(list: &str) -> Vec<(&str, &str)> {
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    let words = lines.filter_map(|line| {
        let mut words = line.split(' ');
        let (id, level) = (words.next()?, words.next()?);
        (level != "3" || words.next() == Some("*")).then_some((id, level))
    });
    words.collect()
}

/// How a requirement stands, by the first words of its fourth cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Met,
    /// Usher leaves it to who runs it, and says so in a document.
    Operator,
    NotYet,
    Absent,
}

struct Row<'a> {
    number: usize,
    id: &'a str,
    level: &'a str,
    rule: &'a str,
    applies: &'a str,
    kept: &'a str,
    shown: &'a str,
}

/// The rows of all tables: lines of six cells that begin with an id.
fn rows(document: &str) -> Vec<Row<'_>> {
    let lines = (1..).zip(document.lines());
    let rows = lines.filter_map(|(number, line)| {
        let cells = line.trim().strip_prefix('|')?.strip_suffix('|')?;
        let cells: Vec<&str> = cells.split('|').map(str::trim).collect();
        let [id, level, rule, applies, kept, shown] = cells[..] else {
            return None;
        };
        id.starts_with(|letter: char| letter.is_ascii_digit()).then_some(Row {
            number,
            id,
            level,
            rule,
            applies,
            kept,
            shown,
        })
    });
    rows.collect()
}

fn problems(requirements: &[(&str, &str)], document: &str, known: &Known) -> Problems {
    let rows = rows(document);
    let mut problems = Problems::new();
    for (id, level) in requirements {
        let count = rows.iter().filter(|row| row.id == *id && row.level == *level).count();
        if count != 1 {
            problems.push(format!("{DOCUMENT}: {count} rows for {id} of level {level}, not one"));
        }
    }
    let mut count = Count::default();
    for row in &rows {
        let found = match row.standing() {
            _ if !requirements.contains(&(row.id, row.level)) => Err("no such requirement is asked for".to_owned()),
            Ok(standing) => {
                count.add(standing);
                row.prove(standing, known)
            }
            Err(problem) => Err(problem),
        };
        if let Err(problem) = found {
            problems.push(format!("{DOCUMENT}:{}: {}: {problem}", row.number, row.id));
        }
    }
    if !document.lines().any(|line| line == count.to_string()) {
        problems.push(format!("{DOCUMENT}: its count is not true, write: {count}"));
    }
    problems
}

impl Row<'_> {
    fn standing(&self) -> Result<Standing, String> {
        let standings = [
            ("operator: ", Standing::Operator),
            ("not yet: ", Standing::NotYet),
            ("no: ", Standing::Absent),
        ];
        let reasoned = standings.iter().find(|(start, _)| self.applies.starts_with(start));
        match reasoned {
            _ if self.rule.is_empty() => Err("it says no rule".to_owned()),
            Some((_, standing)) => Ok(*standing),
            None if self.applies == "yes" => Ok(Standing::Met),
            None => Err("say yes, or operator, not yet or no with the reason".to_owned()),
        }
    }

    /// What applies is kept somewhere and shown by a test; a document shows what is asked of documents, which are the
    /// first sections of a chapter, and what is the operator's.
    fn prove(&self, standing: Standing, known: &Known) -> Result<(), String> {
        let tests: Vec<&str> = self.shown.split('`').skip(1).step_by(2).collect();
        let links = links(self.shown);
        if let Some(id) = tests.iter().find(|id| !guide::exists(id, &known.tests)) {
            return Err(format!("there is no test `{id}`"));
        }
        if let Some(link) = links.iter().find(|link| !known.sections.contains(**link)) {
            return Err(format!("there is no section {link}"));
        }
        if matches!(standing, Standing::NotYet | Standing::Absent) {
            return Ok(());
        }
        let a_document_will_do = standing == Standing::Operator || self.id.split('.').nth(1) == Some("1");
        if self.kept.is_empty() || self.kept == "–" {
            return Err("say where it is kept".to_owned());
        }
        if tests.is_empty() && (links.is_empty() || !a_document_will_do) {
            return Err("name a test".to_owned());
        }
        Ok(())
    }
}

/// The targets of links: `[words](target)`.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1);
    targets.filter_map(|after| after.split(')').next()).collect()
}

/// Every document with each of its headings, as GitHub makes anchors of them.
fn sections(sources: &[Source]) -> BTreeSet<String> {
    let documents = sources.iter().filter(|source| source.is("md"));
    let sections = documents.flat_map(|source| {
        let path = match source.path.strip_prefix("docs/") {
            Some(name) => name.to_owned(),
            None => format!("../{}", source.path),
        };
        let headings = source.text.lines().filter(|line| line.starts_with('#'));
        headings.map(move |heading| format!("{path}#{}", anchor(heading)))
    });
    sections.collect()
}

fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words
        .chars()
        .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

#[derive(Default)]
struct Count {
    met: usize,
    operator: usize,
    not_yet: usize,
    absent: usize,
}

impl Count {
    fn add(&mut self, standing: Standing) {
        *match standing {
            Standing::Met => &mut self.met,
            Standing::Operator => &mut self.operator,
            Standing::NotYet => &mut self.not_yet,
            Standing::Absent => &mut self.absent,
        } += 1;
    }
}

/// The line that stands on top of the document.
impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            met,
            operator,
            not_yet,
            absent,
        } = self;
        let all = met + operator + not_yet + absent;
        write!(
            formatter,
            "**{all} requirements: {met} met, {operator} left to the operator, {not_yet} not yet, {absent} do not apply.**"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# a remark\n1.1.1 2\n1.2.1 1\n1.2.2 3\n1.2.3 3 *\n2.3.4 2\n";
    const GOOD: &str = "**4 requirements: 2 met, 1 left to the operator, 1 not yet, 0 do not apply.**\n\
        | id | level | rule | applies | kept by | shown by |\n|---|---|---|---|---|---|\n\
        | 1.1.1 | 2 | written down | yes | a list | [list](security.md#a-list-of-words) |\n\
        | 1.2.1 | 1 | encoded | yes | `page.rs` | `nothing_becomes_markup` |\n\
        | 1.2.3 | 3 | logs | not yet: the chain | – | – |\n\
        | 2.3.4 | 2 | proxied | operator: the proxy | the proxy | [list](security.md#a-list-of-words) |\n";

    fn found(document: &str) -> Problems {
        let source = |path: &str, text: &str| Source {
            path: path.into(),
            text: text.into(),
        };
        let known = Known {
            tests: guide::tests(&[source("server/tests/pages.rs", "fn nothing_becomes_markup() {}")]),
            sections: sections(&[source("docs/security.md", "# A list: of words\n")]),
        };
        problems(&requirements(LIST), document, &known)
    }

    #[test]
    fn a_row_for_each_requirement_passes() {
        assert_eq!(found(GOOD), Problems::new());
    }

    #[test]
    fn the_list_is_whole() {
        let all = REQUIREMENTS.lines().filter(|line| !line.starts_with('#'));
        let of = |level| all.clone().filter(|line| line.split(' ').nth(1) == Some(level)).count();
        assert_eq!([of("1"), of("2"), of("3")], [70, 183, 92]);
        assert_eq!(requirements(REQUIREMENTS).len(), 70 + 183 + 7);
    }

    #[test]
    fn a_requirement_without_a_row_is_found() {
        let without = GOOD.replace("| 1.2.1 | 1 |", "| 1.2.2 | 3 |");
        let found = found(&without);
        assert!(
            found[0].contains("0 rows for 1.2.1") && found[1].contains("1.2.2"),
            "{found:?}"
        );
    }

    #[test]
    fn a_requirement_with_two_rows_is_found() {
        let row = "| 1.2.1 | 1 | encoded | yes | `page.rs` | `nothing_becomes_markup` |\n";
        let found = found(&format!("{GOOD}{row}"));
        assert!(found[0].contains("2 rows for 1.2.1"), "{found:?}");
    }

    #[test]
    fn a_row_without_a_proof_is_found() {
        for (good, bad, problem) in [
            ("`nothing_becomes_markup`", "–", "name a test"),
            ("`nothing_becomes_markup`", "`gone`", "there is no test `gone`"),
            (
                "`nothing_becomes_markup`",
                "[list](security.md#a-list-of-words)",
                "name a test",
            ),
            (
                "#a-list-of-words) |\n| 1.2.1",
                "#gone) |\n| 1.2.1",
                "there is no section",
            ),
            ("`page.rs`", "", "say where it is kept"),
            ("| encoded", "|", "it says no rule"),
            ("not yet: the chain", "perhaps", "say yes"),
        ] {
            let found = found(&GOOD.replacen(good, bad, 1));
            assert!(found.iter().any(|found| found.contains(problem)), "{bad}: {found:?}");
        }
    }

    #[test]
    fn a_count_that_is_not_true_is_found() {
        let found = found(&GOOD.replace("1 not yet", "no gap"));
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("write: **4 requirements: 2 met"), "{found:?}");
    }
}
