//! Stories of what every page is, whatever is on it.

mod support;

use support::{House, on_both_engines};

on_both_engines!(
    a_page_is_built_once_however_long_its_data_takes,
    links_carry_no_more_of_a_search_than_is_searched_for,
);

/// The browser counts the parts of a page as it builds them. If the server built some twice, which depends on timing,
/// the two would not agree and the page would not wake.
async fn a_page_is_built_once_however_long_its_data_takes(house: House) {
    let mut admin = house.admin().await;
    admin
        .post("/organizations/new", &[("name", "Acme"), ("code", "ACME")])
        .await
        .leads_to("/organizations");
    for page in [
        "/",
        "/organizations",
        "/organizations/new",
        "/users",
        "/users/new",
        "/invitations",
        "/invitations/new",
        "/tiers",
        "/audit",
        "/account",
        "/account/password",
    ] {
        let mut found = Vec::new();
        for _ in 0..20 {
            let answer = admin.get(page).await;
            answer
                .says(200, &["Ada Admin"])
                .does_not_say(&["cannot be shown right now"]);
            let (_, parts) = answer.body.split_once("__PENDING_RESOURCES=[").unwrap_or_default();
            found.push(parts.split(']').next().unwrap_or_default().to_owned());
        }
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 1, "{page} has parts {found:?}");
        assert!(!found.iter().any(String::is_empty), "{page} has no parts");
    }
}

async fn links_carry_no_more_of_a_search_than_is_searched_for(house: House) {
    let mut admin = house.admin().await;
    let (long, cut) = ("%C3%A9".repeat(6000), "%C3%A9".repeat(254));
    for list in ["/organizations", "/users", "/invitations", "/audit"] {
        let page = admin.get(&format!("{list}?q={long}")).await;
        let link = format!("href=\"{list}.csv?q={cut}\"");
        assert!(page.body.contains(&link), "{link} is missing: {}", page.body);
        assert!(!page.body.contains(&format!("{cut}%C3")), "{list}: {}", page.body);
    }
    // Nor do those of a row carry what the list knows nothing of.
    let page = admin.get("/users?q=ada&word=unknown&size=50").await;
    assert!(page.body.contains("/edit?q=ada&amp;size=50\""), "{}", page.body);
}
