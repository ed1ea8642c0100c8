//! The letters that Usher writes: what each needs to know, without any secret.

use domain::{role::Role, time::Moment};
use serde::{Deserialize, Serialize};

use super::{letters, message::Content};
use crate::secret::Token;

/// How long a link to set a new password is valid.
pub const RECOVERY_SECONDS: i64 = 10 * 60;

/// A letter with its context, as it waits in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    /// To the invitee; its link accepts the invitation.
    Invitation {
        /// None: to become an Admin of the installation.
        organization: Option<String>,
        inviter: String,
        role: Role,
        expires: Moment,
    },
    /// To somebody who forgot the password; its link sets a new one for ten minutes.
    Recovery { name: String },
    /// To somebody whose password was set by somebody else: they must change it at the next sign-in.
    PasswordSetForYou { name: String, by: String },
    /// To somebody who changed or reset their own password.
    PasswordChanged { name: String },
    /// To somebody whose second factor was turned on or off; `by` names the administrator who did it.
    SecondFactorChanged {
        name: String,
        is_on: bool,
        by: Option<String>,
    },
    /// To the old and to the new address.
    EmailChanged {
        name: String,
        old: String,
        new: String,
        by: String,
    },
    /// To the inviter.
    InvitationAccepted {
        invitee: String,
        name: String,
        organization: Option<String>,
    },
    /// To the inviter: the invitee asked for a new link and got it.
    InvitationRenewed {
        invitee: String,
        organization: Option<String>,
    },
    /// To whoever tests the mail server.
    Test { by: String },
}

impl Letter {
    /// The name of its templates.
    pub const fn template(&self) -> &'static str {
        match self {
            Self::Invitation { .. } => "invitation",
            Self::Recovery { .. } => "recovery",
            Self::PasswordSetForYou { .. } => "password_set_for_you",
            Self::PasswordChanged { .. } => "password_changed",
            Self::SecondFactorChanged { .. } => "second_factor_changed",
            Self::EmailChanged { .. } => "email_changed",
            Self::InvitationAccepted { .. } => "invitation_accepted",
            Self::InvitationRenewed { .. } => "invitation_renewed",
            Self::Test { .. } => "test",
        }
    }

    /// Where its link leads. None where a token is needed and there is none.
    pub(super) fn path(&self, token: Option<&Token>) -> Option<String> {
        let secret = |path: &str| token.map(|token| format!("{path}/{}", token.reveal()));
        match self {
            Self::Invitation { .. } => secret("/accept-invitation"),
            Self::Recovery { .. } => secret("/reset-password"),
            Self::PasswordSetForYou { .. } => Some("/login".to_owned()),
            Self::PasswordChanged { .. } => Some("/forgot-password".to_owned()),
            Self::SecondFactorChanged { .. } => Some("/account".to_owned()),
            Self::EmailChanged { .. } | Self::Test { .. } => Some("/".to_owned()),
            Self::InvitationAccepted { .. } => Some("/users".to_owned()),
            Self::InvitationRenewed { .. } => Some("/invitations".to_owned()),
        }
    }

    /// From when on its link is dead, so that nobody needs the letter any more.
    pub(super) fn link_expires(&self, created: Moment) -> Option<Moment> {
        match self {
            Self::Invitation { expires, .. } => Some(*expires),
            Self::Recovery { .. } => Some(created.plus_seconds(RECOVERY_SECONDS)),
            _ => None,
        }
    }

    /// What it says, with its link.
    pub(super) fn write(&self, link: String) -> Content {
        match self {
            Self::Invitation {
                organization,
                inviter,
                role,
                expires,
            } => letters::invitation::write(organization.as_deref(), inviter, *role, *expires, link),
            Self::Recovery { name } => letters::recovery::write(name, link),
            Self::PasswordSetForYou { name, by } => letters::password_set_for_you::write(name, by, link),
            Self::PasswordChanged { name } => letters::password_changed::write(name, link),
            Self::SecondFactorChanged { name, is_on, by } => {
                letters::second_factor_changed::write(name, *is_on, by.as_deref(), link)
            }
            Self::EmailChanged { name, old, new, by } => letters::email_changed::write(name, old, new, by, link),
            Self::InvitationAccepted {
                invitee,
                name,
                organization,
            } => letters::invitation_accepted::write(invitee, name, organization.as_deref(), link),
            Self::InvitationRenewed { invitee, organization } => {
                letters::invitation_renewed::write(invitee, organization.as_deref(), link)
            }
            Self::Test { by } => letters::test::write(by, link),
        }
    }
}
