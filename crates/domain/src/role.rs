//! Who may do what: the one table, used by the browser to hide and by the server to refuse.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// What a person is in the installation. The order matters: nobody grants a role above their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Standard access: their own account.
    User,
    /// Manages users and data within their organization.
    OrgAdmin,
    /// Full system access, manages all organizations.
    Admin,
}

/// What a page or an action asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// List, create, edit, set the tier of and delete organizations.
    ManageOrganizations,
    /// See the own organization, read-only.
    ViewOwnOrganization,
    /// Edit tiers.
    ManageTiers,
    /// List, create, edit, suspend and delete users, in all organizations or the own one.
    ManageUsers,
    /// List, send, resend and delete invitations, in all organizations or the own one.
    ManageInvitations,
    /// Read the audit log, of everything or of the own organization.
    ReadAudit,
    /// See and test how the installation itself is doing: mail, backups, warnings.
    OperateInstallation,
    /// The own account.
    OwnAccount,
}

impl Role {
    /// Lowest first.
    pub const ALL: [Self; 3] = [Self::User, Self::OrgAdmin, Self::Admin];

    /// The role table of the administration guide, "Role Requirements".
    pub const fn allows(self, permission: Permission) -> bool {
        match permission {
            Permission::ManageOrganizations | Permission::ManageTiers | Permission::OperateInstallation => {
                matches!(self, Self::Admin)
            }
            Permission::ViewOwnOrganization
            | Permission::ManageUsers
            | Permission::ManageInvitations
            | Permission::ReadAudit => matches!(self, Self::Admin | Self::OrgAdmin),
            Permission::OwnAccount => true,
        }
    }

    /// The lowest role that has the permission: what a refusal names.
    pub fn needed_for(permission: Permission) -> Self {
        Self::ALL
            .into_iter()
            .find(|role| role.allows(permission))
            .unwrap_or(Self::Admin)
    }

    /// Whether somebody with this role may give `other` to a user or an invitation, or touch somebody who has it.
    pub fn may_grant(self, other: Self) -> bool {
        self.allows(Permission::ManageUsers) && other <= self
    }

    /// The roles that may be given, lowest first.
    pub fn grantable(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |role| self.may_grant(*role))
    }

    /// As it stands in the database, in addresses and in forms.
    pub const fn key(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::OrgAdmin => "org_admin",
            Self::Admin => "admin",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::OrgAdmin => "Org Admin",
            Self::Admin => "Admin",
        }
    }

    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|role| role.key() == text)
            .ok_or(Problem::new("Choose a role."))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}

#[cfg(test)]
mod tests {
    use super::{Permission, Role};

    /// The guide's table, row by row: Admin, Org Admin, User.
    #[test]
    fn the_role_table_is_the_guides() {
        for (permission, expected) in [
            (Permission::ManageOrganizations, [true, false, false]),
            (Permission::ViewOwnOrganization, [true, true, false]),
            (Permission::ManageTiers, [true, false, false]),
            (Permission::ManageUsers, [true, true, false]),
            (Permission::ManageInvitations, [true, true, false]),
            (Permission::ReadAudit, [true, true, false]),
            (Permission::OperateInstallation, [true, false, false]),
            (Permission::OwnAccount, [true, true, true]),
        ] {
            let found = [Role::Admin, Role::OrgAdmin, Role::User].map(|role| role.allows(permission));
            assert_eq!(found, expected, "{permission:?}");
        }
    }

    #[test]
    fn nobody_grants_a_role_above_their_own() {
        assert_eq!(Role::Admin.grantable().collect::<Vec<_>>(), Role::ALL);
        assert_eq!(
            Role::OrgAdmin.grantable().collect::<Vec<_>>(),
            [Role::User, Role::OrgAdmin]
        );
        assert_eq!(Role::User.grantable().count(), 0);
    }

    #[test]
    fn a_refusal_names_the_lowest_role_that_would_do() {
        assert_eq!(Role::needed_for(Permission::ManageTiers), Role::Admin);
        assert_eq!(Role::needed_for(Permission::ManageUsers), Role::OrgAdmin);
    }

    #[test]
    fn a_role_survives_its_key() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.key()), Ok(role));
        }
        assert!(Role::parse("root").is_err());
    }
}
