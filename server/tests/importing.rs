//! Many rows from files: what comes in, what is refused with which words, and that an import may be cut short and repeated.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

mod support;

use std::{fs, path::PathBuf, process::Command};

use backend::import::{Progress, Refusal, Report, Watch};
use store::deferred::{self, Table};
use support::{House, on_both_engines};

on_both_engines!(
    rows_come_in_and_those_that_cannot_are_named,
    a_quote_that_is_not_closed_is_told_with_the_rows_that_it_took,
    an_import_is_repeated_without_harm,
    a_file_without_a_column_is_refused,
    what_an_import_did_not_bring_is_told,
    indexes_that_were_put_off_are_built_by_whoever_opens_next,
);

const PASSWORD: &str = "seven green lamps on a hill";

const ACME: &str = "018c03c6-a800-7000-8000-000000000001";

const ORGANIZATIONS: &str = "\
id,name,code,description,tier,created_at
018c03c6-a800-7000-8000-000000000001,Acme,ACME,\"Makes, and sells\",Free,2025-11-25T00:00:00Z
018c03c6-a800-7000-8000-000000000002,Beta,acme,,,2025-11-25T00:00:00Z
018c03c6-a800-7000-8000-000000000003,Gamma,GAMMA,,Golden,2025-11-25T00:00:00Z
";

const USERS: &str = "\
id,email,name,role,organization_id,created_at,last_login_at
018c03c7-d5b2-7000-8000-000000000001,Bea@Example.com,Bea,Org Admin,018c03c6-a800-7000-8000-000000000001,2025-11-25T00:01:17Z,
018c03c7-d5b2-7000-8000-000000000002,bea@example.com,Other,User,018c03c6-a800-7000-8000-000000000001,2025-11-25T00:01:17Z,
018c03c7-d5b2-7000-8000-000000000003,cem@example.com,Cem,user,018c03c6-a800-7000-8000-000000000001,2025-11-25T00:01:17Z,2026-01-01T00:00:00Z
018c03c7-d5b2-7000-8000-000000000004,dora@example,Dora,User,018c03c6-a800-7000-8000-000000000001,2025-11-25T00:01:17Z,
018c03c7-d5b2-7000-8000-000000000005,eva@example.com,Eva,User,,2025-11-25T00:01:17Z,
018c03c7-d5b2-7000-8000-000000000006,fay@example.com,Fay,Boss,018c03c6-a800-7000-8000-000000000001,2025-11-25T00:01:17Z,
018c03c7-d5b2-7000-8000-000000000007,gil@example.com,Gil,User,018c03c6-a800-7000-8000-000000000009,2025-11-25T00:01:17Z,
018c03c7-d5b2-7000-8000-000000000008,hal@example.com,Hal,User,018c03c6-a800-7000-8000-000000000001,yesterday,
018c03c7-d5b2-7000-8000-000000000009,ida@example.com
018c03c7-d5b2-7000-8000-000000000001,jan@example.com,Jan,User,018c03c6-a800-7000-8000-000000000001,2025-11-25T00:01:17Z,
ffffffff-ffff-ffff-ffff-ffffffffffff,kim@example.com,Kim,User,018c03c6-a800-7000-8000-000000000001,2025-11-25T00:01:17Z,
";

const INVITATIONS: &str = "\
id,organization_id,email,role,invited_by,created_at,expires_at,accepted_at
018c03c8-d5b2-7000-8000-000000000001,018c03c6-a800-7000-8000-000000000001,guest@example.com,User,018c03c7-d5b2-7000-8000-000000000001,2026-11-23T00:00:00Z,2026-11-30T00:00:00Z,
018c03c8-d5b2-7000-8000-000000000002,018c03c6-a800-7000-8000-000000000001,old@example.com,User,,2026-01-01T00:00:00Z,2026-01-08T00:00:00Z,
018c03c8-d5b2-7000-8000-000000000003,018c03c6-a800-7000-8000-000000000001,back@example.com,User,018c03c7-d5b2-7000-8000-000000000001,2026-01-08T00:00:00Z,2026-01-01T00:00:00Z,
018c03c8-d5b2-7000-8000-000000000004,018c03c6-a800-7000-8000-000000000001,lost@example.com,User,018c03c7-d5b2-7000-8000-00000000dead,2026-01-01T00:00:00Z,2026-01-08T00:00:00Z,
";

#[derive(Default)]
struct Told {
    rows: u64,
    refused: Vec<String>,
}

impl Watch for Told {
    fn progress(&mut self, progress: Progress) {
        assert!(progress.read <= progress.size);
        self.rows = progress.rows;
    }

    fn refused(&mut self, refusal: Refusal) {
        self.refused
            .push(format!("{}:{}: {}", refusal.file, refusal.line, refusal.reason));
    }
}

