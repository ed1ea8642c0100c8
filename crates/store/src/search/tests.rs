//! What a search finds, against looking at every row, while rows come, change and go.

macro_rules! on_both_engines {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $story() { super::$story(super::fresh("sqlite", concat!("search_", stringify!($story))).await).await; })+
        }
        mod postgres {
            $(#[tokio::test] async fn $story() { super::$story(super::fresh("postgres", concat!("search_", stringify!($story))).await).await; })+
        }
    };
}

#[macro_use]
mod pages;
mod beginnings;
mod kept;
mod numbers;
mod totals;

use std::collections::BTreeMap;

use domain::{
    id::{InvitationId, OrganizationId, UserId},
    invitation::{Invitation, InvitationFilter, InvitationSort},
    page::{Cursor, Position, Sort, Total},
    role::Role,
    text::{Email, Name, fold},
    time::Moment,
    user::{Placement, User, UserDraft, UserFilter, UserSort, UserState},
};
use uuid::Uuid;

use crate::{
    Scope, Store,
    bulk::{self, Manner, NewUser},
    deferred::{self, Table},
    engine::execute,
    invitation, organization,
    plans::data::{fresh, organizations},
    user,
};

on_both_engines!(
    users_are_found_as_if_each_was_looked_at,
    invitations_are_found_as_if_each_was_looked_at,
    who_was_brought_in_at_once_is_found,
);

/// The same numbers each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// Pieces that look alike, and all that SQL, LIKE or FTS5 could take for something else.
    fn word(&mut self) -> String {
        const PIECES: [&str; 20] = [
            "an",
            "der",
            "son",
            "anderson",
            "e",
            "Ö",
            "ñandú",
            "ß",
            "中文字",
            "100%",
            "a_b",
            "_",
            "\\",
            "\"",
            "'",
            "and",
            "NEAR",
            "*",
            "(x)",
            "-",
        ];
        (0..=self.below(3)).map(|_| self.one(&PIECES)).collect()
    }

    fn name(&mut self) -> Name {
        let words: Vec<String> = (0..=self.below(2)).map(|_| self.word()).collect();
        Name::parse(&words.join(" ")).unwrap()
    }

    fn email(&mut self, number: usize) -> Email {
        const LOCAL: [&str; 6] = ["an", "anderson", "an_der", "zoe", "o'neil", "x%y"];
        const DOMAIN: [&str; 3] = ["example.com", "bücher.example", "ander.son"];
        Email::parse(&format!("{}{number}@{}", self.one(&LOCAL), self.one(&DOMAIN))).unwrap()
    }

    fn search(&mut self) -> String {
        const WHOLE: [&str; 8] = ["com", "example", "a", "ANDERSON", "bücher", "  ", "an son", "nowhere"];
        // Few have them, many, or nobody, and some have them at the end alone.
        const SHORT: [&str; 17] = [
            "a n d e r s o anderson nowhere",
            "q",
            "qx",
            "ß",
            "字",
            "文字",
            "on",
            "n",
            "0%",
            "\\",
            "\\'",
            "\"",
            "*",
            "x)",
            "9 d",
            "7 com an",
            "-",
        ];
        match self.below(4) {
            0 => self.one(&WHOLE).to_owned(),
            3 => self.one(&SHORT).to_owned(),
            1 => self.word(),
            _ => format!("{} {}", self.word(), self.word()),
        }
    }
}

/// As if time had passed: what is seen of a list, and how many rows Postgres takes it to have, is of the rows as they are.
async fn see_anew(store: &Store, table: Table) {
    store.read().await.unwrap().seen().samples.forget();
    if store.engine_name() == "Postgres" {
        let analyze = store.write(|mut tx| async move {
            match table {
                Table::Users => execute!(tx, "analyze users"),
                Table::Invitations => execute!(tx, "analyze invitations"),
            }
        });
        analyze.await.unwrap();
    }
}

fn has(key: &str, search: &str) -> bool {
    fold(search).split_whitespace().all(|word| key.contains(word))
}

