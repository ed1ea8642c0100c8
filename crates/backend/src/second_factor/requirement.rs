//! Of whom a second factor is required.

use std::str::FromStr;

use domain::role::Role;

/// What an installation requires. An organization may require it of everybody in it besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Requirement {
    #[default]
    Nobody,
    /// Admins and Org Admins.
    Administrators,
    Everybody,
}

/// A word that is none of the three.
#[derive(Debug, thiserror::Error)]
#[error("say nobody, administrators or everybody")]
pub struct UnknownRequirement;

impl FromStr for Requirement {
    type Err = UnknownRequirement;

    fn from_str(text: &str) -> Result<Self, UnknownRequirement> {
        match text {
            "nobody" => Ok(Self::Nobody),
            "administrators" => Ok(Self::Administrators),
            "everybody" => Ok(Self::Everybody),
            _ => Err(UnknownRequirement),
        }
    }
}

impl Requirement {
    pub(crate) fn concerns(self, role: Role) -> bool {
        match self {
            Self::Nobody => false,
            Self::Administrators => role >= Role::OrgAdmin,
            Self::Everybody => true,
        }
    }
}