fn folder(house: &House, story: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("import_{story}_{}", house.store.engine_name()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for (name, content) in files {
        fs::write(folder.join(name), content).unwrap();
    }
    folder
}

fn all(house: &House, story: &str) -> PathBuf {
    let files = [
        ("organizations.csv", ORGANIZATIONS),
        ("users.csv", USERS),
        ("invitations.csv", INVITATIONS),
    ];
    folder(house, story, &files)
}

const fn report(file: &'static str, brought_in: u64, known: u64, refused: u64) -> Report {
    Report {
        file,
        brought_in,
        known,
        refused,
    }
}

async fn rows_come_in_and_those_that_cannot_are_named(house: House) {
    let mut admin = house.admin().await;
    let mut told = Told::default();
    let folder = all(&house, "rows");
    let reports = house.backend.import(&folder, Some(PASSWORD), &mut told).await.unwrap();
    let expected = [
        report("organizations.csv", 1, 0, 2),
        report("users.csv", 2, 0, 9),
        report("invitations.csv", 2, 0, 2),
    ];
    assert_eq!(reports, expected);
    assert_eq!(
        told.refused,
        [
            "organizations.csv:3: another organization has this code",
            "organizations.csv:4: there is no tier \"Golden\"",
            "users.csv:3: another user has this address",
            "users.csv:5: Enter an e-mail address like name@example.com.",
            "users.csv:6: only an Admin has no organization",
            "users.csv:7: \"Boss\" is no role",
            "users.csv:8: there is no organization 018c03c6-a800-7000-8000-000000000009",
            "users.csv:9: created_at is \"yesterday\", which is no time like 2026-11-24T08:30:00Z",
            "users.csv:10: the line has fewer fields than the first",
            "users.csv:11: a row before has this id",
            "users.csv:12: id is ffffffff-ffff-ffff-ffff-ffffffffffff, which is nobody's id",
            "invitations.csv:4: it expires before it is sent",
            "invitations.csv:5: invited_by is 018c03c7-d5b2-7000-8000-00000000dead, and there is no such user",
        ]
    );

    // The totals follow, of the installation and of the organization.
    admin.get("/users").await.says(200, &["Bea", "Cem", "1–3 of 3"]);
    admin.get("/organizations").await.says(200, &["Acme", "1–1 of 1"]);
    let own = admin.get(&format!("/users?organization={ACME}")).await;
    own.says(200, &["1–2 of 2"]).does_not_say(&["ada@example.com"]);
    admin.get("/invitations?sort=email").await.says(
        200,
        &["guest@example.com", "Pending", "old@example.com", "Expired", "1–2 of 2"],
    );
    admin
        .get("/audit?action=list.import")
        .await
        .says(200, &["Imported a list", "command line", "1–3 of 3"]);

    // Who came in is let in, and rules their own tenant alone.
    let mut bea = house.sign_in("bea@example.com", PASSWORD).await;
    bea.get("/users").await.says(200, &["1–2 of 2"]);
    let invitation = bea.get("/invitations?q=old").await.first_id("/invitations");
    let found = bea.get(&format!("/api/invitations/get?id={invitation}")).await;
    let found: serde_json::Value = serde_json::from_str(&found.body).unwrap();
    let version = found["version"].to_string();
    bea.post(&format!("/invitations/{invitation}/resend"), &[("version", &version)])
        .await
        .leads_to("/invitations");
    bea.get("/invitations?q=old").await.says(200, &["Pending"]);
}

async fn a_quote_that_is_not_closed_is_told_with_the_rows_that_it_took(house: House) {
    let mut lines: Vec<&str> = USERS.lines().collect();
    let open = lines[1].replace(",Bea,", ",Bea,\"");
    lines[1] = &open;
    let folder = folder(
        &house,
        "quote",
        &[
            ("organizations.csv", ORGANIZATIONS),
            ("users.csv", &(lines.join("\n") + "\n")),
        ],
    );
    let mut told = Told::default();
    house.backend.import(&folder, None, &mut told).await.unwrap();
    let refusal = told
        .refused
        .iter()
        .find(|line| line.starts_with("users.csv:2:"))
        .unwrap();
    assert!(
        refusal.ends_with("(one row up to line 12: is a quote not closed?)"),
        "{refusal}"
    );
    assert!(refusal.len() < 200, "{refusal}");
}

async fn an_import_is_repeated_without_harm(house: House) {
    let mut admin = house.admin().await;
    let folder = all(&house, "again");
    house.backend.import(&folder, None, &mut Told::default()).await.unwrap();
    let before = admin.get("/users.csv").await.body;
    let reports = house.backend.import(&folder, None, &mut Told::default()).await.unwrap();
    let expected = [
        report("organizations.csv", 0, 1, 2),
        report("users.csv", 0, 2, 9),
        report("invitations.csv", 0, 2, 2),
    ];
    assert_eq!(reports, expected);
    assert_eq!(admin.get("/users.csv").await.body, before);
    admin.get("/users").await.says(200, &["1–3 of 3"]);
    admin.get("/audit?action=list.import").await.says(200, &["1–3 of 3"]);
    // Without a password nobody is let in before they have chosen one.
    let fields = [("email", "cem@example.com"), ("password", PASSWORD)];
    let refused = house.visitor().post("/login", &fields).await;
    assert_eq!(refused.status, 422);
}

async fn a_file_without_a_column_is_refused(house: House) {
    let folder = folder(&house, "column", &[("users.csv", "id,email,name\n")]);
    let refused = house.backend.import(&folder, None, &mut Told::default()).await;
    let reason = refused.unwrap_err().to_string();
    assert!(
        reason.contains("users.csv: its first line names no column role"),
        "{reason}"
    );
    let empty = self::folder(&house, "nothing", &[]);
    let refused = house.backend.import(&empty, None, &mut Told::default()).await;
    assert!(refused.unwrap_err().to_string().contains("no organizations.csv"));
    let missing = empty.join("missing");
    let refused = house.backend.import(&missing, None, &mut Told::default()).await;
    assert!(refused.unwrap_err().to_string().contains("There is no folder"));
}

/// Whoever helps a user has to know that there is no password yet, and no link.
async fn what_an_import_did_not_bring_is_told(house: House) {
    let mut admin = house.admin().await;
    let folder = all(&house, "told");
    house.backend.import(&folder, None, &mut Told::default()).await.unwrap();
    let cem = admin.get("/users?q=cem").await.first_id("/users");
    let cem = format!("/users/{cem}");
    let none_yet = ["None yet", "Forgot your password?", "you set one by"];
    admin.get(&cem).await.says(200, &none_yet);
    // Nobody who is suspended is sent a link.
    let version = admin.get(&format!("{cem}/suspend")).await.value_of("version");
    let fields = [("version", version.as_str()), ("state", "suspended")];
    admin.post(&format!("{cem}/suspend"), &fields).await.leads_to("/users");
    admin
        .get(&cem)
        .await
        .says(200, &["None yet", "set one by"])
        .does_not_say(&["Forgot"]);

    let guest = admin.get("/invitations?q=guest").await.first_id("/invitations");
    let guest = format!("/invitations/{guest}");
    let answer = admin.get(&guest).await;
    answer.says(200, &["was imported and has no link yet", "Resend it to mail one"]);
    answer.does_not_say(&["somebody copied it"]);
    let version = admin.get(&format!("{guest}/link")).await.value_of("version");
    admin
        .post(&format!("{guest}/link"), &[("version", &version)])
        .await
        .says(200, &["This link is shown once"]);
    admin.get(&guest).await.says(200, &["somebody copied it"]);
}

/// Whoever runs it in a script sees it by the status alone. The real binary, since that is where the status is made.
#[test]
fn the_command_fails_when_rows_were_refused_and_brings_in_the_others() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("import_status");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let import = |organizations: &str, users: &str| {
        fs::write(folder.join("organizations.csv"), organizations).unwrap();
        fs::write(folder.join("users.csv"), users).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
        command.arg("import").arg(&folder);
        command.env_clear().env("USHER_DATA_DIR", folder.join("data"));
        let ended = command.output().unwrap();
        let said = String::from_utf8(ended.stdout).unwrap();
        (ended.status.code(), said, String::from_utf8(ended.stderr).unwrap())
    };
    let (good, bad) = (ORGANIZATIONS.lines().take(2), ORGANIZATIONS.lines().skip(3));
    let organizations = good.clone().chain(bad).collect::<Vec<_>>().join("\r\n");
    let users = USERS.lines().take(2).collect::<Vec<_>>().join("\n");
    let (status, said, complaint) = import(&organizations, &users);
    assert_eq!(
        (status, complaint.as_str()),
        (Some(1), "usher: 1 row refused, as listed; the others are in\n")
    );
    let expected = "organizations.csv:3: there is no tier \"Golden\"\n\
                    organizations.csv: 1 brought in, 0 there already, 1 refused\n\
                    users.csv: 1 brought in, 0 there already, 0 refused\n";
    assert_eq!(said, expected);
    // What is there already is no failure.
    let (status, _, complaint) = import(&good.collect::<Vec<_>>().join("\n"), &users);
    assert_eq!((status, complaint.as_str()), (Some(0), ""));
}

async fn indexes_that_were_put_off_are_built_by_whoever_opens_next(house: House) {
    let mut admin = house.admin().await;
    deferred::put_off(&house.store, Table::Users).await.unwrap();
    assert!(!deferred::names(&house.store).await.unwrap().is_empty());
    // Nothing that must be unique is let in twice meanwhile.
    let folder = all(&house, "put_off");
    let reports = house.backend.import(&folder, None, &mut Told::default()).await.unwrap();
    assert_eq!(reports[1], report("users.csv", 2, 0, 9));
    deferred::put_off(&house.store, Table::Users).await.unwrap();
    let names = deferred::names(&house.store).await.unwrap();
    assert!(
        names.len() >= 10 && names.contains(&"users_by_name".to_owned()),
        "{names:?}"
    );

    store::Store::open(&house.database).await.unwrap().close().await;
    assert_eq!(deferred::names(&house.store).await.unwrap(), [""; 0]);
    // To be put off again, they must be there again.
    deferred::put_off(&house.store, Table::Users).await.unwrap();
    assert_eq!(deferred::names(&house.store).await.unwrap(), names);
    deferred::build(&house.store).await.unwrap();
    admin.get("/users?sort=-name").await.says(200, &["1–3 of 3"]);
}