const NOW: Moment = Moment(1_800_000_000_000);

const fn organization(number: u128) -> OrganizationId {
    OrganizationId(Uuid::from_u128(number))
}

async fn add_organizations(store: &Store) {
    let rows = &organizations();
    let add = store.write(|mut tx| async move { bulk::insert_organizations(&mut tx, rows).await });
    add.await.unwrap();
}

async fn users_are_found_as_if_each_was_looked_at(store: Store) {
    add_organizations(&store).await;
    let dice = &mut Dice(7);
    let mut model: BTreeMap<Uuid, User> = BTreeMap::new();
    for step in 0..400 {
        change_a_user(&store, dice, &mut model, step).await;
        if step % 4 == 0 {
            look_for_users(&store, dice, &model).await;
        }
    }
    assert!(model.len() > 100, "too few to tell: {}", model.len());
    // With the organization go its users, and what tells of them.
    let mut tx = store.read().await.unwrap();
    let found = organization::find(&mut tx, Scope::All, organization(1))
        .await
        .unwrap()
        .unwrap();
    drop(tx);
    let gone = &found.organization;
    let delete = store.write(|mut tx| async move { organization::delete(&mut tx, gone, NOW).await });
    assert!(delete.await.unwrap());
    let kept = model
        .values_mut()
        .filter(|user| user.organization == Some(organization(1)) && user.role == Role::Admin);
    kept.for_each(|user| user.organization = None);
    model.retain(|_, user| user.organization != Some(organization(1)));
    for _ in 0..60 {
        look_for_users(&store, dice, &model).await;
    }
    store.close().await;
}

async fn change_a_user(store: &Store, dice: &mut Dice, model: &mut BTreeMap<Uuid, User>, step: usize) {
    let role = *dice.one(&[&Role::User, &Role::User, &Role::User, &Role::OrgAdmin, &Role::Admin]);
    let place = Some(organization(dice.one(&[&1u128, &1, &1, &2, &3]).to_owned()));
    let (email, name) = (dice.email(step), dice.name());
    let ids: Vec<Uuid> = model.keys().copied().collect();
    let before = ids.get(dice.below(ids.len().max(1))).map(|id| model[id].clone());
    match (dice.below(8), before) {
        (0, Some(before)) => {
            let delete = store.write(|mut tx| {
                let before = before.clone();
                async move { user::delete(&mut tx, &before).await }
            });
            assert!(delete.await.unwrap());
            model.remove(&before.id.0);
        }
        (1 | 2, Some(before)) => {
            let placement = Placement::new(role, place).unwrap();
            let draft = &UserDraft {
                email: email.clone(),
                name: name.clone(),
                placement,
            };
            let old = &before;
            let update = store.write(|mut tx| async move { user::update(&mut tx, old, draft, NOW).await });
            assert!(update.await.unwrap());
            let (version, organization) = (before.version + 1, place);
            let after = User {
                email,
                name,
                role,
                organization,
                version,
                ..before
            };
            model.insert(after.id.0, after);
        }
        (3, Some(before)) => {
            let old = &before;
            let state = UserState::Suspended;
            let suspend = store.write(|mut tx| async move { user::set_state(&mut tx, old, state, NOW).await });
            assert!(suspend.await.unwrap());
            let version = before.version + 1;
            model.insert(
                before.id.0,
                User {
                    state,
                    version,
                    ..before
                },
            );
        }
        _ => {
            let new = User {
                id: UserId(Uuid::from_u128((dice.below(1 << 30) as u128) << 64 | step as u128)),
                email,
                name,
                role,
                organization: place,
                state: UserState::Active,
                must_change_password: false,
                created: Moment(NOW.0 + step as i64),
                updated: NOW,
                last_sign_in: None,
                version: 1,
            };
            let row = &new;
            let insert = store.write(|mut tx| async move { user::insert(&mut tx, row, None, None).await });
            insert.await.unwrap();
            model.insert(new.id.0, new);
        }
    }
}

