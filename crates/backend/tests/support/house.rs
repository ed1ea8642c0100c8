//! A house for each test: an installation of its own, on either engine, with people in it.

use std::path::{Path, PathBuf};

use backend::{
    Backend, Settings,
    access::{Access, Account, Management, Request},
    clock::Clock,
    error::Error,
    mail::{Letter, MailSettings},
    password::{HashCost, NewPassword, Passwords},
    second_factor::Requirement,
    secret::{Key, Token, random},
};
use domain::{
    audit::{Action, AuditFilter},
    id::{OrganizationId, TierId, UserId},
    organization::OrganizationDraft,
    page::{Position, Total},
    role::Role,
    text::{Code, Description, Email, Name},
    tier::TierLimits,
    time::Moment,
    user::{User, UserState},
};
use store::{LostRace, Scope, Store, StoreError, Tx, audit::Event};

/// Everybody's password, unless a story sets another.
pub const PASSWORD: &str = "correct horse battery staple";

/// Runs each story on both engines: `on_both_engines!(a_story, another);` where `async fn a_story(house: House)`.
/// Postgres is the one at USHER_TEST_POSTGRES_URL; without it, those tests fail.
macro_rules! on_both_engines {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $story() {
                super::$story($crate::house::House::on_sqlite(stringify!($story)).await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $story() {
                super::$story($crate::house::House::on_postgres(stringify!($story)).await).await;
            })+
        }
    };
}
pub(crate) use on_both_engines;

pub struct House {
    pub backend: Backend,
    pub store: Store,
    pub clock: Clock,
    key: Key,
    password_hash: String,
}

/// Somebody with an account.
#[derive(Clone)]
pub struct Person {
    pub id: UserId,
    pub email: String,
    /// The secret in their browser's cookie.
    pub cookie: String,
}

/// A mail in the outbox.
#[derive(Debug, PartialEq)]
pub struct Mail {
    pub recipient: String,
    pub letter: Letter,
    pub token: Option<String>,
}

impl House {
    pub async fn on_sqlite(story: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{story}.db"));
        Self::open(
            &store::testing::fresh_sqlite(&path).unwrap(),
            path.with_extension("sqlite"),
        )
        .await
    }

    pub async fn on_postgres(story: &str) -> Self {
        // script/test and script/postgres start one.
        let server = std::env::var("USHER_TEST_POSTGRES_URL").unwrap();
        // Postgres cuts names after 63 bytes.
        let name: String = format!("usher_{story}").chars().take(63).collect();
        let url = store::testing::fresh_postgres(&server, &name).await.unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{story}.postgres"));
        Self::open(&url, folder).await
    }

    /// The folder is the house's own, as its database is: stories run beside each other, and mails are files in it.
    async fn open(url: &str, data_dir: PathBuf) -> Self {
        if data_dir.exists() {
            std::fs::remove_dir_all(&data_dir).unwrap();
        }
        std::fs::create_dir_all(&data_dir).unwrap();
        let store = Store::open(url).await.unwrap();
        let clock = Clock::manual(Moment(1_795_491_180_000));
        let key = Key::from_bytes([7; 32]);
        let hash_cost = HashCost {
            memory_kib: 64,
            iterations: 1,
        };
        let settings = Settings {
            public_url: "http://usher.example".parse().unwrap(),
            data_dir,
            hash_cost,
            mail: MailSettings::parse(None, None).unwrap(),
            second_factor: Requirement::Nobody,
            audit_retention: None,
            requests_per_minute: None,
        };
        let backend = Backend::new(store.clone(), clock.clone(), key.clone(), settings).unwrap();
        backend.prepare().await.unwrap();
        let password = NewPassword::parse(PASSWORD, &[]).unwrap();
        let password_hash = Passwords::new(hash_cost).unwrap().hash(&password).await.unwrap();
        Self {
            backend,
            store,
            clock,
            key,
            password_hash,
        }
    }

    /// The same house with a mail server, to which nothing is delivered: the outbox is read where it lies.
    pub fn mailing(self) -> Self {
        Self {
            backend: self.with_mail_server("http://usher.example"),
            ..self
        }
    }

    /// The same house, where a second factor is required.
    pub fn requiring(self, second_factor: Requirement) -> Self {
        let settings = Settings {
            second_factor,
            ..self.backend.settings().clone()
        };
        let backend = Backend::new(self.store.clone(), self.clock.clone(), self.key.clone(), settings);
        Self {
            backend: backend.unwrap(),
            ..self
        }
    }

    /// The same installation, under another key.
    pub fn with_key(self, key: [u8; 32]) -> Self {
        let key = Key::from_bytes(key);
        let settings = self.backend.settings().clone();
        let backend = Backend::new(self.store.clone(), self.clock.clone(), key.clone(), settings);
        Self {
            backend: backend.unwrap(),
            key,
            ..self
        }
    }

    /// The same installation, started with a mail server.
    pub fn with_mail_server(&self, public_url: &str) -> Backend {
        let server = MailSettings::parse(Some("smtp://mail.example"), Some("Usher <usher@example.com>"));
        let settings = Settings {
            public_url: public_url.parse().unwrap(),
            mail: server.unwrap(),
            ..self.backend.settings().clone()
        };
        Backend::new(self.store.clone(), self.clock.clone(), self.key.clone(), settings).unwrap()
    }

