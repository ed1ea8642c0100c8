//! Who may do what: every entry of the server, asked by everybody, against the one table in `matrix.txt`. What a Prometheus
//! reads has a listener of its own, which knows nobody: `metrics.rs`.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

mod support;

use std::collections::BTreeSet;

use http::Request;
use support::{Answer, House, PASSWORD, Visitor, entries::entries, on_both_engines};

on_both_engines!(
    every_entry_answers_each_as_the_table_says,
    no_form_takes_a_field_that_it_does_not_have,
);

/// `METHOD /address ?fields | answer to each column`, in the order of [`Actor::COLUMNS`]: a status, or where one is led who
/// has to sign in (`login`), to choose a password (`change`) or to set up a second factor (`enrol`) first.
const TABLE: &str = include_str!("matrix.txt");

/// Passes between two questions, so that no limit of attempts is met: those have tests of their own.
const PAUSE_SECONDS: i64 = 100;

/// The password that an Admin gives.
const FIRST: &str = "seven green lamps on a hill";

/// Who asks. What is asked for belongs to organization A.
#[derive(Clone, Copy, Debug)]
enum Actor {
    Anonymous,
    /// Suspended after signing in.
    Suspended,
    /// Signed in too long ago.
    Expired,
    /// The password was given, the code of the second factor not yet.
    AwaitsCode,
    MustChange,
    /// An Admin of an organization that requires a second factor.
    MustSetUp,
    User,
    OrgAdminOfB,
    OrgAdminOfA,
    Admin,
}

impl Actor {
    /// Whoever has no session that counts is nobody: four actors, one column.
    const COLUMNS: [&[Self]; 7] = [
        &[Self::Anonymous, Self::Suspended, Self::Expired, Self::AwaitsCode],
        &[Self::MustChange],
        &[Self::MustSetUp],
        &[Self::User],
        &[Self::OrgAdminOfB],
        &[Self::OrgAdminOfA],
        &[Self::Admin],
    ];

    /// Whom the session belongs to that counts.
    fn email(self) -> Option<String> {
        let name = match self {
            Self::Anonymous | Self::Suspended | Self::Expired | Self::AwaitsCode => return None,
            Self::MustChange => "new",
            Self::MustSetUp => "unguarded",
            Self::User => "user",
            Self::OrgAdminOfB => "chief-b",
            Self::OrgAdminOfA => "chief-a",
            Self::Admin => "ada",
        };
        Some(address(name))
    }
}

