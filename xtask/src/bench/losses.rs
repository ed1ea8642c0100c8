//! Where a peer was ahead, in whatever was measured of both.

use std::fmt::Write;

use super::document::{WORKLOADS, ours, rate};
use super::outcome::short;
use super::results::Results;

/// What is better the less it is, in the browser.
const PAGES: [&str; 6] = [
    "sign-in, cold",
    "sign-in, warm",
    "sign-in, slow",
    "list, cold",
    "list, warm",
    "list, slow",
];
const OF_A_PAGE: [&str; 4] = ["click answered ms", "first byte ms", "first paint ms", "kB"];

/// And of the server and its answers, each with its workload.
const OF_A_SERVER: [(&str, &str); 6] = [
    ("W14", "start ms"),
    ("W14", "idle MB"),
    ("W14", "loaded MB"),
    ("W14", "loaded MB without mapped files"),
    ("W15", "memory MB more"),
    ("W2", "bytes"),
];

/// A figure of each target, where it has one.
type Figure<'a> = Box<dyn Fn(&str) -> Option<f64> + 'a>;

/// The lines of the section.
pub fn losses(results: &Results) -> String {
    let mut rows = String::new();
    for (workload, words) in WORKLOADS {
        for_each_pair(results, |target, peer| {
            let (own, theirs) = (rate(results, target, workload)?, rate(results, peer, workload)?);
            let ahead = short(theirs / own);
            (theirs > own).then(|| writeln!(rows, "- {workload}, {words}: {peer} is {ahead}x as fast as {target}."))
        });
    }
    for (label, figure) in figures(results) {
        for_each_pair(results, |target, peer| {
            let (own, theirs) = (figure(target)?, figure(peer)?);
            let (less, more) = (short(theirs), short(own));
            // What is told alike is no loss.
            (theirs < own && less != more)
                .then(|| writeln!(rows, "- {label}: {less} with {peer}, {more} with {target}."))
        });
    }
    if rows.is_empty() {
        let reason = if results.targets().len() == ours(results).len() {
            "No peer was measured."
        } else {
            "No peer was ahead in anything."
        };
        rows = format!("{reason}\n");
    }
    format!(
        "## Losses\nWhere a peer that does the same was ahead, by medians; goals that were missed stand above.\n\n{rows}"
    )
}

/// What is better the less it is.
fn figures(results: &Results) -> Vec<(String, Figure<'_>)> {
    let mut figures: Vec<(String, Figure<'_>)> = Vec::new();
    for (workload, words) in WORKLOADS {
        let alone = move |target: &str| results.figure(target, workload, "alone p50 ms");
        figures.push((format!("{workload}, {words}, one client alone, ms"), Box::new(alone)));
    }
    for (workload, name) in OF_A_SERVER {
        let figure = move |target: &str| results.figure(target, workload, name);
        figures.push((format!("{workload}, {name}"), Box::new(figure)));
    }
    let seconds = |target: &str| results.import_seconds(target);
    figures.push(("loading the data set, s".to_owned(), Box::new(seconds)));
    for page in PAGES {
        for name in OF_A_PAGE {
            let figure = move |target: &str| results.page(target, page, name);
            figures.push((format!("{page}, {name}"), Box::new(figure)));
        }
    }
    figures
}

fn for_each_pair<T>(results: &Results, mut compare: impl FnMut(&str, &str) -> Option<T>) {
    let (ours, all) = (ours(results), results.targets());
    for peer in all.iter().filter(|name| !ours.contains(name)) {
        for target in &ours {
            compare(target, peer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::results;
    use super::losses;

    #[test]
    fn a_peer_is_told_to_be_ahead_in_whatever_it_is() {
        let told = losses(&results(&[
            ("usher-sqlite/W1/requests:s", &[70.0]),
            ("usher-sqlite/W1/alone p50 ms", &[14.4]),
            ("usher-sqlite/W2/bytes", &[15079.0]),
            ("better-auth-postgres/W1/requests:s", &[50.0]),
            ("better-auth-postgres/W1/alone p50 ms", &[13.2]),
            ("better-auth-postgres/W2/bytes", &[7281.0]),
        ]));
        for loss in [
            "one client alone, ms: 13.2 with better-auth-postgres, 14.4 with usher-sqlite.",
            "- W2, bytes: 7281 with better-auth-postgres, 15079 with usher-sqlite.",
        ] {
            assert!(told.contains(loss), "{told}");
        }
        assert!(!told.contains("as fast as"), "{told}");
    }
}
