//! Identifiers: UUIDs of version 7, a type of its own for each object.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::time::Moment;

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Made from the time in milliseconds and ten random bytes, both the caller's.
            pub fn new(now: Moment, random: [u8; 10]) -> Self {
                Self(Builder::from_unix_timestamp_millis(now.0.unsigned_abs(), &random).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

identifiers! {
    /// An organization, which is a tenant.
    OrganizationId,
    /// A subscription tier.
    TierId,
    /// A person with an account.
    UserId,
    /// An invitation to become a user.
    InvitationId,
    /// A signed-in browser. Its name in pages, not its secret.
    SessionId,
    /// One row of the audit log.
    EventId,
    /// One mail in the outbox.
    MailId,
}

impl MailId {
    /// When the mail was queued, as its id tells.
    pub fn written(self) -> Moment {
        let time = self.0.get_timestamp().map_or((0, 0), |time| time.to_unix());
        Moment(i64::try_from(time.0 * 1000 + u64::from(time.1) / 1_000_000).unwrap_or(i64::MAX))
    }
}
