//! The whole application in process, on either engine, and people who visit it with a browser's headers and cookies, but
//! without script: what they do, a browser with WebAssembly does through the same server functions.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a story that cannot go on ends here"
)]
#![expect(dead_code, reason = "each story file uses its own part")]

pub mod entries;
mod mails;

use std::{collections::BTreeMap, net::SocketAddr, path::Path};

use app::server::Assets;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
};
use backend::{
    Backend, Settings, clock::Clock, mail::MailSettings, password::HashCost, second_factor::Requirement, secret::Key,
};
use domain::{
    id::{SessionId, UserId},
    time::Moment,
};
use http::{Request, StatusCode, header};
use server::{middleware::TrustedProxies, router::router};
use store::Store;
use tower::ServiceExt;
use uuid::Uuid;

/// Everybody's password, unless a story sets another.
pub const PASSWORD: &str = "correct horse battery staple";

/// The house's key.
pub const KEY: [u8; 32] = [7; 32];

/// Where the house stands.
pub const ORIGIN: &str = "http://usher.localhost";

/// Runs each story on both engines: `on_both_engines!(a_story, another);` where `async fn a_story(house: House)`.
macro_rules! on_both_engines {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $story() {
                super::$story($crate::support::House::on_sqlite(stringify!($story)).await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $story() {
                super::$story($crate::support::House::on_postgres(stringify!($story)).await).await;
            })+
        }
    };
}
pub(crate) use on_both_engines;

/// An installation of a story's own.
pub struct House {
    pub backend: Backend,
    pub store: Store,
    pub clock: Clock,
    pub setup_link: String,
    /// The database's address.
    pub database: String,
    pub router: Router,
}

impl House {
    pub async fn on_sqlite(story: &str) -> Self {
        // A folder of its own: a command locks it.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("house_{story}"));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("server_{story}.db"));
        Self::open(story, &store::testing::fresh_sqlite(&path).unwrap()).await
    }

    pub async fn on_postgres(story: &str) -> Self {
        let server = std::env::var("USHER_TEST_POSTGRES_URL")
            .expect("USHER_TEST_POSTGRES_URL names the Postgres to test on: script/test and script/postgres start one");
        // Postgres cuts names after 63 bytes.
        let name: String = format!("usher_server_{story}").chars().take(63).collect();
        Self::open(story, &store::testing::fresh_postgres(&server, &name).await.unwrap()).await
    }

    /// One more house on the same engine.
    pub async fn another(&self, story: &str) -> Self {
        if self.store.engine_name() == "Postgres" {
            Self::on_postgres(story).await
        } else {
            Self::on_sqlite(story).await
        }
    }

