//! Numbers by which FTS5 knows users: those stand together whose names do, however they came.

use std::collections::BTreeMap;

use super::{super::place, Dice, add_organizations, bring, change_a_user};
use crate::{
    Store,
    deferred::{self, Table},
    engine::{execute, fetch_all},
    error::StoreError,
    plans::data::fresh,
};

#[tokio::test]
async fn numbers_stand_in_the_order_of_names() {
    let store = fresh("sqlite", "search_numbers").await;
    add_organizations(&store).await;
    let dice = &mut Dice(7);
    let mut model = BTreeMap::new();
    for step in 0..100 {
        change_a_user(&store, dice, &mut model, step).await;
    }
    check(&store).await.unwrap();
    deferred::put_off(&store, Table::Users).await.unwrap();
    let names = ["Ann", "Éva Sand", "李", "Bo", "Дора", "Anders And", "b o", "Ann"];
    bring(&store, 80, |number| {
        names[usize::try_from(number).unwrap() % names.len()]
    })
    .await;
    deferred::build(&store).await.unwrap();
    check(&store).await.unwrap();
    assert_eq!(pieces(&store).await.unwrap(), 1);
    // Those that come later are brought together as they come.
    let how = ["automerge 4", "crisismerge 16"].map(str::to_owned);
    assert_eq!(brought_together(&store).await.unwrap(), how);
    for step in 100..200 {
        change_a_user(&store, dice, &mut model, step).await;
    }
    check(&store).await.unwrap();
    store.close().await;
}

/// In how many pieces the index is.
async fn pieces(store: &Store) -> Result<i64, StoreError> {
    let mut tx = store.read().await?;
    let pieces = fetch_all!(tx, (i64,), "select count(distinct segid) from users_search_idx")?;
    Ok(pieces[0].0)
}

async fn brought_together(store: &Store) -> Result<Vec<String>, StoreError> {
    let mut tx = store.read().await?;
    let how = fetch_all!(
        tx,
        (String,),
        "select k || ' ' || v from users_search_config where k like '%merge' order by k"
    )?;
    Ok(how.into_iter().map(|row| row.0).collect())
}

/// Each number is nobody else's, and in the place of its name; and the index has what the rows have.
async fn check(store: &Store) -> Result<(), StoreError> {
    let mut tx = store.read().await?;
    let users = fetch_all!(
        tx,
        (String, i64),
        "select name_key, search_number from users order by search_number"
    )?;
    drop(tx);
    assert!(users.len() > 20);
    for (name, number) in &users {
        assert!((1..1 << 31).contains(&(number - place(name))), "{name} {number}");
    }
    for pair in users.windows(2) {
        assert!(pair[0].1 < pair[1].1, "{pair:?}");
    }
    let check = store.write(|mut tx| async move {
        execute!(
            tx,
            "insert into users_search (users_search, rank) values ('integrity-check', 1)"
        )
    });
    check.await.map(|_| ())
}
