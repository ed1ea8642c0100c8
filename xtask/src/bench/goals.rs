//! The goals, each held against what was measured. Each is a ratio within one run, or a bound in plain units.

use super::outcome::{Outcome, at_least, at_most};
use super::results::Results;

/// What was measured, and of which target of ours it is asked.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub results: &'a Results,
    /// The same of a tenth of the data.
    pub smaller: Option<&'a Results>,
    pub ours: &'a str,
}

/// A row of the table of goals.
pub struct Goal {
    pub work: &'static str,
    pub goal: &'static str,
    judge: fn(Asked<'_>) -> Option<Outcome>,
}

impl Goal {
    pub fn judge(&self, asked: Asked<'_>) -> Option<Outcome> {
        (self.judge)(asked)
    }
}

const RATE: &str = "requests/s";
const ALONE: &str = "alone p50 ms";

impl Asked<'_> {
    /// The median of a figure of ours.
    pub fn figure(&self, workload: &str, figure: &str) -> Option<f64> {
        self.results.figure(self.ours, workload, figure)
    }

    /// What the database of ours is called.
    pub fn engine(&self) -> &'static str {
        if self.ours.ends_with("postgres") {
            "Postgres"
        } else {
            "SQLite"
        }
    }

    /// The best of the peers whose name begins so, by the greatest or the least figure.
    fn peer(&self, name: &str, workload: &str, figure: &str) -> Option<f64> {
        let peers = self
            .results
            .targets()
            .into_iter()
            .filter(|target| !target.starts_with("usher"));
        let figures = peers.filter(|target| target.starts_with(name));
        let figures = figures.filter_map(|target| self.results.figure(target, workload, figure));
        figures.reduce(if figure == ALONE { f64::min } else { f64::max })
    }

    /// How many times faster than the best of these peers, by the rate under load.
    fn faster(&self, name: &str, workload: &str) -> Option<f64> {
        Some(self.figure(workload, RATE)? / self.peer(name, workload, RATE)?)
    }

    /// The same, by the time of one client alone.
    fn sooner(&self, name: &str, workload: &str) -> Option<f64> {
        Some(self.peer(name, workload, ALONE)? / self.figure(workload, ALONE)?)
    }

    /// The least of what several workloads reach, if all were measured.
    fn least(workloads: &[&str], value: impl Fn(&str) -> Option<f64>) -> Option<f64> {
        Self::all(workloads, value)?.into_iter().reduce(f64::min)
    }

    fn greatest(workloads: &[&str], value: impl Fn(&str) -> Option<f64>) -> Option<f64> {
        Self::all(workloads, value)?.into_iter().reduce(f64::max)
    }

    fn all(workloads: &[&str], value: impl Fn(&str) -> Option<f64>) -> Option<Vec<f64>> {
        workloads.iter().map(|workload| value(workload)).collect()
    }

    /// A search's time in parts of what is allowed: the cheaper of the two raw ways and 1.5 ms.
    fn search(&self, workload: &str) -> Option<f64> {
        let ways = ["trigrams", "LIKE scan"]
            .map(|way| self.results.limit(&format!("{} {workload} {way}", self.engine()), "us"));
        let raw = ways.into_iter().flatten().reduce(f64::min)?;
        Some(self.figure(workload, ALONE)? / (raw / 1000.0 + 1.5))
    }

    fn growth(&self, workload: &str) -> Option<f64> {
        Some(self.figure(workload, ALONE)? / self.smaller?.figure(self.ours, workload, ALONE)?)
    }

    /// A figure of one of our pages in the browser.
    pub fn page(&self, page: &str, figure: &str) -> Option<f64> {
        self.results.page(self.ours, page, figure)
    }
}

/// A goal that is told for this many users.
const FULL_SIZE: u64 = 1_000_000;

/// The work that growth is judged by.
pub const GROWING: [&str; 6] = ["W2", "W2b", "W3", "W4a", "W4b", "W4c"];

