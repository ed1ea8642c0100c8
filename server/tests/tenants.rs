//! Two tenants, as a model: whatever happens in both, what one of them sees is the same, to the byte, as if the other did
//! not exist. The one exception is that an address has one account in the installation, so accounts of the two do not
//! share addresses here.
//!
//! `USHER_TENANT_OPERATIONS=10000` makes a run of that many operations, `USHER_TENANT_SEED=7` another one.

#![expect(clippy::unwrap_used, reason = "a model that cannot go on ends here")]

mod support;

use std::collections::HashMap;

use support::{Answer, House, PASSWORD, Visitor, on_both_engines};

const OPERATIONS: u64 = 200;

/// The password that an administrator gives.
const FIRST: &str = "seven green lamps on a hill";

on_both_engines!(a_tenant_sees_nothing_of_the_other);

async fn a_tenant_sees_nothing_of_the_other(house: House) {
    let alone = house.another("tenant_alone").await;
    let beside = house;
    let seed = setting("USHER_TENANT_SEED", 1);
    let (mut beside, mut alone) = (World::new(beside).await, World::new(alone).await);
    // B moves in and is there to stay: it exists in one of the two houses alone.
    let mut other = beside.tenant("B").await;
    keep_time(&beside.house, &alone.house);
    let mut random = Random(seed);
    for number in 0..setting("USHER_TENANT_OPERATIONS", OPERATIONS) {
        // Now and then a month, so that figures about long ago are seen too.
        let most = if random.below(25) == 0 { 60 * 86_400 } else { 1000 };
        let seconds = i64::try_from(random.below(most)).unwrap();
        beside.house.clock.advance(seconds);
        alone.house.clock.advance(seconds);
        let operation = Operation::next(&mut random, number);
        if random.below(2) == 0 {
            other.act(&beside.house, &operation).await;
            keep_time(&beside.house, &alone.house);
        } else {
            let with = beside.own.act(&beside.house, &operation).await;
            let without = alone.own.act(&alone.house, &operation).await;
            let difference = difference(&with, &without);
            assert_eq!(difference, None, "seed {seed}, operation {number}: {operation:?}");
        }
        let look = LOOKS[random.index(LOOKS.len())];
        let with = beside.own.look(&beside.house, look, &other).await;
        let without = alone.own.look(&alone.house, look, &other).await;
        let difference = difference(&with, &without);
        assert_eq!(difference, None, "seed {seed}, after operation {number}: {look}");
    }
}

/// What B does takes time in the other house too.
fn keep_time(beside: &House, alone: &House) {
    let behind = beside.clock.now().0 - alone.clock.now().0;
    alone.clock.advance(behind / 1000);
}

/// The surroundings of the first byte that is not the same.
fn difference<'a>(with: &'a str, without: &'a str) -> Option<(&'a str, &'a str)> {
    let same = with.bytes().zip(without.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &'a str| {
        let start = text.floor_char_boundary(same.saturating_sub(80));
        &text[start..text.floor_char_boundary(same + 80)]
    };
    (with != without).then(|| (around(with), around(without)))
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// What an Org Admin can look at; `{a}` is the own organization, `{b}` something of the other tenant's.
const LOOKS: [&str; 21] = [
    "/",
    "/organizations/{a}",
    "/users?size=100",
    "/users?sort=-created",
    "/users?q=a",
    "/users?state=suspended",
    "/users?organization={b}",
    "/users/{b}",
    "/users/{b}/edit",
    "/users.csv",
    "/invitations?size=100",
    "/invitations?status=pending&sort=-sent",
    "/invitations?organization={b}",
    "/invitations/{b}",
    "/invitations/{b}/delete",
    "/invitations.csv",
    "/organizations/{b}",
    "/tiers",
    "/audit?size=100",
    "/audit?object={b}",
    "/account/data",
];

/// A house, and the tenant whose eyes we look through.
struct World {
    house: House,
    admin: Visitor,
    own: Tenant,
}

impl World {
    async fn new(house: House) -> Self {
        let mut admin = house.admin().await;
        let own = Tenant::new(&house, &mut admin, "A").await;
        Self { house, admin, own }
    }

