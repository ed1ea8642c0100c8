//! Stories of invitations, from the console's side.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

mod support;

use backend::mail::Letter;
use support::{House, PASSWORD, Visitor, on_both_engines};

on_both_engines!(
    an_admin_invites_and_finds_the_invitation,
    every_wrong_field_of_an_invitation_is_told,
    an_address_with_an_account_is_refused,
    an_address_that_is_already_invited_can_be_invited_again,
    resending_mails_a_new_link,
    a_copied_link_is_shown_once,
    a_deleted_invitation_is_gone,
    a_failed_mail_is_told_and_tried_again,
    without_a_mail_server_the_link_is_shown_once,
    an_org_admin_invites_into_the_own_organization,
    invitations_are_filtered_and_exported,
);

/// Invites a User and returns the invitation's id.
async fn invite(admin: &mut Visitor, email: &str, organization: &str) -> String {
    let fields = [("email", email), ("role", "user"), ("organization", organization)];
    admin.post("/invitations/new", &fields).await.leads_to("/invitations");
    let found = admin.get(&format!("/invitations?q={email}")).await;
    found.first_id("/invitations")
}

async fn an_admin_invites_and_finds_the_invitation(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    admin
        .get("/invitations")
        .await
        .says(200, &["Invitations", "No invitations yet", "Send Invitation"]);
    admin.get(&format!("/invitations/new?organization={acme}")).await.says(
        200,
        &["New Invitation", "Expires in Seconds", "Expires 2026-12-01 03:33 UTC."],
    );
    let fields = [
        ("email", "Guest@Example.com"),
        ("role", "org_admin"),
        ("organization", acme.as_str()),
        ("expires_in_seconds", "86400"),
    ];
    admin
        .post("/invitations/new?sort=-sent", &fields)
        .await
        .leads_to("/invitations?sort=-sent");
    let list = admin.get("/invitations").await;
    let columns = [
        "Email",
        "Role",
        "Organization",
        "Status",
        "Sent",
        "Expires",
        "Delivery",
        "Actions",
    ];
    list.says(200, &columns);
    let row = [
        "guest@example.com",
        "Org Admin",
        "Acme",
        "Pending",
        "Queued",
        "1–1 of 1",
    ];
    list.says(200, &row);
    list.says(200, &["View", "Resend", "Copy link", "Delete"]);
    let id = list.first_id("/invitations");
    let detail = admin.get(&format!("/invitations/{id}")).await;
    detail.says(200, &["Ada Admin", "Acme", "Pending", "in 24 hours", "Queued", &id]);

    let mail = house.mail_to("guest@example.com").await;
    let Letter::Invitation {
        organization, inviter, ..
    } = &mail.letter
    else {
        panic!("{mail:?}");
    };
    assert_eq!((organization.as_deref(), inviter.as_str()), (Some("Acme"), "Ada Admin"));
}

async fn every_wrong_field_of_an_invitation_is_told(house: House) {
    let mut admin = house.admin().await;
    let fields = [
        ("email", "no address"),
        ("role", "user"),
        ("organization", ""),
        ("expires_in_seconds", "59"),
    ];
    let answer = admin.post("/invitations/new", &fields).await;
    answer.says(
        422,
        &[
            "Enter an e-mail address like name@example.com.",
            "Choose an organization, or invite as Admin.",
            "Enter whole seconds from 60",
        ],
    );
    assert_eq!(answer.value_of("email"), "no address");
    assert_eq!(answer.value_of("expires_in_seconds"), "59");
    assert!(house.mails().await.is_empty());
}

async fn an_address_with_an_account_is_refused(house: House) {
    let mut admin = house.admin().await;
    let fields = [("email", "ada@example.com"), ("role", "admin"), ("organization", "")];
    let answer = admin.post("/invitations/new", &fields).await;
    answer.says(422, &["This address already has an account."]);
}

