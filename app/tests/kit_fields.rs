//! What the fields of a form and the ways of a list say in plain HTML.
#![cfg(feature = "ssr")]

use std::collections::BTreeMap;

use app::ui::{CheckboxField, FormContext, Pagination, PasswordField, TextArea, TextField};
use leptos::prelude::*;

fn rendered<V: IntoView + 'static>(view: impl FnOnce() -> V) -> String {
    let owner = Owner::new();
    owner.with(|| view().into_view().to_html())
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = pairs
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    owned.collect()
}

fn in_form<V: IntoView + 'static>(
    values: &[(&str, &str)],
    errors: &[(&str, &str)],
    view: impl FnOnce() -> V,
) -> String {
    rendered(|| {
        provide_context(FormContext {
            values: StoredValue::new(map(values)),
            errors: Signal::stored(map(errors)),
            pending: Signal::stored(false),
        });
        view()
    })
}

#[test]
fn a_fresh_field_shows_what_the_page_gave_and_no_error() {
    let html = in_form(
        &[],
        &[],
        || view! { <TextField name="name" label="Name" value="Northwind" required=true /> },
    );
    assert!(html.contains(r#"value="Northwind""#), "{html}");
    assert!(!html.contains("aria-invalid"), "{html}");
    assert!(!html.contains("(optional)"), "{html}");
}

#[test]
fn a_refused_field_keeps_what_was_typed_and_says_why() {
    let html = in_form(
        &[("email", "amelie@")],
        &[("email", "Enter an address")],
        || view! { <TextField name="email" label="Email" value="old@x.example" hint="Used to sign in" /> },
    );
    assert!(html.contains(r#"value="amelie@""#), "{html}");
    assert!(html.contains(r#"aria-invalid="true""#), "{html}");
    assert!(
        html.contains(r#"aria-describedby="field-email-error field-email-hint""#),
        "{html}"
    );
    assert!(html.contains("Enter an address"), "{html}");
    assert!(html.contains("(optional)"), "{html}");
}

#[test]
fn a_password_never_comes_back() {
    let html = in_form(
        &[("password", "correct horse")],
        &[],
        || view! { <PasswordField name="password" label="Password" autocomplete="new-password" /> },
    );
    assert!(!html.contains("correct horse"), "{html}");
}

#[test]
fn a_box_that_was_unticked_stays_so() {
    let tick = || view! { <CheckboxField name="must_change" label="Must change password" checked=true /> };
    assert!(in_form(&[], &[], tick).contains("checked"));
    assert!(!in_form(&[("name", "Kai")], &[], tick).contains("checked"));
    assert!(in_form(&[("name", "Kai"), ("must_change", "on")], &[], tick).contains("checked"));
}

#[test]
fn an_empty_text_area_holds_nothing() {
    let html = rendered(|| view! { <TextArea name="description" label="Description" /> });
    assert!(html.contains("></textarea>"), "{html}");
}

#[test]
fn last_is_absent_where_the_total_is_unknown() {
    let pages = |last: Option<String>, last_known| {
        rendered(move || {
            view! { <Pagination position="1–25" first=None previous=None next=Some("/users?after=x".into()) last last_known /> }
        })
    };
    assert!(!pages(None, false).contains("Last"));
    assert!(pages(None, true).contains(r#"aria-disabled="true">Last"#));
    assert!(pages(Some("/users?last".into()), true).contains(r#"<a href="/users?last" rel="last">Last"#));
}
