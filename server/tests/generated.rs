//! Requests that nobody would send: every entry of the server is asked by everybody with names, values, paths, headers and
//! bodies made at random. Whatever comes, the answer is no failure of the server and leads to no other origin.
//!
//! `USHER_GENERATED_REQUESTS=50000` makes that many on each engine, `USHER_GENERATED_SEED=7` others than those of a usual run.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

mod support;

use http::{Request, header};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use support::{Answer, House, PASSWORD, Visitor, entries::entries, on_both_engines};

on_both_engines!(whatever_is_asked_the_server_does_not_fail);

const REQUESTS: u64 = 1500;

/// How often it is looked whether everybody is still signed in.
const LOOK_EVERY: u64 = 16;

async fn whatever_is_asked_the_server_does_not_fail(house: House) {
    let entries: Vec<String> = entries(&house).into_iter().collect();
    let seed = setting("USHER_GENERATED_SEED", 1);
    let mut runner = runner(seed);
    let requests = asked();
    let mut crowd = Crowd::gather(house).await;
    let mut statuses = std::collections::BTreeMap::<u16, u64>::new();
    for number in 0..setting("USHER_GENERATED_REQUESTS", REQUESTS) {
        crowd.house.clock.advance(7);
        if number.is_multiple_of(LOOK_EVERY) {
            crowd.stay().await;
        }
        let asked = requests.new_tree(&mut runner).unwrap().current();
        let (address, answer) = crowd.ask(&entries, &asked).await;
        *statuses.entry(answer.status.as_u16()).or_default() += 1;
        let wrong = what_is_wrong(&answer);
        assert_eq!(
            wrong, None,
            "seed {seed}, request {number}: {address} of {asked:?}: {} {:?}\n{}",
            answer.status, answer.headers, answer.body
        );
    }
    eprintln!("{statuses:?}");
    // Were all refused for one reason, nothing would have been asked.
    for status in [200, 303, 401, 403, 404, 422] {
        assert!(statuses.contains_key(&status), "no {status} in {statuses:?}");
    }
}

