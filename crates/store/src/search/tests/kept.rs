//! What the indexes keep: of those who are gone nothing, of what was just written little that waits.

use std::collections::BTreeMap;

use domain::{
    id::UserId,
    role::Role,
    text::{Email, Name},
    user::{Placement, User, UserDraft, UserState},
};
use uuid::Uuid;

use super::{Dice, NOW, add_organizations, bring, change_a_user, count, organization};
use crate::{Store, engine::fetch_all, error::StoreError, plans::data::fresh, testing::tamper, user};

/// The address and name of somebody who is gone could be read from an index that only forgets later.
#[tokio::test]
async fn who_is_gone_leaves_nothing_in_the_index() {
    let store = fresh("sqlite", "search_gone").await;
    add_organizations(&store).await;
    let dice = &mut Dice(5);
    let mut model = BTreeMap::new();
    for step in 0..60 {
        change_a_user(&store, dice, &mut model, step).await;
    }
    // Signs that nobody else has, none of which begins like another: an index of text keeps only what differs.
    const STRANGE: &str = "ꙮ🜁ჰ";
    let row = |name: &str| User {
        id: UserId(Uuid::from_u128(1 << 100)),
        email: Email::parse("gone@example.com").unwrap(),
        name: Name::parse(name).unwrap(),
        role: Role::User,
        organization: Some(organization(1)),
        state: UserState::Active,
        must_change_password: false,
        created: NOW,
        updated: NOW,
        last_sign_in: None,
        version: 1,
    };
    let gone = &row(STRANGE);
    let insert = store.write(|mut tx| async move { user::insert(&mut tx, gone, None, None).await });
    insert.await.unwrap();
    assert_eq!(count(&store, STRANGE).await, 1);
    assert!(holds(&store, STRANGE).await.unwrap(), "it is not found where it stands");
    let delete = store.write(|mut tx| async move { user::delete(&mut tx, gone).await });
    assert!(delete.await.unwrap());
    assert_eq!(count(&store, STRANGE).await, 0);
    assert!(!holds(&store, STRANGE).await.unwrap());
    // What is renamed is gone too.
    let insert = store.write(|mut tx| async move { user::insert(&mut tx, gone, None, None).await });
    insert.await.unwrap();
    let draft = &UserDraft {
        email: gone.email.clone(),
        name: Name::parse("Ann").unwrap(),
        placement: Placement::new(Role::User, gone.organization).unwrap(),
    };
    let rename = store.write(|mut tx| async move { user::update(&mut tx, gone, draft, NOW).await });
    assert!(rename.await.unwrap());
    assert!(!holds(&store, STRANGE).await.unwrap());
    // Written anew, as for a backup, it still leads to the same rows.
    let before = count(&store, "anderson").await;
    store.wipe_deleted().await.unwrap();
    assert!(before > 0);
    assert_eq!(count(&store, "anderson").await, before);
    store.close().await;
}

/// Whether the bytes of the index hold a sign of the text but for its first byte, which may stand in a common beginning.
async fn holds(store: &Store, text: &str) -> Result<bool, StoreError> {
    let mut tx = store.read().await?;
    let blocks = fetch_all!(tx, (Vec<u8>,), "select block from users_search_data")?;
    let sign = text.chars().next_back().unwrap().to_string();
    let bytes = &sign.as_bytes()[1..];
    Ok(blocks
        .iter()
        .any(|block| block.0.windows(bytes.len()).any(|window| window == bytes)))
}

/// Each search reads what waits to come to its place in the index.
#[tokio::test]
async fn little_waits_for_its_place_in_the_index() {
    /// 128 KiB.
    const LITTLE: i64 = 16;
    let store = fresh("postgres", "search_little").await;
    let url = address("search_little_of_store");
    tamper(&url, "alter table users set (autovacuum_enabled = false)")
        .await
        .unwrap();
    add_organizations(&store).await;
    bring(&store, 1000, |_| "Zoe Quackenbush").await;
    assert!(waiting(&store).await.unwrap() <= LITTLE);
    store.close().await;
}

/// How many pages of the index waited until now.
async fn waiting(store: &Store) -> Result<i64, StoreError> {
    let mut tx = store.read().await?;
    let pages = fetch_all!(tx, (i64,), "select gin_clean_pending_list('users_by_grams')")?;
    Ok(pages[0].0)
}

/// Of a database on the server that tests use.
fn address(database: &str) -> String {
    let server = std::env::var("USHER_TEST_POSTGRES_URL").unwrap();
    let (server, _) = server.rsplit_once('/').unwrap();
    format!("{server}/{database}")
}
