//! Lock files pin versions and digests, and leave it to each machine where its packages come from.

use super::{Problems, Source};

/// How cargo names crates.io itself, whichever mirror serves it.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub fn check(sources: &[Source]) -> Problems {
    sources.iter().flat_map(hosts).collect()
}

fn hosts(source: &Source) -> Problems {
    let name = source.path.rsplit('/').next().unwrap_or_default();
    let is_host: fn(&str) -> bool = match name {
        "Cargo.lock" => |line| line.starts_with("source = ") && !line.contains(CRATES_IO),
        "package-lock.json" => |line| line.contains("\"resolved\"") && line.contains("://"),
        ".npmrc" => |line| line.contains("://"),
        _ => return Problems::new(),
    };
    let lines = source.lines().filter(|(_, line)| is_host(line));
    lines
        .map(|(number, _)| format!("{}:{number}: a download host", source.path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(path: &str, text: &str) -> Problems {
        check(&[Source {
            path: path.into(),
            text: text.into(),
        }])
    }

    #[test]
    fn hosts_are_found() {
        let mirror = "source = \"sparse+https://crates.example/index/\"";
        assert_eq!(problems("Cargo.lock", mirror), ["Cargo.lock:1: a download host"]);
        let resolved = "{\n\"resolved\": \"https://npm.example/a.tgz\"\n}";
        assert_eq!(
            problems("end2end/package-lock.json", resolved),
            ["end2end/package-lock.json:2: a download host"]
        );
        assert_eq!(problems("end2end/.npmrc", "registry=https://npm.example").len(), 1);
    }

    #[test]
    fn names_without_a_host_pass() {
        assert!(problems("Cargo.lock", &format!("source = \"{CRATES_IO}\"")).is_empty());
        assert!(problems("xtask/package-lock.json", "\"url\": \"https://opencollective.com/x\"").is_empty());
    }
}
