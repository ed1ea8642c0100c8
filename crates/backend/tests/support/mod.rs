//! What stories about the outbox begin with: an installation with an Admin, on either engine.

pub mod smtp;

use std::path::{Path, PathBuf};

use backend::{
    Backend, Settings,
    access::{Administration, Request},
    clock::Clock,
    mail::{Letter, MailSettings},
    password::HashCost,
    second_factor::Requirement,
    secret::{Key, Token, random},
};
use domain::{
    id::{InvitationId, MailId},
    time::Moment,
};
use store::{
    Store,
    mail::{MailState, NewMail},
};

/// 24 November 2026, 03:33 UTC.
pub const START: Moment = Moment(1_795_491_180_000);

#[derive(Clone, Copy, Debug)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Runs each story on both engines.
#[macro_export]
macro_rules! on_both_engines {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $story() {
                super::$story($crate::support::Installation::new($crate::support::Engine::Sqlite, stringify!($story)).await).await;
            })+
        }

        mod postgres {
            $(#[tokio::test]
            async fn $story() {
                super::$story($crate::support::Installation::new($crate::support::Engine::Postgres, stringify!($story)).await).await;
            })+
        }
    };
}

/// A database, a folder and a clock of its own.
pub struct Installation {
    pub store: Store,
    pub clock: Clock,
    pub key: Key,
    pub data_dir: PathBuf,
    database: String,
}

impl Installation {
    pub async fn new(engine: Engine, story: &str) -> Self {
        let data_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{story}_{engine:?}"));
        let _ = std::fs::remove_dir_all(&data_dir);
        std::fs::create_dir_all(&data_dir).unwrap();
        let database = match engine {
            Engine::Sqlite => store::testing::fresh_sqlite(&data_dir.join("usher.db")).unwrap(),
            Engine::Postgres => {
                let server = std::env::var("USHER_TEST_POSTGRES_URL").expect("USHER_TEST_POSTGRES_URL is not set");
                let name = format!("outbox_{story}");
                store::testing::fresh_postgres(&server, &name).await.unwrap()
            }
        };
        Self {
            store: Store::open(&database).await.unwrap(),
            clock: Clock::manual(START),
            key: Key::from_bytes([7; 32]),
            data_dir,
            database,
        }
    }

    /// A server of this installation that hands its mail to `smtp_url`.
    pub fn server(&self, smtp_url: Option<&str>) -> Backend {
        self.server_on(self.store.clone(), smtp_url)
    }

    /// Another process: on Postgres with connections of its own. SQLite has one process to a file.
    pub async fn second_server(&self, smtp_url: &str) -> Backend {
        let store = if self.database.starts_with("sqlite:") {
            self.store.clone()
        } else {
            Store::open(&self.database).await.unwrap()
        };
        self.server_on(store, Some(smtp_url))
    }

    fn server_on(&self, store: Store, smtp_url: Option<&str>) -> Backend {
        let settings = Settings {
            public_url: "https://usher.example.com".parse().unwrap(),
            data_dir: self.data_dir.clone(),
            hash_cost: HashCost {
                memory_kib: 64,
                iterations: 1,
            },
            mail: MailSettings::parse(smtp_url, Some("Usher <usher@example.com>")).unwrap(),
            second_factor: Requirement::Nobody,
            audit_retention: None,
            requests_per_minute: None,
        };
        Backend::new(store, self.clock.clone(), self.key.clone(), settings).unwrap()
    }

    /// A mail as a use case queues it.
    pub async fn queue(&self, letter: &Letter, token: Option<&Token>, invitation: Option<InvitationId>) -> MailId {
        let now = self.clock.now();
        let id = MailId::new(now, random().unwrap());
        let purpose = format!("mail {id}");
        let mail = &NewMail {
            id,
            template: letter.template(),
            recipient: "kim@example.com".to_owned(),
            context: serde_json::to_string(letter).unwrap(),
            sealed_token: token.map(|token| self.key.seal(token, &purpose).unwrap()),
            invitation,
            user: None,
        };
        self.store
            .write(|mut tx| async move { store::mail::insert(&mut tx, mail, now).await })
            .await
            .unwrap();
        id
    }

    /// What became of a mail; None when it is gone.
    pub async fn fate(&self, id: MailId) -> Option<(MailState, String)> {
        let mut tx = self.store.read().await.unwrap();
        store::mail::fate(&mut tx, id).await.unwrap()
    }

    pub async fn sealed_tokens(&self) -> i64 {
        let mut tx = self.store.read().await.unwrap();
        store::mail::count_sealed_tokens(&mut tx).await.unwrap()
    }
}

/// The first Admin, signed in.
pub async fn admin(backend: &Backend) -> Administration {
    let link = backend.prepare().await.unwrap().unwrap();
    let token = link.rsplit('/').next().unwrap();
    let (password, request) = ("correct horse battery staple", Request::default());
    let secret = backend.set_up(token, "Ann O'Hara", "ann@example.com", password, &request);
    let secret = secret.await.unwrap().reveal();
    let access = backend.access(Some(&secret), request).await.unwrap();
    access.administration().unwrap()
}