async fn look_for_users(store: &Store, dice: &mut Dice, model: &BTreeMap<Uuid, User>) {
    let search = dice.search();
    let key = *dice.one(&[&UserSort::Email, &UserSort::Name, &UserSort::Created, &UserSort::Role]);
    let sort = Sort {
        key,
        descending: dice.below(2) == 0,
    };
    let scope = *dice.one(&[&Scope::All, &Scope::All, &Scope::Organization(organization(1))]);
    let filter = UserFilter {
        organization: *dice.one(&[&None, &None, &Some(organization(1)), &Some(organization(2))]),
        global: false,
        role: *dice.one(&[&None, &None, &None, &Some(Role::User), &Some(Role::OrgAdmin)]),
        state: *dice.one(&[
            &None,
            &None,
            &None,
            &Some(UserState::Active),
            &Some(UserState::Suspended),
        ]),
    };
    let (words, filter) = (Some(search.as_str()), &filter);
    see_anew(store, Table::Users).await;
    let mut tx = store.read().await.unwrap();
    let counted = &user::count(&mut tx, scope, words, filter, false).await.unwrap();
    let total = counted.total;
    let exactly = user::count(&mut tx, scope, words, filter, true).await.unwrap().total;
    assert_eq!(total, exactly, "fewer than are counted");
    // Pages that what is looked at first fills, and such that it does not.
    let rows = *dice.one(&[&2, &5, &25]);
    let mut page =
        async |position: Position| user::page(&mut tx, scope, words, filter, sort, &position, rows, counted).await;
    let id = |row: &user::ListedUser| row.user.id.0;
    let found = all_pages!(page, sort, id);
    assert_eq!(
        all_pages_backwards!(page, sort, id),
        found,
        "{search:?} {sort:?} {rows}"
    );

    let fits = |user: &&User| {
        scope.covers(user.organization)
            && filter.organization.is_none_or(|own| user.organization == Some(own))
            && filter.role.is_none_or(|role| user.role == role)
            && filter.state.is_none_or(|state| user.state == state)
            && has(&user::search_key(&user.email, &user.name), &search)
    };
    let mut expected: Vec<&User> = model.values().filter(fits).collect();
    expected.sort_by(|a, b| {
        let by_key = match key {
            UserSort::Email => a.email.cmp(&b.email),
            UserSort::Name => fold(a.name.as_str()).cmp(&fold(b.name.as_str())),
            UserSort::Created => a.created.cmp(&b.created),
            _ => user::role_number(a.role).cmp(&user::role_number(b.role)),
        };
        let order = by_key.then(a.id.0.cmp(&b.id.0));
        if sort.descending { order.reverse() } else { order }
    });
    let expected: Vec<Uuid> = expected.iter().map(|user| user.id.0).collect();
    assert_eq!(found, expected, "{search:?} {sort:?} {scope:?} {filter:?}");
    assert_eq!(total, Total::Exact(expected.len() as u64));
}

