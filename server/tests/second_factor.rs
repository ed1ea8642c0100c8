//! Stories of the second factor, as a browser without script lives them.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

mod support;

use support::{Answer, House, PASSWORD, Visitor, on_both_engines};
use totp_rs::{Builder, Secret};

on_both_engines!(
    it_is_set_up_and_asked_for,
    what_was_begun_is_of_one_session_for_ten_minutes,
    no_code_comes_back_with_the_page,
    who_must_have_one_is_led_there_and_gets_in_after,
    an_admin_resets_it,
);

/// What an authenticator shows that has scanned this page.
fn code_on(house: &House, page: &Answer) -> String {
    let text = page.text();
    let typed = text.split("Type this as the key:").nth(1).unwrap();
    let letters = |word: &&str| word.len() == 4 && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let secret: String = typed.split_whitespace().take_while(letters).collect();
    assert_eq!(secret.len(), 32, "{text}");
    let totp = Builder::new()
        .with_secret(Secret::try_from_base32(secret).unwrap())
        .build()
        .unwrap();
    totp.generate(u64::try_from(house.clock.now().0 / 1000).unwrap())
        .to_string()
}

/// Begins, and returns the page with the picture.
async fn begin(visitor: &mut Visitor) -> Answer {
    let password = [("current_password", PASSWORD)];
    let begun = visitor.post("/account/second-factor/begin", &password).await;
    begun.leads_to("/account/second-factor");
    visitor.get("/account/second-factor").await
}

/// The page shows what has to be done first, and holds what was typed but for the password.
fn keeps(kept: &Answer, first: &str, path: &str) {
    kept.says(403, &[first, "Send again"]);
    for part in [&format!("href=\"{path}\""), "action=\"/users/new?q=b\""] {
        assert!(kept.body.contains(part), "{part} in {}", kept.body);
    }
    assert_eq!(kept.value_of("email"), "bea@example.com");
    assert_eq!(kept.value_of("name"), "Bea &quot;B&quot; Berg");
    assert!(!kept.body.contains("brown owls"), "a password never comes back");
}

async fn it_is_set_up_and_asked_for(house: House) {
    let mut admin = house.admin().await;
    admin.get("/account").await.says(200, &["Second factor"]);
    admin.get("/account/second-factor").await.says(200, &["Set up"]);
    admin
        .post("/account/second-factor/begin", &[("current_password", "wrong")])
        .await
        .says(422, &["This is not your current password."]);
    let page = begin(&mut admin).await;
    assert!(page.body.contains("data:image/svg+xml"), "{}", page.body);
    admin
        .post("/account/second-factor", &[("code", "000000")])
        .await
        .says(422, &["This code is wrong", "Type this as the key:"]);
    let confirmed = admin
        .post("/account/second-factor", &[("code", &code_on(&house, &page))])
        .await;
    confirmed.says(200, &["Keep these recovery codes", "I have kept them"]);
    let text = confirmed.text();
    let recovery_codes: Vec<&str> = text
        .split_whitespace()
        .filter(|word| word.matches('-').count() == 3)
        .collect();
    assert_eq!(recovery_codes.len(), 10, "{text}");
    // The answer carried the new session.
    admin
        .get("/account/second-factor")
        .await
        .says(200, &["10 recovery codes", "Turn off"]);
    assert!(
        !admin
            .get("/account/second-factor")
            .await
            .body
            .contains(recovery_codes[0])
    );

    house.clock.advance(60);
    let mut elsewhere = house.visitor();
    let fields = [
        ("email", "ada@example.com"),
        ("password", PASSWORD),
        ("next", "/users?q=ann"),
    ];
    elsewhere
        .post("/login", &fields)
        .await
        .leads_to("/login/code?next=/users%3Fq%3Dann");
    elsewhere
        .get("/login/code?next=/users")
        .await
        .says(200, &["Enter your code"]);
    elsewhere.get("/users").await.leads_to("/login?next=/users");
    elsewhere
        .post("/login/code", &[("code", "000000"), ("next", "/users?q=ann")])
        .await
        .says(422, &["This code is wrong"]);
    let fields = [("code", recovery_codes[0]), ("next", "//evil.example")];
    elsewhere.post("/login/code", &fields).await.leads_to("/");
    elsewhere
        .get("/account/second-factor")
        .await
        .says(200, &["9 recovery codes"]);
    elsewhere
        .post("/account/second-factor/off", &[("current_password", PASSWORD)])
        .await
        .leads_to("/account");
    house
        .sign_in("ada@example.com", PASSWORD)
        .await
        .get("/")
        .await
        .says(200, &["Ada"]);
}

async fn what_was_begun_is_of_one_session_for_ten_minutes(house: House) {
    let mut admin = house.admin().await;
    let mut elsewhere = house.sign_in("ada@example.com", PASSWORD).await;
    let page = begin(&mut admin).await;
    let code = code_on(&house, &page);
    // A session that was left open elsewhere neither sees the secret nor sets up with it.
    elsewhere
        .get("/account/second-factor")
        .await
        .says(200, &["Set up"])
        .does_not_say(&["Type this as the key:"]);
    elsewhere
        .post("/account/second-factor", &[("code", &code)])
        .await
        .says(422, &["Begin again"]);
    house.clock.advance(10 * 60 + 1);
    admin
        .get("/account/second-factor")
        .await
        .does_not_say(&["Type this as the key:"]);
    admin
        .post("/account/second-factor", &[("code", &code_on(&house, &page))])
        .await
        .says(422, &["Begin again"]);
    let page = begin(&mut admin).await;
    admin
        .post("/account/second-factor", &[("code", &code_on(&house, &page))])
        .await
        .says(200, &["Keep these recovery codes"]);
}

