//! A backup a day of an SQLite database, and how many of them are kept.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use backend::{clock::Clock, secret::make_private_folder, show};
use store::backup::{BackupError, Reading, back_up};
use tokio::time;

use crate::config::{Config, ConfigError};

/// How often it is asked whether today has its backup. One that failed is tried again then.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// Where they go. Nothing else in the folder is touched.
pub struct DailyBackups {
    database: PathBuf,
    folder: PathBuf,
    keep: usize,
}

impl DailyBackups {
    /// None where the configuration asks for none.
    pub fn of(config: &Config) -> Result<Option<Self>, ConfigError> {
        let Some(folder) = config.backup_dir.clone() else {
            return Ok(None);
        };
        let database = config.database()?;
        let path = database
            .strip_prefix("sqlite://")
            .ok_or(ConfigError::BackupsOfPostgres)?;
        Ok(Some(Self {
            database: path.into(),
            folder,
            keep: config.backup_keep.into(),
        }))
    }

    /// Makes them as days come, and never ends by itself. The log says what became of each.
    pub async fn run(&self, clock: &Clock) {
        let mut hourly = time::interval(EVERY);
        loop {
            hourly.tick().await;
            let today: String = show::machine(clock.now()).chars().take(10).collect();
            match self.make(&today).await {
                Ok(Some(file)) => tracing::info!(file = %file.display(), "backed up"),
                Ok(None) => {}
                Err(error) => tracing::error!(%error, "the daily backup failed, it is tried again in an hour"),
            }
        }
    }

    /// Makes the backup of a day, such as 2026-11-24, unless there is one, and removes the oldest beyond those to keep.
    pub async fn make(&self, day: &str) -> Result<Option<PathBuf>, BackupError> {
        let file = self.folder.join(format!("{BEFORE}{day}{AFTER}"));
        if file.exists() {
            return Ok(None);
        }
        let failed = |error| BackupError::File(self.folder.clone(), error);
        make_private_folder(&self.folder).map_err(failed)?;
        back_up(&self.database, &file, Reading::Paged).await?;
        self.remove_oldest().map_err(failed)?;
        Ok(Some(file))
    }

    fn remove_oldest(&self) -> io::Result<()> {
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if is_left_over(&path) {
                fs::remove_file(path)?;
            } else if is_daily(&path) {
                all.push(path);
            }
        }
        // By name is by day.
        all.sort();
        let surplus = all.len().saturating_sub(self.keep);
        all.iter().take(surplus).try_for_each(fs::remove_file)
    }
}

const BEFORE: &str = "usher-";
const AFTER: &str = ".db";

fn is_daily(path: &Path) -> bool {
    is_of_a_day(name_of(path))
}

/// What a server that was killed had written of its backup, such as `usher-2026-11-24.db.4711.part-journal`.
fn is_left_over(path: &Path) -> bool {
    let Some((backup, rest)) = name_of(path).split_once(".db.") else {
        return false;
    };
    is_of_a_day(&format!("{backup}{AFTER}")) && rest.contains(".part")
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn is_of_a_day(name: &str) -> bool {
    let day = name.strip_prefix(BEFORE).and_then(|name| name.strip_suffix(AFTER));
    day.is_some_and(|day| {
        day.len() == 10
            && day.char_indices().all(|(at, c)| {
                if matches!(at, 4 | 7) {
                    c == '-'
                } else {
                    c.is_ascii_digit()
                }
            })
    })
}
