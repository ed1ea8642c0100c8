//! Seats: what a tier allows an organization in users plus pending invitations.

use domain::{id::OrganizationId, problem::Problem, text::Name, time::Moment};
use store::{Tx, organization::Seats};

use crate::{error::Error, show};

/// Refuses one more user or invitation where no seat is left. Call it with the organization locked.
pub(crate) async fn require_seat(tx: &mut Tx, organization: OrganizationId, now: Moment) -> Result<(), Error> {
    let seats = store::organization::seats(tx, organization, now).await?;
    if seats.is_full() {
        return Err(Error::Refused(Problem::from(tell(&seats))));
    }
    Ok(())
}

fn tell(seats: &Seats) -> String {
    let tier = seats.tier_name.as_ref().map_or("–", Name::as_str);
    let all = match seats.limit.unwrap_or_default() {
        1 => format!("The only seat of the tier {tier} is taken"),
        limit => format!("All {} of the tier {tier} are taken", show::count(limit, "seat")),
    };
    format!(
        "{all} ({}, {}).",
        show::count(seats.users, "user"),
        show::count(seats.pending_invitations, "pending invitation")
    )
}

#[cfg(test)]
mod tests {
    use domain::text::Name;
    use store::organization::Seats;

    use super::tell;

    #[test]
    fn a_refusal_tells_the_numbers() {
        let seats = Seats {
            users: 3,
            pending_invitations: 2,
            limit: Some(5),
            tier_name: Some(Name::trusted("Free".to_owned())),
        };
        assert_eq!(
            tell(&seats),
            "All 5 seats of the tier Free are taken (3 users, 2 pending invitations)."
        );
        let seats = Seats {
            users: 1,
            pending_invitations: 0,
            limit: Some(1),
            ..seats
        };
        assert_eq!(
            tell(&seats),
            "The only seat of the tier Free is taken (1 user, 0 pending invitations)."
        );
    }
}
