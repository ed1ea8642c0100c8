//! Stories of the own account and of forgotten passwords.

mod support;

use backend::{mail::Letter, secret::Key};
use store::StoreError;
use support::{House, PASSWORD, on_both_engines};

on_both_engines!(
    a_name_stands_in_the_frame,
    a_new_password_keeps_this_browser_alone,
    sessions_are_ended_one_by_one_or_all,
    guesses_of_a_stolen_session_are_not_its_owners,
    nobody_ends_the_session_of_another,
    a_forgotten_password_is_set_anew_by_mail,
    a_dead_link_says_what_to_do,
    nobody_learns_whose_account_there_is,
);

const NEW: &str = "seven green lamps on a hill";

/// The address in the latest mail that has a link with a token.
async fn link_in_mail(house: &House) -> Option<String> {
    let (now, lease) = (house.clock.now(), house.clock.now().plus_seconds(1_000_000));
    let claimed = house
        .store
        .write(|mut tx| async move { store::mail::claim(&mut tx, now, lease, 100).await })
        .await;
    let mut mails = claimed.unwrap_or_else(|error: StoreError| panic!("{error}"));
    mails.sort_by_key(|mail| mail.id);
    let mail = mails.into_iter().rfind(|mail| mail.sealed_token.is_some())?;
    let token = Key::from_bytes([7; 32]).open(&mail.sealed_token?, &format!("mail {}", mail.id))?;
    match serde_json::from_str(&mail.context).ok()? {
        Letter::Recovery { .. } => Some(format!("/reset-password/{}", token.reveal())),
        other => panic!("{other:?}"),
    }
}

/// The id that the first link with this beginning ends in.
fn id_behind(page: &str, path: &str) -> String {
    let marker = format!("href=\"{path}");
    let rest = page.split(&marker).nth(1).unwrap_or_default();
    rest.split('"').next().unwrap_or_default().to_owned()
}

async fn a_name_stands_in_the_frame(house: House) {
    let mut admin = house.admin().await;
    admin.get("/account").await.says(
        200,
        &[
            "Account",
            "ada@example.com",
            "Admin",
            "None (Global Administrator)",
            "Change password",
        ],
    );
    admin
        .post("/account", &[("name", " ")])
        .await
        .says(422, &["Enter a name."]);
    admin
        .post("/account", &[("name", "Ada Lovelace")])
        .await
        .leads_to("/account");
    admin.get("/").await.says(200, &["Ada Lovelace"]);
}

async fn a_new_password_keeps_this_browser_alone(house: House) {
    let mut admin = house.admin().await;
    let mut elsewhere = house.sign_in("ada@example.com", PASSWORD).await;
    let fields = [("current_password", PASSWORD), ("new_password", NEW)];
    admin.post("/account/password", &fields).await.leads_to("/account");
    admin.get("/account").await.says(200, &["This one"]);
    elsewhere.get("/account").await.leads_to("/login?next=/account");
    house.sign_in("ada@example.com", NEW).await;
}

async fn sessions_are_ended_one_by_one_or_all(house: House) {
    let mut admin = house.admin().await;
    let mut second = house.sign_in("ada@example.com", PASSWORD).await;
    let mut third = house.sign_in("ada@example.com", PASSWORD).await;
    let page = admin.get("/account").await;
    let one = id_behind(&page.body, "/account/sessions/");
    page.says(
        200,
        &[
            "Sessions",
            "Browser",
            "Last seen",
            "This one",
            "Sign out everywhere else",
        ],
    );
    let path = format!("/account/sessions/{one}");
    admin
        .get(&path)
        .await
        .says(200, &["is signed out.", "Current password", "Sign out"]);
    for typed in ["", "wrong"] {
        let refused = admin.post(&path, &[("current_password", typed)]).await;
        refused.says(422, &["Sign out elsewhere", "our current password."]);
    }
    let known = [("current_password", PASSWORD)];
    admin.post(&path, &known).await.leads_to("/account");
    let (second_left, third_left) = (second.get("/account").await, third.get("/account").await);
    assert_eq!(
        [second_left.status.as_u16(), third_left.status.as_u16()]
            .iter()
            .filter(|status| **status == 200)
            .count(),
        1
    );
    // It has ended already, which is what was wanted.
    admin.post(&path, &known).await.leads_to("/account");
    admin
        .get("/account/sessions")
        .await
        .says(200, &["Every browser but this one", "Sign out everywhere else"]);
    admin
        .post("/account/sessions", &[])
        .await
        .says(422, &["Enter your current password."]);
    admin.post("/account/sessions", &known).await.leads_to("/account");
    for other in [&mut second, &mut third] {
        other.get("/account").await.leads_to("/login?next=/account");
    }
    admin
        .get("/account")
        .await
        .says(200, &["This one"])
        .does_not_say(&["Sign out everywhere else"]);
}