    /// Changes the database behind the backend's back.
    pub async fn write<T, W, F>(&self, work: W) -> T
    where
        W: Fn(Tx) -> F,
        F: Future<Output = Result<T, Failure>>,
    {
        self.store.write(work).await.unwrap()
    }

    /// A tier with so many seats.
    pub async fn tier(&self, name: &str, seats: i64) -> TierId {
        let now = self.clock.now();
        let id = TierId::new(now, random().unwrap());
        let (name, limits) = (
            &Name::parse(name).unwrap(),
            &TierLimits {
                seats: Some(seats),
                ..TierLimits::default()
            },
        );
        self.write(|mut tx| async move { Ok(store::tier::insert(&mut tx, id, name, limits, now).await?) })
            .await;
        id
    }

    pub async fn organization(&self, name: &str, tier: Option<TierId>) -> OrganizationId {
        let now = self.clock.now();
        let id = OrganizationId::new(now, random().unwrap());
        let draft = &OrganizationDraft {
            name: Name::parse(name).unwrap(),
            code: Code::parse(name).unwrap(),
            description: Description::parse("").unwrap(),
            tier,
        };
        self.write(|mut tx| async move { Ok(store::organization::insert(&mut tx, id, draft, now).await?) })
            .await;
        id
    }

    /// Somebody whose address is the name at example.com, signed in.
    pub async fn person(&self, name: &str, role: Role, organization: Option<OrganizationId>) -> Person {
        let now = self.clock.now();
        let user = &User {
            id: UserId::new(now, random().unwrap()),
            email: Email::parse(&format!("{name}@example.com")).unwrap(),
            name: Name::parse(name).unwrap(),
            role,
            organization,
            state: UserState::Active,
            must_change_password: false,
            created: now,
            updated: now,
            last_sign_in: None,
            version: 1,
        };
        let hash = Some(self.password_hash.as_str());
        self.write(|mut tx| async move { Ok(store::user::insert(&mut tx, user, hash, None).await?) })
            .await;
        let email = user.email.to_string();
        let cookie = self.sign_in(&email, PASSWORD).await.unwrap().reveal();
        Person {
            id: user.id,
            email,
            cookie,
        }
    }

    pub async fn admin(&self, name: &str) -> Person {
        self.person(name, Role::Admin, None).await
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Token, Error> {
        let signed_in = self.backend.sign_in(email, password, &request()).await?;
        Ok(signed_in.secret)
    }

    pub async fn access(&self, cookie: &str) -> Result<Access, Error> {
        self.backend.access(Some(cookie), request()).await
    }

    pub async fn management(&self, person: &Person) -> Management {
        self.access(&person.cookie).await.unwrap().management().unwrap()
    }

    pub async fn account(&self, person: &Person) -> Account {
        self.access(&person.cookie).await.unwrap().account()
    }

    /// Takes all mails out of the outbox, oldest first.
    pub async fn mails(&self) -> Vec<Mail> {
        let (now, lease) = (self.clock.now(), self.clock.now().plus_seconds(1_000_000));
        let mut claimed = self
            .write(|mut tx| async move { Ok(store::mail::claim(&mut tx, now, lease, 1000).await?) })
            .await;
        claimed.sort_by_key(|mail| mail.id);
        let open = |mail: store::mail::ClaimedMail| Mail {
            letter: serde_json::from_str(&mail.context).unwrap(),
            token: mail
                .sealed_token
                .map(|sealed| self.key.open(&sealed, &format!("mail {}", mail.id)).unwrap().reveal()),
            recipient: mail.recipient,
        };
        claimed.into_iter().map(open).collect()
    }

    /// The audit log of an organization, or of everything, oldest first.
    pub async fn events(&self, organization: Option<OrganizationId>) -> Vec<Event> {
        let scope = organization.map_or(Scope::All, Scope::Organization);
        let mut tx = self.store.read().await.unwrap();
        let (filter, total) = (AuditFilter::default(), Total::Exact(0));
        let page = store::audit::page(&mut tx, scope, None, &filter, true, &Position::First, 1000, total);
        page.await.unwrap().rows.into_iter().map(Result::unwrap).collect()
    }

    /// The one event of this kind, within one moment of the clock.
    pub async fn event(&self, organization: OrganizationId, action: Action) -> Event {
        let mut events = self.events(Some(organization)).await;
        events.retain(|event| event.action == action);
        assert_eq!(events.len(), 1, "{action:?}");
        events.remove(0)
    }

    pub async fn active_admins(&self) -> i64 {
        let mut tx = self.store.read().await.unwrap();
        store::user::count_active_admins(&mut tx).await.unwrap()
    }
}

/// What goes wrong behind the backend's back.
#[derive(Debug)]
pub struct Failure(StoreError);

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

impl LostRace for Failure {
    fn lost_race(&self) -> bool {
        self.0.lost_race()
    }
}

pub fn request() -> Request {
    Request {
        id: "request".to_owned(),
        address: "192.0.2.1".to_owned(),
        user_agent: "a browser".to_owned(),
    }
}

/// The problem of one field, or how else it went.
pub fn problem_of<T>(field: &str, result: Result<T, Error>) -> String {
    match result {
        Ok(_) => "it worked".to_owned(),
        Err(Error::Invalid(errors)) => errors.0.get(field).map_or("none", |problem| &problem.0).to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

/// The words of a refusal, or how else it went.
pub fn refusal<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => "it worked".to_owned(),
        Err(Error::Refused(problem)) => problem.to_string(),
        Err(error) => format!("{error:?}"),
    }
}
