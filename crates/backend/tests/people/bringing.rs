//! Many at once: an import that was cut short goes on, and what came in before its indexes is found like the rest.

use std::{
    collections::HashSet,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use backend::{
    import::{Progress, Refusal, Report, Watch},
    show::machine,
};
use domain::{
    id::OrganizationId,
    page::{Sort, SortKey},
    query::UserQuery,
    role::Role,
    user::UserSort,
};
use store::deferred;

use crate::house::{House, on_both_engines};

on_both_engines!(
    an_import_that_was_cut_short_goes_on_while_indexes_are_put_off,
    rows_that_stand_in_the_way_of_each_other_are_told_one_by_one,
    invitations_that_nobody_could_have_sent_are_refused,
    an_inviter_who_is_nowhere_is_not_passed_over,
    invitations_that_came_in_are_in_the_overview,
);

const USERS: &str = "id,email,name,role,organization_id,created_at,last_login_at\n";
const INVITATIONS: &str = "id,organization_id,email,role,invited_by,created_at,expires_at,accepted_at\n";

/// Is cut short when the first users are in.
struct CutShort;

impl Watch for CutShort {
    fn progress(&mut self, progress: Progress) {
        assert_ne!(progress.file, "users.csv", "cut short");
    }

    fn refused(&mut self, _: Refusal) {}
}

#[derive(Default)]
struct Told(Vec<String>);

impl Watch for Told {
    fn progress(&mut self, _: Progress) {}

    fn refused(&mut self, refusal: Refusal) {
        self.0
            .push(format!("{}:{}: {}", refusal.file, refusal.line, refusal.reason));
    }
}

fn folder(house: &House, story: &str, files: &[(&str, &str)]) -> PathBuf {
    let name = format!("bringing_{story}_{}", house.store.engine_name());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for (name, content) in files {
        fs::write(folder.join(name), content).unwrap();
    }
    folder
}

fn people(count: u64, organization: OrganizationId) -> String {
    let mut users = USERS.to_owned();
    for number in 0..count {
        writeln!(
            users,
            "018c03c7-d5b2-7000-8000-{number:012x},person{number}@example.com,Person {number},User,{organization},2025-11-25T00:01:17Z,"
        )
        .unwrap();
    }
    users
}

const fn report(file: &'static str, brought_in: u64, known: u64, refused: u64) -> Report {
    Report {
        file,
        brought_in,
        known,
        refused,
    }
}

async fn an_import_that_was_cut_short_goes_on_while_indexes_are_put_off(house: House) {
    let acme = house.organization("ACME", None).await;
    let ann = house.management(&house.admin("ann").await).await;
    let users = people(8_000, acme);
    let folder = folder(&house, "cut_short", &[("users.csv", &users)]);
    let (backend, cut) = (house.backend.clone(), folder.clone());
    let cut = tokio::spawn(async move { backend.import(&cut, None, &mut CutShort).await });
    assert!(cut.await.unwrap_err().is_panic());
    assert!(!deferred::names(&house.store).await.unwrap().is_empty());

    let zoe = format!("018c03c7-d5b2-7000-8000-00000000ffff,zoe@example.com,Zoe,User,{acme},2025-11-25T00:01:17Z,\n");
    fs::write(folder.join("users.csv"), users + &zoe).unwrap();
    let reports = house.backend.import(&folder, None, &mut Told::default()).await.unwrap();
    assert_eq!(reports, [report("users.csv", 1, 8_000, 0)]);
    assert_eq!(deferred::names(&house.store).await.unwrap(), [""; 0]);

    // All are found, those from before the interruption and those from after it.
    for (search, count) in [("person7999", 1), ("zoe@", 1), ("person", 8_000)] {
        let query = UserQuery {
            search: Some(search.to_owned()),
            ..UserQuery::default()
        };
        let found = text_of(ann.export_users(query).await.unwrap()).await;
        assert_eq!(found.lines().count(), 1 + count, "{search}");
    }
    // In files, chunk after chunk, each stands once and in order, whatever many of them have in common.
    for key in UserSort::ALL {
        for descending in [false, true] {
            let query = UserQuery {
                sort: Sort { key: *key, descending },
                ..UserQuery::default()
            };
            let text = text_of(ann.export_users(query).await.unwrap()).await;
            let addresses: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
            let once: HashSet<&str> = addresses.iter().copied().collect();
            assert_eq!((addresses.len(), once.len()), (8_002, 8_002), "{key:?}");
            if *key == UserSort::Email {
                assert!(addresses.is_sorted_by(|a, b| if descending { a > b } else { a < b }));
            }
        }
    }
}

async fn rows_that_stand_in_the_way_of_each_other_are_told_one_by_one(house: House) {
    let acme = house.organization("ACME", None).await;
    let mut users = people(3, acme);
    writeln!(
        users,
        "018c03c7-d5b2-7000-8000-00000000ffff,Person1@example.com,Other,User,{acme},2025-11-25T00:01:17Z,"
    )
    .unwrap();
    let folder = folder(&house, "in_the_way", &[("users.csv", &users)]);
    for (brought_in, known) in [(3, 0), (0, 3)] {
        let mut told = Told::default();
        let reports = house.backend.import(&folder, None, &mut told).await.unwrap();
        assert_eq!(reports, [report("users.csv", brought_in, known, 1)]);
        assert_eq!(told.0, ["users.csv:5: another user has this address"]);
    }
}

async fn invitations_that_nobody_could_have_sent_are_refused(house: House) {
    let acme = house.organization("ACME", None).await;
    let mut invitations = INVITATIONS.to_owned();
    for (organization, email, times) in [
        (
            acme.to_string(),
            "person1@example.com",
            "2026-11-23T00:00:00Z,2036-11-30T00:00:00Z,",
        ),
        (
            acme.to_string(),
            "guest@example.com",
            "2026-11-23T00:00:00Z,2036-11-30T00:00:00Z,",
        ),
        (
            acme.to_string(),
            "Guest@Example.com",
            "2026-11-23T00:00:00Z,2036-11-30T00:00:00Z,",
        ),
        (
            acme.to_string(),
            "guest@example.com",
            "2026-01-01T00:00:00Z,2026-01-08T00:00:00Z,",
        ),
        (
            acme.to_string(),
            "person1@example.com",
            "2026-01-01T00:00:00Z,2026-01-08T00:00:00Z,2026-01-02T00:00:00Z",
        ),
        (
            acme.to_string(),
            "late@example.com",
            "2036-01-01T00:00:00Z,2036-01-08T00:00:00Z,",
        ),
        (
            String::new(),
            "guest@example.com",
            "2026-11-23T00:00:00Z,2036-11-30T00:00:00Z,",
        ),
    ] {
        let role = if organization.is_empty() { "Admin" } else { "User" };
        let number = invitations.lines().count();
        writeln!(
            invitations,
            "018c03c8-d5b2-7000-8000-{number:012x},{organization},{email},{role},,{times}"
        )
        .unwrap();
    }
    let files = [("users.csv", people(3, acme)), ("invitations.csv", invitations)];
    let files = files.each_ref().map(|(name, content)| (*name, content.as_str()));
    let folder = folder(&house, "invited", &files);
    // Told the same when they are there already.
    for (brought_in, known) in [(4, 0), (0, 4)] {
        let mut told = Told::default();
        let reports = house.backend.import(&folder, None, &mut told).await.unwrap();
        assert_eq!(reports[1], report("invitations.csv", brought_in, known, 3));
        assert_eq!(
            told.0,
            [
                "invitations.csv:2: This address already has an account.",
                "invitations.csv:4: this address has another pending invitation there",
                "invitations.csv:7: created_at is \"2036-01-01T00:00:00Z\", which lies in the future",
            ]
        );
    }
}

async fn an_inviter_who_is_nowhere_is_not_passed_over(house: House) {
    let acme = house.organization("ACME", None).await;
    let mut invitations = INVITATIONS.to_owned();
    let (inviter, nobody) = (
        "018c03c7-d5b2-7000-8000-000000000001",
        "018c03c7-d5b2-7000-8000-00000000dead",
    );
    for (number, invited_by) in [nobody, inviter, nobody, ""].iter().enumerate() {
        // The two of nobody do not keep the others out, though they invite the same people.
        let guest = number / 2;
        writeln!(
            invitations,
            "018c03c8-d5b2-7000-8000-{number:012x},{acme},guest{guest}@example.com,User,{invited_by},2026-11-23T00:00:00Z,2036-11-30T00:00:00Z,"
        )
        .unwrap();
    }
    let files = [("users.csv", people(3, acme)), ("invitations.csv", invitations)];
    let files = files.each_ref().map(|(name, content)| (*name, content.as_str()));
    let folder = folder(&house, "inviters", &files);
    for (brought_in, known) in [(2, 0), (0, 2)] {
        let mut told = Told::default();
        let reports = house.backend.import(&folder, None, &mut told).await.unwrap();
        assert_eq!(reports[1], report("invitations.csv", brought_in, known, 2));
        let reason = format!("invited_by is {nobody}, and there is no such user");
        assert_eq!(
            told.0,
            [
                format!("invitations.csv:2: {reason}"),
                format!("invitations.csv:4: {reason}")
            ]
        );
    }
}

async fn invitations_that_came_in_are_in_the_overview(house: House) {
    let (acme, other) = (
        house.organization("ACME", None).await,
        house.organization("OTHER", None).await,
    );
    let ann = house.management(&house.admin("ann").await).await;
    let olga = house.person("olga", Role::OrgAdmin, Some(acme)).await;
    let now = house.clock.now();
    let row = |number: u32, organization: Option<OrganizationId>, days: i64, accepted: Option<i64>| {
        let place = organization
            .map(|organization| organization.to_string())
            .unwrap_or_default();
        let role = if organization.is_some() { "User" } else { "Admin" };
        let created = now.minus_seconds(days * 86_400);
        let (sent, expires) = (machine(created), machine(created.plus_seconds(3600)));
        let accepted = accepted
            .map(|seconds| machine(created.plus_seconds(seconds)))
            .unwrap_or_default();
        format!(
            "018c03c8-d5b2-7000-8000-{number:012x},{place},guest{number}@example.com,{role},,{sent},{expires},{accepted}\n"
        )
    };
    let before = [
        INVITATIONS.to_owned(),
        row(1, Some(acme), 1, Some(600)),
        row(2, Some(acme), 1, None),
        row(3, Some(other), 29, Some(1200)),
    ];
    let after = [
        row(4, None, 30, None),
        row(5, Some(acme), 89, Some(60)),
        row(6, Some(acme), 400, Some(60)),
        row(2, Some(other), 1, Some(60)),
    ];
    // The first rows come in, then all of them as after an interruption, and all of them once more.
    for (content, sent, accepted) in [
        (before.concat(), 3, 2),
        (before.concat() + &after.concat(), 5, 3),
        (before.concat() + &after.concat(), 5, 3),
    ] {
        let folder = folder(&house, "tallied", &[("invitations.csv", &content)]);
        house.backend.import(&folder, None, &mut Told::default()).await.unwrap();
        let told = ann.overview().await.unwrap();
        let month = (told.last_30_days.sent, told.last_30_days.accepted);
        assert_eq!((month, told.last_30_days.mean_seconds), ((3, 2), Some(900)));
        assert_eq!((told.last_90_days.sent, told.last_90_days.accepted), (sent, accepted));
        let day = told.days.iter().find(|day| day.day == now.day() - 1).unwrap();
        assert_eq!((day.sent, day.accepted, day.seconds_to_accept), (2, 1, 600));
    }
    let own = house.management(&olga).await.overview().await.unwrap();
    assert_eq!((own.last_30_days.sent, own.last_30_days.percent()), (2, Some(50)));
    assert_eq!((own.last_90_days.sent, own.last_90_days.accepted), (3, 2));
}

async fn text_of(mut export: backend::export::Export) -> String {
    let mut text = String::new();
    while let Some(chunk) = export.next_chunk().await.unwrap() {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    text
}