fn what_is_wrong(answer: &Answer) -> Option<&'static str> {
    let own = |location: &str| location.starts_with('/') && !location.starts_with("//") && !location.contains('\\');
    if answer.status.is_server_error() {
        return Some("the server failed");
    }
    let location = answer.headers.get(header::LOCATION);
    if location.is_some_and(|location| !location.to_str().is_ok_and(own)) {
        return Some("it leads away");
    }
    if !answer.headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        return Some("it lacks the headers that each answer has");
    }
    None
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// The same requests for the same seed.
fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// One request, before what is known of the house is put in.
#[derive(Clone, Debug)]
struct Asked {
    who: Index,
    entry: Index,
    in_path: Vec<Value>,
    /// One for each field that the entry has.
    own: Option<Vec<Value>>,
    /// Fields that it has or has not.
    fields: Vec<(Name, Value)>,
    headers: Vec<(&'static str, Value)>,
    /// Sent instead of the fields.
    body: Option<Vec<u8>>,
}

#[derive(Clone, Debug)]
enum Name {
    /// One that a form or a list has.
    Known(&'static str),
    Any(String),
}

#[derive(Clone, Debug)]
enum Value {
    /// Something that exists: an id, a version, an address, a code.
    Known(Index),
    Nasty(&'static str),
    Text(String),
    Bytes(Vec<u8>),
    Long(usize),
}

const NAMES: [&str; 38] = [
    "id",
    "version",
    "token",
    "session",
    "email",
    "name",
    "password",
    "current_password",
    "new_password",
    "role",
    "organization",
    "code",
    "description",
    "tier",
    "state",
    "required",
    "next",
    "expires_in_seconds",
    "seats",
    "credits",
    "features",
    "price",
    "currency",
    "query",
    "chosen",
    "q",
    "sort",
    "size",
    "after",
    "before",
    "last",
    "count",
    "status",
    "global",
    "from",
    "until",
    "action",
    "object",
];

const NASTY: [&str; 34] = [
    "",
    " ",
    "0",
    "1",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999",
    "NaN",
    "1e309",
    "true",
    "on",
    "null",
    "\u{0}",
    "a\u{0}b",
    "\r\nSet-Cookie: a=b",
    "\u{feff}",
    "\u{202e}",
    "' or 1=1 --",
    "%",
    "_",
    "\\",
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "../../etc/passwd",
    "{{7*7}}",
    "<script>",
    "=1+1",
    "sort=-name&size=100&q=a",
    "after=AAAA",
    "from=2026-13-45&until=0000-00-00",
    "q=%FF%00&last=1",
];

const HEADERS: [&str; 7] = [
    "accept",
    "accept-language",
    "cookie",
    "content-type",
    "user-agent",
    "x-forwarded-for",
    "referer",
];

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        5 => any::<Index>().prop_map(Value::Known),
        4 => select(&NASTY[..]).prop_map(Value::Nasty),
        2 => any::<String>().prop_map(Value::Text),
        1 => vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
        1 => select(vec![255, 1025, 20_000]).prop_map(Value::Long),
    ]
}

fn asked() -> impl Strategy<Value = Asked> {
    let name = prop_oneof![
        12 => select(&NAMES[..]).prop_map(Name::Known),
        1 => any::<String>().prop_map(Name::Any),
    ];
    let body = prop_oneof![
        9 => Just(None),
        1 => vec(any::<u8>(), 0..300).prop_map(Some),
    ];
    (
        any::<Index>(),
        any::<Index>(),
        vec(value(), 2),
        prop::option::weighted(0.8, vec(value(), 8)),
        prop_oneof![4 => Just(Vec::new()), 1 => vec((name, value()), 1..6)],
        vec((select(&HEADERS[..]), value()), 0..2),
        body,
    )
        .prop_map(|(who, entry, in_path, own, fields, headers, body)| Asked {
            who,
            entry,
            in_path,
            own,
            fields,
            headers,
            body,
        })
}

/// A house with people in it.
struct Crowd {
    house: House,
    people: Vec<(&'static str, Visitor)>,
    /// What exists, or did.
    known: Vec<String>,
    joined: u32,
}

const ADMIN: &str = "ada@example.com";

impl Crowd {
    async fn gather(house: House) -> Self {
        let mut admin = house.admin().await;
        let acme = admin.create_organization("Acme").await;
        let known = vec![
            acme,
            "Acme".into(),
            ADMIN.into(),
            "user".into(),
            "org_admin".into(),
            "admin".into(),
        ];
        let people = vec![
            ("nobody", house.visitor()),
            ("user", house.visitor()),
            ("org_admin", house.visitor()),
            ("admin", admin),
        ];
        Self {
            house,
            people,
            known,
            joined: 0,
        }
    }

    /// Whoever was signed out, suspended or deleted comes back.
    async fn stay(&mut self) {
        let mut admin = self.house.sign_in(ADMIN, PASSWORD).await;
        for role in ["user", "org_admin"] {
            let visitor = self.person(role);
            if visitor.get("/api/account/sessions").await.status != 200 {
                let email = self.join(&mut admin, role).await;
                let joined = self.house.sign_in(&email, PASSWORD).await;
                *self.person(role) = joined;
            }
        }
        *self.person("admin") = admin;
    }

    /// Makes a new account and keeps what is known of it.
    async fn join(&mut self, admin: &mut Visitor, role: &str) -> String {
        const FIRST: &str = "seven green lamps on a hill";
        self.joined += 1;
        let email = format!("{role}{}@example.com", self.joined);
        let organization = self.organization(admin).await;
        let fields = [
            ("email", email.as_str()),
            ("name", "Joined"),
            ("password", FIRST),
            ("role", role),
            ("organization", &organization),
        ];
        admin.post("/users/new", &fields).await.leads_to("/users");
        let mut joined = self.house.sign_in(&email, FIRST).await;
        let fields = [("current_password", FIRST), ("new_password", PASSWORD)];
        joined.post("/account/password", &fields).await.leads_to("/");
        let id = admin.get(&format!("/users?q={email}")).await.first_id("/users");
        let guest = format!("guest{}@example.com", self.joined);
        let fields = [
            ("email", guest.as_str()),
            ("role", "user"),
            ("organization", &organization),
        ];
        admin.post("/invitations/new", &fields).await;
        let invitation = admin
            .get(&format!("/invitations?q={guest}"))
            .await
            .first_id("/invitations");
        self.known.extend([id, invitation, organization, email.clone(), guest]);
        email
    }

