//! The first page: how many there are, how invitations do, and what needs attention.

use domain::{
    invitation::{InvitationFilter, InvitationStatus},
    organization::OrganizationFilter,
    page::Total,
    role::Role,
    time::Moment,
    user::UserFilter,
};
use store::{
    Scope, Tx,
    counter::Place,
    invitation::ListedInvitation,
    tally::{self, Tally},
};
use url::{Host, Url};

use crate::{Backend, access::Management, error::Error};

const DAY_SECONDS: i64 = 86_400;
/// The chart's days, today included.
pub(crate) const CHART_DAYS: i64 = 90;
/// Invitations that expire so soon are named, the first so many of them.
const SOON_SECONDS: i64 = 3 * DAY_SECONDS;
const SOON_ROWS: i64 = 10;
const UNSEEN_SECONDS: i64 = 90 * DAY_SECONDS;

/// The caller's scope in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// None for an Org Admin.
    pub organizations: Option<u64>,
    pub users: u64,
    pub admins: u64,
    /// By status, in the order of [`InvitationStatus::ALL`].
    pub invitations: [(InvitationStatus, u64); 3],
    pub last_30_days: Acceptance,
    pub last_90_days: Acceptance,
    /// Ninety days, oldest first, the last one is today.
    pub days: Vec<Day>,
    /// Pending ones that expire within three days, soonest first, at most ten.
    pub expiring: Vec<ListedInvitation>,
    /// Users who did not sign in for 90 days.
    pub unseen: Total,
    /// Empty for an Org Admin.
    pub attention: Vec<Attention>,
}

/// What became of the invitations that were first sent in some days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Acceptance {
    pub sent: i64,
    pub accepted: i64,
    /// From first sending to accepting, the mean of the accepted ones.
    pub mean_seconds: Option<i64>,
}

impl Acceptance {
    /// What became of the invitations of these days.
    pub fn of(days: &[Day]) -> Self {
        let accepted: i64 = days.iter().map(|day| day.accepted).sum();
        let seconds: i64 = days.iter().map(|day| day.seconds_to_accept).sum();
        Self {
            sent: days.iter().map(|day| day.sent).sum(),
            accepted,
            mean_seconds: (accepted > 0).then(|| seconds / accepted),
        }
    }

    /// Whole percent; None when nothing was sent.
    pub fn percent(&self) -> Option<i64> {
        (self.sent > 0).then(|| (self.accepted * 200 + self.sent) / (self.sent * 2))
    }
}

/// Invitations that were first sent on a day, and how many of them were accepted since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Since 1970-01-01, in UTC.
    pub day: i64,
    pub sent: i64,
    pub accepted: i64,
    pub seconds_to_accept: i64,
}

/// What an Admin should do something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// Only one active Admin: who loses that account loses the installation.
    OneAdmin,
    /// Links have to be handed over by hand.
    NoMailServer,
    /// Passwords travel in the clear.
    PlainHttp,
}

impl Management {
    pub async fn overview(&self) -> Result<Overview, Error> {
        let now = self.backend.clock().now();
        let scope = self.scope;
        let mut tx = self.backend.store().read().await?;
        let days = days(&mut tx, scope, now).await?;
        Ok(Overview {
            organizations: match scope {
                Scope::All => Some(count_organizations(&mut tx).await?),
                Scope::Organization(_) => None,
            },
            users: count_users(&mut tx, scope, None).await?,
            admins: count_users(&mut tx, scope, Some(Role::Admin)).await?,
            invitations: count_invitations(&mut tx, scope, now).await?,
            last_30_days: Acceptance::of(&days[days.len().saturating_sub(30)..]),
            last_90_days: Acceptance::of(&days),
            days,
            expiring: store::invitation::expiring(&mut tx, scope, now, now.plus_seconds(SOON_SECONDS), SOON_ROWS)
                .await?,
            unseen: store::user::count_unseen_since(&mut tx, scope, now.minus_seconds(UNSEEN_SECONDS)).await?,
            attention: match scope {
                Scope::All => self.backend.attention(&mut tx).await?,
                Scope::Organization(_) => Vec::new(),
            },
        })
    }
}

impl Backend {
    async fn attention(&self, tx: &mut Tx) -> Result<Vec<Attention>, Error> {
        let one_admin = store::user::count_active_admins(tx).await? == 1;
        let found = [
            (one_admin, Attention::OneAdmin),
            (!self.has_mail_server(), Attention::NoMailServer),
            (is_plain_and_public(&self.settings().public_url), Attention::PlainHttp),
        ];
        Ok(found
            .into_iter()
            .filter_map(|(holds, attention)| holds.then_some(attention))
            .collect())
    }
}

/// Whether people reach this address over the network without encryption.
fn is_plain_and_public(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && !loopback
}

async fn count_organizations(tx: &mut Tx) -> Result<u64, Error> {
    let filter = OrganizationFilter::default();
    Ok(number(
        store::organization::count(tx, Scope::All, None, &filter, false).await?,
    ))
}

async fn count_users(tx: &mut Tx, scope: Scope, role: Option<Role>) -> Result<u64, Error> {
    let filter = UserFilter {
        role,
        ..UserFilter::default()
    };
    Ok(number(store::user::count(tx, scope, None, &filter, false).await?.total))
}

async fn count_invitations(tx: &mut Tx, scope: Scope, now: Moment) -> Result<[(InvitationStatus, u64); 3], Error> {
    let mut counted = InvitationStatus::ALL.map(|status| (status, 0));
    for (status, counted) in &mut counted {
        let filter = InvitationFilter {
            status: Some(*status),
            ..InvitationFilter::default()
        };
        *counted = number(
            store::invitation::count(tx, scope, None, &filter, false, now)
                .await?
                .total,
        );
    }
    Ok(counted)
}

fn number(total: Total) -> u64 {
    match total {
        Total::Exact(number) | Total::MoreThan(number) => number,
    }
}

async fn days(tx: &mut Tx, scope: Scope, now: Moment) -> Result<Vec<Day>, Error> {
    let first = now.day() - CHART_DAYS + 1;
    let mut days: Vec<Day> = (first..=now.day()).map(|day| Day { day, ..Day::default() }).collect();
    for tally in [Tally::Sent, Tally::Accepted, Tally::SecondsToAccept] {
        for (day, value) in tally::since(tx, Place::from(scope), tally, first).await? {
            let Some(found) = days.iter_mut().find(|candidate| candidate.day == day) else {
                continue;
            };
            match tally {
                Tally::Sent => found.sent = value,
                Tally::Accepted => found.accepted = value,
                Tally::SecondsToAccept => found.seconds_to_accept = value,
            }
        }
    }
    Ok(days)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{Acceptance, is_plain_and_public};

    #[test]
    fn http_is_plain_where_others_can_listen() {
        for (url, expected) in [
            ("http://usher.example.com/", true),
            ("http://192.0.2.7:3000/", true),
            ("https://usher.example.com/", false),
            ("http://127.0.0.1:3000/", false),
            ("http://[::1]:3000/", false),
            ("http://localhost:3000/", false),
        ] {
            assert_eq!(is_plain_and_public(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn a_rate_is_rounded_and_needs_something_sent() {
        let acceptance = |sent, accepted| Acceptance {
            sent,
            accepted,
            mean_seconds: None,
        };
        assert_eq!(acceptance(0, 0).percent(), None);
        assert_eq!(acceptance(3, 2).percent(), Some(67));
        assert_eq!(acceptance(3, 3).percent(), Some(100));
    }
}
