//! The document: what was measured, as tables. Losses are told like everything else.

use std::fmt::Write;

use super::goals::{Asked, GOALS};
use super::losses::losses;
use super::outcome::short;
use super::reach::reason;
use super::results::Results;

pub(super) const WORKLOADS: [(&str, &str); 22] = [
    ("W1", "sign-in, 200 Org Admins in turn"),
    ("W2", "users list, the first 25 by name, as Admin"),
    ("W2b", "the same of the biggest organization"),
    ("W2c", "the same as its Org Admin"),
    ("W3", "the 25 users at nine tenths of the list"),
    ("W4a", "search `anderson`"),
    ("W4b", "search `quackenbush`, 12 hits"),
    ("W4c", "search `com`, nearly all"),
    ("W4d", "search in the smallest organization"),
    ("W4e", "search for words as people type them"),
    ("W8", "users list as a whole HTML page"),
    ("W5", "create a user, password hashed"),
    ("W5b", "create an organization"),
    ("W6", "invite"),
    ("W6b", "invite, 32 clients"),
    ("W6c", "invite, a mail server takes the mails"),
    ("W6d", "invite, the mail server hangs"),
    ("W6e", "invite, 32 clients, fdatasync counted"),
    ("W6f", "the same on a disk 2 ms slower"),
    ("W7", "accept an invitation"),
    ("W13", "mixed: 90% lists and searches, 10% writes"),
    ("W15", "export of all users"),
];

