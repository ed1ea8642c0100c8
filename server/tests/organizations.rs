//! Stories of organizations.

mod support;

use support::{House, on_both_engines};

on_both_engines!(
    an_admin_creates_an_organization_and_finds_it,
    every_wrong_field_is_told_and_what_was_typed_stays,
    a_code_is_taken_once,
    two_people_who_edit_the_same_organization_both_decide,
    an_organization_is_deleted_by_typing_its_code,
    lists_are_searched_sorted_and_paged,
);

async fn an_admin_creates_an_organization_and_finds_it(house: House) {
    let mut admin = house.admin().await;
    admin
        .get("/organizations")
        .await
        .says(200, &["Organizations", "No organizations yet", "New Organization"]);
    let fields = [
        ("name", "Acme Ltd"),
        ("code", "acme"),
        ("description", "Anvils"),
        ("tier", ""),
    ];
    admin
        .post("/organizations/new", &fields)
        .await
        .leads_to("/organizations");
    let list = admin.get("/organizations").await;
    list.says(
        200,
        &[
            "Name",
            "Code",
            "Description",
            "Tier",
            "Actions",
            "Acme Ltd",
            "ACME",
            "Anvils",
            "–",
            "1–1 of 1",
        ],
    );
    let id = list.first_id("/organizations");
    admin
        .get(&format!("/organizations/{id}"))
        .await
        .says(200, &["Acme Ltd", "ACME", "Anvils", "Edit", "Delete", &id]);
}

async fn every_wrong_field_is_told_and_what_was_typed_stays(house: House) {
    let mut admin = house.admin().await;
    let fields = [
        ("name", ""),
        ("code", "-"),
        ("description", "kept text"),
        ("tier", "nonsense"),
    ];
    let answer = admin.post("/organizations/new?q=kept", &fields).await;
    answer.says(
        422,
        &[
            "Enter a name.",
            "A code has 2 to 32 characters.",
            "Choose a tier from the list.",
            "kept text",
        ],
    );
    assert_eq!(answer.value_of("code"), "-");
    admin.get("/organizations").await.says(200, &["No organizations yet"]);
}

async fn a_code_is_taken_once(house: House) {
    let mut admin = house.admin().await;
    admin
        .post("/organizations/new", &[("name", "One"), ("code", "same")])
        .await
        .leads_to("/organizations");
    let answer = admin
        .post("/organizations/new", &[("name", "Two"), ("code", "SAME")])
        .await;
    answer.says(422, &["Another organization has this code."]);
}

async fn two_people_who_edit_the_same_organization_both_decide(house: House) {
    let mut admin = house.admin().await;
    admin
        .post("/organizations/new", &[("name", "Acme"), ("code", "ACME")])
        .await
        .leads_to("/organizations");
    let id = admin.get("/organizations").await.first_id("/organizations");
    let edit = format!("/organizations/{id}/edit");
    let version = admin.get(&edit).await.value_of("version");
    let first = [("version", version.as_str()), ("name", "Acme One"), ("code", "ACME")];
    admin.post(&edit, &first).await.leads_to("/organizations");
    let second = [("version", version.as_str()), ("name", "Acme Two"), ("code", "ACME")];
    let answer = admin.post(&edit, &second).await;
    answer.says(409, &["Changed meanwhile", "Name", "Acme One"]);
    assert_eq!(answer.value_of("name"), "Acme Two");
    let over = answer.value_of("version");
    let decided = [("version", over.as_str()), ("name", "Acme Two"), ("code", "ACME")];
    admin.post(&edit, &decided).await.leads_to("/organizations");
    admin
        .get("/organizations")
        .await
        .says(200, &["Acme Two"])
        .does_not_say(&["Acme One"]);
}

async fn an_organization_is_deleted_by_typing_its_code(house: House) {
    let mut admin = house.admin().await;
    admin
        .post("/organizations/new", &[("name", "Acme"), ("code", "ACME")])
        .await
        .leads_to("/organizations");
    let id = admin.get("/organizations").await.first_id("/organizations");
    let delete = format!("/organizations/{id}/delete");
    admin
        .get(&delete)
        .await
        .says(200, &["Delete Organization?", "Type ACME to confirm."]);
    admin
        .post(&delete, &[("code", "ACM")])
        .await
        .says(422, &["This is not the code of this organization."]);
    admin
        .post(&format!("{delete}?sort=-name"), &[("code", "acme")])
        .await
        .leads_to("/organizations?sort=-name");
    admin
        .get(&format!("/organizations/{id}"))
        .await
        .says(404, &["Not found"]);
    // The code is free again.
    admin
        .post("/organizations/new", &[("name", "Acme again"), ("code", "ACME")])
        .await
        .leads_to("/organizations");
}

async fn lists_are_searched_sorted_and_paged(house: House) {
    let mut admin = house.admin().await;
    for number in 0..30 {
        let (name, code) = (format!("Organization {number:02}"), format!("ORG{:02}", 29 - number));
        let fields = [("name", name.as_str()), ("code", code.as_str())];
        admin
            .post("/organizations/new", &fields)
            .await
            .leads_to("/organizations");
    }
    let first = admin.get("/organizations").await;
    first
        .says(200, &["Organization 00", "Organization 24", "1–25 of 30"])
        .does_not_say(&["Organization 25"]);
    let by_code = admin.get("/organizations?sort=code").await;
    by_code
        .says(200, &["Organization 29", "1–25 of 30"])
        .does_not_say(&["Organization 04"]);
    let last = admin.get("/organizations?last=1").await;
    last.says(200, &["Organization 25", "Organization 29", "26–30 of 30"])
        .does_not_say(&["Organization 24"]);
    admin
        .get("/organizations?size=50")
        .await
        .says(200, &["Organization 29", "1–30 of 30"]);
    let found = admin.get("/organizations?q=org0%20ization&sort=-name").await;
    found
        .says(200, &["Organization 29", "Organization 20", "1–10 of 10"])
        .does_not_say(&["Organization 19"]);
    admin
        .get("/organizations?q=100%25")
        .await
        .says(200, &["No organization matches"]);
}
