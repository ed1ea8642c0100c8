//! Believable data of any size: what is made, that it can be repeated and gone on with, and that the console shows it.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

mod support;

use backend::{
    import::{Progress, Refusal, Report, Watch},
    seed::Seeding,
};
use clap::Parser;
use server::cli::Cli;
use support::{House, on_both_engines};

on_both_engines!(
    believable_rows_are_made_and_counted,
    a_seeding_is_repeated_without_harm_and_gone_on_with,
    rows_without_a_place_are_refused,
);

const PASSWORD: &str = "seven green lamps on a hill";

const SMALL: Seeding = Seeding {
    seed: 1,
    organizations: 5,
    users: 600,
    invitations: 100,
};

#[derive(Default)]
struct Told(u64);

impl Watch for Told {
    fn progress(&mut self, progress: Progress) {
        self.0 += progress.rows;
    }

    fn refused(&mut self, refusal: Refusal) {
        panic!("nothing is refused: {refusal:?}");
    }
}

async fn seed(house: &House, seeding: Seeding) -> Vec<Report> {
    house
        .backend
        .seed(seeding, Some(PASSWORD), &mut Told::default())
        .await
        .unwrap()
}

fn counts(reports: &[Report]) -> Vec<(u64, u64, u64)> {
    let of = |report: &Report| (report.brought_in, report.known, report.refused);
    reports.iter().map(of).collect()
}

async fn believable_rows_are_made_and_counted(house: House) {
    let mut admin = house.admin().await;
    let mut told = Told::default();
    let reports = house.backend.seed(SMALL, Some(PASSWORD), &mut told).await.unwrap();
    assert_eq!(counts(&reports), [(5, 0, 0), (600, 0, 0), (100, 0, 0)]);
    assert_eq!(told.0, 705);
    // The Admin of the house is one more.
    let users = admin.get("/users").await;
    assert!(users.body.contains("of 601"), "{}", users.body);
    assert!(admin.get("/organizations").await.body.contains("of 5"));
    assert!(admin.get("/invitations").await.body.contains("of 100"));
    admin.get("/").await.does_not_say(&["No invitation was sent"]);
    for status in ["pending", "expired", "accepted"] {
        let listed = admin.get(&format!("/invitations?status={status}")).await.body;
        assert!(!listed.contains("0 of 0"), "{status}");
    }
    // Its first user is an Admin, who signs in with the password of all of them.
    let listed = admin.get("/users.csv?role=admin&q=example").await.body;
    let email = listed
        .lines()
        .flat_map(|line| line.split(','))
        .find(|cell| cell.ends_with(".example"));
    let mut visitor = house.visitor();
    let fields = [("email", email.unwrap()), ("password", PASSWORD)];
    assert_eq!(visitor.post("/login", &fields).await.status, 303);
}

async fn a_seeding_is_repeated_without_harm_and_gone_on_with(house: House) {
    let _admin = house.admin().await;
    seed(&house, SMALL).await;
    house.clock.advance(86_400);
    assert_eq!(
        counts(&seed(&house, SMALL).await),
        [(0, 5, 0), (0, 600, 0), (0, 100, 0)]
    );
    let more = Seeding { users: 700, ..SMALL };
    assert_eq!(counts(&seed(&house, more).await)[1], (100, 600, 0));
    let other = Seeding { seed: 2, ..SMALL };
    assert_eq!(
        counts(&seed(&house, other).await),
        [(5, 0, 0), (600, 0, 0), (100, 0, 0)]
    );
}

/// A slip of the keys is told before anything is made.
#[test]
fn more_than_a_disk_holds_is_refused() {
    for kind in ["--organizations", "--users", "--invitations"] {
        let parse = |number: &str| Cli::try_parse_from(["usher", "seed", kind, number]).err();
        assert!(parse("100000000").is_none(), "{kind}");
        for number in ["100000001", "18446744073709551615"] {
            let refused = parse(number).unwrap().to_string();
            assert!(refused.contains("is not in 0..=100000000"), "{refused}");
        }
    }
    let help = Cli::try_parse_from(["usher", "seed", "--help"])
        .err()
        .unwrap()
        .to_string();
    let made = help.split("What is made:").nth(1).unwrap();
    for words in [
        "How many organizations",
        "How many users",
        "How many invitations",
        "at most 100 million",
    ] {
        assert!(made.contains(words), "{help}");
    }
}

async fn rows_without_a_place_are_refused(house: House) {
    let nowhere = Seeding {
        organizations: 0,
        ..SMALL
    };
    let refused = house.backend.seed(nowhere, None, &mut Told::default()).await;
    let told = refused.unwrap_err().to_string();
    assert!(told.contains("need at least one organization"), "{told}");
}
