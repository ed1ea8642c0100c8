//! The configuration: flags or environment, secrets also from files.

use std::{net::SocketAddr, path::PathBuf};

use backend::second_factor::Requirement;
use clap::Args;
use url::Url;

/// What every command needs to know.
#[derive(Args, Clone)]
pub struct Config {
    /// Where to listen.
    #[arg(long, env = "USHER_LISTEN", default_value = "127.0.0.1:3000", global = true)]
    pub listen: SocketAddr,

    /// The address that people use; the only source of links.
    #[arg(
        long,
        env = "USHER_PUBLIC_URL",
        default_value = "http://127.0.0.1:3000",
        global = true
    )]
    pub public_url: Url,

    /// sqlite://PATH or postgres://…; by default usher.db in the data folder.
    #[arg(long, env = "USHER_DATABASE_URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,

    /// A file that holds the database URL, for one with a password.
    #[arg(long, env = "USHER_DATABASE_URL_FILE", global = true)]
    pub database_url_file: Option<PathBuf>,

    /// smtp://[USER:PASSWORD@]HOST[:PORT] or smtps://…; without it mails are written as .eml files.
    #[arg(long, env = "USHER_SMTP_URL", global = true, hide_env_values = true)]
    pub smtp_url: Option<String>,

    /// A file that holds the SMTP URL, for one with a password.
    #[arg(long, env = "USHER_SMTP_URL_FILE", global = true)]
    pub smtp_url_file: Option<PathBuf>,

    /// Whom mails come from, for example "Usher <usher@example.com>".
    #[arg(long, env = "USHER_MAIL_FROM", global = true)]
    pub mail_from: Option<String>,

    /// Where the database, the key and .eml files lie.
    #[arg(long, env = "USHER_DATA_DIR", default_value = "data", global = true)]
    pub data_dir: PathBuf,

    /// The installation's key: 32 bytes in base64url. By default secret.key in the data folder, made at the first start;
    /// on Postgres it must be given, since several servers share it.
    #[arg(long, env = "USHER_SECRET_KEY_FILE", global = true)]
    pub secret_key_file: Option<PathBuf>,

    /// A folder for a backup a day of an SQLite database; without it there are none.
    #[arg(long, env = "USHER_BACKUP_DIR", global = true)]
    pub backup_dir: Option<PathBuf>,

    /// How many daily backups are kept.
    #[arg(long, env = "USHER_BACKUP_KEEP", default_value = "14", global = true, value_parser = clap::value_parser!(u16).range(1..))]
    pub backup_keep: u16,

    /// Addresses of reverse proxies whose X-Forwarded-For is believed, separated by commas.
    #[arg(long, env = "USHER_TRUSTED_PROXIES", value_delimiter = ',', global = true)]
    pub trusted_proxies: Vec<std::net::IpAddr>,

    /// Address and port of a listener of its own for a Prometheus, such as 127.0.0.1:9100: it asks nobody who they are.
    #[arg(long, env = "USHER_METRICS_LISTEN", value_name = "ADDRESS", global = true)]
    pub metrics_listen: Option<SocketAddr>,

    /// For how many seconds it goes on after it was told to end, while /readyz says 503: a proxy with several servers
    /// leaves it meanwhile, and no request fails.
    #[arg(long, env = "USHER_DRAIN", default_value = "0", value_name = "SECONDS", global = true, value_parser = clap::value_parser!(u16).range(..=3600))]
    pub drain: u16,

    /// Of whom a second factor is required: nobody, administrators (Admins and Org Admins) or everybody. An organization
    /// may require it of all its people besides.
    #[arg(
        long,
        env = "USHER_REQUIRE_SECOND_FACTOR",
        default_value = "nobody",
        value_name = "WHOM",
        global = true
    )]
    pub require_second_factor: Requirement,

    /// For how many days the audit log is kept; older events are pruned. Without it they are kept for good.
    #[arg(long, env = "USHER_AUDIT_RETENTION", value_name = "DAYS", global = true, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub audit_retention: Option<u32>,

    /// How much one person may ask in a minute: pages, calls and forms count as one, a file of a list as thirty.
    #[arg(long, env = "USHER_REQUESTS_PER_MINUTE", default_value = "600", value_name = "NUMBER", global = true, value_parser = clap::value_parser!(u32).range(1..))]
    pub requests_per_minute: u32,

    /// Allows http:// on a public name. Passwords and cookies then travel in the clear.
    #[arg(long, env = "USHER_ALLOW_INSECURE", global = true)]
    pub allow_insecure: bool,
}

