//! An invitation's link: a new token and expiry kill the old ones, and a mail brings them.

use domain::{
    id::OrganizationId,
    invitation::{Invitation, InvitationStatus},
    time::Moment,
};
use store::{Tx, invitation::ListedInvitation};

use crate::{
    Backend,
    error::Error,
    mail::{Cause, Letter},
    secret::Token,
};

/// One invitation is renewed at most so often.
const PAUSE_SECONDS: i64 = 60;

/// Makes transactions that invite into one place, or accept there, follow each other. People without an organization
/// are Admins, so theirs is the installation's own lock.
pub(crate) async fn hold(tx: &mut Tx, organization: Option<OrganizationId>) -> Result<(), Error> {
    match organization {
        Some(organization) => store::organization::lock(tx, organization).await?,
        None => store::installation::lock(tx).await?,
    }
    Ok(())
}

/// How long to wait before the invitation may be renewed.
pub(crate) fn seconds_to_wait(invitation: &Invitation, now: Moment) -> i64 {
    let elapsed = now.seconds_since(invitation.sent);
    if invitation.version > 1 && (0..PAUSE_SECONDS).contains(&elapsed) {
        PAUSE_SECONDS - elapsed
    } else {
        0
    }
}

impl Backend {
    /// Gives a pending invitation a new link, valid as long as the first was; the old link dies. Call it with its place
    /// held ([`hold`]).
    pub(crate) async fn renew_invitation(
        &self,
        tx: &mut Tx,
        listed: &ListedInvitation,
        token: &Token,
        now: Moment,
    ) -> Result<(), Error> {
        let invitation = &listed.invitation;
        if invitation.status(now) != InvitationStatus::Pending {
            return Err(Error::refused("This invitation is no longer pending."));
        }
        let expires = now.plus_seconds(listed.lifetime_seconds);
        let inviter = listed.inviter_name.as_ref();
        let letter = Letter::Invitation {
            organization: listed.organization_name.as_ref().map(ToString::to_string),
            inviter: inviter.map_or_else(|| "An administrator".to_owned(), ToString::to_string),
            role: invitation.role,
            expires,
        };
        let cause = Cause::Invitation(invitation.id);
        let mail = self
            .queue_mail(tx, now, &letter, &invitation.email, Some(token), cause)
            .await?;
        if !store::invitation::renew(tx, invitation, &token.hash(), Some(mail), now, expires).await? {
            return Err(Error::LostRace);
        }
        Ok(())
    }
}
