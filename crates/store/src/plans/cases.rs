//! Each list, by each order, filter and scope.

use domain::{
    audit::{Action, AuditFilter, AuditSort},
    id::{OrganizationId, TierId, UserId},
    invitation::{InvitationFilter, InvitationSort, InvitationStatus},
    organization::{OrganizationFilter, OrganizationSort},
    page::{Cursor, Position, Sort, SortKey, SortValue, Total},
    role::Role,
    user::{UserFilter, UserSort, UserState},
};

use super::{
    Bound, Plans,
    data::{NOW, fill, fresh, id},
};
use crate::{Scope, audit, engine::Tx, invitation, organization, search::Counted, user};

macro_rules! on_both_engines {
    ($($list:ident),+) => {
        mod sqlite {
            $(#[tokio::test] async fn $list() { super::check("sqlite", stringify!($list)).await; })+
        }
        mod postgres {
            $(#[tokio::test] async fn $list() { super::check("postgres", stringify!($list)).await; })+
        }
    };
}

on_both_engines!(users, invitations, organizations, audit, others);

async fn check(engine: &str, list: &str) {
    let store = fresh(engine, &format!("plans_{list}")).await;
    fill(&store).await;
    let mut plans = Plans::new(&store).await;
    match list {
        "users" => users(&mut plans).await,
        "invitations" => invitations(&mut plans).await,
        "organizations" => organizations(&mut plans).await,
        "audit" => audit(&mut plans).await,
        _ => others(&mut plans).await,
    }
    plans.check(&format!("{list}_{engine}"));
    store.close().await;
}

const OWN: OrganizationId = OrganizationId(id(1));
const SCOPES: [(&str, Scope); 2] = [("Admin", Scope::All), ("Org Admin", Scope::Organization(OWN))];

/// Forward and back, the four places of a page.
fn places<K: SortKey>(key: K) -> Vec<(Sort<K>, Position)> {
    // Rows stand before it and behind it: where a list ends, a search asks for no more.
    let value = match key.key() {
        "role" => SortValue::Number(1),
        "email" => SortValue::Text("user5".to_owned()),
        _ if key.is_number() => SortValue::Number(1_700_001_000_000),
        _ => SortValue::Text("name 500".to_owned()),
    };
    let cursor = Cursor {
        value,
        id: id(500),
        number: 500,
        inclusive: false,
    };
    let positions = [
        Position::First,
        Position::After(cursor.clone()),
        Position::Before(cursor),
        Position::Last,
    ];
    let both = [false, true].map(|descending| Sort { key, descending });
    both.into_iter()
        .flat_map(|sort| positions.iter().map(move |position| (sort, position.clone())))
        .collect()
}

fn asked<K: SortKey>(key: K) -> Vec<((Sort<K>, Position), Total)> {
    let places = places(key);
    let asked = TOTALS.map(|total| places.iter().map(move |place| (place.clone(), total)));
    asked.into_iter().flatten().collect()
}

/// A search finds few or many, which it is told.
const TOTALS: [Total; 2] = [Total::Exact(5), Total::MoreThan(Total::COUNTED)];

async fn users(plans: &mut Plans) {
    let of = |organization: Option<OrganizationId>, role: Option<Role>, state: Option<UserState>| UserFilter {
        organization,
        global: false,
        role,
        state,
    };
    let global = UserFilter {
        global: true,
        ..UserFilter::default()
    };
    let (suspended, active) = (Some(UserState::Suspended), Some(UserState::Active));
    let mut filters = vec![("Global Administrators".to_owned(), global)];
    for (place, organization) in [("all", None), ("an organization", Some(OWN))] {
        for (role_name, role) in [
            ("", None),
            (", Users", Some(Role::User)),
            (", Org Admins", Some(Role::OrgAdmin)),
            (", Admins", Some(Role::Admin)),
        ] {
            for (state_name, state) in [("", None), (", active", active), (", suspended", suspended)] {
                filters.push((format!("{place}{role_name}{state_name}"), of(organization, role, state)));
            }
        }
    }
    for (who, scope) in SCOPES {
        let is_asked = |filter: &UserFilter| scope == Scope::All || (filter.organization.is_none() && !filter.global);
        for (name, filter) in filters.iter().filter(|(_, filter)| is_asked(filter)) {
            let is_filtered = filter.role.is_some() || filter.state.is_some();
            for search in [None, Some("anderson"), Some("quay"), Some("q"), Some("zoe")] {
                // Whatever is searched for, and wherever, a filter is one more condition: one search of each shows it.
                let is_one = search == Some("anderson") && scope == Scope::All && filter.organization.is_none();
                if search.is_some() && is_filtered && !is_one {
                    continue;
                }
                for key in keys(UserSort::ALL, search.is_some() && is_filtered) {
                    let bound = match search {
                        Some(_) => Bound::Search,
                        None => bound_of_users(scope, filter),
                    };
                    let case = format!("{who}: {name}{} by {}", searched(search), key.key());
                    let ask = async |tx: &mut Tx| {
                        user::count(tx, scope, search, filter, false).await?;
                        for ((sort, place), total) in asked(*key) {
                            user::page(tx, scope, search, filter, sort, &place, 25, &total.into()).await?;
                        }
                        if search.is_some() {
                            let found = &Counted::of(vec![OWN.0]);
                            user::page(
                                tx,
                                scope,
                                search,
                                filter,
                                Sort {
                                    key: *key,
                                    descending: false,
                                },
                                &Position::First,
                                25,
                                found,
                            )
                            .await?;
                        }
                        Ok(())
                    };
                    plans.explain(case, bound, ask).await;
                }
            }
        }
    }
}

/// All orders, or one in which rows that begin alike stand together, and one in which they do not: they are searched in two
/// ways, and with each filter that makes many plans.
fn keys<K: SortKey>(all: &'static [K], are_two: bool) -> impl Iterator<Item = &'static K> {
    let is_asked = move |key: &&K| !are_two || matches!(key.key(), "email" | "created" | "sent");
    all.iter().filter(is_asked)
}

fn searched(search: Option<&str>) -> String {
    search.map_or_else(String::new, |search| format!(", \"{search}\""))
}

fn bound_of_users(scope: Scope, filter: &UserFilter) -> Bound {
    if filter.global {
        return Bound::Led(&["users_without_organization_by_", "users_of_organization_by_"]);
    }
    let is_of_one = scope != Scope::All || filter.organization.is_some();
    let is_of_few_roles = filter.role.is_some_and(|role| role != Role::User);
    let is_suspended = filter.state == Some(UserState::Suspended);
    match (is_of_one, is_of_few_roles, is_suspended) {
        (false, false, false) => Bound::InOrder,
        (true, false, false) => Bound::Led(&["users_of_organization_by_"]),
        (false, true, false) => Bound::Led(&["users_org_admins_by_", "users_admins_by_", "users_by_role"]),
        (true, true, false) => Bound::Led(&[
            "users_org_admins_of_organization_by_",
            "users_admins_of_organization_by_",
            "users_of_organization_by_role",
        ]),
        (false, _, true) => Bound::Led(&["users_suspended_by_", "users_org_admins_by_", "users_admins_by_"]),
        (true, _, true) => Bound::Led(&[
            "users_suspended_of_organization_by_",
            "users_org_admins_of_organization_by_",
            "users_admins_of_organization_by_",
        ]),
    }
}

async fn invitations(plans: &mut Plans) {
    let statuses = [
        ("", None),
        (", pending", Some(InvitationStatus::Pending)),
        (", expired", Some(InvitationStatus::Expired)),
        (", accepted", Some(InvitationStatus::Accepted)),
    ];
    let mut filters = Vec::new();
    for (place, organization, global) in [
        ("all", None, false),
        ("an organization", Some(OWN), false),
        ("none", None, true),
    ] {
        for (role_name, role) in [
            ("", None),
            (", Users", Some(Role::User)),
            (", Org Admins", Some(Role::OrgAdmin)),
            (", Admins", Some(Role::Admin)),
        ] {
            for (status_name, status) in statuses {
                if global && role.is_some() {
                    continue;
                }
                let filter = InvitationFilter {
                    organization,
                    global,
                    role,
                    status,
                };
                filters.push((format!("{place}{role_name}{status_name}"), filter));
            }
        }
    }
    for (who, scope) in SCOPES {
        let is_asked =
            |filter: &InvitationFilter| scope == Scope::All || (filter.organization.is_none() && !filter.global);
        for (name, filter) in filters.iter().filter(|(_, filter)| is_asked(filter)) {
            for search in [None, Some("anderson")] {
                let is_one = scope == Scope::All && filter.organization.is_none() && filter.status.is_none();
                if search.is_some() && filter.role.is_some() && !is_one {
                    continue;
                }
                for key in keys(InvitationSort::ALL, search.is_some() && filter.role.is_some()) {
                    let bound = match search {
                        Some(_) => Bound::Search,
                        None => bound_of_invitations(scope, filter),
                    };
                    let case = format!("{who}: {name}{} by {}", searched(search), key.key());
                    let ask = async |tx: &mut Tx| {
                        invitation::count(tx, scope, search, filter, false, NOW).await?;
                        for ((sort, place), total) in asked(*key) {
                            invitation::page(tx, scope, search, filter, sort, &place, 25, &total.into(), NOW).await?;
                        }
                        if search.is_some() {
                            let (found, first) = (&Counted::of(vec![OWN.0]), &Position::First);
                            invitation::page(
                                tx,
                                scope,
                                search,
                                filter,
                                Sort {
                                    key: *key,
                                    descending: false,
                                },
                                first,
                                25,
                                found,
                                NOW,
                            )
                            .await?;
                        }
                        Ok(())
                    };
                    plans.explain(case, bound, ask).await;
                }
            }
        }
    }
}

fn bound_of_invitations(scope: Scope, filter: &InvitationFilter) -> Bound {
    if filter.global {
        return Bound::Led(&[
            "invitations_without_organization_by_",
            "invitations_of_organization_by_",
            "invitations_open_of_organization_by_",
            "invitations_accepted_of_organization_by_",
        ]);
    }
    let is_of_one = scope != Scope::All || filter.organization.is_some();
    if filter.role.is_some_and(|role| role != Role::User) {
        // Each of them holds these rows alone; whether it has the order too, the rule about sorting tells.
        return Bound::Led(&["invitations_org_admins_", "invitations_admins_"]);
    }
    match (is_of_one, filter.status) {
        (false, None) => Bound::InOrder,
        (true, None) => Bound::Led(&["invitations_of_organization_by_"]),
        (false, Some(InvitationStatus::Accepted)) => Bound::Led(&["invitations_accepted_by_", "invitations_by_status"]),
        (true, Some(InvitationStatus::Accepted)) => Bound::Led(&[
            "invitations_accepted_of_organization_by_",
            "invitations_of_organization_by_status",
        ]),
        (false, Some(_)) => Bound::Led(&["invitations_open_by_", "invitations_by_status"]),
        (true, Some(_)) => Bound::Led(&[
            "invitations_open_of_organization_by_",
            "invitations_of_organization_by_",
        ]),
    }
}

async fn organizations(plans: &mut Plans) {
    let tier = Some(TierId(id(1)));
    for (name, filter, bound) in [
        ("all", OrganizationFilter::default(), Bound::InOrder),
        (
            "a tier",
            OrganizationFilter { tier },
            Bound::Led(&["organizations_of_tier_by_"]),
        ),
    ] {
        for search in [None, Some("anderson")] {
            for key in OrganizationSort::ALL {
                let bound = if search.is_some() { Bound::Search } else { bound };
                let case = format!("Admin: {name}{} by {}", searched(search), key.key());
                let ask = async |tx: &mut Tx| {
                    organization::count(tx, Scope::All, search, &filter, false).await?;
                    for ((sort, place), total) in asked(*key) {
                        organization::page(tx, Scope::All, search, &filter, sort, &place, 25, total).await?;
                    }
                    Ok(())
                };
                plans.explain(case, bound, ask).await;
            }
        }
    }
}

async fn audit(plans: &mut Plans) {
    let whole = AuditFilter::default();
    let (actor, object, action) = (Some(UserId(id(1))), Some(id(2)), Some(Action::ListImported));
    let (organization, days) = (Some(OWN), Some(19_000));
    const OF_ORGANIZATION: &[&str] = &["audit_events_of_organization_by_time"];
    const OF_SOME: &[&str] = &["audit_events_of_"];
    let filters = [
        ("all", whole.clone(), None),
        (
            "days",
            AuditFilter {
                from: days,
                until: Some(20_000),
                ..whole.clone()
            },
            None,
        ),
        (
            "an organization",
            AuditFilter {
                organization,
                ..whole.clone()
            },
            Some(OF_ORGANIZATION),
        ),
        ("an actor", AuditFilter { actor, ..whole.clone() }, Some(OF_SOME)),
        (
            "an object",
            AuditFilter {
                object,
                ..whole.clone()
            },
            Some(OF_SOME),
        ),
        (
            "an action",
            AuditFilter {
                action,
                ..whole.clone()
            },
            Some(OF_SOME),
        ),
        (
            "an actor's action, days",
            AuditFilter {
                actor,
                action,
                from: days,
                ..whole.clone()
            },
            Some(OF_SOME),
        ),
    ];
    for (who, scope) in SCOPES {
        for (name, filter, led) in &filters {
            for search in [None, Some("anderson")] {
                let bound = match (search, led, scope) {
                    (Some(_), ..) => Bound::Search,
                    (None, Some(led), _) => Bound::Led(led),
                    (None, None, Scope::All) => Bound::InOrder,
                    (None, None, Scope::Organization(_)) => Bound::Led(OF_ORGANIZATION),
                };
                let ask = async |tx: &mut Tx| {
                    audit::count(tx, scope, search, filter, false).await?;
                    for ((sort, place), total) in asked(AuditSort::Newest) {
                        audit::page(tx, scope, search, filter, sort.descending, &place, 25, total).await?;
                    }
                    Ok(())
                };
                plans
                    .explain(format!("{who}: {name}{}", searched(search)), bound, ask)
                    .await;
            }
        }
    }
}

/// What is read page by page, or in an order, beside the lists.
async fn others(plans: &mut Plans) {
    let choices = async |tx: &mut Tx| organization::choices(tx, Scope::All, None, 200).await.map(drop);
    plans
        .explain("organizations to choose from".to_owned(), Bound::InOrder, choices)
        .await;
    let sent = async |tx: &mut Tx| invitation::sent_by(tx, UserId(id(1)), id(0), 100).await.map(drop);
    plans
        .explain(
            "invitations that somebody sent".to_owned(),
            Bound::Led(&["invitations_of_inviter"]),
            sent,
        )
        .await;
    for (who, scope) in SCOPES {
        let expiring = async |tx: &mut Tx| invitation::expiring(tx, scope, NOW, NOW, 5).await.map(drop);
        let bound = Bound::Led(&["invitations_by_status", "invitations_of_organization_by_status"]);
        plans
            .explain(format!("{who}: invitations that expire soon"), bound, expiring)
            .await;
    }
}
