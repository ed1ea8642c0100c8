//! A user: one account, one role, one organization, or none for a Global Administrator.

use serde::{Deserialize, Serialize};

use crate::{
    id::{OrganizationId, UserId},
    page::SortKey,
    problem::Problem,
    role::Role,
    text::{Email, Name},
    time::Moment,
};

/// A user as they stand. The password's hash is never part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    pub email: Email,
    pub name: Name,
    pub role: Role,
    /// None only for an Admin: a Global Administrator.
    pub organization: Option<OrganizationId>,
    pub state: UserState,
    /// The password was set by somebody else and must be changed before anything else.
    pub must_change_password: bool,
    pub created: Moment,
    pub updated: Moment,
    pub last_sign_in: Option<Moment>,
    pub version: i64,
}

/// Whether a user may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    Active,
    Suspended,
}

impl UserState {
    pub const ALL: [Self; 2] = [Self::Active, Self::Suspended];

    pub const fn key(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Suspended => "Suspended",
        }
    }

    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|state| state.key() == text)
            .ok_or(Problem::new("Choose a state."))
    }
}

/// What a person may say about a user, but for the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserDraft {
    pub email: Email,
    pub name: Name,
    pub placement: Placement,
}

/// A role in an organization. Only an Admin has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    role: Role,
    organization: Option<OrganizationId>,
}

impl Placement {
    /// The problem, if any, belongs to the field "organization".
    pub const fn new(role: Role, organization: Option<OrganizationId>) -> Result<Self, Problem> {
        match (role, organization) {
            (Role::User | Role::OrgAdmin, None) => {
                Err(Problem::new("Choose an organization: only an Admin can have none."))
            }
            _ => Ok(Self { role, organization }),
        }
    }

    pub const fn role(self) -> Role {
        self.role
    }

    pub const fn organization(self) -> Option<OrganizationId> {
        self.organization
    }
}

/// The shortest and longest password in bytes.
pub const PASSWORD_BYTES: std::ops::RangeInclusive<usize> = 12..=256;

/// The closed set of orders of the users list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserSort {
    Email,
    Name,
    Role,
    Created,
    LastSignIn,
}

impl SortKey for UserSort {
    const ALL: &'static [Self] = &[Self::Email, Self::Name, Self::Role, Self::Created, Self::LastSignIn];

    fn key(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Name => "name",
            Self::Role => "role",
            Self::Created => "created",
            Self::LastSignIn => "last_sign_in",
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Self::Created | Self::LastSignIn | Self::Role)
    }
}

/// What narrows the users list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    pub organization: Option<OrganizationId>,
    /// Only Admins without an organization; outdoes `organization`.
    pub global: bool,
    pub role: Option<Role>,
    pub state: Option<UserState>,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::Placement;
    use crate::{id::OrganizationId, role::Role};

    #[test]
    fn only_an_admin_has_no_organization() {
        let organization = Some(OrganizationId(Uuid::nil()));
        for role in Role::ALL {
            assert!(Placement::new(role, organization).is_ok());
            assert_eq!(Placement::new(role, None).is_ok(), role == Role::Admin);
        }
    }
}
