//! Stories of users, as Admins and Org Admins meet them.

mod support;

use support::{Answer, House, PASSWORD, Visitor, on_both_engines};

on_both_engines!(
    an_admin_creates_a_user_who_chooses_a_password,
    every_wrong_field_of_a_user_is_told,
    the_list_is_filtered_by_place_role_and_state,
    a_user_is_edited_by_two,
    a_user_is_suspended_and_reactivated,
    a_user_is_deleted,
    a_user_is_signed_out_everywhere,
    an_org_admin_runs_the_own_organization,
    an_org_admin_leaves_admins_alone,
    nobody_changes_their_own_standing,
    a_user_has_no_business_here,
);

const FIRST: &str = "seven green lamps on a hill";

async fn create(visitor: &mut Visitor, name: &str, role: &str, organization: &str) -> Answer {
    let email = format!("{}@example.com", name.to_lowercase());
    let fields = [
        ("email", email.as_str()),
        ("name", name),
        ("password", FIRST),
        ("role", role),
        ("organization", organization),
    ];
    visitor.post("/users/new", &fields).await
}

async fn id_of(visitor: &mut Visitor, name: &str) -> String {
    visitor.get(&format!("/users?q={name}")).await.first_id("/users")
}

/// Signs in somebody new, who chooses the password that everybody has here.
async fn first_sign_in(house: &House, name: &str) -> Visitor {
    let mut visitor = house
        .sign_in(&format!("{}@example.com", name.to_lowercase()), FIRST)
        .await;
    let fields = [("current_password", FIRST), ("new_password", PASSWORD)];
    visitor.post("/account/password", &fields).await.leads_to("/");
    visitor
}

async fn an_admin_creates_a_user_who_chooses_a_password(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    admin.get(&format!("/users/new?organization={acme}")).await.says(
        200,
        &["New User", "Email", "Name", "Password", "Role", "Organization", "Acme"],
    );
    create(&mut admin, "Bea", "org_admin", &acme).await.leads_to("/users");
    let list = admin.get("/users").await;
    let headings = [
        "Email",
        "Name",
        "Role",
        "Organization",
        "Last sign-in",
        "Created",
        "Actions",
    ];
    list.says(200, &headings);
    list.says(
        200,
        &["bea@example.com", "Bea", "Org Admin", "Acme", "Never", "1–2 of 2"],
    );

    let mut bea = house.visitor();
    let fields = [("email", "bea@example.com"), ("password", FIRST)];
    bea.post("/login", &fields).await.leads_to("/account/password");
    bea.get("/users").await.leads_to("/account/password");
    bea.get("/account/password")
        .await
        .says(200, &["Change your password first", "Current password", "New password"]);
    let fields = [("current_password", "wrong"), ("new_password", "short")];
    bea.post("/account/password", &fields).await.says(
        422,
        &[
            "This is not your current password.",
            "A password has at least 12 characters.",
        ],
    );
    let fields = [("current_password", FIRST), ("new_password", PASSWORD)];
    bea.post("/account/password", &fields).await.leads_to("/");
    bea.get("/users").await.says(200, &["bea@example.com"]);
}

async fn every_wrong_field_of_a_user_is_told(house: House) {
    let mut admin = house.admin().await;
    let fields = [
        ("email", "no address"),
        ("name", ""),
        ("password", "short"),
        ("role", "user"),
    ];
    let answer = admin.post("/users/new", &fields).await;
    answer.says(
        422,
        &[
            "Enter an e-mail address like name@example.com.",
            "Enter a name.",
            "A password has at least 12 characters.",
            "Choose an organization: only an Admin can have none.",
        ],
    );
    assert_eq!(answer.value_of("email"), "no address");
    assert!(!answer.body.contains("value=\"short\""), "a password comes back");
    let taken = [
        ("email", "ADA@example.com"),
        ("name", "Ada"),
        ("password", FIRST),
        ("role", "admin"),
    ];
    admin
        .post("/users/new", &taken)
        .await
        .says(422, &["This address already has an account."]);
}

