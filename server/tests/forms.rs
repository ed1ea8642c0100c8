//! What all forms share without script: what is said afterwards, what is kept, and where one is led back to.

mod support;

use support::{Answer, House, on_both_engines};

on_both_engines!(
    what_was_done_is_said_once,
    nothing_typed_is_lost_when_the_session_has_ended,
    nothing_typed_is_lost_when_the_database_does_not_answer,
    a_dialog_leads_back_to_where_it_was_opened,
    what_is_too_long_is_told_and_not_cut,
    an_international_address_is_found_as_it_was_typed,
    the_organization_may_be_none_for_an_admin,
    of_very_many_organizations_each_can_be_chosen,
);

async fn what_was_done_is_said_once(house: House) {
    let mut admin = house.admin().await;
    admin.get("/").await;
    admin.create_organization("Acme").await;
    let fields = [("name", "Zurich & Söhne; Co"), ("code", "ZH")];
    admin
        .post("/organizations/new", &fields)
        .await
        .leads_to("/organizations");
    admin
        .get("/organizations")
        .await
        .says(200, &["Zurich & Söhne; Co was created."]);
    admin.get("/organizations").await.does_not_say(&["was created."]);
}

async fn nothing_typed_is_lost_when_the_session_has_ended(house: House) {
    let mut admin = house.admin().await;
    let cookies = admin.forget();
    let fields = [
        ("email", "bea@example.com"),
        ("name", "Bea \"B\" Berg"),
        ("password", "seven green lamps on a hill"),
        ("role", "admin"),
        ("organization", ""),
    ];
    let kept = admin.post("/users/new?q=b", &fields).await;
    kept.says(401, &["Your session has ended", "Sign in in a new tab", "Send again"]);
    assert!(kept.body.contains("action=\"/users/new?q=b\""), "{}", kept.body);
    assert_eq!(kept.value_of("email"), "bea@example.com");
    assert_eq!(kept.value_of("name"), "Bea &quot;B&quot; Berg");
    assert!(!kept.body.contains("green lamps"), "a password never comes back");

    admin.remember(cookies);
    let again = [fields[0], fields[1], fields[3], fields[4]];
    let asked = admin.post("/users/new?q=b", &again).await;
    asked.says(422, &["Enter a password"]);
    assert_eq!(asked.value_of("email"), "bea@example.com");
    admin.post("/users/new?q=b", &fields).await.leads_to("/users?q=b");
}

async fn nothing_typed_is_lost_when_the_database_does_not_answer(house: House) {
    let mut admin = house.admin().await;
    house.store.close().await;
    let fields = [
        ("email", "bea@example.com"),
        ("name", "Bea \"B\" Berg"),
        ("password", "seven green lamps on a hill"),
    ];
    let kept = admin.post("/users/new?q=b", &fields).await;
    kept.says(503, &["This was not saved", "Try again in a moment", "Send again"]);
    assert_eq!(kept.headers["retry-after"], "2");
    assert!(kept.body.contains("action=\"/users/new?q=b\""), "{}", kept.body);
    assert_eq!(kept.value_of("email"), "bea@example.com");
    assert_eq!(kept.value_of("name"), "Bea &quot;B&quot; Berg");
    assert!(!kept.body.contains("green lamps"), "a password never comes back");
}

async fn a_dialog_leads_back_to_where_it_was_opened(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    let page = format!("/organizations/{acme}?q=ac&sort=-code");
    let edit = format!("/organizations/{acme}/edit?q=ac&sort=-code&from=detail");
    let row = admin.get("/organizations?q=ac&sort=-code").await;
    assert!(row.body.contains(&html(&page)), "the row's link keeps the query");
    let detail = admin.get(&page).await;
    assert!(detail.body.contains(&html(&edit)), "so does the button Edit");
    assert!(
        detail.body.contains(&html("/organizations?q=ac&sort=-code")),
        "and the way back to the list"
    );

    let dialog = admin.get(&edit).await;
    assert!(dialog.body.contains(&html(&page)), "Cancel leads to the page");
    let version = dialog.value_of("version");
    let fields = [("name", "Acme"), ("code", "ACME"), ("version", version.as_str())];
    admin.post(&edit, &fields).await.leads_to(&page);

    // From the list to the list; and what was deleted has no page.
    let from_list = format!("/organizations/{acme}/edit?q=ac");
    let version = admin.get(&from_list).await.value_of("version");
    let fields = [("name", "Acme"), ("code", "ACME"), ("version", version.as_str())];
    admin.post(&from_list, &fields).await.leads_to("/organizations?q=ac");
    let delete = format!("/organizations/{acme}/delete?q=ac&from=detail");
    let typed = [("code", "ACME")];
    admin.post(&delete, &typed).await.leads_to("/organizations?q=ac");
}