    async fn tenant(&mut self, name: &'static str) -> Tenant {
        Tenant::new(&self.house, &mut self.admin, name).await
    }
}

/// An organization, its Org Admin, and what it has.
struct Tenant {
    name: &'static str,
    organization: String,
    chief: Visitor,
    users: Vec<String>,
    invitations: Vec<String>,
}

impl Tenant {
    async fn new(house: &House, admin: &mut Visitor, name: &'static str) -> Self {
        let code = format!("TENANT-{name}");
        house.clock.advance(1);
        let organization = made(
            &admin
                .call("organizations/create", &[("name", name), ("code", &code)])
                .await,
        );
        house.clock.advance(1);
        let email = format!("chief-{name}@example.com").to_lowercase();
        let fields = [
            ("email", email.as_str()),
            ("name", "Chief"),
            ("password", FIRST),
            ("role", "org_admin"),
            ("organization", &organization),
        ];
        made(&admin.call("users/create", &fields).await);
        house.clock.advance(1);
        let mut chief = house.sign_in(&email, FIRST).await;
        house.clock.advance(1);
        let fields = [("current_password", FIRST), ("new_password", PASSWORD)];
        chief.post("/account/password", &fields).await.leads_to("/");
        Self {
            name,
            organization,
            chief,
            users: Vec::new(),
            invitations: Vec::new(),
        }
    }

    /// Does something in the own organization, and returns the answer without what is random. It is empty where there
    /// is nothing yet to do it to.
    async fn act(&mut self, house: &House, operation: &Operation) -> String {
        let answer = self.answer(house, operation).await;
        answer.as_ref().map(without_chance).unwrap_or_default()
    }

    async fn answer(&mut self, house: &House, operation: &Operation) -> Option<Answer> {
        self.stay_signed_in(house).await;
        let word = format!("{}{}", self.name.to_lowercase(), operation.number);
        let email = format!("{word}@example.com");
        // The two tenants invite the same people.
        let guest = format!("guest{}@example.com", operation.number % 20);
        Some(match operation.act {
            Act::CreateUser => {
                let role = if operation.number.is_multiple_of(5) {
                    "org_admin"
                } else {
                    "user"
                };
                let fields = [
                    ("email", email.as_str()),
                    ("name", &word),
                    ("password", FIRST),
                    ("role", role),
                ];
                let answer = self.chief.call("users/create", &fields).await;
                self.users.extend(id_in(&answer));
                answer
            }
            Act::ChangeUser => {
                let (id, version) = self.chosen("users", operation).await?;
                let fields = [
                    ("id", id.as_str()),
                    ("version", &version),
                    ("email", &email),
                    ("name", "Changed"),
                    ("role", "user"),
                ];
                self.chief.call("users/change", &fields).await
            }
            Act::SetUserState => {
                let (id, version) = self.chosen("users", operation).await?;
                let state = if operation.number.is_multiple_of(2) {
                    "suspended"
                } else {
                    "active"
                };
                let fields = [("id", id.as_str()), ("version", &version), ("state", state)];
                self.chief.call("users/state", &fields).await
            }
            Act::DeleteUser => {
                let (id, _) = self.chosen("users", operation).await?;
                self.users.retain(|user| *user != id);
                self.chief.call("users/delete", &[("id", &id)]).await
            }
            Act::Invite => {
                let seconds = format!("{}", 60 + operation.choice % 10_000);
                let fields = [
                    ("email", guest.as_str()),
                    ("role", "user"),
                    ("expires_in_seconds", &seconds),
                ];
                let answer = self.chief.call("invitations/send", &fields).await;
                self.invitations.extend(id_in(&answer));
                answer
            }
            Act::Resend => {
                let (id, version) = self.chosen("invitations", operation).await?;
                let fields = [("id", id.as_str()), ("version", &version)];
                self.chief.call("invitations/resend", &fields).await
            }
            Act::DeleteInvitation => {
                let (id, version) = self.chosen("invitations", operation).await?;
                self.invitations.retain(|invitation| *invitation != id);
                let fields = [("id", id.as_str()), ("version", &version)];
                self.chief.call("invitations/delete", &fields).await
            }
        })
    }