    /// One where somebody can join, whatever has become of the first.
    async fn organization(&mut self, admin: &mut Visitor) -> String {
        let name = format!("Org{}", self.joined);
        admin.create_organization(&name).await
    }

    fn person(&mut self, name: &str) -> &mut Visitor {
        let found = self.people.iter_mut().find(|(role, _)| *role == name);
        &mut found.unwrap().1
    }

    async fn ask(&mut self, entries: &[String], asked: &Asked) -> (String, Answer) {
        let entry = asked.entry.get(entries);
        let (method, path) = entry.split_once(' ').unwrap();
        let mut in_path = asked.in_path.iter();
        let path: String = path
            .split_inclusive('/')
            .map(|part| match part.strip_prefix('{') {
                Some(_) => {
                    let value = in_path.next().map(|value| self.encoded(value)).unwrap_or_default();
                    format!("{value}{}", if part.ends_with('/') { "/" } else { "" })
                }
                None => part.to_owned(),
            })
            .collect();
        let own = names_of(entry).into_iter().zip(asked.own.iter().flatten());
        let own = own.map(|(name, value)| format!("{name}={}", self.encoded(value)));
        let others = asked.fields.iter();
        let others = others.map(|(name, value)| format!("{}={}", self.name(name), self.encoded(value)));
        let fields = own.chain(others).collect::<Vec<_>>().join("&");
        let mut request = if method == "GET" {
            Request::get(format!("{path}?{fields}"))
        } else {
            Request::post(&path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        }
        .header("sec-fetch-site", "same-origin");
        for (name, value) in &asked.headers {
            if let Ok(value) = header::HeaderValue::from_bytes(&self.bytes(value)) {
                request = request.header(*name, value);
            }
        }
        let body = match &asked.body {
            _ if method == "GET" => Vec::new(),
            Some(body) => body.clone(),
            None => fields.into_bytes(),
        };
        let (who, visitor) = {
            let place = asked.who.index(self.people.len());
            let (who, visitor) = &mut self.people[place];
            (*who, visitor)
        };
        let answer = visitor.send(request.body(body.into()).unwrap()).await;
        (format!("{who}: {method} {path}"), answer)
    }

    fn name(&self, name: &Name) -> String {
        match name {
            Name::Known(name) => (*name).to_owned(),
            Name::Any(name) => encode(name.as_bytes()),
        }
    }

    fn bytes(&self, value: &Value) -> Vec<u8> {
        match value {
            Value::Known(index) => index.get(&self.known).clone().into_bytes(),
            Value::Nasty(text) => text.as_bytes().to_vec(),
            Value::Text(text) => text.clone().into_bytes(),
            Value::Bytes(bytes) => bytes.clone(),
            Value::Long(length) => vec![b'a'; *length],
        }
    }

    fn encoded(&self, value: &Value) -> String {
        encode(&self.bytes(value))
    }
}

/// The names of the fields that an entry has, from the permission matrix.
fn names_of(entry: &str) -> Vec<&'static str> {
    let questions = include_str!("matrix.txt")
        .lines()
        .filter_map(|line| line.split_once('|'));
    let fields = questions.filter_map(|(question, _)| {
        let (asked, fields) = question.split_once(" ?")?;
        (asked.split_whitespace().eq(entry.split_whitespace())).then_some(fields)
    });
    let fields = fields.flat_map(|fields| fields.trim().split('&'));
    fields.filter_map(|field| Some(field.split_once('=')?.0)).collect()
}

/// As it stands in an address or a form, whatever bytes they are.
fn encode(bytes: &[u8]) -> String {
    let letter = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(*byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    bytes.iter().map(letter).collect()
}
