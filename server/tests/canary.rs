//! Canaries: every kind of secret is planted by using the product, with a real mail server and everything logged. Then all
//! that Usher keeps, says or sends is searched for each of them. What is found must be what is allowed, no more and no
//! less: that a link's token is found in its own mail shows that the search finds.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

mod canaries;
#[path = "../../crates/backend/tests/support/smtp.rs"]
#[expect(dead_code, reason = "this mail server takes every mail")]
mod smtp;
mod support;

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use canaries::{Log, Secret, Walker, found};
use clap::{Args, Command as CommandLine, FromArgMatches};
use server::{config::Config, state::open};
use smtp::MailServer;
use store::testing::contents;
use support::{House, on_both_engines};
use tokio::sync::Notify;

// What people type. Each is found nowhere.
const ADMINS: &str = "canary gravel lantern oboe";
const GUESTS: &str = "canary walnut trumpet fog";
const GIVEN: &str = "canary pebble sonata mist";
const CHANGED: &str = "canary ladder violin hail";
const RECOVERED: &str = "canary marble bassoon dew";
const WRONG: &str = "canary teapot clarinet sleet";
const PASSWORDS: [(&str, &str); 6] = [
    ("the Admin's password", ADMINS),
    ("the guest's password", GUESTS),
    ("a password that an Admin gives", GIVEN),
    ("a changed password", CHANGED),
    ("a password after recovery", RECOVERED),
    ("a wrong password", WRONG),
];

const SMTP_PASSWORD: &str = "canary-smtp-9f2c";
const DATABASE_PASSWORD: &str = "canary-database-71be";

/// No secret: the search finds it wherever it belongs.
const PUBLIC: &str = "Canary Row";

on_both_engines!(secrets_stay_where_they_belong);

