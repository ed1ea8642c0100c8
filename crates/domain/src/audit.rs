//! The audit log: who did what, on which object, in which organization, when.

use serde::{Deserialize, Serialize};

use crate::{
    id::{OrganizationId, UserId},
    page::SortKey,
    query::{Filter, Words},
    time::Moment,
};

macro_rules! actions {
    ($($name:ident = $key:literal, $label:literal;)+) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Action {$($name),+}

        impl Action {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// As it stands in the database and in addresses: the object, a dot, the verb.
            pub const fn key(self) -> &'static str {
                match self {$(Self::$name => $key),+}
            }

            pub const fn label(self) -> &'static str {
                match self {$(Self::$name => $label),+}
            }
        }
    };
}

actions! {
    SetUp = "installation.setup", "Set up the installation";
    OrganizationCreated = "organization.create", "Created an organization";
    OrganizationChanged = "organization.change", "Changed an organization";
    OrganizationDeleted = "organization.delete", "Deleted an organization";
    TierCreated = "tier.create", "Created a tier";
    TierChanged = "tier.change", "Changed a tier";
    TierDeleted = "tier.delete", "Deleted a tier";
    UserCreated = "user.create", "Created a user";
    UserChanged = "user.change", "Changed a user";
    UserSuspended = "user.suspend", "Suspended a user";
    UserReactivated = "user.reactivate", "Reactivated a user";
    UserDeleted = "user.delete", "Deleted a user";
    InvitationSent = "invitation.send", "Invited";
    InvitationResent = "invitation.resend", "Invited again";
    InvitationLinkCopied = "invitation.link", "Made a new invitation link";
    InvitationDeleted = "invitation.delete", "Deleted an invitation";
    InvitationAccepted = "invitation.accept", "Accepted an invitation";
    InvitationRenewalAsked = "invitation.renew", "Asked for a new invitation";
    SignedIn = "session.sign_in", "Signed in";
    SignInRefused = "session.refuse", "Was refused at sign-in";
    SignedOut = "session.sign_out", "Signed out";
    SessionsEnded = "session.end", "Ended sessions";
    PasswordChanged = "password.change", "Changed the password";
    PasswordResetAsked = "password.forgot", "Asked for a password reset";
    PasswordReset = "password.reset", "Reset the password";
    SecondFactorSetUp = "second_factor.set_up", "Set up the second factor";
    SecondFactorTurnedOff = "second_factor.turn_off", "Turned the second factor off";
    SecondFactorReset = "second_factor.reset", "Reset a second factor";
    RecoveryCodesRenewed = "second_factor.codes", "Made new recovery codes";
    AccountChanged = "account.change", "Changed the own account";
    OwnDataDownloaded = "account.download", "Downloaded the own data";
    ListExported = "list.export", "Exported a list";
    ListImported = "list.import", "Imported a list";
    MailTested = "mail.test", "Tested e-mail";
    MailRetried = "mail.retry", "Retried a mail";
    AuditPruned = "audit.prune", "Pruned the audit log";
    AuditErased = "audit.erase", "Erased a person from the audit log";
    KeyRotated = "key.rotate", "Rotated the installation's key";
    AccessRefused = "access.refuse", "Was refused";
}

impl Action {
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.key() == text)
    }
}

/// What kind of object an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    Installation,
    Organization,
    Tier,
    User,
    Invitation,
    Session,
    Mail,
    List,
}

impl ObjectKind {
    pub const ALL: [Self; 8] = [
        Self::Installation,
        Self::Organization,
        Self::Tier,
        Self::User,
        Self::Invitation,
        Self::Session,
        Self::Mail,
        Self::List,
    ];

    pub const fn key(self) -> &'static str {
        match self {
            Self::Installation => "installation",
            Self::Organization => "organization",
            Self::Tier => "tier",
            Self::User => "user",
            Self::Invitation => "invitation",
            Self::Session => "session",
            Self::Mail => "mail",
            Self::List => "list",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == text)
    }
}

/// The one order of the audit log: newest first, or oldest first when turned round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditSort {
    Newest,
}

impl SortKey for AuditSort {
    const ALL: &'static [Self] = &[Self::Newest];

    fn key(self) -> &'static str {
        "newest"
    }

    fn is_number(self) -> bool {
        true
    }
}

/// What narrows the audit log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub actor: Option<UserId>,
    pub action: Option<Action>,
    /// The id of the object, of whatever kind.
    pub object: Option<uuid::Uuid>,
    pub organization: Option<OrganizationId>,
    /// Days in UTC since 1970-01-01, both included.
    pub from: Option<i64>,
    pub until: Option<i64>,
}

impl AuditFilter {
    /// The first moment that counts and the first that does not.
    pub fn span(&self) -> (Option<Moment>, Option<Moment>) {
        let start = |day: i64| Moment(day * 86_400_000);
        (self.from.map(start), self.until.map(|day| start(day + 1)))
    }
}

impl Filter for AuditFilter {
    fn read(words: &Words) -> Self {
        Self {
            actor: words.get("actor").and_then(|id| id.parse().ok()),
            action: words.get("action").and_then(Action::parse),
            object: words.get("object").and_then(|id| id.parse().ok()),
            organization: words.get("organization").and_then(|id| id.parse().ok()),
            from: words.get("from").and_then(parse_day),
            until: words.get("until").and_then(parse_day),
        }
    }

    fn write(&self, words: &mut Words) {
        let mut push = |word: &str, value: Option<String>| {
            if let Some(value) = value {
                words.0.push((word.to_owned(), value));
            }
        };
        push("actor", self.actor.map(|id| id.to_string()));
        push("action", self.action.map(|action| action.key().to_owned()));
        push("object", self.object.map(|id| id.to_string()));
        push("organization", self.organization.map(|id| id.to_string()));
        push("from", self.from.map(show_day));
        push("until", self.until.map(show_day));
    }
}

/// Reads 2026-11-24 into days since 1970-01-01 (Howard Hinnant's civil calendar); years 1970 to 9999.
pub fn parse_day(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year - era * 400;
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    // The 31st of a short month is no day.
    (show_day(days) == format!("{year:04}-{month:02}-{day:02}")).then_some(days)
}

/// Writes days since 1970-01-01 as 2026-11-24.
pub fn show_day(days: i64) -> String {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Action, parse_day, show_day};

    #[test]
    fn an_action_survives_its_key() {
        for action in Action::ALL {
            assert_eq!(Action::parse(action.key()), Some(*action));
        }
    }

    #[test]
    fn known_days() {
        assert_eq!(parse_day("1970-01-01"), Some(0));
        assert_eq!(parse_day("2000-02-29"), Some(11_016));
        assert_eq!(parse_day("2026-11-24"), Some(20_781));
        for text in ["2026-02-30", "2026-13-01", "24.11.2026", "", "2026-11"] {
            assert_eq!(parse_day(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_day_survives_the_address(day in 0i64..2_900_000) {
            prop_assert_eq!(parse_day(&show_day(day)), Some(day));
        }
    }
}
