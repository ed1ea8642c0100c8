//! What `bench/run.py` has measured.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::files;

/// By workload, or by limit, and by figure.
pub type Figures = BTreeMap<String, BTreeMap<String, f64>>;

#[derive(Deserialize)]
pub struct Machine {
    pub cpu: String,
    pub cores: u32,
    #[serde(rename = "memory GiB")]
    pub memory: u32,
    pub versions: BTreeMap<String, String>,
    pub usher: String,
    #[serde(rename = "binary MB")]
    pub binary_mb: f64,
}

#[derive(Deserialize)]
pub struct Results {
    pub started: String,
    pub machine: Machine,
    pub users: u64,
    pub organizations: u64,
    pub seconds: u32,
    /// By target; the limits are one of them.
    pub rounds: Vec<BTreeMap<String, Figures>>,
    /// By target: pages with their figures.
    #[serde(default)]
    pub browser: BTreeMap<String, Figures>,
    /// By step: "import s" and others.
    #[serde(default)]
    prepared: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

/// How the limits are called among the targets.
const LIMITS: &str = "limits";

impl Results {
    pub fn read(path: &Path) -> Result<Self> {
        let text = files::read_text(path)?;
        serde_json::from_str(&text).with_context(|| format!("{} is no result of a run", path.display()))
    }

    /// The targets in the order of the files that describe them, ours first.
    pub fn targets(&self) -> Vec<&str> {
        let mut targets: Vec<&str> = self.rounds.first().map_or_else(Vec::new, |round| {
            round
                .keys()
                .map(String::as_str)
                .filter(|name| *name != LIMITS)
                .collect()
        });
        targets.sort_by_key(|name| {
            (
                !name.starts_with("usher"),
                !name.contains("tuned"),
                !name.contains("sqlite"),
            )
        });
        targets
    }

    /// The values of all rounds.
    pub fn values(&self, target: &str, workload: &str, figure: &str) -> Vec<f64> {
        let of_round = |round: &BTreeMap<String, Figures>| round.get(target)?.get(workload)?.get(figure).copied();
        self.rounds.iter().filter_map(of_round).collect()
    }

    /// The median of the rounds.
    pub fn figure(&self, target: &str, workload: &str, figure: &str) -> Option<f64> {
        median(self.values(target, workload, figure))
    }

    pub fn limit(&self, name: &str, figure: &str) -> Option<f64> {
        self.figure(LIMITS, name, figure)
    }

    /// The limits by name, each with its figures.
    pub fn limits(&self) -> Vec<(&str, Vec<String>)> {
        let Some(limits) = self.rounds.first().and_then(|round| round.get(LIMITS)) else {
            return Vec::new();
        };
        let words = |figures: &BTreeMap<String, f64>| -> Vec<String> { figures.keys().cloned().collect() };
        limits
            .iter()
            .map(|(name, figures)| (name.as_str(), words(figures)))
            .collect()
    }

    pub fn page(&self, target: &str, page: &str, figure: &str) -> Option<f64> {
        self.browser.get(target)?.get(page)?.get(figure).copied()
    }

    /// How long a data set took to come in.
    pub fn import_seconds(&self, target: &str) -> Option<f64> {
        self.prepared.get(target)?.get("import s")?.as_f64()
    }

    /// A figure of a step of the preparation.
    pub fn prepared(&self, step: &str, figure: &str) -> Option<f64> {
        self.prepared.get(step)?.get(figure)?.as_f64()
    }
}

/// The middle one, or the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        length if length % 2 == 1 => values.get(middle).copied(),
        _ => Some(f64::midpoint(*values.get(middle - 1)?, *values.get(middle)?)),
    }
}

#[cfg(test)]
pub mod tests {
    use super::{Results, median};

    /// Results with these figures, each "target/workload/figure" with the values of its rounds.
    pub fn results(figures: &[(&str, &[f64])]) -> Results {
        let rounds = figures.iter().map(|(_, values)| values.len()).max().unwrap_or(1);
        let mut results: Results = serde_json::from_str(
            r#"{"started": "2026-11-24T00:00:00Z", "users": 1000000, "organizations": 2000, "seconds": 5, "rounds": [],
                "machine": {"cpu": "a", "cores": 2, "memory GiB": 24, "versions": {}, "usher": "", "binary MB": 29.0}}"#,
        )
        .unwrap();
        results.rounds.resize_with(rounds, Default::default);
        for (path, values) in figures {
            let [target, workload, figure] = path.split('/').collect::<Vec<_>>()[..] else {
                panic!("{path}");
            };
            for (round, value) in results.rounds.iter_mut().zip(*values) {
                let figures = round
                    .entry(target.into())
                    .or_default()
                    .entry(workload.into())
                    .or_default();
                figures.insert(figure.replace(':', "/"), *value);
            }
        }
        results
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(vec![]), None);
    }

    #[test]
    fn ours_come_first() {
        let results = results(&[
            ("better-auth-postgres/W1/x", &[1.0]),
            ("limits/a/x", &[1.0]),
            ("usher-postgres/W1/x", &[1.0]),
            ("usher-sqlite/W1/x", &[1.0]),
        ]);
        assert_eq!(
            results.targets(),
            ["usher-sqlite", "usher-postgres", "better-auth-postgres"]
        );
    }
}
