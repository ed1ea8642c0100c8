//! A database of a few thousand rows, in which few have what lists are filtered by.

use std::path::Path;

use domain::{
    audit::{Action, ObjectKind},
    id::{EventId, InvitationId, OrganizationId, UserId},
    organization::OrganizationDraft,
    role::Role,
    text::{Code, Description, Email, Name},
    time::Moment,
};
use uuid::Uuid;

use crate::{
    Store,
    audit::{self, Event, SealedDetails},
    bulk::{self, Manner, NewInvitation, NewOrganization, NewUser},
    engine::execute,
    error::StoreError,
    sql::run_told,
    testing::{fresh_postgres, fresh_sqlite},
};

/// When the lists are read.
pub(super) const NOW: Moment = Moment(2_000_000_000_000);

pub(super) const ORGANIZATIONS: u128 = 40;
const USERS: u128 = 4_000;

pub(super) const fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(crate) async fn fresh(engine: &str, list: &str) -> Store {
    let url = if engine == "sqlite" {
        // Unit tests are told no folder of their own.
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tmp");
        std::fs::create_dir_all(&folder).unwrap();
        fresh_sqlite(&folder.join(format!("{list}_of_store.db"))).unwrap()
    } else {
        let server = std::env::var("USHER_TEST_POSTGRES_URL").expect("USHER_TEST_POSTGRES_URL is not set");
        fresh_postgres(&server, &format!("{list}_of_store")).await.unwrap()
    };
    Store::open(&url).await.unwrap()
}

pub(super) async fn fill(store: &Store) {
    if store.engine_name() == "Postgres" {
        // It begins after a minute, which a busy machine takes, and another page is then the cheapest to read.
        for table in ["organizations", "users", "invitations", "audit_events", "audit_details"] {
            let statement = format!("alter table {table} set (autovacuum_enabled = false)");
            let mut tx = store.read().await.unwrap();
            run_told(&mut tx, statement).await.unwrap();
        }
    }
    store
        .write(|mut tx| async move {
            bulk::insert_organizations(&mut tx, &organizations()).await?;
            bulk::insert_users(&mut tx, &users(), None, Manner::Together).await?;
            bulk::insert_invitations(&mut tx, &invitations(), Manner::Together).await?;
            execute!(tx, "update users set suspended = true where created_at % 50000 = 7000")?;
            for number in 0..500 {
                let (event, details) = event(number);
                audit::insert(&mut tx, &event, &details).await?;
            }
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    if store.engine_name() == "Postgres" {
        // All rows are counted, so that the numbers by which it chooses are the same each time, and nothing waits.
        store
            .write(|mut tx| async move {
                for index in ["users_by_grams", "invitations_by_grams"] {
                    execute!(tx, "select gin_clean_pending_list(to_regclass($1))", index)?;
                }
                execute!(tx, "analyze")
            })
            .await
            .unwrap();
    }
}

pub(crate) fn organizations() -> Vec<NewOrganization> {
    (1..=ORGANIZATIONS)
        .map(|number| NewOrganization {
            id: OrganizationId(id(number)),
            draft: OrganizationDraft {
                name: Name::trusted(format!("Organization {number}")),
                code: Code::trusted(format!("ORG-{number}")),
                description: Description::trusted(String::new()),
                tier: None,
            },
            created: moment(number),
        })
        .collect()
}

/// One in 50 is an Org Admin, and one in 500 an Admin.
fn role(number: u128) -> Role {
    match number {
        number if number % 500 == 3 => Role::Admin,
        number if number % 50 == 3 => Role::OrgAdmin,
        _ => Role::User,
    }
}

fn place(number: u128) -> Option<OrganizationId> {
    let is_global = number % 1000 == 3;
    (!is_global).then(|| OrganizationId(id(number % ORGANIZATIONS + 1)))
}

fn users() -> Vec<NewUser> {
    (1..=USERS)
        .map(|number| NewUser {
            id: UserId(id(number)),
            email: Email::trusted(format!("{}{}@example.com", address(number), number * 7919 % USERS)),
            name: Name::trusted(format!("{} {}", name(number), number * 31 % 997)),
            role: role(number),
            organization: place(number),
            created: moment(number),
            last_sign_in: (number % 5 != 0).then(|| moment(number * 17 % USERS)),
        })
        .collect()
}

/// Of what is searched, nearly all who have one word begin so, and those who have another begin as most do. On SQLite every
/// fifth row is looked at to know how many these are, from the first on.
fn name(number: u128) -> &'static str {
    match number % 20 {
        6 => "Zoe",
        16 => "Name Quay",
        _ => "Name",
    }
}

fn address(number: u128) -> &'static str {
    match number % 20 {
        6 => "zoe",
        16 => "user.quay",
        _ => "user",
    }
}

fn invitations() -> Vec<NewInvitation> {
    (1..=USERS)
        .map(|number| NewInvitation {
            id: InvitationId(id(number)),
            email: Email::trusted(format!("user{}@guest.example.com", number * 7919 % USERS)),
            role: role(number),
            organization: place(number),
            invited_by: Some(UserId(id(number % 100 + 1))),
            created: moment(number),
            expires: if number % 5 == 0 { NOW } else { moment(number + 100) },
            accepted: (number % 2 == 0).then(|| moment(number + 50)),
        })
        .collect()
}

fn event(number: u128) -> (Event, SealedDetails) {
    let event = Event {
        id: EventId(id(number)),
        at: moment(number),
        action: Action::ALL[usize::try_from(number).unwrap() % Action::ALL.len()],
        actor: Some(UserId(id(number % 100 + 1))),
        object_kind: ObjectKind::User,
        object: Some(id(number % 200)),
        organization: place(number),
        request: String::new(),
        details: None,
    };
    let details = SealedDetails {
        salt: [0; 16],
        content: r#"{"actor":"","object":"","address":"","before":null,"after":null}"#.to_owned(),
        search_key: format!("user{number}@example.com"),
        hash: [0; 32],
    };
    (event, details)
}

fn moment(number: u128) -> Moment {
    Moment(1_700_000_000_000 + i64::try_from(number).unwrap() * 1000)
}