async fn secrets_stay_where_they_belong(empty: House) {
    empty.store.close().await;
    let database = empty
        .database
        .replacen("postgres@", &format!("postgres:{DATABASE_PASSWORD}@"), 1);
    let place = place(&format!("canary_{}", empty.store.engine_name()));
    let log = Log::of_everything();
    let mut mail_server = MailServer::start().await;
    let key_file = place.join("canary.key");
    let data = place.join("data");
    backend::secret::Key::load(&key_file, true).unwrap();
    // The empty house was prepared with the key of all stories; this one has its own.
    let forget = "update installation set key_check = null";
    store::testing::tamper(&database, forget).await.unwrap();
    let smtp = mail_server
        .url
        .replacen("smtp://", &format!("smtp://usher:{SMTP_PASSWORD}@"), 1);
    let settings = [
        ("--database-url", database.as_str()),
        ("--smtp-url", &smtp),
        ("--mail-from", "Usher <usher@example.com>"),
        ("--secret-key-file", key_file.to_str().unwrap()),
        ("--data-dir", data.to_str().unwrap()),
        ("--public-url", support::ORIGIN),
    ];
    let opened = open(&config(&settings)).await.unwrap();
    let house = House::of(opened.backend.clone(), opened.store.clone(), &database).await;
    let mut walker = Walker::new(&house);
    let mut found_in = BTreeSet::new();

    let setup = house.setup_link.strip_prefix(support::ORIGIN).unwrap().to_owned();
    let mut secrets: Vec<Secret> = PASSWORDS.map(|(name, text)| Secret::new(name, text)).into();
    secrets.push(Secret::new("the mail server's password", SMTP_PASSWORD));
    secrets.push(Secret::new("the database's password", DATABASE_PASSWORD));
    secrets.push(Secret::new("the key", fs::read_to_string(&key_file).unwrap().trim()));
    secrets.push(Secret::new("the setup token", last_part(&setup)));

    // An Admin sets the installation up, and invites a guest.
    let weak = [("name", "Ada"), ("email", "ada"), ("password", WRONG)];
    walker.post("ada", &setup, &weak, 422).await;
    let fields = [("name", "Ada"), ("email", "ada@example.com"), ("password", ADMINS)];
    walker.post("ada", &setup, &fields, 303).await;
    for (email, password) in [("ada@example.com", WRONG), ("nobody@example.com", ADMINS)] {
        let fields = [("email", email), ("password", password)];
        walker.post("nobody", "/login", &fields, 422).await;
        walker.post("nobody", "/api/session/sign-in", &fields, 422).await;
    }
    // Twice the same field, and one that is no text: what cannot be read is not repeated either.
    let twice = [("password", ADMINS), ("password", WRONG)];
    walker.post("nobody", "/api/session/sign-in", &twice, 422).await;
    walker.post("nobody", "/login", &twice, 422).await;
    walker.post("nobody", "/users", &twice, 405).await;
    walker.post("nobody", "/nowhere", &twice, 404).await;
    let organization = [("name", PUBLIC), ("code", "CANARY")];
    walker.post("ada", "/organizations/new", &organization, 303).await;
    let id = walker.get("ada", "/organizations").await.first_id("/organizations");
    let invitation = [
        ("email", "guest@example.com"),
        ("role", "org_admin"),
        ("organization", &id),
    ];
    walker.post("ada", "/invitations/new", &invitation, 303).await;
    let waiting = contents(&database).await.unwrap();

    // The guest follows the link, forgets the password, and recovers.
    let stop = Notify::new();
    let backend = house.backend.clone();
    let worker = async { backend.run_outbox(stop.notified()).await };
    let journey = async {
        let mut mails = vec![mail_server.next().await];
        let link = link_in(&mails[0], "/accept-invitation/");
        secrets.push(Secret::new("the invitation's token", last_part(&link)));
        walker.get("guest", &link).await;
        let (weak, good) = (
            [("name", "Guest"), ("password", "canary")],
            [("name", "Guest"), ("password", GUESTS)],
        );
        walker.post("guest", &link, &weak, 422).await;
        walker.post("guest", &link, &good, 303).await;
        walker.post("guest", &link, &good, 303).await;
        walker
            .post("somebody", "/forgot-password", &[("email", "guest@example.com")], 200)
            .await;
        // The inviter learns that the guest is here; then comes the link.
        arrived(&mut mail_server, &mut mails, "guest@example.com", "/reset-password/").await;
        let link = link_in(
            mails
                .iter()
                .rfind(|mail| mail.content.contains("/reset-password/"))
                .unwrap(),
            "/reset-password/",
        );
        secrets.push(Secret::new("the token of recovery", last_part(&link)));
        walker.get("somebody", &link).await;
        walker.post("somebody", &link, &[("password", "canary")], 422).await;
        walker.post("somebody", &link, &[("password", RECOVERED)], 303).await;
        for (current, status) in [(WRONG, 422), (RECOVERED, 303)] {
            let fields = [("current_password", current), ("new_password", CHANGED)];
            walker.post("somebody", "/account/password", &fields, status).await;
        }

        // A user whose password an Admin gives, twice.
        let user = [
            ("email", "given@example.com"),
            ("name", "Given"),
            ("password", GIVEN),
            ("role", "user"),
            ("organization", &id),
        ];
        walker.post("ada", "/users/new", &user, 303).await;
        walker.post("ada", "/users/new", &user, 422).await;
        let given = walker.get("ada", "/users?q=given").await.first_id("/users");
        let change = [&user[..], &[("version", "1")]].concat();
        walker.post("ada", &format!("/users/{given}/edit"), &change, 303).await;
        walker.post("ada", "/", &[], 303).await;

        // A link to copy is shown to who asks for it, once.
        let fields = [("email", "other@example.com"), ("role", "user"), ("organization", &id)];
        walker.post("ada", "/invitations/new", &fields, 303).await;
        // A link that is copied takes the place of the mailed one, whose mail would race with it.
        arrived(&mut mail_server, &mut mails, "other@example.com", "/accept-invitation/").await;
        let mailed = mails
            .iter()
            .rfind(|mail| mail.recipient == "other@example.com")
            .unwrap();
        let mailed = link_in(mailed, "/accept-invitation/");
        secrets.push(Secret::new("the token of a link that was replaced", last_part(&mailed)));
        let other = walker.get("ada", "/invitations?q=other").await.first_id("/invitations");
        let copied = format!("/invitations/{other}/link");
        let shown = walker.post("ada", &copied, &[("version", "1")], 200).await;
        let link = link_among(&shown.body, "/accept-invitation/");
        secrets.push(Secret::new("a copied token", last_part(&link)));

        for file in ["/audit.jsonl", "/account/data"] {
            walker.get("ada", file).await;
        }
        for list in ["/organizations", "/users", "/invitations", "/audit"] {
            walker.get("ada", list).await;
            walker.get("ada", &format!("{list}.csv")).await;
            walker
                .get(
                    "ada",
                    &format!(
                        "/api{}?query=",
                        if list == "/audit" {
                            "/audit/list".to_owned()
                        } else {
                            format!("{list}/list")
                        }
                    ),
                )
                .await;
        }
        for page in [
            format!("/users/{given}"),
            format!("/invitations/{other}"),
            format!("/organizations/{id}"),
        ] {
            walker.get("ada", &page).await;
        }
        for page in ["/", "/account", "/account/sessions", "/nowhere", &setup] {
            walker.get("ada", page).await;
        }
        walker.post("ada", "/logout", &[], 303).await;
        arrived(&mut mail_server, &mut mails, "ada@example.com", "Test e-mail").await;
        stop.notify_one();
        mails
    };
    let ((), mails) = tokio::join!(worker, journey);
    secrets.extend(walker.sessions.iter().map(|cookie| Secret::new("a session", cookie)));
    let public = Secret::new("what is no secret", PUBLIC);
    secrets.push(public);

    // The commands, in processes of their own, and their errors.
    drop(opened);
    let said = commands(&settings);

    let mut search = |place: &str, content: &[u8]| {
        found_in.extend(found(&secrets, content).map(|secret| format!("{secret} in {place}")));
    };
    search("the log", &log.content());
    search("the database while a mail waits", &waiting);
    search("the database", &contents(&database).await.unwrap());
    for file in files_below(&data) {
        search("the data folder", &fs::read(file).unwrap());
    }
    for mail in &mails {
        search(&format!("a mail to {}", mail.recipient), readable(mail).as_bytes());
    }
    search("what commands say", &said);
    for (question, answer) in &walker.answers {
        search(question, answer);
    }
    insta::assert_snapshot!("canary_allowed", found_in.into_iter().collect::<Vec<_>>().join("\n"));
    // What was searched is what it should be.
    assert!(String::from_utf8_lossy(&log.content()).contains("insert into sessions"));
    assert!(String::from_utf8_lossy(&said).contains("bea@example.com is an Admin now"));
}

fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).unwrap();
    place
}

fn config(settings: &[(&str, &str)]) -> Config {
    let words = settings.iter().flat_map(|(name, value)| [*name, *value]);
    let line = Config::augment_args(CommandLine::new("usher")).get_matches_from(["usher"].into_iter().chain(words));
    Config::from_arg_matches(&line).unwrap()
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// A mail without the folding of quoted-printable.
fn readable(mail: &smtp::Received) -> String {
    mail.content.replace("=\r\n", "").replace("=3D", "=")
}

/// Keeps mails until one to somebody has come that says this.
async fn arrived(server: &mut MailServer, mails: &mut Vec<smtp::Received>, recipient: &str, part: &str) {
    let is_it = |mail: &smtp::Received| mail.recipient == recipient && readable(mail).contains(part);
    while !mails.iter().any(is_it) {
        let next = tokio::time::timeout(std::time::Duration::from_secs(20), server.next()).await;
        mails.push(next.unwrap_or_else(|_| panic!("no mail to {recipient} says {part:?}: {mails:?}")));
    }
}

fn link_in(mail: &smtp::Received, path: &str) -> String {
    link_among(&readable(mail), path)
}

/// The first path of this kind, up to the end of its token.
#[track_caller]
fn link_among(text: &str, path: &str) -> String {
    let at = text.find(path).unwrap_or_else(|| panic!("no {path} in {text}"));
    text[at..at + path.len() + 43].to_owned()
}

/// What commands print, of success and failure.
fn commands(settings: &[(&str, &str)]) -> Vec<u8> {
    let wrong_port = |url: &str, scheme: &str| format!("{scheme}://usher:{url}@127.0.0.1:1/usher");
    let (database, smtp) = (
        wrong_port(DATABASE_PASSWORD, "postgres"),
        wrong_port(SMTP_PASSWORD, "smtp"),
    );
    let malformed = (
        format!("postgres://usher:{DATABASE_PASSWORD}@[::/usher"),
        format!("smtp://usher:{SMTP_PASSWORD}@mail.example.com:port"),
    );
    let create = ["admin", "create", "--name", "Bea", "--password-stdin", "--email"];
    let mut said = Vec::new();
    for (words, changed, password) in [
        (&[&create[..], &["bea@example.com"]].concat()[..], None, ADMINS),
        (&[&create[..], &["bea"]].concat(), None, ADMINS),
        (&["mail", "test", "ada@example.com"], None, ""),
        (&["mail", "test", "ada@example.com"], Some(("--smtp-url", &smtp)), ""),
        (
            &["mail", "test", "ada@example.com"],
            Some(("--smtp-url", &malformed.1)),
            "",
        ),
        (&["backup", "/nowhere/copy.db"], None, ""),
        (&["migrate"], Some(("--database-url", &database)), ""),
        (&["migrate"], Some(("--database-url", &malformed.0)), ""),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
        for (name, value) in settings {
            let value = changed
                .filter(|(changed, _)| changed == name)
                .map_or(*value, |(_, value)| value.as_str());
            let variable = format!(
                "USHER_{}",
                name.trim_start_matches("--").replace('-', "_").to_uppercase()
            );
            command.env(variable, value);
        }
        let mut running = command
            .args(words)
            .env("USHER_LOG", "trace")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Most commands end without reading it.
        let _ = running
            .stdin
            .take()
            .unwrap()
            .write_all(format!("{password}\n").as_bytes());
        let output = running.wait_with_output().unwrap();
        said.extend([output.stdout, output.stderr].concat());
    }
    said
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] })
        .collect()
}
