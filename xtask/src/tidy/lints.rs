//! Every crate takes the workspace's lints, which forbid unsafe code.

use super::{Problems, Source};

pub fn check(sources: &[Source]) -> Problems {
    let manifests = sources.iter().filter(|source| source.path.ends_with("Cargo.toml"));
    manifests.filter_map(lints).collect()
}

fn lints(source: &Source) -> Option<String> {
    let (wanted, what) = if source.text.contains("[workspace]") {
        (
            "[workspace.lints.rust]\nunsafe_code = \"forbid\"",
            "unsafe code is not forbidden",
        )
    } else {
        ("[lints]\nworkspace = true", "it does not take the workspace's lints")
    };
    (!source.text.contains(wanted)).then(|| format!("{}: {what}", source.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Problems {
        check(&[Source {
            path: "server/Cargo.toml".into(),
            text: text.into(),
        }])
    }

    #[test]
    fn a_crate_that_may_be_unsafe_is_found() {
        assert!(problems("[package]\n[lints]\nworkspace = true\n").is_empty());
        assert_eq!(problems("[package]\n").len(), 1);
        assert!(problems("[workspace]\n[workspace.lints.rust]\nunsafe_code = \"forbid\"\n").is_empty());
        assert_eq!(
            problems("[workspace]\n[workspace.lints.rust]\nunsafe_code = \"warn\"\n").len(),
            1
        );
    }
}