async fn an_address_that_is_already_invited_can_be_invited_again(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    let id = invite(&mut admin, "guest@example.com", &acme).await;
    let fields = [
        ("email", "guest@example.com"),
        ("role", "user"),
        ("organization", &acme),
    ];
    let answer = admin.post("/invitations/new", &fields).await;
    answer.says(422, &["This address already has a pending invitation here.", "Resend"]);
    assert!(answer.body.contains(&format!("/invitations/{id}/resend")));
    assert_eq!(answer.value_of("email"), "guest@example.com");
}

async fn resending_mails_a_new_link(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    let id = invite(&mut admin, "guest@example.com", &acme).await;
    let old = house.mail_to("guest@example.com").await.invitation_link();
    let resend = format!("/invitations/{id}/resend");
    let dialog = admin.get(&resend).await;
    dialog.says(200, &["Resend Invitation?", "guest@example.com", "valid for 7 days"]);
    let version = dialog.value_of("version");
    admin
        .post(&format!("{resend}?q=guest"), &[("version", &version)])
        .await
        .leads_to("/invitations?q=guest");
    let new = house.mail_to("guest@example.com").await.invitation_link();
    let mut guest = house.visitor();
    let dead = "This invitation link is not valid. It may have been withdrawn or replaced by a newer one.";
    guest.get(&old).await.says(404, &[dead]);
    guest.get(&new).await.says(200, &["Accept invitation"]);

    let version = admin.get(&resend).await.value_of("version");
    let soon = admin.post(&resend, &[("version", &version)]).await;
    soon.says(429, &["Too many attempts."]);
    house.clock.advance(60);
    let stale = admin.post(&resend, &[("version", "1")]).await;
    stale.says(409, &["Changed meanwhile", "Pending"]);
    admin
        .post(&resend, &[("version", &version)])
        .await
        .leads_to("/invitations");
}

async fn a_copied_link_is_shown_once(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    let id = invite(&mut admin, "guest@example.com", &acme).await;
    let link = format!("/invitations/{id}/link");
    let dialog = admin.get(&link).await;
    dialog.says(200, &["Invitation link", "shown here once", "Copy link"]);
    let version = dialog.value_of("version");
    let answer = admin.post(&link, &[("version", &version)]).await;
    answer.says(200, &["This link is shown once", "Done"]);
    let marker = format!("value=\"{}/accept-invitation/", support::ORIGIN);
    let at = answer.body.find(&marker).unwrap() + marker.len();
    let token = answer.body[at..].split('"').next().unwrap();
    house
        .visitor()
        .get(&format!("/accept-invitation/{token}"))
        .await
        .says(200, &[]);
    let again = admin.get(&link).await;
    assert!(!again.body.contains(token));
    admin
        .get(&format!("/invitations/{id}"))
        .await
        .says(200, &["The latest link was not mailed"]);
}

async fn a_deleted_invitation_is_gone(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    let id = invite(&mut admin, "guest@example.com", &acme).await;
    let link = house.mail_to("guest@example.com").await.invitation_link();
    let delete = format!("/invitations/{id}/delete");
    let dialog = admin.get(&delete).await;
    dialog.says(
        200,
        &[
            "Delete Invitation?",
            "Deleting a pending invitation prevents the recipient from using the link.",
        ],
    );
    let version = dialog.value_of("version");
    admin
        .post(&delete, &[("version", &version)])
        .await
        .leads_to("/invitations");
    admin.get("/invitations").await.says(200, &["No invitations yet"]);
    admin.get(&format!("/invitations/{id}")).await.says(404, &["Not found"]);
    house.visitor().get(&link).await.says(404, &["not valid"]);
}

async fn a_failed_mail_is_told_and_tried_again(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    let id = invite(&mut admin, "guest@example.com", &acme).await;
    house.refuse_mails("550 No such mailbox here").await;
    let told = ["Failed", "550 No such mailbox here", "Retry now"];
    admin.get("/invitations").await.says(200, &told);
    let detail = format!("/invitations/{id}");
    let page = admin.get(&detail).await;
    page.says(200, &told);
    let version = page.value_of("version");
    admin.post(&detail, &[("version", &version)]).await.leads_to(&detail);
    admin
        .get(&detail)
        .await
        .says(200, &["Queued"])
        .does_not_say(&["Retry now"]);
    let link = house.mail_to("guest@example.com").await.invitation_link();
    house.visitor().get(&link).await.says(200, &["Accept invitation"]);
}