async fn invitations_are_found_as_if_each_was_looked_at(store: Store) {
    add_organizations(&store).await;
    let dice = &mut Dice(11);
    let mut model: Vec<Invitation> = Vec::new();
    for step in 0..200 {
        if dice.below(5) == 0 && !model.is_empty() {
            let gone = &model.swap_remove(dice.below(model.len()));
            let delete = store.write(|mut tx| async move { invitation::delete(&mut tx, gone).await });
            assert!(delete.await.unwrap());
        } else {
            let new = Invitation {
                id: InvitationId(Uuid::from_u128((dice.below(1 << 30) as u128) << 64 | step as u128)),
                email: dice.email(step),
                role: Role::User,
                organization: Some(organization(*dice.one(&[&1, &1, &2]))),
                invited_by: None,
                sent: Moment(NOW.0 + step as i64),
                expires: Moment(NOW.0 + 1000),
                accepted: None,
                version: 1,
            };
            let (row, token) = (&new, &step.to_be_bytes());
            let insert = store.write(|mut tx| async move { invitation::insert(&mut tx, row, 60, token).await });
            insert.await.unwrap();
            model.push(new);
        }
        if step % 4 != 0 {
            continue;
        }
        let search = dice.search();
        let sort = Sort {
            key: *dice.one(&[&InvitationSort::Email, &InvitationSort::Sent]),
            descending: dice.below(2) == 0,
        };
        let organization = *dice.one(&[&None, &None, &Some(organization(1))]);
        let filter = &InvitationFilter {
            organization,
            ..InvitationFilter::default()
        };
        let words = Some(search.as_str());
        see_anew(&store, Table::Invitations).await;
        let mut tx = store.read().await.unwrap();
        let counted = &invitation::count(&mut tx, Scope::All, words, filter, false, NOW)
            .await
            .unwrap();
        let rows = *dice.one(&[&2, &5, &25]);
        let mut page = async |position: Position| {
            invitation::page(&mut tx, Scope::All, words, filter, sort, &position, rows, counted, NOW).await
        };
        let id = |row: &invitation::ListedInvitation| row.invitation.id.0;
        let found = all_pages!(page, sort, id);
        assert_eq!(
            all_pages_backwards!(page, sort, id),
            found,
            "{search:?} {sort:?} {rows}"
        );
        let fits = |row: &&Invitation| {
            organization.is_none_or(|own| row.organization == Some(own)) && has(&row.email.search_key(), &search)
        };
        let mut expected: Vec<&Invitation> = model.iter().filter(fits).collect();
        expected.sort_by(|a, b| {
            let by_key = if sort.key == InvitationSort::Email {
                a.email.cmp(&b.email)
            } else {
                a.sent.cmp(&b.sent)
            };
            if sort.descending { by_key.reverse() } else { by_key }
        });
        let expected: Vec<Uuid> = expected.iter().map(|row| row.id.0).collect();
        assert_eq!(found, expected, "{search:?} {sort:?} {organization:?}");
    }
    store.close().await;
}

async fn who_was_brought_in_at_once_is_found(store: Store) {
    add_organizations(&store).await;
    deferred::put_off(&store, Table::Users).await.unwrap();
    deferred::put_off(&store, Table::Invitations).await.unwrap();
    bring(&store, 200, |number| {
        if number % 20 == 0 {
            "Zoe Quackenbush"
        } else {
            "Ann Other"
        }
    })
    .await;
    deferred::build(&store).await.unwrap();
    assert_eq!(count(&store, "quackenbush").await, 10);
    // Whoever comes and goes later is found, and no longer, as before.
    let dice = &mut Dice(3);
    let mut model = BTreeMap::new();
    for step in 1000..1060 {
        change_a_user(&store, dice, &mut model, step).await;
    }
    let expected = model
        .values()
        .filter(|user| has(&user::search_key(&user.email, &user.name), "anderson"))
        .count();
    assert_eq!(count(&store, "anderson").await, expected as u64);
    assert_eq!(count(&store, "quackenbush").await, 10);
    store.close().await;
}

/// Users of the first organization, all at once.
async fn bring(store: &Store, users: u128, name: impl Fn(u128) -> &'static str) {
    let rows: &Vec<NewUser> = &(0..users)
        .map(|number| NewUser {
            id: UserId(Uuid::from_u128(number)),
            email: Email::parse(&format!("guest{number}@example.com")).unwrap(),
            name: Name::parse(name(number)).unwrap(),
            role: Role::User,
            organization: Some(organization(1)),
            created: NOW,
            last_sign_in: None,
        })
        .collect();
    let bring = store.write(|mut tx| async move { bulk::insert_users(&mut tx, rows, None, Manner::Together).await });
    assert!(bring.await.unwrap().is_empty());
}

async fn count(store: &Store, search: &str) -> u64 {
    let mut tx = store.read().await.unwrap();
    match user::count(&mut tx, Scope::All, Some(search), &UserFilter::default(), false)
        .await
        .unwrap()
        .total
    {
        Total::Exact(count) | Total::MoreThan(count) => count,
    }
}