pub const GOALS: &[Goal] = &[
    Goal {
        work: "W1 sign-in",
        goal: "0.90 of the raw rate of argon2id",
        judge: |asked| {
            Some(at_least(
                asked.figure("W1", RATE)? / asked.results.limit("argon2id", "hashes/s")?,
                0.9,
            ))
        },
    },
    Goal {
        work: "W1 sign-in",
        goal: "1.3x better-auth",
        judge: |asked| Some(at_least(asked.faster("better-auth", "W1")?, 1.3)),
    },
    Goal {
        work: "W2, W2b, W2c users list, JSON",
        goal: "100x tuned Django",
        judge: |asked| {
            Some(at_least(
                Asked::least(&["W2", "W2b", "W2c"], |workload| asked.faster("django-tuned", workload))?,
                100.0,
            ))
        },
    },
    Goal {
        work: "W8 users list, HTML",
        goal: "20x tuned Django",
        judge: |asked| Some(at_least(asked.faster("django-tuned", "W8")?, 20.0)),
    },
    Goal {
        work: "W3 deep page",
        goal: "at most 1.2x the first page's time",
        judge: |asked| {
            Some(at_most(
                asked.figure("W3", ALONE)? / asked.figure("W2", ALONE)?,
                "x",
                1.2,
            ))
        },
    },
    Goal {
        work: "W3 deep page",
        goal: "50x the best peer",
        judge: |asked| Some(at_least(asked.sooner("", "W3")?, 50.0)),
    },
    Goal {
        work: "W4a search `anderson`",
        goal: "the cheaper raw way + 1.5 ms",
        judge: |asked| Some(at_most(asked.search("W4a")?, "x", 1.0)),
    },
    Goal {
        work: "W4b search `quackenbush`",
        goal: "the cheaper raw way + 1.5 ms",
        judge: |asked| Some(at_most(asked.search("W4b")?, "x", 1.0)),
    },
    Goal {
        work: "W4c search `com`",
        goal: "the cheaper raw way + 1.5 ms",
        judge: |asked| Some(at_most(asked.search("W4c")?, "x", 1.0)),
    },
    Goal {
        work: "W4d search in a small organization",
        goal: "1.5 ms and SQLite's own scan",
        judge: |asked| {
            let raw = asked.results.limit("SQLite W4d LIKE scan", "us")?;
            Some(at_most(asked.figure("W4d", ALONE)? / (raw / 1000.0 + 1.5), "x", 1.0))
        },
    },
    Goal {
        work: "W4a, W4c common terms",
        goal: "20x the best peer",
        judge: |asked| {
            Some(at_least(
                Asked::least(&["W4a", "W4c"], |workload| asked.sooner("", workload))?,
                20.0,
            ))
        },
    },
    Goal {
        work: "W4b rare term",
        goal: "5x the best peer",
        judge: |asked| Some(at_least(asked.sooner("", "W4b")?, 5.0)),
    },
    Goal {
        work: "W2, W3, W4 at half load",
        goal: "p99 under 10 ms",
        judge: |asked| {
            let p99 = |workload: &str| asked.figure(workload, "half load p99 ms");
            Some(at_most(
                Asked::greatest(&["W2", "W2b", "W2c", "W3", "W4a", "W4b", "W4c", "W4d"], p99)?,
                " ms",
                10.0,
            ))
        },
    },
    Goal {
        work: "W4e words as people type them, at half load",
        goal: "p99 under 10 ms",
        judge: |asked| Some(at_most(asked.figure("W4e", "half load p99 ms")?, " ms", 10.0)),
    },
    Goal {
        work: "W6 invitation",
        goal: "0.8 of the rate of the raw inserts",
        judge: |asked| {
            let raw = asked
                .results
                .limit(&format!("{} invitation inserts", asked.engine()), "writes/s")?;
            Some(at_least(asked.figure("W6", RATE)? / raw, 0.8))
        },
    },
    Goal {
        work: "W6e invitations, 32 clients",
        goal: "a third of an fdatasync each",
        judge: |asked| Some(at_most(asked.figure("W6e", "syncs/request")?, "", 1.0 / 3.0)),
    },
    Goal {
        work: "W6f the same, a disk 2 ms slower",
        goal: "a third of an fdatasync each",
        judge: |asked| Some(at_most(asked.figure("W6f", "syncs/request")?, "", 1.0 / 3.0)),
    },
    Goal {
        work: "W6d invitation while the mail server hangs",
        goal: "as soon as without one, within 10%",
        judge: |asked| {
            Some(at_most(
                asked.figure("W6d", ALONE)? / asked.figure("W6", ALONE)?,
                "x",
                1.1,
            ))
        },
    },
    Goal {
        work: "W7 acceptance",
        goal: "0.85 of the raw rate of argon2id",
        judge: |asked| {
            Some(at_least(
                asked.figure("W7", RATE)? / asked.results.limit("argon2id", "hashes/s")?,
                0.85,
            ))
        },
    },
    Goal {
        work: "W9 first paint, cold",
        goal: "at most 1.5x the static file's",
        judge: |asked| {
            let limit = asked
                .results
                .page("limit-static-page", "list, cold", "first paint ms")?;
            Some(at_most(asked.page("list, cold", "first paint ms")? / limit, "x", 1.5))
        },
    },
    Goal {
        work: "W9 click answered, cold",
        goal: "150 ms after the first paint",
        judge: |asked| {
            let answered = asked.page("list, cold", "click answered ms")?;
            Some(at_most(
                answered - asked.page("list, cold", "first paint ms")?,
                " ms",
                150.0,
            ))
        },
    },
    Goal {
        work: "W9 first paint, warm",
        goal: "sooner than tuned Django's",
        judge: |asked| {
            let django = asked
                .results
                .page("django-tuned-sqlite", "list, warm", "first paint ms")?;
            Some(at_most(asked.page("list, warm", "first paint ms")? / django, "x", 1.0))
        },
    },
    Goal {
        work: "W10 wasm, js and css of the first route",
        goal: "200 kB",
        judge: |asked| Some(at_most(asked.page("list, cold", "wasm, js, css kB")?, " kB", 200.0)),
    },
    Goal {
        work: "W11 dialog opened, typed in, saved",
        goal: "INP p75 under 50 ms",
        judge: |asked| Some(at_most(asked.page("dialog", "INP p75 ms")?, " ms", 50.0)),
    },
    Goal {
        work: "W11 the same, CPU 4x slower",
        goal: "INP p75 under 100 ms",
        judge: |asked| Some(at_most(asked.page("dialog, slow", "INP p75 ms")?, " ms", 100.0)),
    },
    Goal {
        work: "W11 layout shifts",
        goal: "none",
        judge: |asked| Some(at_most(asked.page("dialog", "CLS")?, "", 0.0)),
    },
    Goal {
        work: "W12 100 rows swapped for the next",
        goal: "p75 under 16 ms",
        judge: |asked| Some(at_most(asked.page("table", "100 rows swapped p75 ms")?, " ms", 16.0)),
    },
    Goal {
        work: "W15 export",
        goal: "half the raw scan rate",
        judge: |asked| {
            let raw = asked.results.limit(&format!("{} export", asked.engine()), "rows/s")?;
            Some(at_least(asked.figure("W15", "rows/s")? / raw, 0.5))
        },
    },
    Goal {
        work: "W15 export",
        goal: "16 MB of memory at most",
        judge: |asked| Some(at_most(asked.figure("W15", "memory MB more")?, " MB", 16.0)),
    },
    Goal {
        work: "W15 export",
        goal: "20x Django",
        judge: |asked| {
            Some(at_least(
                asked.figure("W15", "rows/s")? / asked.peer("django", "W15", "rows/s")?,
                20.0,
            ))
        },
    },
    Goal {
        work: "W16 import of a million users",
        goal: "40 s on SQLite, 60 s on Postgres",
        judge: |asked| {
            let seconds = asked
                .results
                .import_seconds(asked.ours)
                .filter(|_| asked.results.users == FULL_SIZE)?;
            Some(at_most(
                seconds,
                " s",
                if asked.engine() == "SQLite" { 40.0 } else { 60.0 },
            ))
        },
    },
    Goal {
        work: "W14 memory, without mapped files",
        goal: "40 MB idle and loaded",
        judge: |asked| {
            let figures = ["idle MB without mapped files", "loaded MB without mapped files"];
            Some(at_most(
                Asked::greatest(&figures, |figure| asked.figure("W14", figure))?,
                " MB",
                40.0,
            ))
        },
    },
    Goal {
        work: "W14 start",
        goal: "150 ms",
        judge: |asked| Some(at_most(asked.figure("W14", "start ms")?, " ms", 150.0)),
    },
    Goal {
        work: "W14 binary",
        goal: "30 MB",
        judge: |asked| Some(at_most(asked.results.machine.binary_mb, " MB", 30.0)),
    },
    Goal {
        work: "growth, 10 times the data (beyond it by hand: [bench/README.md](../bench/README.md), where one search grows by more)",
        goal: "list and search at most 1.3x",
        judge: |asked| {
            let grown = |workload: &str| asked.growth(workload);
            Some(at_most(Asked::greatest(&GROWING, grown)?, "x", 1.3))
        },
    },
];

