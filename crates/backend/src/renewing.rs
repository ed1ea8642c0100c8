//! "Ask for a new invitation": somebody with an expired link gets a new one, at the invited address and nowhere else.

use domain::{
    audit::{Action, ObjectKind},
    invitation::InvitationStatus,
    time::Moment,
};
use store::{
    Tx,
    bucket::{self, Limit},
};

use crate::{
    Backend,
    access::Request,
    audit::{Actor, Entry, record},
    error::{Error, require_no_wait},
    invitation_link::hold,
    mail::{Cause, Letter},
    secret::Token,
};

/// Every request counts, so that it tells nothing about a link.
const PER_ADDRESS: Limit = Limit { burst: 10, refill: 10 };

impl Backend {
    /// The answer is the same whatever the link is: only the mailbox learns more. Refused without a mail server, where
    /// the old link would die and the new one reach nobody.
    pub async fn ask_for_renewal(&self, token: &str, request: &Request) -> Result<(), Error> {
        if !self.settings().mail.has_server() {
            return Err(Error::refused(
                "This installation sends no e-mail. Ask whoever invited you for a new link.",
            ));
        }
        let now = self.clock().now();
        let bucket = &format!("renewal address {}", request.address);
        let wait_seconds = self
            .store()
            .write(|mut tx| async move {
                let wait = bucket::wait(&mut tx, bucket, PER_ADDRESS, now).await?;
                bucket::take(&mut tx, bucket, PER_ADDRESS, now).await?;
                Ok::<_, Error>(wait)
            })
            .await?;
        require_no_wait(wait_seconds)?;
        let Some(old) = Token::parse(token) else { return Ok(()) };
        let (old, new) = (&old, &Token::new()?);
        let renewed = self
            .store()
            .write(|mut tx| async move { self.renew_expired(&mut tx, old, new, request, now).await })
            .await;
        self.notify_outbox();
        match renewed {
            // No seat, or a newer invitation, or an account: the invited person can do nothing about it here.
            Err(Error::Refused(_) | Error::AlreadyInvited { .. }) => Ok(()),
            other => other,
        }
    }

    async fn renew_expired(
        &self,
        tx: &mut Tx,
        old: &Token,
        new: &Token,
        request: &Request,
        now: Moment,
    ) -> Result<(), Error> {
        let Some(found) = store::invitation::find_by_token(tx, &old.hash()).await? else {
            return Ok(());
        };
        let invitation = &found.invitation;
        if invitation.status(now) != InvitationStatus::Expired {
            return Ok(());
        }
        hold(tx, invitation.organization).await?;
        self.renew_invitation(tx, &found, new, now).await?;
        let email = invitation.email.as_str();
        let entry = Entry::new(
            Action::InvitationRenewalAsked,
            ObjectKind::Invitation,
            invitation.id.0,
            email,
        );
        let actor = Actor::anonymous(email, request);
        record(tx, &actor, now, entry.organization(invitation.organization)).await?;
        let letter = Letter::InvitationRenewed {
            invitee: email.to_owned(),
            organization: found.organization_name.as_ref().map(ToString::to_string),
        };
        let cause = Cause::Invitation(invitation.id);
        self.tell_inviter(tx, invitation, &letter, cause, now).await
    }
}