async fn every_entry_answers_each_as_the_table_says(house: House) {
    let rows: Vec<Row> = TABLE.lines().filter_map(Row::parse).collect();
    let named: BTreeSet<String> = rows.iter().map(|row| row.entry.clone()).collect();
    assert_eq!(
        named,
        entries(&house),
        "the table has a row for each entry, and no other"
    );

    let mut scene = Scene::set(house).await;
    let mut wrong = Vec::new();
    for row in rows.iter().flat_map(Row::with_other_targets) {
        for (actors, expected) in Actor::COLUMNS.iter().zip(&row.expected) {
            for actor in *actors {
                let answer = scene.ask(*actor, &row).await;
                if answer != *expected {
                    let (entry, target) = (&row.entry, row.target);
                    wrong.push(format!(
                        "{entry} on {target:?}: {actor:?} gets {answer}, not {expected}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn no_form_takes_a_field_that_it_does_not_have(house: House) {
    let mut scene = Scene::set(house).await;
    let mut taken = Vec::new();
    // The last column is the Admin's, who is refused nothing else.
    let may_all = |row: &Row| matches!(row.expected.last().map(String::as_str), Some("200" | "303"));
    let rows = TABLE.lines().filter_map(Row::parse).filter(may_all);
    for row in rows.filter(|row| row.entry.starts_with("POST") && row.entry != "POST /policy-reports") {
        for unknown in ["is_admin=true", "NAME=x", "="] {
            let separator = if row.fields.is_empty() { "" } else { "&" };
            let fields = format!("{}{separator}{unknown}", row.fields);
            let answer = scene.ask(Actor::Admin, &Row { fields, ..row.clone() }).await;
            // What is refused comes back on its page, and there is none for a token that is not known.
            let refused = if row.entry == "POST /accept-invitation" {
                "404"
            } else {
                "422"
            };
            if answer != refused {
                taken.push(format!("{} with {unknown}: {answer}", row.entry));
            }
        }
    }
    assert!(taken.is_empty(), "{}", taken.join("\n"));
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// Something of organization A.
    OfA,
    /// Whoever asks: a row that begins with `self`.
    Oneself,
    /// Somebody without an organization.
    GlobalAdministrator,
    /// An id that nobody has.
    Nobody,
}

/// No object has it.
const NOBODY: &str = "01890000-0000-7000-8000-000000000000";

#[derive(Clone)]
struct Row {
    target: Target,
    entry: String,
    fields: String,
    expected: Vec<String>,
}

/// The column of a User, who may see no organization.
const USER: usize = 3;

impl Row {
    fn parse(line: &str) -> Option<Self> {
        let (question, answers) = line.split_once('|')?;
        let (target, question) = match question.strip_prefix("self ") {
            Some(question) => (Target::Oneself, question),
            None => (Target::OfA, question),
        };
        let (entry, fields) = question.split_once(" ?").unwrap_or((question, ""));
        Some(Self {
            target,
            entry: entry.split_whitespace().collect::<Vec<_>>().join(" "),
            fields: fields.trim().to_owned(),
            expected: answers.split_whitespace().map(str::to_owned).collect(),
        })
    }

    /// The same question about others, whose answers follow from the row: what does not exist answers everybody like what
    /// belongs to another tenant, and a Global Administrator does not exist but for Admins.
    fn with_other_targets(&self) -> Vec<Self> {
        let mut all = vec![self.clone()];
        let is_about_one = self.entry.contains("{id}") || self.fields.contains("{id}");
        if self.target != Target::OfA || !is_about_one {
            return all;
        }
        let with = |target, seen_by: &[usize]| Self {
            target,
            expected: (self.expected.iter().enumerate())
                .map(|(column, answer)| match answer.as_str() {
                    "200" | "303" if !seen_by.contains(&column) => "404".to_owned(),
                    // What is refused comes back on its page, and there is no such page.
                    "403" if self.entry == "POST /organizations/{id}" && column > USER => "404".to_owned(),
                    answer => answer.to_owned(),
                })
                .collect(),
            ..self.clone()
        };
        all.push(with(Target::Nobody, &[]));
        if kind_of(&self.entry) == "users" {
            all.push(with(Target::GlobalAdministrator, &[Actor::COLUMNS.len() - 1]));
        }
        all
    }
}

/// Two organizations with their people.
struct Scene {
    house: House,
    admin: Visitor,
    suspended: Visitor,
    expired: Visitor,
    a: String,
    /// How many names were given: no two objects have the same.
    names: u32,
}

impl Scene {
    async fn set(house: House) -> Self {
        let mut admin = house.admin().await;
        let a = made(&mut admin, "organizations/create", &[("name", "A"), ("code", "AA")]).await;
        let b = made(&mut admin, "organizations/create", &[("name", "B"), ("code", "BB")]).await;
        let c = made(&mut admin, "organizations/create", &[("name", "C"), ("code", "CC")]).await;
        for (name, role, organization) in [
            ("suspended", "user", &a),
            ("expired", "admin", &a),
            ("new", "admin", &a),
            ("user", "user", &a),
            ("chief-a", "org_admin", &a),
            ("chief-b", "org_admin", &b),
            ("guarded", "admin", &a),
            ("unguarded", "admin", &c),
        ] {
            let id = create_user(&mut admin, name, role, organization).await;
            if name != "new" {
                let mut visitor = house.sign_in(&address(name), FIRST).await;
                let fields = [("current_password", FIRST), ("new_password", PASSWORD)];
                visitor.post("/account/password", &fields).await.leads_to("/");
            }
            if name == "guarded" {
                house.guard(id.parse().unwrap(), &[1; 20]).await;
            }
        }
        let expired = house.sign_in(&address("expired"), PASSWORD).await;
        house.clock.advance(13 * 3600);
        let suspended = house.sign_in(&address("suspended"), PASSWORD).await;
        let mut admin = house.sign_in("ada@example.com", PASSWORD).await;
        let fields = [("id", c.as_str()), ("required", "yes")];
        assert_eq!(admin.call("organizations/second-factor", &fields).await.status, 200);
        let listed = admin.get("/users?q=suspended").await;
        let id = listed.first_id("/users");
        let version = version_of(&mut admin, "users", &id).await;
        let fields = [("id", id.as_str()), ("version", &version), ("state", "suspended")];
        assert_eq!(admin.call("users/state", &fields).await.status, 200);
        Self {
            house,
            admin,
            suspended,
            expired,
            a,
            names: 0,
        }
    }

    /// What somebody gets, on objects made for this question.
    async fn ask(&mut self, actor: Actor, row: &Row) -> String {
        self.house.clock.advance(PAUSE_SECONDS);
        self.admin = self.house.sign_in("ada@example.com", PASSWORD).await;
        let (entry, fields) = self.fill(actor, row).await;
        let (method, path) = entry.split_once(' ').unwrap();
        let request = if method == "GET" {
            let query = if fields.is_empty() {
                String::new()
            } else {
                format!("?{fields}")
            };
            Request::get(format!("{path}{query}")).body(Default::default()).unwrap()
        } else {
            Request::post(path)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("sec-fetch-site", "same-origin")
                .body(fields.into())
                .unwrap()
        };
        if matches!(actor, Actor::MustChange) {
            self.renew_first_password().await;
        }
        let house = &self.house;
        let mut signed_in = match actor {
            Actor::Anonymous => house.visitor(),
            Actor::Suspended => return in_a_word(&self.suspended.send(request).await),
            Actor::Expired => return in_a_word(&self.expired.send(request).await),
            Actor::AwaitsCode => house.sign_in(&address("guarded"), PASSWORD).await,
            Actor::MustChange => house.sign_in(&address("new"), FIRST).await,
            _ => house.sign_in(&actor.email().unwrap(), PASSWORD).await,
        };
        in_a_word(&signed_in.send(request).await)
    }

    /// The table takes longer than a password is good that somebody else has set.
    async fn renew_first_password(&mut self) {
        let id = self.oneself(Actor::MustChange).await;
        let version = version_of(&mut self.admin, "users", &id).await;
        let email = address("new");
        let fields = [
            ("id", id.as_str()),
            ("version", &version),
            ("email", &email),
            ("name", "new"),
            ("password", FIRST),
            ("role", "admin"),
            ("organization", &self.a),
        ];
        let answer = self.admin.call("users/change", &fields).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Puts ids and names into a row's question.
    async fn fill(&mut self, actor: Actor, row: &Row) -> (String, String) {
        self.names += 1;
        let name = format!("n{}", self.names);
        let mut question = format!("{}\n{}", row.entry, row.fields);
        let kind = kind_of(&row.entry);
        let id = match row.target {
            Target::OfA => self.make(kind, actor, &name).await,
            Target::Oneself => self.oneself(actor).await,
            Target::GlobalAdministrator => {
                let id = create_user(&mut self.admin, &name, "admin", "").await;
                self.house.guard(id.parse().unwrap(), &[1; 20]).await;
                id
            }
            Target::Nobody => NOBODY.to_owned(),
        };
        if row.target == Target::Nobody {
            question = question.replace("{version}", "1");
        }
        if question.contains("{version}") {
            let version = version_of(&mut self.admin, kind, &id).await;
            question = question.replace("{version}", &version);
        }
        let code = if matches!(actor, Actor::Admin) {
            name.to_uppercase()
        } else {
            "AA".to_owned()
        };
        self.names += 1;
        let filled = question
            .replace("{id}", &id)
            .replace("{a}", &self.a)
            .replace("{code}", &code)
            .replace("{name}", &format!("n{}", self.names))
            .replace("{own}", &actor.email().unwrap_or_default())
            .replace("{token}", &"A".repeat(43))
            .replace("{session}", "none")
            .replace("{act}", "none")
            .replace("{*path}", "none.js");
        let (entry, fields) = filled.split_once('\n').unwrap();
        (entry.to_owned(), fields.to_owned())
    }

    /// The id of whoever asks; without a session there is none.
    async fn oneself(&mut self, actor: Actor) -> String {
        let Some(email) = actor.email() else {
            return NOBODY.to_owned();
        };
        self.admin.get(&format!("/users?q={email}")).await.first_id("/users")
    }

    /// Makes what an entry is about, belonging to A, and returns its id. An Admin gets an organization that may
    /// be deleted.
    async fn make(&mut self, kind: &str, actor: Actor, name: &str) -> String {
        let admin = &mut self.admin;
        match kind {
            "organizations" if matches!(actor, Actor::Admin) => {
                made(admin, "organizations/create", &[("name", name), ("code", name)]).await
            }
            "organizations" => self.a.clone(),
            "users" => {
                let id = create_user(admin, name, "user", &self.a).await;
                self.house.guard(id.parse().unwrap(), &[1; 20]).await;
                id
            }
            "invitations" => {
                let email = address(name);
                let fields = [("email", email.as_str()), ("role", "user"), ("organization", &self.a)];
                made(admin, "invitations/send", &fields).await
            }
            "tiers" => {
                admin.call("tiers/create", &[("name", name)]).await;
                let tiers = admin
                    .send(Request::get("/api/tiers/list").body(Default::default()).unwrap())
                    .await;
                let tiers: serde_json::Value = serde_json::from_str(&tiers.body).unwrap();
                let tier = tiers.as_array().unwrap().iter().find(|tier| tier["name"] == name);
                tier.unwrap()["id"].as_str().unwrap().to_owned()
            }
            _ => String::new(),
        }
    }
}

fn in_a_word(answer: &Answer) -> String {
    match answer.location() {
        location if location.starts_with("/login") => "login".to_owned(),
        "/account/password" => "change".to_owned(),
        "/account/second-factor" => "enrol".to_owned(),
        _ => answer.status.as_u16().to_string(),
    }
}

fn address(name: &str) -> String {
    format!("{name}@example.com")
}

/// What an entry is about: the folder of its address.
fn kind_of(entry: &str) -> &str {
    let path = entry.split_once(' ').unwrap().1;
    let path = path.strip_prefix("/api").unwrap_or(path);
    path.split('/').nth(1).unwrap_or_default()
}

async fn create_user(admin: &mut Visitor, name: &str, role: &str, organization: &str) -> String {
    let email = address(name);
    let fields = [
        ("email", email.as_str()),
        ("name", name),
        ("password", FIRST),
        ("role", role),
        ("organization", organization),
    ];
    made(admin, "users/create", &fields).await
}

/// Calls a server function that makes something and tells where it is.
async fn made(admin: &mut Visitor, endpoint: &str, fields: &[(&str, &str)]) -> String {
    let answer = admin.call(endpoint, fields).await;
    assert_eq!(answer.status, 200, "{endpoint}: {}", answer.body);
    let done: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let address = done["link"][1].as_str().unwrap();
    address.rsplit_once('/').unwrap().1.to_owned()
}

async fn version_of(admin: &mut Visitor, kind: &str, id: &str) -> String {
    let answer = admin.get(&format!("/api/{kind}/get?id={id}")).await;
    let found: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    found["version"].to_string()
}