#[cfg(test)]
mod tests {
    use super::super::results::tests::results;
    use super::{Asked, GOALS, Outcome, at_least, at_most};

    fn judge(work: &str, goal: &str, figures: &[(&str, &[f64])]) -> Option<Outcome> {
        let results = results(figures);
        let asked = Asked {
            results: &results,
            smaller: None,
            ours: "usher-sqlite",
        };
        let goal = GOALS
            .iter()
            .find(|row| row.work.starts_with(work) && row.goal == goal)
            .unwrap();
        goal.judge(asked)
    }

    #[test]
    fn the_best_peer_counts_and_the_median_of_the_rounds() {
        let figures: &[(&str, &[f64])] = &[
            ("usher-sqlite/W8/requests:s", &[900.0, 1000.0, 5000.0]),
            ("django-tuned-sqlite/W8/requests:s", &[40.0, 40.0, 40.0]),
            ("django-tuned-postgres/W8/requests:s", &[50.0, 50.0, 50.0]),
            ("django-stock-sqlite/W8/requests:s", &[500.0, 500.0, 500.0]),
        ];
        assert_eq!(judge("W8", "20x tuned Django", figures), Some(at_least(20.0, 20.0)));
    }

    #[test]
    fn a_list_is_as_good_as_the_worst_of_its_three() {
        let mut figures: Vec<(&str, &[f64])> = vec![
            ("usher-sqlite/W2/requests:s", &[1000.0]),
            ("usher-sqlite/W2b/requests:s", &[500.0]),
            ("django-tuned-sqlite/W2/requests:s", &[10.0]),
            ("django-tuned-sqlite/W2b/requests:s", &[10.0]),
        ];
        assert_eq!(judge("W2,", "100x tuned Django", &figures), None);
        figures.push(("usher-sqlite/W2c/requests:s", &[2000.0]));
        figures.push(("django-tuned-sqlite/W2c/requests:s", &[10.0]));
        let outcome = judge("W2,", "100x tuned Django", &figures).unwrap();
        assert_eq!((outcome.value, outcome.is_met()), (50.0, false));
    }

    #[test]
    fn a_search_may_cost_the_cheaper_raw_way_and_a_little() {
        let figures: &[(&str, &[f64])] = &[
            ("usher-sqlite/W4b/alone p50 ms", &[5.6]),
            ("limits/SQLite W4b trigrams/us", &[1300.0]),
            ("limits/SQLite W4b LIKE scan/us", &[1_000_000.0]),
        ];
        assert_eq!(
            judge("W4b", "the cheaper raw way + 1.5 ms", figures),
            Some(at_most(2.0, "x", 1.0))
        );
    }
}
