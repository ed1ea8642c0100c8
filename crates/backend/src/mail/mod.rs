//! Mail: letters wait in the outbox, written in the transaction of what caused them, and a worker sends them.

pub(crate) mod folder;
pub mod letter;
mod letters;
mod message;
mod outbox;
mod settings;
mod status;
mod transport;

use domain::{
    id::{InvitationId, MailId, UserId},
    text::Email,
    time::Moment,
};
pub use letter::Letter;
pub use settings::{MailSettings, MailSettingsError};
pub use status::MailStatus;
use store::{Tx, mail::NewMail};
pub(crate) use transport::Mailer;

use crate::{
    Backend,
    error::Error,
    secret::{Token, random},
};

/// What a mail is about: it goes when its cause goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Invitation(InvitationId),
    User(UserId),
    /// What the mail tells of is over, so nothing takes it along.
    Nothing,
}

impl Backend {
    /// Writes a letter into the outbox. Its link's token is sealed until the letter is sent. After the write, the caller
    /// tells the worker by [`Backend::notify_outbox`].
    pub(crate) async fn queue_mail(
        &self,
        tx: &mut Tx,
        now: Moment,
        letter: &Letter,
        recipient: &Email,
        token: Option<&Token>,
        cause: Cause,
    ) -> Result<MailId, Error> {
        let id = MailId::new(now, random()?);
        let sealed_token = token.map(|token| self.key().seal(token, &purpose(id))).transpose()?;
        let mail = NewMail {
            id,
            template: letter.template(),
            recipient: recipient.as_str().to_owned(),
            context: serde_json::to_string(letter).map_err(|error| Error::Internal(error.to_string()))?,
            sealed_token,
            invitation: if let Cause::Invitation(id) = cause {
                Some(id)
            } else {
                None
            },
            user: if let Cause::User(id) = cause { Some(id) } else { None },
        };
        store::mail::insert(tx, &mail, now).await?;
        Ok(id)
    }
}

/// What a mail's token is sealed for: another mail's row opens nothing.
pub(crate) fn purpose(id: MailId) -> String {
    format!("mail {id}")
}
