//! `usher key rotate`: everything goes on under the new key, however the rotation is interrupted.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

#[path = "../support/mod.rs"]
mod support;

mod forged;
mod interrupted;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use backend::secret::Key;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::id::UserId;
use store::testing::{bytes_by_column, tamper};
use support::{House, KEY, PASSWORD, on_both_engines};

on_both_engines!(
    everything_goes_on_under_the_new_key,
    everything_that_is_sealed_is_sealed_anew,
    nobody_rotates_beside_a_server,
);

const DAY: i64 = 24 * 60 * 60;

/// What an authenticator knows.
const AUTHENTICATOR: [u8; 20] = [9; 20];

/// A house with something under each kind of seal: a mail that waits, a second factor, a pruned log. Nobody has its
/// database open, and its key lies in a file.
struct Place {
    house: House,
    file: PathBuf,
    user: UserId,
    /// The cookies of whoever is signed in.
    session: BTreeMap<String, String>,
    /// The end of the log before.
    head: String,
}

impl Place {
    async fn of(house: House) -> Self {
        let house = house.keeping_audit_for(30);
        let mut admin = house.admin().await;
        admin.create_organization("Acme").await;
        house.backend.seal_audit().await.unwrap();
        house.clock.advance(40 * DAY);
        let mut admin = house.sign_in("ada@example.com", PASSWORD).await;
        assert_eq!(house.backend.seal_audit().await.unwrap(), 1);
        assert_eq!(house.backend.prune_audit().await.unwrap(), 2);
        let id = admin.get("/users").await.first_id("/users");
        let acme = admin.get("/organizations").await.first_id("/organizations");
        let fields = [
            ("email", "kim@example.com"),
            ("role", "user"),
            ("organization", acme.as_str()),
        ];
        admin.post("/invitations/new", &fields).await.leads_to("/invitations");
        let user: UserId = id.parse().unwrap();
        house.guard(user, &AUTHENTICATOR).await;
        house.backend.seal_audit().await.unwrap();
        let head = house.backend.audit_head().await.unwrap().to_string();
        house.store.close().await;
        let name = house.database.rsplit('/').next().unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rotation").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("secret.key");
        fs::write(&file, URL_SAFE_NO_PAD.encode(KEY)).unwrap();
        Self {
            house,
            file,
            user,
            session: admin.forget(),
            head,
        }
    }

    fn usher(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
        command
            .args(words)
            .env_clear()
            .env("USHER_DATA_DIR", self.file.parent().unwrap())
            .env("USHER_DATABASE_URL", &self.house.database)
            .env("USHER_SECRET_KEY_FILE", &self.file);
        command
    }

    fn key(&self) -> Key {
        Key::load(&self.file, false).unwrap()
    }

    fn new_file(&self) -> PathBuf {
        self.file.with_extension("key.new")
    }

    /// The server runs again: what was sealed before opens, and the log goes on, whole.
    async fn goes_on(self) -> Self {
        let key = self.key();
        let house = self.house.restarted(key.clone()).await;
        {
            let mut tx = house.store.read().await.unwrap();
            let found = store::second_factor::find(&mut tx, self.user).await.unwrap().unwrap();
            let purpose = format!("second factor {}", self.user);
            assert_eq!(
                key.open_bytes(&found.sealed_secret, &purpose).as_deref(),
                Some(&AUTHENTICATOR[..])
            );
            let tokens = store::sealed::mail_tokens(&mut tx).await.unwrap();
            assert_eq!(tokens.len(), 1);
            let token = key.open(&tokens[0].1, &format!("mail {}", tokens[0].0)).unwrap();
            let link = format!("/accept-invitation/{}", token.reveal());
            house.visitor().get(&link).await.says(200, &["kim@example.com"]);
        }
        let mut admin = house.visitor();
        admin.remember(self.session.clone());
        admin.get("/account").await.says(200, &["ada@example.com"]);
        house
            .visitor()
            .post("/login", &[("email", "nobody@example.com"), ("password", "x")])
            .await;
        assert!(house.backend.seal_audit().await.unwrap() > 0);
        house.store.close().await;
        let place = Self { house, ..self };
        says(
            &place.usher(&["check", "--expect-head", &place.head]),
            true,
            "The audit log is whole",
        );
        assert!(!place.new_file().exists(), "nothing is left");
        place
    }
}