async fn guesses_of_a_stolen_session_are_not_its_owners(house: House) {
    let mut owner = house.admin().await;
    let mut thief = house.sign_in("ada@example.com", PASSWORD).await;
    let known = [("current_password", PASSWORD)];
    for _ in 0..10 {
        let guess = [("current_password", "not the password of Ada")];
        thief
            .post("/account/sessions", &guess)
            .await
            .says(422, &["This is not your current password."]);
    }
    assert_eq!(thief.post("/account/sessions", &known).await.status, 429);
    owner.post("/account/sessions", &known).await.leads_to("/account");
    thief.get("/account").await.leads_to("/login?next=/account");
    // Where none has ended, nothing happened, and the log does not grow.
    let told = owner.get("/audit.csv").await.body;
    owner.post("/account/sessions", &known).await.leads_to("/account");
    let lines = |body: &str| body.matches("Sessions ended").count();
    assert!(lines(&told) > 0, "{told}");
    assert_eq!(lines(&owner.get("/audit.csv").await.body), lines(&told));
}

async fn nobody_ends_the_session_of_another(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    let bea = [
        ("email", "bea@example.com"),
        ("name", "Bea"),
        ("password", PASSWORD),
        ("role", "user"),
        ("organization", &acme),
    ];
    admin.post("/users/new", &bea).await.leads_to("/users");
    let mut bea = house.sign_in("bea@example.com", PASSWORD).await;
    let fields = [("current_password", PASSWORD), ("new_password", NEW)];
    bea.post("/account/password", &fields).await.leads_to("/");
    let mut elsewhere = house.sign_in("bea@example.com", NEW).await;
    let of_bea = id_behind(&bea.get("/account").await.body, "/account/sessions/");
    let path = format!("/account/sessions/{of_bea}");
    // An Admin does so on the user's page, where it is noted as such. Whether there is such a session is not told.
    let known = [("current_password", PASSWORD)];
    admin.post(&path, &known).await.leads_to("/account");
    elsewhere.get("/account").await.says(200, &["This one"]);
    let known = [("current_password", NEW)];
    bea.post(&path, &known).await.leads_to("/account");
    elsewhere.get("/account").await.leads_to("/login?next=/account");
}

async fn a_forgotten_password_is_set_anew_by_mail(house: House) {
    house.admin().await;
    let mut visitor = house.visitor();
    visitor.get("/login").await.says(200, &["Forgot your password?"]);
    visitor
        .get("/forgot-password")
        .await
        .says(200, &["Forgot your password?", "Send link"]);
    let fields = [("email", "ADA@example.com")];
    visitor
        .post("/forgot-password", &fields)
        .await
        .says(200, &["Look into your mailbox"])
        .does_not_say(&["Send link"]);
    let link = link_in_mail(&house).await.unwrap_or_default();
    for _ in 0..2 {
        visitor.get(&link).await.says(200, &["Set a new password"]);
    }
    visitor
        .post(&link, &[("password", "short")])
        .await
        .says(422, &["A password has at least 12 characters."]);
    visitor.post(&link, &[("password", NEW)]).await.leads_to("/");
    visitor.get("/").await.says(200, &["Ada Admin"]);
    visitor
        .post(&link, &[("password", NEW)])
        .await
        .says(404, &["This link is not valid any more"]);
    house.sign_in("ada@example.com", NEW).await;
}

async fn a_dead_link_says_what_to_do(house: House) {
    house.admin().await;
    let mut visitor = house.visitor();
    let asked = [("email", "ada@example.com")];
    visitor.post("/forgot-password", &asked).await.says(200, &[]);
    let link = link_in_mail(&house).await.unwrap_or_default();
    house.clock.advance(601);
    for link in [link.as_str(), "/reset-password/nonsense"] {
        visitor
            .get(link)
            .await
            .says(404, &["This link is not valid any more", "Ask for a new link"]);
    }
}

async fn nobody_learns_whose_account_there_is(house: House) {
    house.admin().await;
    let mut visitor = house.visitor();
    let known = visitor.post("/forgot-password", &[("email", "ada@example.com")]).await;
    let unknown = visitor.post("/forgot-password", &[("email", "eve@example.com")]).await;
    assert_eq!((known.status, known.text()), (unknown.status, unknown.text()));
    visitor
        .post("/forgot-password", &[("email", "eve")])
        .await
        .says(422, &["Enter an e-mail address like name@example.com."]);
    for _ in 0..3 {
        visitor
            .post("/forgot-password", &[("email", "eve@example.com")])
            .await
            .says(200, &[]);
    }
    visitor
        .post("/forgot-password", &[("email", "eve@example.com")])
        .await
        .says(429, &["Too many attempts."]);
}
