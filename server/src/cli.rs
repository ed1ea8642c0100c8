//! The command line.

use std::{
    io::{BufRead, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use backend::{audit_chain::Head, seed::Seeding, show};
use clap::{Parser, Subcommand};

use crate::{
    backup::{self, BackupCommandError},
    check::{self, CheckError},
    config::Config,
    import,
    key::{self, RotationError},
    serve,
    state::{OpenError, open},
    terminal::say,
};

/// A self-hosted administration console for organizations, users and invitations.
#[derive(Parser)]
#[command(name = "usher", version)]
pub struct Cli {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the console (also what happens without a command).
    Serve {
        /// Fill a new database with believable data, and print a sign-in for each role.
        #[arg(long)]
        demo: bool,
    },
    /// Bring the database up to date, and stop.
    Migrate,
    /// Make an Admin, or let one in again.
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Copy the database to a new file, while the server runs.
    Backup { file: PathBuf },
    /// Put a backup where there is no database yet, checked and brought up to date.
    Restore { file: PathBuf },
    /// Verify the database and the audit log's chain, also while the server runs.
    Check {
        /// A head that was kept, SEQUENCE:HEX: tells whether the end of the log was cut off since.
        #[arg(long, value_name = "SEQUENCE:HEX")]
        expect_head: Option<Head>,
    },
    /// Erase a person from the audit log.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Replace the installation's key.
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Bring in organizations.csv, users.csv and invitations.csv of a folder. What is there already stays as it is, so an
    /// import that was interrupted is run again. Rows that are refused are listed with their line and the reason, the others come
    /// in all the same, and the command fails in the end.
    Import {
        /// Where the files lie.
        folder: PathBuf,
        /// Read a password from standard input that all users get; else they recover theirs by mail.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Fill the database with believable organizations, users and invitations, to try it at any size. The same seed makes the
    /// same rows, and what is there already stays as it is.
    #[command(next_help_heading = "What is made")]
    Seed {
        /// How many organizations there are to be of this seed, at most 100 million. The first ones are the big ones.
        #[arg(long, default_value = "20", value_parser = clap::value_parser!(u64).range(..=Seeding::MOST))]
        organizations: u64,
        /// How many users there are to be of this seed, at most 100 million: of 500 one is an Admin, of 40 one an Org Admin.
        #[arg(long, default_value = "1000", value_parser = clap::value_parser!(u64).range(..=Seeding::MOST))]
        users: u64,
        /// How many invitations there are to be of this seed, at most 100 million: accepted, pending and expired ones.
        #[arg(long, default_value = "200", value_parser = clap::value_parser!(u64).range(..=Seeding::MOST))]
        invitations: u64,
        /// Other seeds make other rows.
        #[arg(long, default_value = "1")]
        seed: u64,
        /// Read a password from standard input that all of these users get; else they recover theirs by mail.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Try the mail server.
    Mail {
        #[command(subcommand)]
        command: MailCommand,
    },
}

#[derive(Subcommand)]
enum MailCommand {
    /// Send a test mail now and tell what the mail server answers.
    Test { address: String },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Delete the personal values of all events that name this address. Whoever has an account, or an invitation that was not
    /// accepted, is not erased.
    Erase { email: String },
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Make a new key, and seal everything anew that is sealed under the old one. No server may run meanwhile.
    Rotate,
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Make an Admin. The password is asked for, or read from standard input.
    Create {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Break the glass: print a one-time link with which this Admin sets a new password.
    Reset { email: String },
}

/// Why a command failed, in words for the operator.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Serve(#[from] serve::ServeError),
    #[error(transparent)]
    Backup(#[from] BackupCommandError),
    #[error(transparent)]
    Check(#[from] CheckError),
    #[error(transparent)]
    Rotation(#[from] RotationError),
    #[error("{} refused, as listed; the others are in", show::count(i64::try_from(*.0).unwrap_or(i64::MAX), "row"))]
    RowsRefused(u64),
}

impl From<backend::error::Error> for CommandError {
    fn from(error: backend::error::Error) -> Self {
        match error {
            backend::error::Error::Invalid(errors) => Self::Refused(
                errors
                    .0
                    .values()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("\n"),
            ),
            other => Self::Refused(other.to_string()),
        }
    }
}

impl Cli {
    pub async fn run(self) -> ExitCode {
        match self.execute().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                let _ = writeln!(std::io::stderr(), "usher: {error}");
                ExitCode::FAILURE
            }
        }
    }

    async fn execute(self) -> Result<(), CommandError> {
        let config = self.config;
        if !matches!(self.command, None | Some(Command::Serve { .. })) {
            // A command speaks for itself, but where it waits for its database.
            serve::log_to_stderr("store::postgres=warn");
        }
        match self.command.unwrap_or(Command::Serve { demo: false }) {
            Command::Serve { demo } => Ok(serve::serve(&config, demo).await?),
            Command::Migrate => {
                open(&config).await?;
                say!("The database is up to date.");
                Ok(())
            }
            Command::Backup { file } => Ok(backup::back_up(&config, &file).await?),
            Command::Restore { file } => Ok(backup::restore(&config, &file).await?),
            Command::Check { expect_head } => Ok(check::check(&config, expect_head).await?),
            Command::Import { folder, password_stdin } => {
                let password = password_stdin.then(|| read_password(true)).transpose()?;
                let opened = open(&config).await?;
                opened.backend.prepare().await?;
                match import::import(&opened.backend, &folder, password.as_deref()).await? {
                    0 => Ok(()),
                    refused => Err(CommandError::RowsRefused(refused)),
                }
            }
            Command::Seed {
                users,
                organizations,
                invitations,
                seed,
                password_stdin,
            } => {
                let seeding = Seeding {
                    seed,
                    organizations,
                    users,
                    invitations,
                };
                let password = password_stdin.then(|| read_password(true)).transpose()?;
                let opened = open(&config).await?;
                opened.backend.prepare().await?;
                Ok(import::seed(&opened.backend, seeding, password.as_deref()).await?)
            }
            Command::Admin { command } => administer(&config, command).await,
            Command::Key {
                command: KeyCommand::Rotate,
            } => Ok(key::rotate(&config).await?),
            Command::Audit {
                command: AuditCommand::Erase { email },
            } => erase(&config, &email).await,
            Command::Mail {
                command: MailCommand::Test { address },
            } => {
                let answer = open(&config).await?.backend.send_test_now(&address).await?;
                say!("{answer}");
                Ok(())
            }
        }
    }
}

async fn administer(config: &Config, command: AdminCommand) -> Result<(), CommandError> {
    match command {
        AdminCommand::Create {
            email,
            name,
            password_stdin,
        } => {
            let password = read_password(password_stdin)?;
            let opened = open(config).await?;
            opened.backend.prepare().await?;
            opened.backend.create_admin(&name, &email, &password).await?;
            say!("{email} is an Admin now.");
        }
        AdminCommand::Reset { email } => {
            let link = open(config).await?.backend.reset_admin(&email).await?;
            say!("Open this link within ten minutes to set a new password:\n  {link}");
        }
    }
    Ok(())
}

async fn erase(config: &Config, email: &str) -> Result<(), CommandError> {
    let opened = open(config).await?;
    let erased = opened.backend.erase_from_audit(email).await?;
    let wiped = opened.store.wipe_deleted().await;
    opened.store.close().await;
    say!(
        "Personal values of {} were erased from the audit log.",
        show::count(erased.events, "event")
    );
    if erased.files > 0 {
        say!(
            "Deleted from the folder of mails, since they were to this address: {}",
            erased.files
        );
    }
    if erased.accepted_invitations > 0 {
        say!(
            "The list of invitations still has {} of this address: delete what is listed there too.",
            show::count(erased.accepted_invitations, "accepted invitation")
        );
    }
    say!("Backups from before still hold them. Mails are forgotten after 90 days.");
    wiped.map_err(|error| {
        CommandError::Refused(format!(
            "they can still be found in the database's files, which could not be cleaned up: {error}. Run this again"
        ))
    })
}

/// One line of standard input. A terminal shows what is typed, so it is told apart.
fn read_password(from_stdin: bool) -> Result<String, CommandError> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() && !from_stdin {
        let _ = write!(std::io::stdout(), "Password (it is shown while you type): ");
        let _ = std::io::stdout().flush();
    }
    let mut line = String::new();
    stdin
        .lock()
        .read_line(&mut line)
        .map_err(|error| CommandError::Refused(format!("no password: {error}")))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