async fn the_list_is_filtered_by_place_role_and_state(house: House) {
    let mut admin = house.admin().await;
    let (acme, other) = (
        admin.create_organization("Acme").await,
        admin.create_organization("Other").await,
    );
    create(&mut admin, "Bea", "user", &acme).await.leads_to("/users");
    create(&mut admin, "Cleo", "org_admin", &acme).await.leads_to("/users");
    create(&mut admin, "Dora", "user", &other).await.leads_to("/users");
    let all = admin.get("/users").await;
    all.says(
        200,
        &[
            "All organizations",
            "Global Administrators",
            "All roles",
            "All states",
            "Export CSV",
        ],
    );
    all.says(200, &["ada@example.com", "dora@example.com", "1–4 of 4"]);
    admin
        .get(&format!("/users?organization={acme}&sort=-name"))
        .await
        .says(200, &["bea@example.com", "1–2 of 2"])
        .does_not_say(&["dora@example.com", "ada@example.com"]);
    admin
        .get(&format!("/users?global=true&organization={acme}"))
        .await
        .says(200, &["ada@example.com", "1–1 of 1"])
        .does_not_say(&["bea@example.com"]);
    admin
        .get("/users?role=user&q=do")
        .await
        .says(200, &["dora@example.com", "1–1 of 1"]);
    admin
        .get("/users?state=suspended")
        .await
        .says(200, &["No user matches", "Clear all"]);
}

async fn a_user_is_edited_by_two(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    create(&mut admin, "Bea", "user", &acme).await.leads_to("/users");
    let edit = format!("/users/{}/edit", id_of(&mut admin, "Bea").await);
    let opened = admin.get(&edit).await;
    opened.says(200, &["Edit User", "Leave it blank to keep the current one."]);
    let version = opened.value_of("version");
    let typed = |version: &str, name: &str| {
        [
            ("version", version.to_owned()),
            ("email", "bea@example.com".to_owned()),
            ("name", name.to_owned()),
            ("password", String::new()),
            ("role", "user".to_owned()),
            ("organization", acme.clone()),
        ]
    };
    let send = async |admin: &mut Visitor, version: &str, name: &str| {
        let fields = typed(version, name);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(field, value)| (*field, value.as_str())).collect();
        admin.post(&format!("{edit}?sort=name"), &fields).await
    };
    send(&mut admin, &version, "Beatrix").await.leads_to("/users?sort=name");
    let answer = send(&mut admin, &version, "Beate").await;
    answer.says(409, &["Changed meanwhile", "Name", "Beatrix"]);
    let over = answer.value_of("version");
    send(&mut admin, &over, "Beate").await.leads_to("/users?sort=name");
    // The password was kept.
    first_sign_in(&house, "Bea").await.get("/").await.says(200, &["Beate"]);
}

async fn a_user_is_suspended_and_reactivated(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    create(&mut admin, "Bea", "user", &acme).await.leads_to("/users");
    let mut bea = first_sign_in(&house, "Bea").await;
    let detail = format!("/users/{}", id_of(&mut admin, "Bea").await);
    admin.get(&detail).await.says(
        200,
        &[
            "Edit",
            "Suspend",
            "Delete",
            "Sessions",
            "Show audit log",
            "Chosen by the user",
        ],
    );
    let dialog = admin.get(&format!("{detail}/suspend")).await;
    dialog.says(200, &["Suspend User?", "is signed out everywhere at once"]);
    let version = dialog.value_of("version");
    let fields = [("version", version.as_str()), ("state", "suspended")];
    admin
        .post(&format!("{detail}/suspend"), &fields)
        .await
        .leads_to("/users");
    admin
        .get("/users?state=suspended")
        .await
        .says(200, &["bea@example.com", "Suspended"]);
    bea.get("/account").await.leads_to("/login?next=/account");

    let dialog = admin.get(&format!("{detail}/suspend")).await;
    dialog.says(200, &["Reactivate User?", "Reactivate"]);
    let version = dialog.value_of("version");
    let fields = [("version", version.as_str()), ("state", "active")];
    admin
        .post(&format!("{detail}/suspend"), &fields)
        .await
        .leads_to("/users");
    house.sign_in("bea@example.com", PASSWORD).await;
}