    async fn open(story: &str, database: &str) -> Self {
        let store = Store::open(database).await.unwrap();
        let clock = Clock::manual(Moment(1_795_491_180_000));
        let settings = Settings {
            public_url: ORIGIN.parse().unwrap(),
            data_dir: Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("data_{story}")),
            hash_cost: HashCost {
                memory_kib: 64,
                iterations: 1,
            },
            // Nobody listens there: stories read the outbox.
            mail: MailSettings::parse(Some("smtp://127.0.0.1:9"), Some("Usher <usher@example.com>")).unwrap(),
            second_factor: Requirement::Nobody,
            audit_retention: None,
            requests_per_minute: None,
        };
        let backend = Backend::new(store.clone(), clock, Key::from_bytes(KEY), settings).unwrap();
        Self::of(backend, store, database).await
    }

    /// The house that a new installation is.
    pub async fn of(backend: Backend, store: Store, database: &str) -> Self {
        let setup_link = backend.prepare().await.unwrap().expect("a new house has a setup link");
        Self {
            router: serve(&backend),
            store,
            clock: backend.clock().clone(),
            setup_link,
            database: database.to_owned(),
            backend,
        }
    }

    /// The same house behind a proxy that ends TLS.
    pub fn over_https(self) -> Self {
        let settings = Settings {
            public_url: "https://usher.example.com".parse().unwrap(),
            ..self.backend.settings().clone()
        };
        self.with_settings(settings)
    }

    /// The same house after a restart, with the key that it has then.
    pub async fn restarted(self, key: Key) -> Self {
        let store = Store::open(&self.database).await.unwrap();
        let settings = self.backend.settings().clone();
        let backend = Backend::new(store.clone(), self.clock.clone(), key, settings).unwrap();
        backend.prepare().await.unwrap();
        Self {
            router: serve(&backend),
            backend,
            store,
            ..self
        }
    }

    /// The same house, where the audit log is pruned.
    pub fn keeping_audit_for(self, days: u32) -> Self {
        let settings = Settings {
            audit_retention: Some(days),
            ..self.backend.settings().clone()
        };
        self.with_settings(settings)
    }

    /// The same house, where nobody may ask more than this in a minute.
    pub fn asked_at_most(self, requests: u32) -> Self {
        let settings = Settings {
            requests_per_minute: Some(requests),
            ..self.backend.settings().clone()
        };
        self.with_settings(settings)
    }

    /// The same house, set up otherwise.
    fn with_settings(self, settings: Settings) -> Self {
        let backend = Backend::new(self.store.clone(), self.clock.clone(), Key::from_bytes(KEY), settings).unwrap();
        Self {
            router: serve(&backend),
            backend,
            ..self
        }
    }

    /// Serves the house on a port of this machine, for as long as the story runs.
    pub async fn serve(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = self.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        address
    }

    /// The installation's key.
    pub fn key(&self) -> Key {
        Key::from_bytes(KEY)
    }

    /// Gives somebody a second factor, and returns its secret as it lies in the database.
    pub async fn guard(&self, user: UserId, secret: &[u8]) -> Vec<u8> {
        let sealed = self.key().seal_bytes(secret, &format!("second factor {user}")).unwrap();
        let (kept, now) = (&sealed, self.clock.now());
        let guarded = self.store.write(|mut tx| async move {
            store::second_factor::begin(&mut tx, user, SessionId(Uuid::nil()), kept, now).await?;
            store::second_factor::confirm(&mut tx, user, kept, now).await
        });
        assert!(guarded.await.unwrap());
        sealed
    }

    /// Somebody who is not signed in.
    pub fn visitor(&self) -> Visitor {
        Visitor {
            router: self.router.clone(),
            cookies: BTreeMap::new(),
        }
    }

    /// The first Admin, signed in, made by the setup link.
    pub async fn admin(&self) -> Visitor {
        let mut visitor = self.visitor();
        let path = self.setup_link.strip_prefix(ORIGIN).unwrap();
        let fields = [
            ("name", "Ada Admin"),
            ("email", "ada@example.com"),
            ("password", PASSWORD),
        ];
        visitor.post(path, &fields).await.leads_to("/");
        visitor
    }

    /// Signs somebody in who has an account.
    pub async fn sign_in(&self, email: &str, password: &str) -> Visitor {
        let mut visitor = self.visitor();
        let answer = visitor
            .post("/login", &[("email", email), ("password", password)])
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        visitor
    }
}

fn serve(backend: &Backend) -> Router {
    let assets = Assets {
        build: "test".into(),
        script: "/assets/test.js".into(),
        wasm: "/assets/test.wasm".into(),
        areas: Default::default(),
        style: "/assets/test.css".into(),
        icon: None,
    };
    router(backend.clone(), assets, TrustedProxies::default())
}

/// A browser without script.
pub struct Visitor {
    pub router: Router,
    cookies: BTreeMap<String, String>,
}

impl Visitor {
    /// A link with a token is followed, to the page that it leads to.
    pub async fn get(&mut self, path: &str) -> Answer {
        let mut page = path.to_owned();
        if let Some((link, to)) = link_in(path) {
            let followed = self.send(Request::get(link).body(Body::empty()).unwrap()).await;
            assert_eq!(followed.status, StatusCode::SEE_OTHER);
            page = to;
        }
        self.send(Request::get(page).body(Body::empty()).unwrap()).await
    }

