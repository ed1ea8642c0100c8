//! The two ways in which a mail leaves: to the mail server, or into a file when there is none.

use std::{error::Error as _, io, path::PathBuf, time::Duration};

use domain::id::MailId;
use lettre::{
    Message,
    transport::smtp::{
        authentication::DEFAULT_MECHANISMS,
        client::{AsyncSmtpConnection, Tls},
        response::Response,
    },
};
use tokio::time::timeout;

use super::{folder, settings::SmtpServer};
use crate::Settings;

/// How long a connection may take to come about, to each of the server's addresses.
const TO_CONNECT: Duration = Duration::from_secs(5);

/// How long we wait to say goodbye after the server took a mail.
const TO_PART: Duration = Duration::from_secs(2);

/// The longest answer that is kept, in characters.
const LONGEST_ANSWER: usize = 500;

pub(crate) enum Mailer {
    Smtp(SmtpServer),
    /// No mail server is configured: mails become files in this folder, for whoever runs the installation.
    File(PathBuf),
}

/// What became of one try, with the server's answer or whatever else there is to say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Sent(String),
    Written(String),
    /// May succeed later.
    Delayed(String),
    /// Never will.
    Refused(String),
}

impl Mailer {
    pub(crate) fn new(settings: &Settings) -> Self {
        match &settings.mail.server {
            Some(server) => Self::Smtp(server.clone()),
            None => Self::File(folder::folder(settings)),
        }
    }

    pub(super) async fn deliver(&self, id: MailId, message: &Message) -> Outcome {
        match self {
            Self::Smtp(server) => server.deliver(message).await,
            Self::File(folder) => {
                let (folder, content) = (folder.clone(), message.formatted());
                let written = tokio::task::spawn_blocking(move || folder::write(&folder, id, &content)).await;
                match written.map_err(io::Error::other).flatten() {
                    Ok(()) => Outcome::Written(format!("No mail server is configured; written to mail/{id}.eml")),
                    Err(error) => Outcome::Delayed(format!("mail/{id}.eml cannot be written: {error}")),
                }
            }
        }
    }
}

impl SmtpServer {
    /// A connection for each mail: one that a slow server left half-way through is dropped, so that no late answer is
    /// ever taken for the answer to the next mail.
    async fn deliver(&self, message: &Message) -> Outcome {
        match timeout(self.patience, self.send(message)).await {
            Ok(Ok((mut connection, response))) => {
                // The server has the mail; how it parts from us changes nothing.
                let _ = timeout(TO_PART, connection.abort()).await;
                Outcome::Sent(shorten(&tell_response(&response)))
            }
            Ok(Err(outcome)) => outcome,
            Err(_) => Outcome::Delayed(format!(
                "{self} did not answer within {} seconds",
                self.patience.as_secs()
            )),
        }
    }

    async fn send(&self, message: &Message) -> Result<(AsyncSmtpConnection, Response), Outcome> {
        // Whatever goes wrong before the mail itself is said, is about the server: it says nothing against this mail.
        let connected = self.connect().await;
        let mut connection =
            connected.map_err(|error| Outcome::Delayed(shorten(&format!("{self}: {}", tell_error(&error)))))?;
        match connection.send(message.envelope(), &message.formatted()).await {
            Ok(response) => Ok((connection, response)),
            Err(error) if error.is_permanent() => Err(Outcome::Refused(shorten(&tell_error(&error)))),
            Err(error) => Err(Outcome::Delayed(shorten(&tell_error(&error)))),
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let wrapped = match &self.tls {
            Tls::Wrapper(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let server = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(TO_CONNECT), &self.client, wrapped, None).await?;
        match &self.tls {
            Tls::Required(parameters) => connection.starttls(parameters.clone(), &self.client).await?,
            Tls::Opportunistic(parameters) if connection.can_starttls() => {
                connection.starttls(parameters.clone(), &self.client).await?;
            }
            _ => {}
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

fn tell_response(response: &Response) -> String {
    let words: Vec<&str> = response.message().collect();
    format!("{} {}", response.code(), words.join(" "))
}

/// The server's code and words, or what went wrong with it.
fn tell_error(error: &lettre::transport::smtp::Error) -> String {
    match (error.status(), error.source()) {
        (Some(code), Some(words)) => format!("{code} {words}"),
        (None, Some(reason)) if error.is_response() => format!("the server broke off: {reason}"),
        (None, Some(reason)) => reason.to_string(),
        (_, None) => error.to_string(),
    }
}

/// On one line, and no longer than anybody reads.
fn shorten(answer: &str) -> String {
    let words: Vec<&str> = answer
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(LONGEST_ANSWER).collect()
}
