//! An organization is a tenant: it groups users and data, apart from every other.

use serde::{Deserialize, Serialize};

use crate::{
    id::{OrganizationId, TierId},
    page::SortKey,
    text::{Code, Description, Name},
    time::Moment,
};

/// An organization as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    pub id: OrganizationId,
    pub name: Name,
    pub code: Code,
    pub description: Description,
    /// None: no tier, no limits.
    pub tier: Option<TierId>,
    /// How many users belong to it.
    pub users: i64,
    pub created: Moment,
    pub updated: Moment,
    /// Counts the changes: who saves an older one is told what changed meanwhile.
    pub version: i64,
}

/// What a person may say about an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationDraft {
    pub name: Name,
    pub code: Code,
    pub description: Description,
    pub tier: Option<TierId>,
}

/// The closed set of orders of the organizations list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganizationSort {
    Name,
    Code,
    Tier,
    Users,
    Created,
}

impl SortKey for OrganizationSort {
    const ALL: &'static [Self] = &[Self::Name, Self::Code, Self::Tier, Self::Users, Self::Created];

    fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Code => "code",
            Self::Tier => "tier",
            Self::Users => "users",
            Self::Created => "created",
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Self::Users | Self::Created)
    }
}

/// What narrows the organizations list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationFilter {
    pub tier: Option<TierId>,
}
