//! How many a search has: told as it is, counted as seldom as may be.

use domain::{
    id::UserId,
    page::{Cursor, Position, Sort, SortValue, Total},
    user::{UserFilter, UserSort, UserState},
};
use uuid::Uuid;

use super::{add_organizations, bring, organization};
use crate::{
    Scope, Store,
    plans::{data::fresh, sent},
    search::Counted,
    user,
};

on_both_engines!(
    that_there_are_many_is_known_of_the_same_search_alone,
    what_most_of_thousands_have_is_not_counted,
    a_first_page_that_is_all_tells_how_many,
    where_a_list_ends_the_index_is_not_asked_for_the_rest,
);

/// Whoever turns pages is not to have a thousand rows counted again for each.
async fn that_there_are_many_is_known_of_the_same_search_alone(store: Store) {
    add_organizations(&store).await;
    bring(&store, 1001, |_| "Zoe Quackenbush").await;
    let many = Total::MoreThan(Total::COUNTED);
    let total = async |scope, search: &str, filter: &UserFilter, exactly| {
        let mut tx = store.read().await.unwrap();
        let counted = user::count(&mut tx, scope, Some(search), filter, exactly).await;
        counted.unwrap().total
    };
    let all = UserFilter::default();
    let suspended = UserFilter {
        state: Some(UserState::Suspended),
        ..all.clone()
    };
    let (own, other) = (organization(1), organization(2));
    assert_eq!(total(Scope::All, "zoe", &all, false).await, many);
    assert_eq!(total(Scope::Organization(own), "zoe", &all, false).await, many);
    assert_eq!(
        total(Scope::Organization(other), "zoe", &all, false).await,
        Total::Exact(0)
    );
    assert_eq!(total(Scope::All, "zoe", &suspended, false).await, Total::Exact(0));
    assert_eq!(total(Scope::All, "zoe guest1000", &all, false).await, Total::Exact(1));
    assert_eq!(total(Scope::All, "zoe", &all, true).await, Total::Exact(1001));
    let (one, mut tx) = (UserId(Uuid::from_u128(7)), store.read().await.unwrap());
    let gone = &user::find(&mut tx, Scope::All, one).await.unwrap().unwrap();
    let delete = store.write(|mut tx| async move { user::delete(&mut tx, &gone.user).await });
    assert!(delete.await.unwrap());
    assert_eq!(total(Scope::All, "zoe", &all, false).await, many);
    assert_eq!(total(Scope::All, "zoe", &all, true).await, Total::Exact(1000));
    drop(tx);
    store.close().await;
}

/// To know that there are more than a thousand, some that were drawn are enough.
async fn what_most_of_thousands_have_is_not_counted(store: Store) {
    add_organizations(&store).await;
    bring(&store, 11_000, |number| if number % 25 == 0 { "Ann" } else { "Zoe" }).await;
    let (mut tx, all) = (store.read().await.unwrap(), UserFilter::default());
    let mut total = async |search: &str| {
        let counted = user::count(&mut tx, Scope::All, Some(search), &all, false).await;
        counted.unwrap().total
    };
    assert_eq!(total("zoe").await, Total::MoreThan(Total::COUNTED));
    assert_eq!(total("zoe example").await, Total::MoreThan(Total::COUNTED));
    assert_eq!(total("ann").await, Total::Exact(440));
    assert!(tx.seen().many.is_empty(), "they were counted");
    // Those who came first were drawn, and those who came last.
    let sample = tx.seen().samples.fresh("users").unwrap();
    let drawn = |begin: &str| sample.rows().iter().filter(|row| row.contains(begin)).count();
    assert!(
        (2_000..=4_000).contains(&sample.rows().len()),
        "{}",
        sample.rows().len()
    );
    for begin in ["\u{2}guest1", "\u{2}guest5", "\u{2}guest10"] {
        assert!(drawn(begin) > 200, "{} of {begin}", drawn(begin));
    }
    drop(tx);
    store.close().await;
}

/// Many have the words, few of whom are left: to find these by the index, all would be sorted.
async fn where_a_list_ends_the_index_is_not_asked_for_the_rest(store: Store) {
    add_organizations(&store).await;
    bring(&store, 90, |_| "Zoe Quackenbush").await;
    let many = Counted::from(Total::MoreThan(Total::COUNTED));
    let (mut tx, all) = (store.read().await.unwrap(), UserFilter::default());
    let cursor = |number: u128| Cursor {
        value: SortValue::Text(format!("guest{number}@example.com")),
        id: Uuid::from_u128(number),
        number: 80,
        inclusive: false,
    };
    // By address 10 to 19 stand behind 0, and 8 and 9 are the last.
    for (position, left) in [(Position::After(cursor(8)), 1), (Position::Before(cursor(10)), 1)] {
        for search in ["zoe", "z"] {
            let key = UserSort::Email;
            let sort = Sort { key, descending: false };
            sent();
            let page = user::page(&mut tx, Scope::All, Some(search), &all, sort, &position, 1, &many).await;
            assert_eq!(page.unwrap().rows.len(), left);
            let by_index: Vec<String> = sent()
                .into_iter()
                .filter(|text| text.contains("search_grams") || text.contains("users_search"))
                .collect();
            assert!(by_index.is_empty(), "{by_index:?}");
        }
    }
    drop(tx);
    store.close().await;
}

/// It may have been known that there are many, who are gone now.
async fn a_first_page_that_is_all_tells_how_many(store: Store) {
    add_organizations(&store).await;
    bring(&store, 30, |_| "Zoe Quackenbush").await;
    let many = Counted::from(Total::MoreThan(Total::COUNTED));
    let sort = Sort {
        key: UserSort::Name,
        descending: false,
    };
    let (mut tx, all) = (store.read().await.unwrap(), UserFilter::default());
    for (rows, total) in [(30, Total::Exact(30)), (29, Total::MoreThan(Total::COUNTED))] {
        let page = user::page(
            &mut tx,
            Scope::All,
            Some("zoe"),
            &all,
            sort,
            &Position::First,
            rows,
            &many,
        )
        .await;
        assert_eq!(page.unwrap().total, total);
    }
    drop(tx);
    store.close().await;
}