async fn a_user_is_deleted(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    create(&mut admin, "Bea", "user", &acme).await.leads_to("/users");
    let mut bea = first_sign_in(&house, "Bea").await;
    let detail = format!("/users/{}", id_of(&mut admin, "Bea").await);
    admin.get(&format!("{detail}/delete")).await.says(
        200,
        &[
            "Delete User?",
            "Deleted users cannot recover their account. All associated session data will be removed.",
        ],
    );
    admin
        .post(&format!("{detail}/delete?q=b"), &[])
        .await
        .leads_to("/users?q=b");
    admin.get(&detail).await.says(404, &["Not found"]);
    bea.get("/account").await.leads_to("/login?next=/account");
    admin
        .post(&format!("{detail}/delete"), &[])
        .await
        .says(404, &["Not found"]);
}

async fn a_user_is_signed_out_everywhere(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    create(&mut admin, "Bea", "user", &acme).await.leads_to("/users");
    let mut bea = first_sign_in(&house, "Bea").await;
    let detail = format!("/users/{}", id_of(&mut admin, "Bea").await);
    admin
        .get(&detail)
        .await
        .says(200, &["192.0.2.7", "Sign out everywhere"]);
    admin.post(&detail, &[]).await.leads_to(&detail);
    admin.get(&detail).await.says(200, &["Not signed in anywhere."]);
    bea.get("/account").await.leads_to("/login?next=/account");
}

async fn an_org_admin_runs_the_own_organization(house: House) {
    let mut admin = house.admin().await;
    let (acme, other) = (
        admin.create_organization("Acme").await,
        admin.create_organization("Other").await,
    );
    create(&mut admin, "Ivy", "org_admin", &acme).await.leads_to("/users");
    create(&mut admin, "Dora", "user", &other).await.leads_to("/users");
    let dora = id_of(&mut admin, "Dora").await;
    let mut ivy = first_sign_in(&house, "Ivy").await;
    ivy.get("/users")
        .await
        .says(200, &["ivy@example.com", "1–1 of 1"])
        .does_not_say(&["dora@example.com", "All organizations", "Global Administrators"]);
    ivy.get("/users/new")
        .await
        .says(200, &["New User", "Acme"])
        .does_not_say(&["Other"]);
    create(&mut ivy, "Bea", "user", "").await.leads_to("/users");
    ivy.get("/users").await.says(200, &["bea@example.com", "Acme"]);
    create(&mut ivy, "Eve", "admin", "")
        .await
        .says(422, &["As Org Admin you cannot give the role Admin."]);
    create(&mut ivy, "Eve", "user", &other)
        .await
        .says(404, &["does not exist"]);
    for verb in ["", "/edit", "/suspend", "/delete"] {
        let stranger = ivy.get(&format!("/users/{dora}{verb}")).await;
        stranger.says(404, &["Not found"]).does_not_say(&["Dora"]);
        let nobody = ivy
            .get(&format!("/users/{}{verb}", "01a20b9d-2de0-7000-8000-000000000000"))
            .await;
        assert_eq!(stranger.text(), nobody.text());
    }
    ivy.post(&format!("/users/{dora}/delete"), &[]).await.says(404, &[]);
    admin.get(&format!("/users/{dora}")).await.says(200, &["Dora"]);
}