/// An address as it stands in an attribute.
fn html(address: &str) -> String {
    format!("href=\"{}\"", address.replace('&', "&amp;"))
}

async fn what_is_too_long_is_told_and_not_cut(house: House) {
    let mut admin = house.admin().await;
    assert!(!admin.get("/organizations/new").await.body.contains("maxlength"));
    let (name, code) = ("🎉".repeat(101), "A".repeat(33));
    let fields = [("name", name.as_str()), ("code", code.as_str())];
    let told = admin.post("/organizations/new", &fields).await;
    told.says(422, &["at most 100 characters", "2 to 32 characters"]);
    assert_eq!((told.value_of("name"), told.value_of("code")), (name, code));
    let fits = "🎉".repeat(100);
    let fields = [("name", fits.as_str()), ("code", "FITS")];
    admin
        .post("/organizations/new", &fields)
        .await
        .leads_to("/organizations");
}

async fn an_international_address_is_found_as_it_was_typed(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    let fields = [
        ("email", "kim@Bücher.example"),
        ("name", "Kim"),
        ("password", "seven green lamps on a hill"),
        ("role", "user"),
        ("organization", acme.as_str()),
    ];
    admin.post("/users/new", &fields).await.leads_to("/users");
    let fields = [
        ("email", "lee@Bücher.example"),
        ("role", "user"),
        ("organization", acme.as_str()),
    ];
    admin.post("/invitations/new", &fields).await.leads_to("/invitations");
    for typed in ["B%C3%BCcher", "b%C3%BCch", "xn--bcher", "@b%C3%BCcher.example"] {
        let users = admin.get(&format!("/users?q={typed}")).await;
        users.says(200, &["kim@xn--bcher-kva.example", "1–1 of 1"]);
        let invitations = admin.get(&format!("/invitations?q={typed}")).await;
        invitations.says(200, &["lee@xn--bcher-kva.example", "1–1 of 1"]);
    }
}

async fn the_organization_may_be_none_for_an_admin(house: House) {
    let mut admin = house.admin().await;
    for form in ["/users/new", "/invitations/new"] {
        admin
            .get(form)
            .await
            .says(200, &["None (Global Administrator), or choose one"]);
    }
}

async fn of_very_many_organizations_each_can_be_chosen(house: House) {
    let mut admin = house.admin().await;
    for number in 0..=200 {
        let (name, code) = (format!("Organization {number:03}"), format!("ORG-{number}"));
        let made = admin
            .call("organizations/create", &[("name", &name), ("code", &code)])
            .await;
        assert_eq!(made.status, 200, "{}", made.body);
    }
    let last = admin.get("/organizations?q=200").await.first_id("/organizations");
    for form in ["/users/new", "/invitations/new"] {
        let form = admin.get(&format!("{form}?organization={last}")).await;
        form.says(200, &["Its code, for example ACME"]);
        assert_eq!(in_dialog(form).value_of("organization"), "ORG-200");
    }
    let user = [
        ("email", "bea@example.com"),
        ("name", "Bea"),
        ("password", "seven green lamps on a hill"),
        ("role", "user"),
        ("organization", "org-200"),
    ];
    admin.post("/users/new", &user).await.leads_to("/users");
    let invitation = [
        ("email", "guest@example.com"),
        ("role", "user"),
        ("organization", "ORG-200"),
    ];
    admin
        .post("/invitations/new", &invitation)
        .await
        .leads_to("/invitations");
    for list in ["/users", "/invitations"] {
        let listed = admin.get(&format!("{list}?organization={last}")).await;
        listed.says(200, &["Organization 200", "1–1 of 1"]);
    }
    let unknown = [user[0], user[1], user[2], user[3], ("organization", "NONE")];
    let refused = admin.post("/users/new", &unknown).await;
    refused.says(422, &["There is no such organization"]);
    assert_eq!(in_dialog(refused).value_of("organization"), "NONE");
    // Who is there already stays there.
    let bea = admin.get("/users?q=bea").await.first_id("/users");
    let form = admin.get(&format!("/users/{bea}/edit")).await;
    assert_eq!(in_dialog(form).value_of("organization"), "ORG-200");
}

/// The page without the list behind its dialog, whose filters have the same names.
fn in_dialog(mut page: Answer) -> Answer {
    page.body = page.body.split("<dialog").nth(1).unwrap_or_default().to_owned();
    page
}
