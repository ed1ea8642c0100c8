//! An invitation: it brings somebody in by e-mail. Its status follows from time and is never stored.

use serde::{Deserialize, Serialize};

use crate::{
    id::{InvitationId, OrganizationId, UserId},
    page::SortKey,
    problem::Problem,
    role::Role,
    text::Email,
    time::Moment,
    user::Placement,
};

/// An invitation as it stands. Its token is never part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub id: InvitationId,
    pub email: Email,
    pub role: Role,
    /// None only for an Admin.
    pub organization: Option<OrganizationId>,
    /// None when the inviter is gone.
    pub invited_by: Option<UserId>,
    pub sent: Moment,
    pub expires: Moment,
    pub accepted: Option<Moment>,
    pub version: i64,
}

impl Invitation {
    pub fn status(&self, now: Moment) -> InvitationStatus {
        InvitationStatus::at(now, self.expires, self.accepted)
    }
}

/// Where an invitation is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationStatus {
    /// Invitation sent, awaiting acceptance.
    Pending,
    /// User has completed registration.
    Accepted,
    /// Invitation link has expired.
    Expired,
}

impl InvitationStatus {
    pub const ALL: [Self; 3] = [Self::Pending, Self::Accepted, Self::Expired];

    /// Accepted counts before expired; the last moment of validity is `expires` itself.
    pub fn at(now: Moment, expires: Moment, accepted: Option<Moment>) -> Self {
        if accepted.is_some() {
            Self::Accepted
        } else if now > expires {
            Self::Expired
        } else {
            Self::Pending
        }
    }

    pub const fn key(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Expired => "expired",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Accepted => "Accepted",
            Self::Expired => "Expired",
        }
    }

    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|status| status.key() == text)
            .ok_or(Problem::new("Choose a status."))
    }
}

/// What a person says when they invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationDraft {
    pub email: Email,
    pub placement: Placement,
    pub lifetime: Lifetime,
}

/// How long an invitation is valid, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime(i64);

impl Lifetime {
    /// 7 days.
    pub const DEFAULT: Self = Self(604_800);
    pub const SHORTEST: i64 = 60;
    /// 30 days.
    pub const LONGEST: i64 = 2_592_000;

    /// Reads "Expires in Seconds": empty is the default.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim().replace([',', ' '], "");
        if text.is_empty() {
            return Ok(Self::DEFAULT);
        }
        match text.parse::<i64>() {
            Ok(seconds) if (Self::SHORTEST..=Self::LONGEST).contains(&seconds) => Ok(Self(seconds)),
            _ => Err(Problem::new(
                "Enter whole seconds from 60 (a minute) to 2,592,000 (30 days).",
            )),
        }
    }

    pub const fn seconds(self) -> i64 {
        self.0
    }
}

/// The closed set of orders of the invitations list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationSort {
    Email,
    Status,
    Sent,
    Expires,
}

impl SortKey for InvitationSort {
    const ALL: &'static [Self] = &[Self::Email, Self::Status, Self::Sent, Self::Expires];

    fn key(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Status => "status",
            Self::Sent => "sent",
            Self::Expires => "expires",
        }
    }

    fn is_number(self) -> bool {
        !matches!(self, Self::Email)
    }
}

/// What narrows the invitations list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvitationFilter {
    pub organization: Option<OrganizationId>,
    /// Only invitations to become a Global Administrator.
    pub global: bool,
    pub role: Option<Role>,
    pub status: Option<InvitationStatus>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{InvitationStatus, Lifetime};
    use crate::time::Moment;

    #[test]
    fn the_default_lifetime_is_seven_days() {
        assert_eq!(Lifetime::parse("").unwrap().seconds(), 7 * 24 * 3600);
    }

    #[test]
    fn a_lifetime_is_a_minute_to_thirty_days() {
        assert!(Lifetime::parse("59").is_err());
        assert!(Lifetime::parse("60").is_ok());
        assert!(Lifetime::parse("2592000").is_ok());
        assert!(Lifetime::parse("2592001").is_err());
        for typed in ["-60", "1.5", "1e3", "a week"] {
            assert!(Lifetime::parse(typed).is_err(), "{typed:?}");
        }
    }

    proptest! {
        /// Accepted wins over time, and a moment is pending or expired, never both, with one turning point.
        #[test]
        fn status_follows_from_time(now in any::<i64>(), expires in any::<i64>(), accepted in proptest::option::of(any::<i64>())) {
            let status = InvitationStatus::at(Moment(now), Moment(expires), accepted.map(Moment));
            let expected = match accepted {
                Some(_) => InvitationStatus::Accepted,
                None if now <= expires => InvitationStatus::Pending,
                None => InvitationStatus::Expired,
            };
            prop_assert_eq!(status, expected);
        }
    }
}
