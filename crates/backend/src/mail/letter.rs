//! The letters that Usher writes: what each needs to know, without any secret.

use domain::{role::Role, time::Moment};
use serde::{Deserialize, Serialize};

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
            Self::EmailChanged { .. } => "email_changed",
            Self::InvitationAccepted { .. } => "invitation_accepted",
            Self::InvitationRenewed { .. } => "invitation_renewed",
            Self::Test { .. } => "test",
        }
    }
}
