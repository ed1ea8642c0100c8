//! How mail is doing, and trying whether it works.

use domain::{
    audit::{Action, ObjectKind},
    id::MailId,
    problem::Problem,
    text::Email,
    time::Moment,
};

use super::{
    Cause, Letter,
    transport::{Mailer, Outcome},
};
use crate::{
    Backend,
    access::Administration,
    audit::{Entry, record},
    error::Error,
    secret::random,
};

/// What the card "E-mail" shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailStatus {
    /// Scheme, host and port of the mail server, without credentials; None when none is configured.
    pub transport: Option<String>,
    pub queued: i64,
    pub failed: i64,
    /// What the server, or whatever stood in its way, answered to the newest mail that was tried.
    pub last_answer: Option<String>,
    pub last_sent: Option<Moment>,
}

impl Administration {
    pub async fn mail_status(&self) -> Result<MailStatus, Error> {
        let mut tx = self.backend.store().read().await?;
        let summary = store::mail::summary(&mut tx).await?;
        Ok(MailStatus {
            transport: match &self.backend.0.mailer {
                Mailer::Smtp(server) => Some(server.to_string()),
                Mailer::File(_) => None,
            },
            queued: summary.queued,
            failed: summary.failed,
            last_answer: summary.last_answer,
            last_sent: summary.last_sent,
        })
    }

    /// Queues a test mail to the caller's own address: it goes the way that every mail goes.
    pub async fn send_test_mail(&self) -> Result<MailId, Error> {
        let now = self.backend.clock().now();
        let user = &self.caller.user;
        let letter = &Letter::Test {
            by: user.name.as_str().to_owned(),
        };
        let id = self
            .backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                let cause = Cause::User(user.id);
                let id = self
                    .backend
                    .queue_mail(&mut tx, now, letter, &user.email, None, cause)
                    .await?;
                let entry = Entry::new(Action::MailTested, ObjectKind::Mail, id.0, user.email.as_str());
                record(&mut tx, &(&self.caller).into(), now, entry).await?;
                Ok::<_, Error>(id)
            })
            .await?;
        self.backend.notify_outbox();
        Ok(id)
    }
}

impl Backend {
    /// Whether mails are really sent. Without a mail server nothing may claim so, and links are shown to be copied.
    pub fn has_mail_server(&self) -> bool {
        matches!(self.0.mailer, Mailer::Smtp(_))
    }

    /// Sends a test mail at once, past the outbox, and returns the server's answer: for the command line.
    pub async fn send_test_now(&self, address: &str) -> Result<String, Error> {
        let address = Email::parse(address).map_err(|problem| Error::field("email", problem))?;
        if !self.has_mail_server() {
            return Err(Error::refused(
                "No mail server is configured: USHER_SMTP_URL is not set.",
            ));
        }
        let now = self.clock().now();
        let id = MailId::new(now, random()?);
        let letter = Letter::Test {
            by: "the command line".to_owned(),
        };
        let content = letter.write(self.link("/"));
        let message = self
            .message(id, now, address.as_str(), &content)
            .map_err(Error::Internal)?;
        match self.0.mailer.deliver(id, &message).await {
            Outcome::Sent(answer) | Outcome::Written(answer) => Ok(answer),
            Outcome::Delayed(answer) | Outcome::Refused(answer) => Err(Error::Refused(Problem::from(answer))),
        }
    }
}