async fn an_org_admin_leaves_admins_alone(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    create(&mut admin, "Ivy", "org_admin", &acme).await.leads_to("/users");
    create(&mut admin, "Abe", "admin", &acme).await.leads_to("/users");
    let abe = format!("/users/{}", id_of(&mut admin, "Abe").await);
    let mut ivy = first_sign_in(&house, "Ivy").await;
    ivy.get("/users").await.says(200, &["abe@example.com"]);
    ivy.get(&abe)
        .await
        .says(
            200,
            &["abe@example.com", "Only an Admin sees where an Admin is signed in."],
        )
        .does_not_say(&["Suspend", "Delete"]);
    for verb in ["edit", "suspend", "delete"] {
        ivy.get(&format!("{abe}/{verb}"))
            .await
            .says(403, &["Only an Admin can do this"]);
    }
    for (verb, fields) in [
        (
            "edit",
            vec![
                ("version", "1"),
                ("email", "abe@example.com"),
                ("name", "X"),
                ("role", "user"),
            ],
        ),
        ("suspend", vec![("version", "1"), ("state", "suspended")]),
        ("delete", vec![]),
    ] {
        let answer = ivy.post(&format!("{abe}/{verb}"), &fields).await;
        assert_eq!(answer.status, 403, "{}", answer.text());
    }
    admin.get(&abe).await.says(200, &["Abe", "Active"]);
}

async fn nobody_changes_their_own_standing(house: House) {
    let mut admin = house.admin().await;
    let own = format!("/users/{}", id_of(&mut admin, "Ada").await);
    admin
        .get(&own)
        .await
        .says(200, &["Edit"])
        .does_not_say(&["Suspend", "Delete"]);
    let form = admin.get(&format!("{own}/edit")).await;
    form.says(200, &["This is you.", "None (Global Administrator)", "your account"]);
    let dialog = form.body.split("<dialog").nth(1).unwrap_or_default();
    assert!(!dialog.contains("name=\"password\"") && !dialog.contains("name=\"role\""));
    let version = form.value_of("version");
    let forged = [
        ("version", version.as_str()),
        ("email", "ada@example.com"),
        ("name", "Ada"),
        ("role", "user"),
    ];
    admin
        .post(&format!("{own}/edit"), &forged)
        .await
        .says(422, &["You cannot change your own role"]);
    admin
        .post(&format!("{own}/delete"), &[])
        .await
        .says(422, &["This is you", "You cannot do this to your own account"]);
    let suspended = [("version", version.as_str()), ("state", "suspended")];
    admin
        .post(&format!("{own}/suspend"), &suspended)
        .await
        .says(422, &["This is you", "You cannot do this to your own account"]);
    let renamed = [
        ("version", version.as_str()),
        ("email", "ada@example.com"),
        ("name", "Ada Lovelace"),
    ];
    admin.post(&format!("{own}/edit"), &renamed).await.leads_to("/users");
    admin.get("/users").await.says(200, &["Ada Lovelace"]);
    let version = admin.get(&format!("{own}/edit")).await.value_of("version");
    let moved = |password| {
        [
            ("version", version.as_str()),
            ("email", "lovelace@example.com"),
            ("name", "Ada Lovelace"),
            ("current_password", password),
        ]
    };
    let refused = admin.post(&format!("{own}/edit"), &moved("wrong")).await;
    refused.says(422, &["Current password", "This is not your current password."]);
    assert_eq!(refused.value_of("email"), "lovelace@example.com");
    assert!(!refused.body.contains("\"wrong\""), "a password comes back");
    admin
        .post(&format!("{own}/edit"), &moved(PASSWORD))
        .await
        .leads_to("/users");
    admin.get("/account").await.says(200, &["lovelace@example.com"]);
}

async fn a_user_has_no_business_here(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    create(&mut admin, "Bea", "user", &acme).await.leads_to("/users");
    let own = id_of(&mut admin, "Bea").await;
    let mut bea = first_sign_in(&house, "Bea").await;
    bea.get("/").await.does_not_say(&["Administration", "Invitations"]);
    for path in [
        "/users",
        "/users/new",
        &format!("/users/{own}"),
        &format!("/users/{own}/edit"),
    ] {
        bea.get(path)
            .await
            .says(403, &["This page needs the role Org Admin"])
            .does_not_say(&["New User", "ada@example.com"]);
    }
    assert_eq!(create(&mut bea, "Eve", "user", &acme).await.status, 403);
}
