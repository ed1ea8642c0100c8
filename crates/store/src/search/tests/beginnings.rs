//! Lists by name, where rows that begin alike stand together.

use domain::{
    page::{Cursor, Position, Sort, SortValue},
    text::fold,
    user::{UserFilter, UserSort},
};
use uuid::Uuid;

use super::{add_organizations, bring, organization, see_anew};
use crate::{Scope, Store, deferred::Table, plans::data::fresh, user};

on_both_engines!(
    who_has_a_first_name_is_read_apart_from_others_who_have_it,
    who_has_a_last_name_is_looked_for_where_the_page_begins,
);

/// Most who have it stand together at the end of the list, and few elsewhere.
async fn who_has_a_first_name_is_read_apart_from_others_who_have_it(store: Store) {
    let name = |number: u128| match number {
        number if number % 97 == 5 => "Ann Zoe",
        number if number % 10 == 0 => "Zoe Quackenbush",
        _ => "Ann Other",
    };
    fill(&store, name).await;
    check(&store, "zoe", name).await;
    check(&store, "z", name).await;
    store.close().await;
}

/// They stand everywhere, but for those who come first.
async fn who_has_a_last_name_is_looked_for_where_the_page_begins(store: Store) {
    let name = |number: u128| match (number % 12, number.is_multiple_of(5)) {
        (0..=2, _) => "Aaron Other",
        (3, true) => "Boris Quackenbush",
        (4, true) => "Carla Quackenbush",
        (5, true) => "Bob Quackenbush",
        (6, true) => "D Quackenbush",
        (7, true) => "Дора Quackenbush",
        (8, true) => "Zoe Quackenbush",
        (9, true) => "李 Quackenbush",
        (10, true) => "Éva Quackenbush",
        (_, true) => "Mia Quackenbush",
        (number, false) if number % 2 == 0 => "Bea Other",
        _ => "Nora Other",
    };
    fill(&store, name).await;
    check(&store, "quackenbush", name).await;
    // It goes on in two ways, each of which is asked for.
    check(&store, "q", name).await;
    no_text_is_too_strange_to_go_on_from(&store).await;
    store.close().await;
}

const USERS: u128 = 400;

async fn fill(store: &Store, name: impl Fn(u128) -> &'static str) {
    add_organizations(store).await;
    bring(store, USERS, name).await;
    see_anew(store, Table::Users).await;
}

/// Whether the pages of a search have who is found by looking at each, in every order and direction.
async fn check(store: &Store, search: &str, name: impl Fn(u128) -> &'static str) {
    let filter = &UserFilter::default();
    let mut tx = store.read().await.unwrap();
    let (all, own) = (Scope::All, Scope::Organization(organization(1)));
    for (scope, descending, rows) in [
        (all, false, 10),
        (all, true, 10),
        (own, false, 10),
        (own, true, 10),
        (all, false, 2),
        (all, true, 2),
    ] {
        let key = UserSort::Name;
        let sort = Sort { key, descending };
        let counted = &user::count(&mut tx, scope, Some(search), filter, false).await.unwrap();
        let mut page = async |position: Position| {
            user::page(&mut tx, scope, Some(search), filter, sort, &position, rows, counted).await
        };
        let id = |row: &user::ListedUser| row.user.id.0;
        let found = all_pages!(page, sort, id);
        assert_eq!(all_pages_backwards!(page, sort, id), found);
        let mut expected: Vec<u128> = (0..USERS)
            .filter(|number| fold(name(*number)).contains(search))
            .collect();
        expected.sort_by_key(|number| (fold(name(*number)), *number));
        if descending {
            expected.reverse();
        }
        assert_eq!(found, expected.into_iter().map(Uuid::from_u128).collect::<Vec<_>>());
    }
}

/// A cursor may be written by hand.
async fn no_text_is_too_strange_to_go_on_from(store: &Store) {
    let (filter, search) = (&UserFilter::default(), Some("quackenbush"));
    let mut tx = store.read().await.unwrap();
    let counted = &user::count(&mut tx, Scope::All, search, filter, false).await.unwrap();
    for (text, is_before_all) in [
        ("", true),
        ("\t", true),
        ("\u{1}x", true),
        (" \t", true),
        ("\u{10ffff}", false),
    ] {
        for (descending, is_after) in [(false, false), (false, true), (true, false), (true, true)] {
            let cursor = Cursor {
                value: SortValue::Text(text.to_owned()),
                id: Uuid::nil(),
                number: 5,
                inclusive: false,
            };
            let position = if is_after {
                Position::After(cursor)
            } else {
                Position::Before(cursor)
            };
            let sort = Sort {
                key: UserSort::Name,
                descending,
            };
            let page = user::page(&mut tx, Scope::All, search, filter, sort, &position, 2, counted).await;
            // Of what stands before the first, the first page is shown.
            let is_empty = is_after && (is_before_all == descending);
            assert_eq!(
                page.unwrap().rows.len(),
                if is_empty { 0 } else { 2 },
                "{text:?} {sort:?} {is_after}"
            );
        }
    }
}