    /// Looks at a page or a file, and returns it without what is random.
    async fn look(&mut self, house: &House, look: &str, other: &Self) -> String {
        self.stay_signed_in(house).await;
        let theirs = other.users.iter().chain(&other.invitations).next_back();
        let theirs = theirs.unwrap_or(&other.organization);
        let address = look.replace("{a}", &self.organization).replace("{b}", theirs);
        without_chance(&self.chief.get(&address).await)
    }

    /// What happens in one moment has no order, so time passes before anybody does anything.
    async fn stay_signed_in(&mut self, house: &House) {
        house.clock.advance(1);
        let email = format!("chief-{}@example.com", self.name.to_lowercase());
        if self.chief.get("/api/account/sessions").await.status == 401 {
            self.chief = house.sign_in(&email, PASSWORD).await;
            house.clock.advance(1);
        }
    }

    /// One of what the tenant has, and its version.
    async fn chosen(&mut self, list: &str, operation: &Operation) -> Option<(String, String)> {
        let all = if list == "users" {
            &self.users
        } else {
            &self.invitations
        };
        let place = usize::try_from(operation.choice).unwrap().checked_rem(all.len())?;
        let id = all[place].clone();
        let found = self.chief.get(&format!("/api/{list}/get?id={id}")).await;
        let found: serde_json::Value = serde_json::from_str(&found.body).unwrap();
        Some((id, found["version"].to_string()))
    }
}

#[derive(Clone, Copy, Debug)]
enum Act {
    CreateUser,
    ChangeUser,
    SetUserState,
    DeleteUser,
    Invite,
    Resend,
    DeleteInvitation,
}

#[derive(Debug)]
struct Operation {
    act: Act,
    number: u64,
    /// Which of what there is.
    choice: u64,
}

impl Operation {
    fn next(random: &mut Random, number: u64) -> Self {
        const ACTS: [Act; 9] = [
            Act::CreateUser,
            Act::CreateUser,
            Act::ChangeUser,
            Act::SetUserState,
            Act::DeleteUser,
            Act::Invite,
            Act::Invite,
            Act::Resend,
            Act::DeleteInvitation,
        ];
        Self {
            act: ACTS[random.index(ACTS.len())],
            number,
            choice: random.below(1_000_000),
        }
    }
}

/// The same numbers for the same seed (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }
}

fn made(answer: &Answer) -> String {
    id_in(answer).unwrap_or_else(|| panic!("nothing was made: {}", answer.body))
}

/// The id of what was made, if it was.
fn id_in(answer: &Answer) -> Option<String> {
    let done: serde_json::Value = serde_json::from_str(&answer.body).ok()?;
    let address = done["link"][1].as_str()?;
    Some(address.rsplit_once('/')?.1.to_owned())
}

/// Status, headers and body, with every id called by when it is met first, and without nonces and request ids.
fn without_chance(answer: &Answer) -> String {
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let text = format!("{}\n{}\n\n{}", answer.status, headers.join("\n"), answer.body);
    let text = cut(&text, "nonce=\"", '"');
    let text = cut(&text, "'nonce-", '\'');
    // Where a page begins is told by the id of a row.
    let text = cut(&cut(&text, "after=", '"'), "before=", '"');
    name_ids(&text)
}

/// Cuts what stands between a marker and an end, wherever it stands.
fn cut(text: &str, marker: &str, end: char) -> String {
    let mut parts = text.split(marker);
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        result.push_str(marker);
        result.push_str(part.find(end).map_or(part, |at| &part[at..]));
    }
    result
}

fn name_ids(text: &str) -> String {
    let mut names = HashMap::new();
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let id = rest.get(..36).filter(|word| is_id(word));
        match id.or(rest.get(..16).filter(|word| is_request_id(word))) {
            Some(id) => {
                let next = names.len();
                let number = *names.entry(id.to_owned()).or_insert(next);
                result.push_str(&format!("<id {number}>"));
                rest = &rest[id.len()..];
            }
            None => {
                result.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    result
}

fn is_id(word: &str) -> bool {
    word.char_indices().all(|(at, c)| match at {
        8 | 13 | 18 | 23 => c == '-',
        _ => c.is_ascii_hexdigit(),
    })
}

fn is_request_id(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_hexdigit())
}