async fn no_code_comes_back_with_the_page(house: House) {
    let mut admin = house.admin().await;
    let page = begin(&mut admin).await;
    let wrong = admin.post("/account/second-factor", &[("code", "12 34 567")]).await;
    wrong.says(422, &["This code is wrong"]).does_not_say(&["12 34 567"]);
    assert!(!wrong.body.contains("12 34 567"), "{}", wrong.body);
    let code = [("code", code_on(&house, &page))];
    admin
        .post(
            "/account/second-factor",
            &code.each_ref().map(|(name, code)| (*name, code.as_str())),
        )
        .await;
    let mut elsewhere = house.visitor();
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    elsewhere.post("/login", &fields).await.leads_to("/login/code");
    // Ten are wrong, and the next is not looked at: it may be a good one.
    for status in [vec![422; 10], vec![429]].concat() {
        let answer = elsewhere.post("/login/code", &[("code", "abcd-efgh-2345-6789")]).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(!answer.body.contains("abcd-efgh"), "{}", answer.body);
    }
}

async fn who_must_have_one_is_led_there_and_gets_in_after(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    let detail = format!("/organizations/{acme}");
    admin
        .get(&detail)
        .await
        .says(200, &["Not required by this organization"]);
    admin.post(&detail, &[("required", "yes")]).await.leads_to(&detail);
    admin.get(&detail).await.says(200, &["Required:", "No longer require"]);
    let fields = [
        ("email", "chief@example.com"),
        ("name", "Chief"),
        ("password", "seven green lamps on a hill"),
        ("role", "org_admin"),
        ("organization", acme.as_str()),
    ];
    admin.post("/users/new", &fields).await.leads_to("/users");
    let mut chief = house.sign_in("chief@example.com", "seven green lamps on a hill").await;
    // First the password, then the second factor. What is posted meanwhile is kept.
    let typed = [
        ("email", "bea@example.com"),
        ("name", "Bea \"B\" Berg"),
        ("password", "nine brown owls in a barn"),
        ("role", "user"),
    ];
    chief.get("/users").await.leads_to("/account/password");
    let kept = chief.post("/users/new?q=b", &typed).await;
    keeps(&kept, "Your password must be changed first", "/account/password");
    let fields = [
        ("current_password", "seven green lamps on a hill"),
        ("new_password", PASSWORD),
    ];
    chief.post("/account/password", &fields).await.leads_to("/");
    for path in ["/", "/users", "/account", "/account/password"] {
        chief.get(path).await.leads_to("/account/second-factor");
    }
    let kept = chief.post("/users/new?q=b", &typed).await;
    keeps(&kept, "A second factor is required now", "/account/second-factor");
    chief
        .get("/account/second-factor")
        .await
        .says(200, &["Set up your second factor first"]);
    let page = begin(&mut chief).await;
    let code = code_on(&house, &page);
    chief
        .post("/account/second-factor", &[("code", &code)])
        .await
        .says(200, &["Keep these recovery codes"]);
    chief.get("/users").await.says(200, &["Chief"]).does_not_say(&["Bea"]);
    chief.post("/users/new?q=b", &typed).await.leads_to("/users?q=b");
    chief.get("/users").await.says(200, &["Bea \"B\" Berg"]);
    chief
        .get("/account/second-factor")
        .await
        .says(200, &["required of you here, so it cannot be turned off"]);
}

async fn an_admin_resets_it(house: House) {
    let mut admin = house.admin().await;
    let acme = admin.create_organization("Acme").await;
    let fields = [
        ("email", "bea@example.com"),
        ("name", "Bea"),
        ("password", "seven green lamps on a hill"),
        ("role", "user"),
        ("organization", acme.as_str()),
    ];
    admin.post("/users/new", &fields).await.leads_to("/users");
    let id = admin.get("/users?q=bea").await.first_id("/users");
    let mut bea = house.sign_in("bea@example.com", "seven green lamps on a hill").await;
    let fields = [
        ("current_password", "seven green lamps on a hill"),
        ("new_password", PASSWORD),
    ];
    bea.post("/account/password", &fields).await.leads_to("/");
    let detail = format!("/users/{id}");
    admin.get(&detail).await.does_not_say(&["Reset second factor"]);
    let page = begin(&mut bea).await;
    let code = code_on(&house, &page);
    bea.post("/account/second-factor", &[("code", &code)])
        .await
        .says(200, &["Keep these"]);
    admin
        .get(&detail)
        .await
        .says(200, &["On, since", "Reset second factor"]);
    let dialog = format!("{detail}/second-factor?from=detail");
    admin
        .get(&dialog)
        .await
        .says(200, &["Reset Second Factor?", "signed out everywhere"]);
    admin.post(&dialog, &[]).await.leads_to(&detail);
    bea.get("/account").await.leads_to("/login?next=/account");
    house
        .sign_in("bea@example.com", PASSWORD)
        .await
        .get("/account")
        .await
        .says(200, &["Bea"]);
}
