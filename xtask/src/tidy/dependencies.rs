//! Who may know whom: `frontend -> app -> domain` and `server -> app, backend, store; backend -> store -> domain`.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Problems;
use crate::workspace::cargo;

/// A crate of the workspace with what its manifest names, tests' dependencies included.
pub struct Member {
    pub name: String,
    /// From the workspace's root, such as `crates/domain`.
    pub folder: String,
    pub dependencies: Vec<String>,
}

/// For each of our crates, those of ours that it may name.
const KNOWS: [(&str, &[&str]); 8] = [
    ("domain", &[]),
    ("store", &["domain"]),
    ("backend", &["domain", "store"]),
    ("app", &["backend", "domain"]),
    ("frontend", &["app"]),
    ("server", &["app", "backend", "domain", "store"]),
    ("fuzz", &["app", "backend", "domain"]),
    ("xtask", &[]),
];

/// Crates of others that only some of ours may name.
const KEPT: [(&str, &[&str]); 4] = [
    ("sqlx", &["store"]),
    ("libsqlite3-sys", &["store"]),
    ("axum", &["app", "server"]),
    ("lettre", &["backend"]),
];

/// The members of the workspace, as cargo sees them.
pub fn members() -> Result<Vec<Member>> {
    let mut command = cargo();
    command
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .stderr(Stdio::inherit());
    let output = command.output().context("cargo metadata did not start")?;
    ensure!(output.status.success(), "cargo metadata failed: {}", output.status);
    let metadata: Value = serde_json::from_slice(&output.stdout)?;

    let root = metadata["workspace_root"]
        .as_str()
        .context("cargo metadata names no root")?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata names no packages")?;
    packages.iter().map(|package| member(package, root)).collect()
}

fn member(package: &Value, root: &str) -> Result<Member> {
    let text = |value: &Value| {
        value
            .as_str()
            .map(str::to_owned)
            .context("cargo metadata changed its form")
    };
    let manifest = text(&package["manifest_path"])?;
    let folder = manifest
        .trim_start_matches(root)
        .trim_start_matches('/')
        .trim_end_matches("/Cargo.toml");
    let dependencies = package["dependencies"].as_array().into_iter().flatten();
    Ok(Member {
        name: text(&package["name"])?,
        folder: folder.to_owned(),
        dependencies: dependencies
            .map(|dependency| text(&dependency["name"]))
            .collect::<Result<_>>()?,
    })
}

pub fn check(members: &[Member]) -> Problems {
    members
        .iter()
        .flat_map(|member| directions(member).into_iter().chain(foreign(member)))
        .collect()
}

/// Of ours, a crate names only those below it.
fn directions(member: &Member) -> Problems {
    let Some((_, known)) = KNOWS.iter().find(|(name, _)| *name == member.name) else {
        return vec![format!(
            "{}: a new crate: say in xtask's tidy whom it may know",
            member.folder
        )];
    };
    let ours = member
        .dependencies
        .iter()
        .filter(|name| KNOWS.iter().any(|(our, _)| our == name));
    ours.filter(|name| !known.contains(&name.as_str()) && **name != member.name)
        .map(|name| format!("{}: {} must not know {name}", member.folder, member.name))
        .collect()
}

/// Frameworks stay where they belong, and `domain` has none.
fn foreign(member: &Member) -> Problems {
    let is_kept_from = |dependency: &str| {
        let elsewhere = KEPT
            .iter()
            .any(|(name, crates)| *name == dependency && !crates.contains(&member.name.as_str()));
        let framework = ["leptos", "axum", "sqlx", "tokio"]
            .iter()
            .any(|name| dependency.starts_with(name));
        elsewhere || (member.name == "domain" && framework)
    };
    let dependencies = member.dependencies.iter().filter(|name| is_kept_from(name));
    dependencies
        .map(|name| format!("{}: {} must not name {name}", member.folder, member.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(name: &str, dependencies: &[&str]) -> Problems {
        let dependencies = dependencies.iter().map(ToString::to_string).collect();
        check(&[Member {
            name: name.into(),
            folder: name.into(),
            dependencies,
        }])
    }

    #[test]
    fn the_allowed_directions_pass() {
        assert!(problems("frontend", &["app", "leptos"]).is_empty());
        assert!(problems("store", &["domain", "sqlx"]).is_empty());
        assert!(problems("server", &["app", "axum", "backend", "store"]).is_empty());
    }

    #[test]
    fn a_wrong_direction_is_found() {
        assert_eq!(problems("app", &["store"]), ["app: app must not know store"]);
        assert_eq!(problems("backend", &["app"]), ["backend: backend must not know app"]);
        assert_eq!(problems("domain", &["store"]), ["domain: domain must not know store"]);
    }

    #[test]
    fn only_the_store_names_sqlx() {
        assert_eq!(problems("backend", &["sqlx"]), ["backend: backend must not name sqlx"]);
    }

    #[test]
    fn the_domain_names_no_framework() {
        for framework in ["leptos", "leptos_router", "axum", "sqlx"] {
            assert_eq!(problems("domain", &[framework]).len(), 1, "{framework}");
        }
    }

    #[test]
    fn a_crate_without_a_place_is_found() {
        assert_eq!(problems("utils", &[]).len(), 1);
    }
}
