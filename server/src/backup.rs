//! `usher backup` and `usher restore`: the command line's words for what the store does.

use std::{path::Path, process::Command};

use store::backup::{self, BackupError, Reading};

use crate::{
    config::{Config, ConfigError},
    state::{self, OpenError},
    terminal::say,
};

/// Why there is no backup, or nothing was restored, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum BackupCommandError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error("pg_dump cannot be run ({0}): install Postgres' client programs")]
    NoPgDump(String),
    #[error("pg_dump is of version {client}, older than the server's {server}: it would refuse. Install a newer one")]
    OldPgDump { client: u32, server: u32 },
}

/// On SQLite a copy that is consistent and checked, while a server runs; on Postgres the command that makes one.
pub async fn back_up(config: &Config, file: &Path) -> Result<(), BackupCommandError> {
    let database = config.database()?;
    let Some(path) = database.strip_prefix("sqlite://") else {
        return tell_pg_dump(&database, file).await;
    };
    backup::back_up(Path::new(path), file, Reading::Mapped).await?;
    say!("{} is a whole copy of the database, checked.", file.display());
    say!(
        "It does not hold the installation's key: keep a copy of {} in another place.",
        config.key_file()?.0.display()
    );
    Ok(())
}

/// Puts an SQLite backup where there is no database yet.
pub async fn restore(config: &Config, file: &Path) -> Result<(), BackupCommandError> {
    let database = config.database()?;
    let Some(path) = database.strip_prefix("sqlite://") else {
        say!("Into an empty database of Postgres:");
        say!(
            "  {}pg_restore --no-owner --exit-on-error --dbname=\"$USHER_DATABASE_URL\" {}",
            backup::environment_of_commands(&database).map_err(BackupError::from)?,
            file.display()
        );
        return Ok(());
    };
    let _lock = state::reserve(config)?;
    backup::restore(file, Path::new(path)).await?;
    say!("{path} is restored from {}, checked, and up to date.", file.display());
    let (key, _) = config.key_file()?;
    if !key.exists() {
        say!(
            "There is no key at {}. Put the one that the backup was written with there: Usher does not start on it \
             without.",
            key.display()
        );
    }
    Ok(())
}

/// Sessions, and links to a new password: who has ended or used theirs since must not be let in again by a copy.
const WITHOUT_WHAT_IS_OPEN: &str = "--exclude-table-data=sessions --exclude-table-data=recoveries";

/// Postgres is backed up by its own program, which must not be older than the server.
async fn tell_pg_dump(database: &str, file: &Path) -> Result<(), BackupCommandError> {
    let server = backup::postgres_version(database).await.map_err(BackupError::from)?;
    let asked = Command::new("pg_dump").arg("--version").output();
    let answer = asked.map_err(|error| BackupCommandError::NoPgDump(error.to_string()))?;
    let answer = String::from_utf8_lossy(&answer.stdout).into_owned();
    let client = major_version(&answer).ok_or_else(|| BackupCommandError::NoPgDump(answer.trim().to_owned()))?;
    if client < server {
        return Err(BackupCommandError::OldPgDump { client, server });
    }
    say!(
        "Postgres is backed up by its own program, while Usher serves. With pg_dump {client} for this server {server}:"
    );
    say!(
        "  {}pg_dump --format=custom --no-owner {WITHOUT_WHAT_IS_OPEN} --file={} \"$USHER_DATABASE_URL\"",
        backup::environment_of_commands(database).map_err(BackupError::from)?,
        file.display()
    );
    say!("It does not hold the installation's key: keep a copy of the key file in another place.");
    Ok(())
}

/// Of `pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`.
fn major_version(answer: &str) -> Option<u32> {
    let word = answer
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let digits = word.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major_version;

    #[test]
    fn the_version_of_pg_dump_is_read() {
        assert_eq!(
            major_version("pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(major_version("pg_dump (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_version(""), None);
    }
}
