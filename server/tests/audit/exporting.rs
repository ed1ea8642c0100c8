//! The audit log as JSON Lines.

use serde_json::Value;

use crate::{
    checking::{change, move_details_into_salt},
    support::{House, PASSWORD, Visitor, on_both_engines},
};

on_both_engines!(
    the_log_is_exported_as_json_lines_with_its_head,
    an_org_admin_exports_the_own_organizations_lines_alone,
    an_event_that_cannot_be_read_ends_no_list_and_no_file,
);

async fn lines(visitor: &mut Visitor, query: &str) -> Vec<Value> {
    let answer = visitor.get(&format!("/audit.jsonl{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/jsonl");
    assert_eq!(
        answer.headers["content-disposition"],
        "attachment; filename=\"audit.jsonl\""
    );
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert!(answer.body.is_empty() || answer.body.ends_with('\n'));
    let line = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    answer.body.lines().map(line).collect()
}

async fn the_log_is_exported_as_json_lines_with_its_head(house: House) {
    let mut admin = house.admin().await;
    house.clock.advance(1);
    // Whatever is typed stays on its line.
    let fields = [
        ("name", "=1+\"1\""),
        ("code", "ACME"),
        ("description", "one\n{\"head\":\"1:2\"}\ntwo"),
    ];
    admin
        .post("/organizations/new", &fields)
        .await
        .leads_to("/organizations");
    house.clock.advance(1);
    house.backend.seal_audit().await.unwrap();
    let page = admin.get("/audit?action=organization.create").await;
    assert!(
        page.body.contains("href=\"/audit.jsonl?action=organization.create\""),
        "{}",
        page.body
    );

    let all = lines(&mut admin, "?sort=-newest").await;
    let (head, events) = all.split_last().unwrap();
    assert_eq!(head["head"], house.backend.audit_head().await.unwrap().to_string());
    let told: Vec<&str> = events.iter().map(|event| event["action"].as_str().unwrap()).collect();
    assert_eq!(
        told,
        ["installation.setup", "organization.create", "list.export"],
        "oldest first"
    );
    let created = &events[1];
    assert_eq!(created["actor"], "ada@example.com");
    assert_eq!(created["object"], "=1+\"1\"");
    assert_eq!(created["after"]["Description"], "one\n{\"head\":\"1:2\"}\ntwo");
    assert_eq!(created["time"], "2026-11-24T03:33:01Z");
    assert_eq!(created["address"], "192.0.2.7");
    assert_eq!(created["erased"], false);

    let some = lines(&mut admin, "?action=organization.create").await;
    assert_eq!(some.len(), 2, "one event and the head: {some:?}");
    store::testing::tamper(&house.database, "delete from audit_details")
        .await
        .unwrap();
    let erased = &lines(&mut admin, "?action=organization.create").await[0];
    assert_eq!(
        (&erased["actor"], &erased["erased"]),
        (&Value::Null, &Value::Bool(true))
    );
}

async fn an_org_admin_exports_the_own_organizations_lines_alone(house: House) {
    let mut admin = house.admin().await;
    for (name, email) in [("Acme", "chief@example.com"), ("Beta", "other@example.com")] {
        let organization = admin.create_organization(name).await;
        let fields = [
            ("email", email),
            ("role", "org_admin"),
            ("organization", organization.as_str()),
        ];
        admin.post("/invitations/new", &fields).await.leads_to("/invitations");
    }
    let link = house.mail_to("chief@example.com").await.invitation_link();
    let mut chief = house.visitor();
    let fields = [("name", "Chief"), ("password", PASSWORD)];
    chief.post(&link, &fields).await.leads_to("/");
    let own = lines(&mut chief, "").await;
    assert!(
        own.iter().any(|event| event["action"] == "invitation.accept"),
        "{own:?}"
    );
    assert!(
        own.iter().all(|event| event.get("head").is_none()),
        "the head is of everybody's log: {own:?}"
    );
    let text = Value::from(own).to_string();
    assert!(!text.contains("Beta") && !text.contains("other@example.com"), "{text}");
}

async fn an_event_that_cannot_be_read_ends_no_list_and_no_file(house: House) {
    let mut admin = house.admin().await;
    house.clock.advance(1);
    admin.create_organization("Acme").await;
    assert_eq!(house.backend.seal_audit().await.unwrap(), 2);
    // Its details are no JSON any more.
    move_details_into_salt(&house, 2).await;
    one_event_is_unreadable(&mut admin).await;
    let action = if house.database.starts_with("sqlite") {
        "cast(x'ff' as text)"
    } else {
        "'nothing'"
    };
    let statement = format!(
        "update audit_events set action = {action} where id = (select event_id from audit_seals where sequence = 2)"
    );
    change(&house, &statement).await;
    one_event_is_unreadable(&mut admin).await;
}

async fn one_event_is_unreadable(admin: &mut Visitor) {
    const WORDS: &str = "Not as Usher wrote it";
    admin.get("/audit").await.says(200, &[WORDS, "ada@example.com"]);
    let file = admin.get("/audit.csv").await;
    assert_eq!(file.body.matches(WORDS).count(), 1, "{}", file.body);
    assert!(file.body.contains("Set up the installation"), "{}", file.body);
    let lines = lines(admin, "").await;
    let unreadable: Vec<_> = lines.iter().filter(|line| line["unreadable"] == true).collect();
    assert_eq!(unreadable.len(), 1, "{lines:?}");
    assert_eq!(unreadable[0]["time"], "2026-11-24T03:33:01Z");
    let data = admin.get("/account/data").await;
    let data: Value = serde_json::from_str(&data.body).unwrap();
    let events = data["events_by_you"].as_array().unwrap();
    assert_eq!(
        events.iter().filter(|event| event["unreadable"] == true).count(),
        1,
        "{data}"
    );
    assert!(
        events.iter().any(|event| event["action"] == "installation.setup"),
        "{data}"
    );
}
