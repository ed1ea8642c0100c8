//! The mails that wait in a house's outbox, opened.

use backend::{
    Backend, Settings,
    mail::{Letter, MailSettings},
    secret::Key,
};
use store::Store;

use super::{House, KEY};

/// A mail as its recipient would read it.
#[derive(Debug)]
pub struct Mail {
    pub recipient: String,
    pub letter: Letter,
    /// What its link carries.
    pub token: Option<String>,
}

impl Mail {
    /// The path that an invitation's link leads to.
    #[track_caller]
    pub fn invitation_link(&self) -> String {
        format!("/accept-invitation/{}", self.token.as_ref().expect("it has a link"))
    }
}

impl House {
    /// Takes all mails out of the outbox.
    pub async fn mails(&self) -> Vec<Mail> {
        let (now, lease) = (self.clock.now(), self.clock.now().plus_seconds(1_000_000));
        let claimed = self
            .store
            .write(|mut tx| async move { store::mail::claim(&mut tx, now, lease, 1000).await })
            .await
            .unwrap();
        let key = Key::from_bytes(KEY);
        let open = |mail: store::mail::ClaimedMail| Mail {
            letter: serde_json::from_str(&mail.context).unwrap(),
            token: mail
                .sealed_token
                .map(|sealed| key.open(&sealed, &format!("mail {}", mail.id)).unwrap().reveal()),
            recipient: mail.recipient,
        };
        claimed.into_iter().map(open).collect()
    }

    /// Takes all mails out of the outbox and opens the only one to somebody.
    pub async fn mail_to(&self, recipient: &str) -> Mail {
        let mut mails = self.mails().await;
        mails.retain(|mail| mail.recipient == recipient);
        assert_eq!(mails.len(), 1, "mails to {recipient}: {mails:?}");
        mails.remove(0)
    }

    /// A mail server refuses all that waits, with this answer.
    pub async fn refuse_mails(&self, answer: &str) {
        let (now, lease) = (self.clock.now(), self.clock.now().plus_seconds(1_000_000));
        self.store
            .write(|mut tx| async move {
                for mail in store::mail::claim(&mut tx, now, lease, 1000).await? {
                    store::mail::mark_failed(&mut tx, mail.id, answer).await?;
                }
                Ok::<_, store::StoreError>(())
            })
            .await
            .unwrap();
    }

    /// The same house, whose mails go to this server.
    pub fn with_mail_server(self, url: &str) -> Self {
        let settings = Settings {
            mail: MailSettings::parse(Some(url), Some("Usher <usher@example.com>")).unwrap(),
            ..self.backend.settings().clone()
        };
        self.with_settings(settings)
    }

    /// One more worker for the outbox: on Postgres another server's, on SQLite another task's.
    pub async fn another_worker(&self) -> Backend {
        if self.store.engine_name() != "Postgres" {
            return self.backend.clone();
        }
        let (settings, store) = (
            self.backend.settings().clone(),
            Store::open(&self.database).await.unwrap(),
        );
        Backend::new(store, self.clock.clone(), Key::from_bytes(KEY), settings).unwrap()
    }

    /// The same house, started without a mail server.
    pub fn without_mail_server(self) -> Self {
        let settings = Settings {
            mail: MailSettings::parse(None, None).unwrap(),
            ..self.backend.settings().clone()
        };
        self.with_settings(settings)
    }
}