/// A setting that makes no sense, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{name} names the file {path}, which cannot be read: {error}")]
    SecretFile {
        name: &'static str,
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("{0} and {0}_FILE are both set: keep one")]
    Twice(&'static str),
    #[error("USHER_PUBLIC_URL must begin with http:// or https://, and have no path, query or password")]
    PublicUrl,
    #[error(
        "USHER_PUBLIC_URL is http:// on a public name, so passwords would travel in the clear. Use https:// (a reverse \
         proxy can end TLS), or say --allow-insecure"
    )]
    Insecure,
    #[error("USHER_BACKUP_DIR is for SQLite. On Postgres schedule the command that `usher backup FILE` tells")]
    BackupsOfPostgres,
    #[error("on Postgres USHER_SECRET_KEY_FILE must name the key that all servers share")]
    KeyNeeded,
}

impl Config {
    /// The database's address. The path of an SQLite file may be relative.
    pub fn database(&self) -> Result<String, ConfigError> {
        let given = secret(
            "USHER_DATABASE_URL",
            self.database_url.as_deref(),
            self.database_url_file.as_ref(),
        )?;
        Ok(given.unwrap_or_else(|| format!("sqlite://{}", self.data_dir.join("usher.db").display())))
    }

    pub fn smtp(&self) -> Result<Option<String>, ConfigError> {
        secret("USHER_SMTP_URL", self.smtp_url.as_deref(), self.smtp_url_file.as_ref())
    }

    /// The key's file, and whether it may be made.
    pub fn key_file(&self) -> Result<(PathBuf, bool), ConfigError> {
        match &self.secret_key_file {
            Some(path) => Ok((path.clone(), false)),
            None if self.database()?.starts_with("sqlite://") => Ok((self.data_dir.join("secret.key"), true)),
            None => Err(ConfigError::KeyNeeded),
        }
    }

    /// The public URL, checked.
    pub fn origin(&self) -> Result<Url, ConfigError> {
        let url = &self.public_url;
        let bare = url.path() == "/" && url.query().is_none() && url.username().is_empty() && url.password().is_none();
        if !bare || !matches!(url.scheme(), "http" | "https") {
            return Err(ConfigError::PublicUrl);
        }
        if url.scheme() == "http" && !self.allow_insecure && !is_local(url) {
            return Err(ConfigError::Insecure);
        }
        Ok(url.clone())
    }
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A secret from its variable or from the file that `…_FILE` names.
fn secret(name: &'static str, value: Option<&str>, file: Option<&PathBuf>) -> Result<Option<String>, ConfigError> {
    match (value.filter(|value| !value.is_empty()), file) {
        (Some(_), Some(_)) => Err(ConfigError::Twice(name)),
        (Some(value), None) => Ok(Some(value.to_owned())),
        (None, Some(path)) => match std::fs::read_to_string(path) {
            Ok(text) => Ok(Some(text.trim().to_owned())),
            Err(error) => Err(ConfigError::SecretFile {
                name,
                path: path.clone(),
                error,
            }),
        },
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Config, ConfigError};

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        config: Config,
    }

    fn config(arguments: &[&str]) -> Config {
        Command::parse_from([&["usher"], arguments].concat()).config
    }

    #[test]
    fn a_public_name_needs_https() {
        for good in [
            "http://127.0.0.1:3000",
            "http://localhost",
            "http://[::1]:3000",
            "https://usher.example.com",
        ] {
            assert!(config(&["--public-url", good]).origin().is_ok(), "{good}");
        }
        let public = ["--public-url", "http://usher.example.com"];
        assert!(matches!(config(&public).origin(), Err(ConfigError::Insecure)));
        assert!(config(&[&public[..], &["--allow-insecure"]].concat()).origin().is_ok());
        for bad in [
            "ftp://127.0.0.1",
            "http://127.0.0.1/usher",
            "https://ann:secret@usher.example.com",
        ] {
            assert!(
                matches!(config(&["--public-url", bad]).origin(), Err(ConfigError::PublicUrl)),
                "{bad}"
            );
        }
    }

    #[test]
    fn postgres_needs_a_shared_key() {
        let postgres = ["--database-url", "postgres://localhost/usher"];
        assert!(matches!(config(&postgres).key_file(), Err(ConfigError::KeyNeeded)));
        assert!(config(&[]).key_file().is_ok_and(|(_, may_create)| may_create));
    }

    #[test]
    fn a_secret_has_one_source() {
        let file = ["--smtp-url-file", "/nowhere/smtp"];
        assert!(matches!(config(&file).smtp(), Err(ConfigError::SecretFile { .. })));
        let both = [&file[..], &["--smtp-url", "smtp://localhost"]].concat();
        assert!(matches!(
            config(&both).smtp(),
            Err(ConfigError::Twice("USHER_SMTP_URL"))
        ));
    }
}
