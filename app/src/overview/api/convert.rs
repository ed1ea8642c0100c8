//! From the backend's numbers to what is told.

use backend::{
    mail::MailStatus,
    overview::{self, Day, Overview},
    show::{self, grouped},
};
use domain::{audit::show_day, page::Total, time::Moment};

use super::{Acceptance, Attention, Expiring, Figure, MailView, OverviewView, Week};
use crate::{paths, server::shown};

/// The chart's weeks; the oldest days of the ninety, which make no whole week, stay out of it.
const WEEKS: usize = 12;

impl OverviewView {
    pub fn new(overview: Overview, now: Moment) -> Self {
        let expiring = overview.expiring.iter().map(|listed| Expiring {
            id: listed.invitation.id.to_string(),
            email: listed.invitation.email.to_string(),
            organization: listed
                .organization_name
                .as_ref()
                .map_or_else(|| "–".to_owned(), ToString::to_string),
            expires: shown(listed.invitation.expires, now),
        });
        Self {
            figures: figures(&overview),
            attention: overview.attention.iter().map(attention).collect(),
            acceptance: [
                acceptance("Last 30 days", overview.last_30_days),
                acceptance("Last 90 days", overview.last_90_days),
            ],
            weeks: weeks(&overview.days),
            expiring: expiring.collect(),
            unseen: match overview.unseen {
                Total::Exact(number) => count(number),
                Total::MoreThan(number) => format!("more than {}", count(number)),
            },
        }
    }
}

fn figures(overview: &Overview) -> Vec<Figure> {
    let figure = |label: &str, number: u64, href: String| Figure {
        label: label.to_owned(),
        value: count(number),
        href,
    };
    let organizations = overview
        .organizations
        .map(|number| figure("Organizations", number, paths::ORGANIZATIONS.to_owned()));
    let people = [
        figure("Users", overview.users, paths::USERS.to_owned()),
        figure("Admins", overview.admins, format!("{}?role=admin", paths::USERS)),
    ];
    let invitations = overview.invitations.iter().map(|(status, number)| {
        let href = format!("{}?status={}", paths::INVITATIONS, status.key());
        figure(&format!("{} invitations", status.label()), *number, href)
    });
    organizations.into_iter().chain(people).chain(invitations).collect()
}

fn count(number: u64) -> String {
    grouped(i64::try_from(number).unwrap_or(i64::MAX))
}

fn attention(attention: &overview::Attention) -> Attention {
    let (title, text) = match attention {
        overview::Attention::OneAdmin => (
            "There is only one active Admin",
            "Who loses this account loses the installation. Make or invite a second Admin.",
        ),
        overview::Attention::NoMailServer => (
            "There is no mail server",
            "Invitations and recovery links have to be handed over by hand. Set USHER_SMTP_URL.",
        ),
        overview::Attention::PlainHttp => (
            "The public address is plain http",
            "Passwords travel where others can read them. Put Usher behind https and change USHER_PUBLIC_URL.",
        ),
    };
    Attention {
        title: title.to_owned(),
        text: text.to_owned(),
    }
}

fn acceptance(label: &str, acceptance: overview::Acceptance) -> Acceptance {
    let told = match (acceptance.sent, acceptance.mean_seconds) {
        (0, _) => "No invitation was sent.".to_owned(),
        (sent, None) => format!("None of {} accepted yet.", grouped(sent)),
        (sent, Some(seconds)) => format!(
            "{} of {} accepted, after {} on average.",
            grouped(acceptance.accepted),
            grouped(sent),
            show::duration(seconds)
        ),
    };
    Acceptance {
        label: label.to_owned(),
        rate: acceptance
            .percent()
            .map_or_else(|| "–".to_owned(), |percent| format!("{percent}%")),
        told,
    }
}

/// Whole weeks that end today, oldest first.
fn weeks(days: &[Day]) -> Vec<Week> {
    let first = days.len().saturating_sub(WEEKS * 7);
    days[first..]
        .chunks_exact(7)
        .map(|week| {
            let sum = overview::Acceptance::of(week);
            let seconds = sum.mean_seconds.unwrap_or(0);
            Week {
                label: day_and_month(week[0].day),
                rate: sum.percent().unwrap_or(0),
                rate_told: match sum.percent() {
                    Some(percent) => format!("{percent}% of {}", grouped(sum.sent)),
                    None => "none sent".to_owned(),
                },
                hours: (seconds + 1800) / 3600,
                time_told: match sum.mean_seconds {
                    Some(seconds) => show::duration(seconds),
                    None => "none accepted".to_owned(),
                },
            }
        })
        .collect()
}

/// "24 Nov".
fn day_and_month(day: i64) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let text = show_day(day);
    let number = |part: &str| part.parse::<usize>().unwrap_or(1);
    let mut parts = text.split('-').map(number).skip(1);
    let month = parts.next().unwrap_or(1);
    let month = MONTHS.get(month.saturating_sub(1)).copied().unwrap_or_default();
    format!("{} {month}", parts.next().unwrap_or(1))
}

impl MailView {
    pub fn new(status: MailStatus, now: Moment) -> Self {
        Self {
            server: status.transport,
            queued: grouped(status.queued),
            failed: grouped(status.failed),
            last_answer: status.last_answer,
            last_sent: status.last_sent.map(|moment| shown(moment, now)),
        }
    }
}

#[cfg(test)]
mod tests {
    use backend::overview::Day;

    use super::{day_and_month, weeks};

    #[test]
    fn twelve_whole_weeks_end_today() {
        let days: Vec<Day> = (0..90)
            .map(|day| Day {
                day: 20_692 + day,
                sent: i64::from(day == 89) * 3,
                accepted: i64::from(day == 89) * 2,
                seconds_to_accept: i64::from(day == 89) * 7200,
            })
            .collect();
        let weeks = weeks(&days);
        assert_eq!(weeks.len(), 12);
        let last = &weeks[11];
        assert_eq!((last.label.as_str(), last.rate_told.as_str()), ("18 Nov", "67% of 3"));
        assert_eq!((last.hours, last.time_told.as_str()), (1, "60 minutes"));
        assert_eq!(weeks[0].rate_told, "none sent");
    }

    #[test]
    fn a_day_is_told_without_its_year() {
        assert_eq!(day_and_month(0), "1 Jan");
        assert_eq!(day_and_month(20_781), "24 Nov");
    }
}
