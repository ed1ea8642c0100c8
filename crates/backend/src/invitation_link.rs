//! An invitation's link: where people invite, accept and ask for another, a new token and expiry kill the old ones, and
//! a mail brings them.

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
    seats::require_seat,
    secret::Token,
    taken::TAKEN,
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

/// How long to wait before the invitation may be renewed. What was sent once may be sent again at once.
pub(crate) fn seconds_to_wait(invitation: &Invitation, now: Moment) -> i64 {
    let elapsed = now.seconds_since(invitation.sent);
    if invitation.version > 1 && (0..PAUSE_SECONDS).contains(&elapsed) {
        PAUSE_SECONDS - elapsed
    } else {
        0
    }
}

impl Backend {
    /// The address that accepts an invitation.
    pub(crate) fn invitation_link(&self, token: &Token) -> String {
        self.link(&format!("/accept-invitation/{}", token.reveal()))
    }

    /// Gives an open invitation a new link and mails it. Call it with its place held ([`hold`]).
    pub(crate) async fn renew_invitation(
        &self,
        tx: &mut Tx,
        listed: &ListedInvitation,
        token: &Token,
        now: Moment,
    ) -> Result<(), Error> {
        let expires = replace_link(tx, listed, token, now).await?;
        let inviter = listed.inviter_name.as_ref();
        let letter = Letter::Invitation {
            organization: listed.organization_name.as_ref().map(ToString::to_string),
            inviter: inviter.map_or_else(|| "An administrator".to_owned(), ToString::to_string),
            role: listed.invitation.role,
            expires,
        };
        self.mail_invitation(tx, &listed.invitation, &letter, token, now).await
    }

    /// Queues the mail that brings a link. It becomes the one whose fate the list shows.
    pub(crate) async fn mail_invitation(
        &self,
        tx: &mut Tx,
        invitation: &Invitation,
        letter: &Letter,
        token: &Token,
        now: Moment,
    ) -> Result<(), Error> {
        let cause = Cause::Invitation(invitation.id);
        let mail = self
            .queue_mail(tx, now, letter, &invitation.email, Some(token), cause)
            .await?;
        Ok(store::invitation::set_mail(tx, invitation.id, mail).await?)
    }
}

/// Gives an open invitation a new link, valid as long as the first was, and returns until when; the old link dies. An
/// expired one takes a seat again. Call it with its place held ([`hold`]).
pub(crate) async fn replace_link(
    tx: &mut Tx,
    listed: &ListedInvitation,
    token: &Token,
    now: Moment,
) -> Result<Moment, Error> {
    let invitation = &listed.invitation;
    let status = invitation.status(now);
    if status == InvitationStatus::Accepted {
        return Err(Error::refused("This invitation has already been accepted."));
    }
    if store::user::id_of(tx, &invitation.email).await?.is_some() {
        return Err(Error::Refused(TAKEN));
    }
    if status == InvitationStatus::Expired {
        require_place(tx, invitation, now).await?;
    }
    let expires = now.plus_seconds(listed.lifetime_seconds);
    if !store::invitation::renew(tx, invitation, &token.hash(), now, expires).await? {
        return Err(Error::LostRace);
    }
    Ok(expires)
}

/// An expired invitation comes back only where there is a seat, and no other one for the same person.
async fn require_place(tx: &mut Tx, invitation: &Invitation, now: Moment) -> Result<(), Error> {
    let other = store::invitation::find_pending(tx, &invitation.email, invitation.organization, now).await?;
    if let Some(other) = other {
        return Err(Error::AlreadyInvited {
            invitation: other.invitation.id,
        });
    }
    match invitation.organization {
        Some(organization) => require_seat(tx, organization, now).await,
        None => Ok(()),
    }
}
