//! Stories of tiers, the audit log and the overview.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

mod support;

use support::{House, PASSWORD, Visitor, on_both_engines};

on_both_engines!(
    an_admin_edits_tiers,
    a_tier_in_use_stays,
    an_org_admin_sees_the_own_tier_and_changes_nothing,
    the_audit_log_tells_who_did_what,
    a_tenant_reads_the_own_log_alone,
    the_overview_shows_numbers_and_what_to_do,
    lists_are_files_for_those_who_may_see_them,
);

/// Makes an organization with somebody in it, and returns its id with the person, signed in.
async fn tenant(house: &House, admin: &mut Visitor, name: &str, role: &str, tier: &str) -> (String, Visitor) {
    let fields = [("name", name), ("code", name), ("tier", tier)];
    admin
        .post("/organizations/new", &fields)
        .await
        .leads_to("/organizations");
    let found = admin.get(&format!("/organizations?q={name}")).await;
    let organization = found.first_id("/organizations");
    let email = format!("{}@example.com", name.to_ascii_lowercase());
    let fields = [
        ("email", email.as_str()),
        ("role", role),
        ("organization", &organization),
    ];
    admin.post("/invitations/new", &fields).await.leads_to("/invitations");
    let link = house.mail_to(&email).await.invitation_link();
    let mut person = house.visitor();
    let fields = [("name", name), ("password", PASSWORD)];
    person.post(&link, &fields).await.leads_to("/");
    (organization, person)
}

async fn an_admin_edits_tiers(house: House) {
    let mut admin = house.admin().await;
    let shipped = ["Free", "Standard", "Premium", "Enterprise", "Unlimited", "New Tier"];
    admin.get("/tiers").await.says(200, &shipped);
    let wrong = [
        ("name", ""),
        ("seats", "0"),
        ("credits", "many"),
        ("price", "1.234"),
        ("features", "kept text"),
    ];
    let answer = admin.post("/tiers/new", &wrong).await;
    answer.says(
        422,
        &[
            "Enter a name.",
            "Enter a whole number from 1 to 1,000,000,000",
            "Enter an amount like 49",
            "kept text",
        ],
    );
    let fields = [
        ("name", "Team"),
        ("seats", "1,250"),
        ("features", "Reports\nAPI"),
        ("price", "49.9"),
        ("currency", "eur"),
    ];
    admin.post("/tiers/new", &fields).await.leads_to("/tiers");
    let list = admin.get("/tiers").await;
    list.says(
        200,
        &["Team", "1,250", "API", "Reports", "49.90 EUR", "0 organizations"],
    );
    let row = list.body.find(">Team<").unwrap();
    let at = list.body[row..].find("/tiers/").unwrap() + row + "/tiers/".len();
    let edit = format!("/tiers/{}/edit", &list.body[at..at + 36]);
    let form = admin.get(&edit).await;
    form.says(200, &["Edit Tier"]);
    assert_eq!(
        (form.value_of("seats").as_str(), form.value_of("price").as_str()),
        ("1250", "49.90")
    );
    let version = form.value_of("version");
    let fields = [("version", version.as_str()), ("name", "Crew")];
    admin.post(&edit, &fields).await.leads_to("/tiers");
    let stale = admin.post(&edit, &fields).await;
    stale.says(409, &["Changed meanwhile"]);
    let delete = edit.replace("/edit", "/delete");
    let version = admin.get(&delete).await.value_of("version");
    admin.post(&delete, &[("version", &version)]).await.leads_to("/tiers");
    admin.get("/tiers").await.does_not_say(&["Team", "Crew"]);
}

async fn a_tier_in_use_stays(house: House) {
    let mut admin = house.admin().await;
    let id = admin.get("/tiers").await.first_id("/tiers");
    let fields = [("name", "Acme"), ("code", "ACME"), ("tier", &id)];
    admin
        .post("/organizations/new", &fields)
        .await
        .leads_to("/organizations");
    let delete = format!("/tiers/{id}/delete");
    let dialog = admin.get(&delete).await;
    dialog.says(200, &["In use", "1 organization"]);
    let version = dialog.value_of("version");
    admin
        .post(&delete, &[("version", &version)])
        .await
        .says(422, &["1 organization has this tier."]);
}

async fn an_org_admin_sees_the_own_tier_and_changes_nothing(house: House) {
    let mut admin = house.admin().await;
    let tier = admin.get("/tiers").await.first_id("/tiers");
    let (_, mut olga) = tenant(&house, &mut admin, "Acme", "org_admin", &tier).await;
    olga.get("/tiers").await.says(200, &["Enterprise"]).does_not_say(&[
        "New Tier",
        "Edit",
        "Free",
        "Organizations Actions",
    ]);
    for address in [
        "/tiers/new".to_owned(),
        format!("/tiers/{tier}/edit"),
        format!("/tiers/{tier}/delete"),
    ] {
        olga.get(&address).await.says(403, &["This page needs the role Admin"]);
        let fields = [("name", "Mine"), ("version", "1")];
        olga.post(&address, &fields).await.says(403, &[]);
    }
    let (_, mut una) = tenant(&house, &mut admin, "Beta", "user", "").await;
    una.get("/tiers")
        .await
        .says(403, &["This page needs the role Org Admin"]);
}