async fn without_a_mail_server_the_link_is_shown_once(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    let house = house.without_mail_server();
    let mut admin = house.sign_in("ada@example.com", PASSWORD).await;
    let fields = [
        ("email", "guest@example.com"),
        ("role", "user"),
        ("organization", &acme),
    ];
    let answer = admin.post("/invitations/new", &fields).await;
    answer.says(200, &["New Invitation", "This link is shown once", "Done"]);
    assert!(answer.body.contains("/accept-invitation/"));
    admin.get("/").await.says(200, &["There is no mail server"]);
}

async fn an_org_admin_invites_into_the_own_organization(house: House) {
    let mut admin = house.admin().await;
    let (acme, beta) = (
        admin.create_organization("Acme").await,
        admin.create_organization("Beta").await,
    );
    let foreign = invite(&mut admin, "foreign@example.com", &beta).await;
    let fields = [
        ("email", "olga@example.com"),
        ("role", "org_admin"),
        ("organization", &acme),
    ];
    admin.post("/invitations/new", &fields).await.leads_to("/invitations");
    let link = house.mail_to("olga@example.com").await.invitation_link();
    let mut olga = house.visitor();
    let fields = [("name", "Olga"), ("password", PASSWORD)];
    olga.post(&link, &fields).await.leads_to("/");

    let dialog = olga.get("/invitations/new").await;
    dialog
        .says(200, &["New Invitation", "Acme"])
        .does_not_say(&["Beta", "Global Administrator"]);
    assert!(!dialog.body.contains("value=\"admin\""));
    let fields = [("email", "guest@example.com"), ("role", "user")];
    olga.post("/invitations/new", &fields).await.leads_to("/invitations");
    let above = [("email", "chief@example.com"), ("role", "admin")];
    olga.post("/invitations/new", &above)
        .await
        .says(422, &["As Org Admin you cannot give the role Admin."]);
    olga.get("/invitations")
        .await
        .says(200, &["guest@example.com", "1–2 of 2"])
        .does_not_say(&["foreign@example.com"]);
    for address in [
        format!("/invitations/{foreign}"),
        format!("/invitations/{foreign}/resend"),
        format!("/invitations/{foreign}/link"),
        format!("/invitations/{foreign}/delete"),
    ] {
        olga.get(&address).await.says(404, &["Not found"]);
        olga.post(&address, &[("version", "1")]).await.says(404, &["Not found"]);
    }
}

async fn invitations_are_filtered_and_exported(house: House) {
    let mut admin = house.admin().await;
    let (acme, beta) = (
        admin.create_organization("Acme").await,
        admin.create_organization("Beta").await,
    );
    invite(&mut admin, "one@example.com", &acme).await;
    invite(&mut admin, "two@example.com", &beta).await;
    let fields = [("email", "chief@example.com"), ("role", "admin"), ("organization", "")];
    admin.post("/invitations/new", &fields).await.leads_to("/invitations");
    for (query, there, not_there) in [
        ("q=one", "one@example.com", "two@example.com"),
        ("role=admin", "chief@example.com", "one@example.com"),
        ("global=true", "chief@example.com", "two@example.com"),
        (&format!("organization={beta}"), "two@example.com", "one@example.com"),
        ("status=expired", "No invitation matches", "one@example.com"),
    ] {
        let list = admin.get(&format!("/invitations?{query}")).await;
        list.says(200, &[there]).does_not_say(&[not_there]);
    }
    let file = admin.get(&format!("/invitations.csv?organization={beta}")).await;
    assert_eq!(file.status.as_u16(), 200);
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<&str> = file.body.lines().collect();
    assert_eq!(lines.len(), 2, "{}", file.body);
    assert!(lines[0].starts_with("Email,Role,Organization,Status"));
    assert!(lines[1].starts_with("two@example.com,User,Beta,Pending"));
    house
        .visitor()
        .get("/invitations.csv?q=one")
        .await
        .leads_to("/login?next=/invitations%3Fq%3Done");
}