async fn everything_goes_on_under_the_new_key(house: House) {
    let place = Place::of(house).await;
    let said = place.usher(&["key", "rotate"]);
    says(&said, true, "1 link of mails that wait, 1 second factor");
    assert_ne!(place.key().check(), Key::from_bytes(KEY).check());
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&place.file).unwrap());
        assert_eq!(mode & 0o777, 0o600);
    }
    let place = place.goes_on().await;
    // Once more: what lies behind two rotations is checked too.
    says(&place.usher(&["key", "rotate"]), true, "The key was rotated");
    let place = place.goes_on().await;
    let key = place.key();
    let house = place.house.restarted(key).await;
    let text = contents(&house).await;
    assert_eq!(text.matches("key.rotate").count(), 2, "both are told of");

    fs::write(&place.file, URL_SAFE_NO_PAD.encode(KEY)).unwrap();
    let old = Place { house, ..place }.usher(&["check"]);
    says(&old, false, "is not the one that this database was written with");
}

async fn contents(house: &House) -> String {
    let mut tx = house.store.read().await.unwrap();
    let seals = store::audit_chain::seals(&mut tx, 0, 1000).await.unwrap();
    let actions = seals.iter().map(|seal| seal.stray().action().unwrap().to_owned());
    actions.collect::<Vec<_>>().join(" ")
}

async fn everything_that_is_sealed_is_sealed_anew(house: House) {
    let place = Place::of(house).await;
    says(&place.usher(&["key", "rotate"]), true, "The key was rotated");
    let mut before = bytes_by_column(&place.house.database).await.unwrap();
    // What sqlx notes, and what FTS5 keeps of names and addresses, is longer too, and no secret.
    let is_no_secret = |column: &str| {
        let of_search = ["users_search_data.", "invitations_search_data."];
        column.starts_with("_sqlx") || of_search.iter().any(|table| column.starts_with(table))
    };
    before.retain(|column, _| !is_no_secret(column));
    says(&place.usher(&["key", "rotate"]), true, "The key was rotated");
    let after = bytes_by_column(&place.house.database).await.unwrap();
    // A nonce of 24 bytes, what is sealed, and a tag of 16: neither a hash nor an id is as long.
    let is_sealed = |value: &&Vec<u8>| value.len() > 40;
    for (column, values) in &before {
        if column.contains(".sealed_") {
            assert!(
                values.iter().any(|value| is_sealed(&value)),
                "the place has nothing in {column}"
            );
        }
    }
    let old: BTreeSet<&Vec<u8>> = before.values().flatten().filter(is_sealed).collect();
    assert!(old.len() >= 3, "{}", old.len());
    for (column, values) in &after {
        let left = values.iter().filter(|value| old.contains(value)).count();
        assert_eq!(left, 0, "{column} still has what only the old key opens");
    }
    let counts = |all: &BTreeMap<String, Vec<Vec<u8>>>, column: &str| all[column].len();
    assert_eq!(
        counts(&after, "mails.sealed_token"),
        counts(&before, "mails.sealed_token")
    );
    // What vouches for a checkpoint is no seal, and made anew all the same.
    let proofs = |all: &BTreeMap<String, Vec<Vec<u8>>>| all["audit_checkpoints.proof"].len();
    assert_eq!(proofs(&after), proofs(&before) + 1);
    place.goes_on().await;
}

async fn nobody_rotates_beside_a_server(house: House) {
    let place = Place::of(house).await;
    let before = place.key().check();
    let words = ["--data-dir", place.file.parent().unwrap().to_str().unwrap()];
    let config = interrupted::config(&place, &words);
    let running = server::state::open(&config).await.unwrap();
    let refused = place.usher(&["key", "rotate"]);
    says(
        &refused,
        false,
        "another Usher uses the data folder|1 other Usher uses this database: stop all servers",
    );
    assert_eq!(place.key().check(), before);
    assert!(!place.new_file().exists());
    running.store.close().await;
    drop(running);
    let place = place.goes_on().await;

    let forget = "update installation set key_check = null";
    assert_eq!(tamper(&place.house.database, forget).await.unwrap(), 1);
    says(&place.usher(&["key", "rotate"]), false, "nothing to rotate");
    assert!(!place.new_file().exists());
}

/// One of the parts, which `|` divides.
#[track_caller]
fn says(output: &Output, success: bool, parts: &str) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text);
    assert_eq!(output.status.success(), success, "{text}");
    assert!(
        parts.split('|').any(|part| text.contains(part)),
        "{parts:?} is missing in: {text}"
    );
}