async fn the_audit_log_tells_who_did_what(house: House) {
    let mut admin = house.admin().await;
    let fields = [("name", "Acme"), ("code", "ACME"), ("description", "Anvils")];
    admin
        .post("/organizations/new", &fields)
        .await
        .leads_to("/organizations");
    let id = admin.get("/organizations").await.first_id("/organizations");
    let edit = format!("/organizations/{id}/edit");
    house.clock.advance(60);
    let version = admin.get(&edit).await.value_of("version");
    let fields = [("version", version.as_str()), ("name", "Acme Ltd"), ("code", "ACME")];
    admin.post(&edit, &fields).await.leads_to("/organizations");

    let log = admin.get("/audit").await;
    let columns = ["Time", "Action", "Actor", "Object", "Changes", "Address"];
    log.says(200, &columns);
    log.says(
        200,
        &["Changed an organization", "ada@example.com", "Acme Ltd", "192.0.2.7"],
    );
    log.says(200, &["Name : Acme → Acme Ltd", "Description : Anvils → (empty)"]);
    let text = log.text();
    let newest = text.find("Changed an organization").unwrap();
    assert!(newest < text.rfind("Created an organization").unwrap() || text.contains("Created an organization"));
    let of_object = admin.get(&format!("/audit?object={id}")).await;
    of_object
        .says(200, &["Object: Acme Ltd", "Clear all", "1–2 of 2"])
        .does_not_say(&["Set up the installation ada"]);
    let by_action = admin.get("/audit?action=organization.create").await;
    by_action.says(200, &["Acme", "1–1 of 1"]);
    admin
        .get("/audit?until=2026-11-23")
        .await
        .says(200, &["No event matches", "Clear all"]);
}

async fn a_tenant_reads_the_own_log_alone(house: House) {
    let mut admin = house.admin().await;
    let (acme, mut olga) = tenant(&house, &mut admin, "Acme", "org_admin", "").await;
    let (beta, mut una) = tenant(&house, &mut admin, "Beta", "user", "").await;
    olga.get("/audit")
        .await
        .says(200, &["Accepted an invitation", "acme@example.com"])
        .does_not_say(&["beta@example.com", "All organizations"]);
    olga.get(&format!("/audit?organization={beta}"))
        .await
        .says(200, &["No event matches"]);
    olga.get(&format!("/audit?organization={acme}"))
        .await
        .says(200, &["acme@example.com"]);
    una.get("/audit")
        .await
        .says(403, &["This page needs the role Org Admin"]);
}

async fn the_overview_shows_numbers_and_what_to_do(house: House) {
    let mut admin = house.admin().await;
    let (_, mut olga) = tenant(&house, &mut admin, "Acme", "org_admin", "").await;
    let fields = [("email", "guest@example.com"), ("role", "user")];
    olga.post("/invitations/new", &fields).await.leads_to("/invitations");
    house.clock.advance(5 * 86_400);
    let mut admin = house.sign_in("ada@example.com", PASSWORD).await;
    admin.get("/").await.says(
        200,
        &[
            "Overview",
            "Organizations 1",
            "Users 2",
            "Pending invitations 1",
            "Accepted invitations 1",
            "There is only one active Admin",
            "Last 30 days 50% 1 of 2 accepted",
            "guest@example.com",
            "Not seen for 90 days 0",
            "E-mail",
            "smtp://127.0.0.1:9",
            "Send test e-mail",
        ],
    );
    admin.post("/", &[]).await.leads_to("/");
    let test = house.mails().await;
    assert!(test.iter().any(|mail| mail.recipient == "ada@example.com"), "{test:?}");
    let mut olga = house.sign_in("acme@example.com", PASSWORD).await;
    olga.get("/")
        .await
        .says(200, &["Users 1", "guest@example.com"])
        .does_not_say(&["Organizations 1", "E-mail", "There is only one active Admin"]);
}

async fn lists_are_files_for_those_who_may_see_them(house: House) {
    let mut admin = house.admin().await;
    let (_, mut olga) = tenant(&house, &mut admin, "Acme", "org_admin", "").await;
    let (_, mut una) = tenant(&house, &mut admin, "Beta", "user", "").await;
    for (list, header) in [
        ("organizations", "Name,Code,Description,Tier,Users,Created"),
        ("users", "Email,Name,Role,Organization,State,Last sign-in,Created"),
        ("invitations", "Email,Role,Organization,Status"),
        ("audit", "Time,Action,Actor"),
    ] {
        let path = format!("/{list}.csv");
        let file = admin.get(&path).await;
        assert!(file.body.starts_with(header), "{}", file.body);
        assert!(
            file.body.contains("Beta") || file.body.contains("beta"),
            "{}",
            file.body
        );
        let disposition = format!("attachment; filename=\"{list}.csv\"");
        assert_eq!(file.headers["content-disposition"], disposition.as_str());
        let own = olga.get(&path).await;
        let expected = if list == "organizations" { 403 } else { 200 };
        assert_eq!(own.status.as_u16(), expected, "{list}");
        assert!(!own.body.contains("beta@example.com"), "{}", own.body);
        assert_eq!(una.get(&path).await.status.as_u16(), 403, "{list}");
    }
}
