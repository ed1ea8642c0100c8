//! The words after `cargo xtask bench`.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, Result, bail};

use super::{folder_of, goals::GROWING};
use crate::workspace::{root, target};

pub const USAGE: &str = "\
Usage: cargo xtask bench [OPTIONS]

Measures Usher, the limits and the peers, and writes docs/performance.md. At full size it takes about an hour and 10 GB;
`--users 20000 --organizations 500 --invitations 4000 --rounds 1 --seconds 1 --document target/bench/trial.md` takes a few
minutes. A tenth of the data is measured first, which growth is compared with, unless some workloads alone are.

  --users N, --organizations N, --invitations N   the data set: 1000000, 2000 and 200000
  --targets A,B   files of bench/targets, without .json; all of them by default
  --without-peers, --without-browser, --without-growth
  --only W1,W2    these workloads alone
  --rounds N      3; the document has medians
  --seconds N     5, under load in each workload
  --usher FILE    this binary; by default one is built
  --folder DIR    where data and databases lie: target/bench/USERS
  --document FILE docs/performance.md
  --note TEXT     stands at the head of the document: what else the machine did meanwhile
  --document-only writes the document from the figures of the last run
";

const OURS: [&str; 2] = ["usher-sqlite", "usher-postgres"];
const PEERS: [&str; 4] = [
    "django-tuned-sqlite",
    "django-tuned-postgres",
    "better-auth-postgres",
    "django-stock-sqlite",
];

pub struct Size {
    pub users: u64,
    pub organizations: u64,
    pub invitations: u64,
}

impl Size {
    pub fn words(&self) -> Vec<String> {
        [
            ("--users", self.users),
            ("--organizations", self.organizations),
            ("--invitations", self.invitations),
        ]
        .into_iter()
        .flat_map(|(name, number)| [name.to_owned(), number.to_string()])
        .collect()
    }
}

pub struct Options {
    pub size: Size,
    pub targets: Vec<String>,
    pub only: Option<String>,
    pub rounds: u32,
    pub seconds: u32,
    pub without_browser: bool,
    pub without_growth: bool,
    pub usher: Option<PathBuf>,
    pub folder: PathBuf,
    pub document: PathBuf,
    pub document_only: bool,
    pub note: String,
    given: Vec<String>,
}

impl Options {
    /// None where help was asked for.
    pub fn parse(words: &[&str]) -> Result<Option<Self>> {
        let mut size = Size {
            users: 1_000_000,
            organizations: 2_000,
            invitations: 200_000,
        };
        let (mut targets, mut only, mut usher, mut folder) = (None, None, None, None);
        let (mut rounds, mut seconds) = (3, 5);
        let (mut without_peers, mut without_browser, mut without_growth, mut document_only) =
            (false, false, false, false);
        let mut note = String::new();
        let mut document = root().join("docs/performance.md");
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            let mut value = || rest.next().copied().with_context(|| format!("{word} needs a value"));
            match *word {
                "--help" | "-h" => return Ok(None),
                "--users" => size.users = number(value()?)?,
                "--organizations" => size.organizations = number(value()?)?,
                "--invitations" => size.invitations = number(value()?)?,
                "--targets" => targets = Some(value()?.split(',').map(str::to_owned).collect()),
                "--only" => only = Some(value()?.to_owned()),
                "--rounds" => rounds = number(value()?)?,
                "--seconds" => seconds = number(value()?)?,
                "--usher" => usher = Some(PathBuf::from(value()?)),
                "--folder" => folder = Some(PathBuf::from(value()?)),
                "--document" => document = std::env::current_dir()?.join(value()?),
                "--note" => value()?.clone_into(&mut note),
                "--without-peers" => without_peers = true,
                "--without-browser" => without_browser = true,
                "--without-growth" => without_growth = true,
                "--document-only" => document_only = true,
                _ => bail!("{word} is no option\n\n{USAGE}"),
            }
        }
        let peers: &[&str] = if without_peers { &[] } else { &PEERS };
        let all = || OURS.iter().chain(peers).map(|name| (*name).to_owned()).collect();
        let folder = folder.unwrap_or_else(|| target().join("bench").join(size.users.to_string()));
        Ok(Some(Self {
            folder: folder_of(&folder)?,
            targets: targets.unwrap_or_else(all),
            size,
            without_growth: without_growth || only.is_some(),
            only,
            rounds,
            seconds,
            without_browser,
            usher,
            document,
            document_only,
            note,
            given: words.iter().map(|word| (*word).to_owned()).collect(),
        }))
    }

    /// The same with a tenth of the data: Usher alone, and what growth is judged by.
    pub fn tenth(&self) -> Result<Self> {
        let size = Size {
            users: self.size.users / 10,
            organizations: self.size.organizations / 10,
            invitations: self.size.invitations / 10,
        };
        let ours = self.targets.iter().filter(|name| OURS.contains(&name.as_str()));
        Ok(Self {
            folder: folder_of(&self.folder.with_file_name(size.users.to_string()))?,
            targets: ours.cloned().collect(),
            only: Some(GROWING.join(",")),
            without_browser: true,
            size,
            usher: self.usher.clone(),
            document: self.document.clone(),
            note: String::new(),
            given: Vec::new(),
            ..*self
        })
    }

    /// How the run can be repeated: without what says where files lie on this machine.
    pub fn command(&self) -> String {
        let mut words = vec!["cargo xtask bench"];
        let mut given = self.given.iter().map(String::as_str);
        while let Some(word) = given.next() {
            match word {
                "--usher" | "--folder" | "--document" | "--note" => drop(given.next()),
                "--document-only" => {}
                _ => words.push(word),
            }
        }
        words.join(" ")
    }
}

fn number<T: FromStr>(text: &str) -> Result<T> {
    match text.parse() {
        Ok(number) => Ok(number),
        Err(_) => bail!("{text} is no number"),
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn parse(words: &[&str]) -> Options {
        let folder = target_folder();
        let words = [words, &["--folder", folder.as_str()]].concat();
        Options::parse(&words).unwrap().unwrap()
    }

    fn target_folder() -> String {
        let folder = crate::workspace::target().join("tmp/bench-options");
        folder.to_string_lossy().into_owned()
    }

    #[test]
    fn everything_is_measured_unless_it_is_told_otherwise() {
        let all = parse(&[]);
        assert_eq!((all.size.users, all.rounds, all.targets.len()), (1_000_000, 3, 6));
        assert_eq!(parse(&["--without-peers"]).targets, ["usher-sqlite", "usher-postgres"]);
        assert_eq!(parse(&["--targets", "usher-sqlite"]).targets, ["usher-sqlite"]);
    }

    #[test]
    fn growth_is_measured_with_a_tenth_of_the_data_and_without_peers() {
        let tenth = parse(&["--users", "20000"]).tenth().unwrap();
        assert_eq!((tenth.size.users, tenth.size.organizations), (2_000, 200));
        assert_eq!(tenth.targets, ["usher-sqlite", "usher-postgres"]);
        assert!(tenth.without_browser && tenth.folder.ends_with("2000"));
        assert!(parse(&["--only", "W2"]).without_growth);
    }

    #[test]
    fn what_is_no_option_is_refused() {
        for wrong in [&["--user", "5"][..], &["--users"], &["--users", "many"]] {
            assert!(Options::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_command_names_no_place_of_this_machine() {
        let options = parse(&[
            "--users",
            "20000",
            "--usher",
            "/opt/usher",
            "--document-only",
            "--rounds",
            "1",
        ]);
        assert_eq!(options.command(), "cargo xtask bench --users 20000 --rounds 1");
    }
}