/// The whole text.
pub fn write(results: &Results, smaller: Option<&Results>, command: &str, note: &str) -> String {
    let mut text = String::new();
    let parts = [
        head(results, command, note),
        goals(results, smaller),
        out_of_reach(results, smaller),
        workloads(results),
        losses(results),
        half_load(results),
        footprint(results),
        browser(results),
        limits(results),
    ];
    for part in parts {
        text.push_str(&part);
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn head(results: &Results, command: &str, note: &str) -> String {
    let machine = &results.machine;
    let versions: Vec<String> = machine
        .versions
        .iter()
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    let note = if note.is_empty() {
        String::new()
    } else {
        format!("\n**{note}**\n")
    };
    let size = if results.users == 1_000_000 {
        ""
    } else {
        "\n**This was a trial of another size than the goals are for.** It shows that the measurement works, not what Usher does.\n"
    };
    format!(
        "# Performance\n\
         Written by `{command}`, {}; not by hand. {} users in {} organizations; rounds: {}, {} s each under load.\n{size}{note}\n\
         {}, {} cores, {} GiB. {}; {}. The server, and Postgres, on CPU 0, the load on CPU 1, rounds interleaved, medians.\n\n\
         **Compare figures of one run with each other, and not with those of another machine.** How it is measured, and how \
         to repeat it: [bench/README.md](../bench/README.md).\n",
        results.started,
        grouped(results.users),
        grouped(results.organizations),
        results.rounds.len(),
        results.seconds,
        machine.cpu,
        machine.cores,
        machine.memory,
        machine.usher,
        versions.join(", "),
    )
}

pub(super) fn ours(results: &Results) -> Vec<&str> {
    results
        .targets()
        .into_iter()
        .filter(|name| name.starts_with("usher"))
        .collect()
}

fn goals(results: &Results, smaller: Option<&Results>) -> String {
    let ours = ours(results);
    let mut text = "## Goals\n".to_owned();
    text.push_str(&header(&["work", "goal"], &ours));
    let (mut met, mut missed) = (0, 0);
    for goal in GOALS {
        let _ = write!(text, "| {} | {} |", goal.work, goal.goal);
        for target in &ours {
            let outcome = goal.judge(Asked {
                results,
                smaller,
                ours: target,
            });
            match &outcome {
                Some(outcome) if outcome.is_met() => met += 1,
                Some(_) => missed += 1,
                None => {}
            }
            let words = outcome.map_or_else(|| "not measured".to_owned(), |outcome| outcome.words());
            let _ = write!(text, " {words} |");
        }
        text.push('\n');
    }
    let _ = writeln!(text, "\nMet: {met}. Missed: {missed}.");
    text
}

/// For each goal that is missed, its limit and what it would take.
fn out_of_reach(results: &Results, smaller: Option<&Results>) -> String {
    let mut told: Vec<(String, Vec<String>)> = Vec::new();
    for ours in ours(results) {
        for goal in GOALS {
            let asked = Asked { results, smaller, ours };
            let missed = goal.judge(asked).is_some_and(|outcome| !outcome.is_met());
            let Some(words) = reason(goal.work, asked).filter(|_| missed) else {
                continue;
            };
            let goal = format!("**{}**, {}", goal.work, goal.goal);
            match told.iter_mut().find(|(known, _)| *known == words) {
                // Of both engines alike.
                Some((_, goals)) if goals.iter().any(|known| known.ends_with(&goal)) => {}
                Some((_, goals)) => goals.push(goal),
                None => told.push((words, vec![format!("{ours}: {goal}")])),
            }
        }
    }
    let mut text =
        "## What stands between\nFor each goal that is missed, where that is known: the limit in this run, and what \
                    getting nearer would take.\n\n"
            .to_owned();
    for (words, goals) in told {
        let _ = writeln!(text, "- {}. {words}", goals.join("; "));
    }
    text
}

fn workloads(results: &Results) -> String {
    let targets = results.targets();
    let mut text =
        "## Work\nEach cell: requests/s with 8 clients (least..greatest of the rounds) / ms for one client alone / \
                    ms of CPU a request.\n"
            .to_owned();
    text.push_str(&header(&["", "work"], &targets));
    for (workload, words) in WORKLOADS {
        if targets.iter().all(|target| rate(results, target, workload).is_none()) {
            continue;
        }
        let _ = write!(text, "| {workload} | {words} |");
        for target in &targets {
            let _ = write!(text, " {} |", cell(results, target, workload));
        }
        text.push('\n');
    }
    text
}

/// The figure that says how fast a work is: more is better.
pub(super) fn rate(results: &Results, target: &str, workload: &str) -> Option<f64> {
    let figure = if workload == "W15" { "rows/s" } else { "requests/s" };
    results.figure(target, workload, figure)
}

fn cell(results: &Results, target: &str, workload: &str) -> String {
    let figure = |name| results.figure(target, workload, name);
    if workload == "W15" {
        return figure("rows/s").map_or_else(String::new, |rows| {
            let megabytes = figure("memory MB more").unwrap_or_default();
            format!("{} rows/s, {} MB more memory", grouped_rate(rows), short(megabytes))
        });
    }
    let (Some(rate), Some(alone)) = (figure("requests/s"), figure("alone p50 ms")) else {
        return String::new();
    };
    let values = results.values(target, workload, "requests/s");
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = values.iter().copied().fold(0.0, f64::max);
    let mut text = format!(
        "{} ({}..{}) / {}",
        short(rate),
        short(least),
        short(greatest),
        short(alone)
    );
    if figure("clients") == Some(1.0) {
        text.push_str(" / one client");
    } else if let Some(cpu) = figure("CPU ms/request") {
        let _ = write!(text, " / {}", short(cpu));
    }
    if let Some(syncs) = figure("syncs/request") {
        let _ = write!(text, "; {} syncs each", short(syncs));
    }
    text
}

fn half_load(results: &Results) -> String {
    let ours = ours(results);
    let mut text =
        "## At half load\n32 people who look at each page for a while, together half of what was reached above: p50 / \
                    p99 in ms.\n"
            .to_owned();
    text.push_str(&header(&["", "work"], &ours));
    for (workload, words) in WORKLOADS {
        let cells: Vec<Option<String>> = ours
            .iter()
            .map(|target| {
                let figure = |name| results.figure(target, workload, name).map(short);
                Some(format!(
                    "{} / {}",
                    figure("half load p50 ms")?,
                    figure("half load p99 ms")?
                ))
            })
            .collect();
        if cells.iter().any(Option::is_some) {
            let cells: Vec<String> = cells
                .into_iter()
                .map(|cell| cell.unwrap_or_else(|| "one client".to_owned()))
                .collect();
            let _ = writeln!(text, "| {workload} | {words} | {} |", cells.join(" | "));
        }
    }
    text
}

fn footprint(results: &Results) -> String {
    let targets = results.targets();
    let mut text = "## Footprint\n".to_owned();
    text.push_str(&header(&[""], &targets));
    let figures = [
        "start ms",
        "idle MB",
        "idle MB without mapped files",
        "loaded MB",
        "loaded MB without mapped files",
    ];
    for figure in figures {
        let cells = targets
            .iter()
            .map(|target| results.figure(target, "W14", figure).map_or_else(String::new, short));
        let _ = writeln!(text, "| {figure} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    let cells = targets
        .iter()
        .map(|target| results.import_seconds(target).map_or_else(String::new, short));
    let _ = writeln!(
        text,
        "| loading the data set, s | {} |",
        cells.collect::<Vec<_>>().join(" | ")
    );
    let cells = targets
        .iter()
        .map(|target| results.figure(target, "W2", "bytes").map_or_else(String::new, short));
    let _ = writeln!(
        text,
        "| bytes of the answer to W2 | {} |",
        cells.collect::<Vec<_>>().join(" | ")
    );
    let _ = writeln!(text, "\nUsher's binary: {} MB.", short(results.machine.binary_mb));
    text
}

fn browser(results: &Results) -> String {
    let mut text = "## In the browser\nChromium, medians. Slow: CPU 4x slower, 1.6 Mbit/s, 150 ms round trip. \"Click answered\": the \
                    dialog of a new user stands open after a click at the first paint. \"Dialog open\": the first dialog after its link \
                    was pointed at and clicked at once, so that its code is still to come.\n"
        .to_owned();
    if results.browser.is_empty() {
        return "## In the browser\nNot measured.\n".to_owned();
    }
    let mut names: Vec<&str> = Vec::new();
    for figures in results.browser.values().flat_map(|pages| pages.values()) {
        names.extend(
            figures
                .keys()
                .map(String::as_str)
                .filter(|name| !names.contains(name))
                .collect::<Vec<_>>(),
        );
    }
    text.push_str(&header(&["target", "page"], &names));
    for (target, pages) in &results.browser {
        for (page, figures) in pages {
            let cells = names
                .iter()
                .map(|name| figures.get(*name).copied().map_or_else(String::new, short));
            let _ = writeln!(
                text,
                "| {target} | {page} | {} |",
                cells.collect::<Vec<_>>().join(" | ")
            );
        }
    }
    text
}

fn limits(results: &Results) -> String {
    let mut text =
        "## Limits\nWhat the machine does at best, in the same rounds.\n\n| limit | |\n|---|---|\n".to_owned();
    for (name, figures) in results.limits() {
        let words: Vec<String> = figures
            .into_iter()
            .filter_map(|figure| Some(format!("{} {figure}", short(results.limit(name, &figure)?))))
            .collect();
        let _ = writeln!(text, "| {name} | {} |", words.join(", "));
    }
    let steps = [
        ("limits on SQLite", "SQLite insert s"),
        ("limits on SQLite", "SQLite indexes and search s"),
        ("limits on Postgres", "Postgres COPY s"),
        ("limits on Postgres", "Postgres indexes and search s"),
    ];
    for (step, figure) in steps {
        if let Some(value) = results.prepared(step, figure) {
            let _ = writeln!(text, "| all users: {figure} | {} |", short(value));
        }
    }
    text
}

fn header(first: &[&str], columns: &[&str]) -> String {
    let all: Vec<&str> = first.iter().chain(columns).copied().collect();
    format!("\n| {} |\n{}|\n", all.join(" | "), "|---".repeat(all.len()))
}

fn grouped_rate(value: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate is no more than millions"
    )]
    let whole = value.max(0.0) as u64;
    grouped(whole)
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::results;
    use super::{grouped, write};

    #[test]
    fn a_loss_is_told() {
        let figures: &[(&str, &[f64])] = &[
            ("usher-sqlite/W4b/requests:s", &[10.0]),
            ("usher-sqlite/W4b/alone p50 ms", &[100.0]),
            ("better-auth-postgres/W4b/requests:s", &[180.0]),
            ("better-auth-postgres/W4b/alone p50 ms", &[5.0]),
        ];
        let text = write(&results(figures), None, "cargo xtask bench", "");
        assert!(
            text.contains("better-auth-postgres is 18.0x as fast as usher-sqlite."),
            "{text}"
        );
        let goal = "| W4b rare term | 5x the best peer | 0.050x: **missed by 99.0%** |";
        assert!(text.contains(goal), "{text}");
        assert!(text.contains("Met: 1. Missed: 1."), "{text}");
    }

    #[test]
    fn a_win_is_no_loss() {
        let figures: &[(&str, &[f64])] = &[
            ("usher-sqlite/W2/requests:s", &[1000.0]),
            ("django-tuned-sqlite/W2/requests:s", &[47.0]),
        ];
        let text = write(&results(figures), None, "cargo xtask bench", "");
        assert!(text.contains("No peer was ahead in anything."), "{text}");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(
            (grouped(1_000_000), grouped(999), grouped(20_000)),
            ("1,000,000".into(), "999".into(), "20,000".into())
        );
    }
}
