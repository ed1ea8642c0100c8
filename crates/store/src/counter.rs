//! Exact totals, kept in the transaction of each change, so that no list counts all its rows.

use std::array;

use domain::id::OrganizationId;
use uuid::Uuid;

use crate::{
    Scope,
    engine::{Tx, execute, fetch_all},
    error::StoreError,
};

/// On Postgres each total is kept in so many rows, so that no row is everybody's lock.
const SLOTS: u8 = 16;

/// What is counted, with the groups that lists filter by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Organizations,
    /// Users of a role (1 to 3) who are suspended or not.
    Users {
        role: i64,
        suspended: bool,
    },
    /// Invitations for a role (1 to 3) that were accepted or not.
    Invitations {
        role: i64,
        accepted: bool,
    },
}

impl Kind {
    pub(crate) fn key(self) -> String {
        match self {
            Self::Organizations => "organizations".to_owned(),
            Self::Users { role, suspended } => {
                format!("users.{role}.{}", if suspended { "suspended" } else { "active" })
            }
            Self::Invitations { role, accepted } => {
                format!("invitations.{role}.{}", if accepted { "accepted" } else { "open" })
            }
        }
    }
}

impl Kind {
    pub(crate) fn is_about_admins(self) -> bool {
        matches!(self, Self::Users { role: 3, .. } | Self::Invitations { role: 3, .. })
    }
}

/// Where something is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Installation,
    /// An organization, or none: a Global Administrator, or an invitation to become one.
    Organization(Option<OrganizationId>),
}

impl Place {
    pub(crate) fn id(self) -> Uuid {
        match self {
            Self::Installation => Uuid::nil(),
            Self::Organization(Some(id)) => id.0,
            Self::Organization(None) => Uuid::max(),
        }
    }
}

impl From<Scope> for Place {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::All => Self::Installation,
            Scope::Organization(id) => Self::Organization(Some(id)),
        }
    }
}

/// The slot of a row, from its id.
pub(crate) fn slot(tx: &Tx, id: Uuid) -> i64 {
    if tx.is_postgres() {
        i64::from(id.as_bytes()[15] % SLOTS)
    } else {
        0
    }
}

/// Counts `by` more of an object with this id, in its place and in the installation.
pub(crate) async fn add(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
    kind: Kind,
    id: Uuid,
    by: i64,
) -> Result<(), StoreError> {
    let slot = slot(tx, id);
    execute!(
        tx,
        "insert into counters (scope, kind, slot, value) values ($1, $3, $4, $5), ($2, $3, $4, $5)
         on conflict (scope, kind, slot) do update set value = counters.value + excluded.value",
        Place::Installation.id(),
        Place::Organization(organization).id(),
        kind.key(),
        slot,
        by
    )?;
    Ok(())
}

pub(crate) async fn add_at(tx: &mut Tx, place: Place, kind: Kind, id: Uuid, by: i64) -> Result<(), StoreError> {
    let slot = slot(tx, id);
    execute!(
        tx,
        "insert into counters (scope, kind, slot, value) values ($1, $2, $3, $4)
         on conflict (scope, kind, slot) do update set value = counters.value + excluded.value",
        place.id(),
        kind.key(),
        slot,
        by
    )?;
    Ok(())
}

/// The sum of some kinds in one place, six at most.
pub async fn total(tx: &mut Tx, place: Place, kinds: &[Kind]) -> Result<i64, StoreError> {
    const MOST: usize = 6;
    debug_assert!(kinds.len() <= MOST, "{kinds:?}");
    // One statement for any number of them; what no kind is called counts for nothing.
    let mut keys = kinds.iter().map(|kind| kind.key());
    let [a, b, c, d, e, f]: [String; MOST] = array::from_fn(|_| keys.next().unwrap_or_default());
    let rows = fetch_all!(
        tx,
        (i64,),
        "select cast(coalesce(sum(value), 0) as bigint) from counters
         where scope = $1 and kind in ($2, $3, $4, $5, $6, $7)",
        place.id(),
        a,
        b,
        c,
        d,
        e,
        f
    )?;
    Ok(rows.first().map_or(0, |row| row.0))
}

/// Forgets an organization's counters, after its rows were counted away.
pub(crate) async fn forget(tx: &mut Tx, organization: OrganizationId) -> Result<(), StoreError> {
    execute!(tx, "delete from counters where scope = $1", organization.0)?;
    Ok(())
}

/// The kinds of users that a role and a state select.
pub fn user_kinds(role: Option<i64>, suspended: Option<bool>) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for candidate in [1, 2, 3] {
        for state in [false, true] {
            if role.is_none_or(|role| role == candidate) && suspended.is_none_or(|suspended| suspended == state) {
                kinds.push(Kind::Users {
                    role: candidate,
                    suspended: state,
                });
            }
        }
    }
    kinds
}

/// The kinds of invitations that a role and being accepted select.
pub fn invitation_kinds(role: Option<i64>, accepted: Option<bool>) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for candidate in [1, 2, 3] {
        for state in [false, true] {
            if role.is_none_or(|role| role == candidate) && accepted.is_none_or(|accepted| accepted == state) {
                kinds.push(Kind::Invitations {
                    role: candidate,
                    accepted: state,
                });
            }
        }
    }
    kinds
}