    /// Sends a form from our own page; that of a link's page has the link's token among its fields.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut fields = fields.to_vec();
        let mut page = path.to_owned();
        let link = link_in(path);
        if let Some((link, to)) = &link {
            fields.push(("token", link.rsplit('/').next().unwrap()));
            page.clone_from(to);
        }
        let request = Request::post(page)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(serde_urlencoded::to_string(fields).unwrap()))
            .unwrap();
        self.send(request).await
    }

    /// Creates an organization whose code is its name, and returns its id.
    pub async fn create_organization(&mut self, name: &str) -> String {
        let fields = [("name", name), ("code", name)];
        self.post("/organizations/new", &fields)
            .await
            .leads_to("/organizations");
        let found = self.get(&format!("/organizations?q={name}")).await;
        found.first_id("/organizations")
    }

    /// Calls a server function as WebAssembly does.
    pub async fn call(&mut self, endpoint: &str, arguments: &[(&str, &str)]) -> Answer {
        self.post(&format!("/api/{endpoint}"), arguments).await
    }

    /// The cookies as a browser sends them.
    pub fn cookie_header(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// Takes a cookie that came over another way.
    pub fn take_cookie(&mut self, pair: &str) {
        let (name, value) = pair.split_once('=').unwrap();
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    pub async fn send(&mut self, mut request: Request<Body>) -> Answer {
        if !self.cookies.is_empty() {
            request
                .headers_mut()
                .insert(header::COOKIE, self.cookie_header().parse().unwrap());
        }
        request
            .extensions_mut()
            .insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 4000))));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = to_bytes(body, 16 << 20).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// The browser loses its cookies, as it does when a session ends.
    pub fn forget(&mut self) -> BTreeMap<String, String> {
        std::mem::take(&mut self.cookies)
    }

    /// Signed in again, in another tab.
    pub fn remember(&mut self, cookies: BTreeMap<String, String>) {
        self.cookies = cookies;
    }

    pub fn has_session(&self) -> bool {
        self.cookies.keys().any(|name| is_session(name))
    }
}

/// Whether a cookie is a session's: the others say what a form has done, and of which link a page is.
pub fn is_session(name: &str) -> bool {
    let others = ["-said", "-setup", "-recovery", "-invitation"];
    !others.iter().any(|other| name.ends_with(other))
}

/// The link that an address begins with, as a mail brings it, and the address of its page without the token.
pub fn link_in(path: &str) -> Option<(String, String)> {
    ["/setup", "/reset-password", "/accept-invitation"]
        .iter()
        .find_map(|page| {
            let token = path.strip_prefix(page)?.strip_prefix('/')?;
            let (token, act) = token.split_once('/').unwrap_or((token, ""));
            let act = if act.is_empty() {
                String::new()
            } else {
                format!("/{act}")
            };
            (token != "renew").then(|| (format!("{page}/{token}"), format!("{page}{act}")))
        })
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.headers
            .get(header::LOCATION)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The page as a person reads it: without tags and scripts, white space folded.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut rest = self.body.as_str();
        while let Some(start) = rest.find('<') {
            text.push_str(&rest[..start]);
            let is_script = rest[start..].starts_with("<script");
            let end = if is_script {
                rest[start..].find("</script>").map(|end| end + 8)
            } else {
                rest[start..].find('>')
            };
            let Some(end) = end else { break };
            if !rest[start..].starts_with("<wbr>") {
                text.push(' ');
            }
            rest = &rest[start + end + 1..];
        }
        let text = text
            .replace("&#x27;", "'")
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&amp;", "&");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The answer is a page with this status that says all of it.
    #[track_caller]
    pub fn says(&self, status: u16, parts: &[&str]) -> &Self {
        let text = self.text();
        assert_eq!(self.status.as_u16(), status, "{text}");
        for part in parts {
            assert!(text.contains(part), "{part:?} is missing in: {text}");
        }
        self
    }

    #[track_caller]
    pub fn does_not_say(&self, parts: &[&str]) -> &Self {
        let text = self.text();
        for part in parts {
            assert!(!text.contains(part), "{part:?} stands in: {text}");
        }
        self
    }

    /// The act succeeded and leads there.
    #[track_caller]
    pub fn leads_to(&self, location: &str) -> &Self {
        assert_eq!(
            (self.status.as_u16(), self.location()),
            (303, location),
            "{}",
            self.text()
        );
        self
    }

    /// The id in the first link to a row's page: `/organizations/{id}`.
    #[track_caller]
    pub fn first_id(&self, list: &str) -> String {
        let marker = format!("href=\"{list}/");
        let ids = self
            .body
            .match_indices(&marker)
            .map(|(at, _)| &self.body[at + marker.len()..]);
        let id = ids
            .filter_map(|rest| rest.get(..36))
            .find(|id| id.matches('-').count() == 4);
        id.unwrap_or_else(|| panic!("no row of {list} in: {}", self.text()))
            .to_owned()
    }

    /// The value of an input.
    #[track_caller]
    pub fn value_of(&self, name: &str) -> String {
        let marker = format!("name=\"{name}\"");
        let at = self
            .body
            .find(&marker)
            .unwrap_or_else(|| panic!("no field {name} in: {}", self.text()));
        let tag_start = self.body[..at].rfind('<').unwrap();
        let tag = &self.body[tag_start..tag_start + self.body[tag_start..].find('>').unwrap()];
        tag.split("value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_default()
            .to_owned()
    }
}
