//! Sending an invitation: what is typed, what is refused, and how often one may try.

use domain::{
    audit::{Action, ObjectKind},
    id::{InvitationId, OrganizationId},
    invitation::{Invitation, InvitationDraft, Lifetime},
    problem::{FieldErrors, Problem},
    role::Role,
    text::{Email, Name},
    time::Moment,
    user::Placement,
};
use serde_json::json;
use store::{
    Tx,
    bucket::{self, Limit},
    tally::{self, Tally},
};

use crate::{
    access::Management,
    audit::{Entry, record},
    error::{Error, require_no_wait},
    invitation_link::hold,
    invitations::Sent,
    mail::Letter,
    seats::require_seat,
    secret::{Token, random},
    show,
    taken::TAKEN,
};

/// What a person typed, field by field.
#[derive(Clone, Debug, Default)]
pub struct InvitationInput {
    pub email: String,
    /// A role's key.
    pub role: String,
    /// An organization's id, or empty for none. An Org Admin may leave it out.
    pub organization: String,
    /// "Expires in Seconds", or empty for the default.
    pub expires_in_seconds: String,
}

/// Invitations of one organization, and to one address from there.
const PER_ORGANIZATION: Limit = Limit {
    burst: 500,
    refill: 500,
};
const PER_RECIPIENT: Limit = Limit { burst: 5, refill: 2 };
impl Management {
    /// Invites somebody. Where there is no mail server, the answer holds the link, and nothing else ever will.
    pub async fn send_invitation(&self, input: &InvitationInput) -> Result<Sent, Error> {
        let draft = &self.parse_invitation(input)?;
        let now = self.backend.clock().now();
        if self.has_account(&draft.email, now).await? {
            return Err(Error::field("email", TAKEN));
        }
        let token = &Token::new()?;
        let invitation = &Invitation {
            id: InvitationId::new(now, random()?),
            email: draft.email.clone(),
            role: draft.placement.role(),
            organization: draft.placement.organization(),
            invited_by: Some(self.caller.user.id),
            sent: now,
            expires: now.plus_seconds(draft.lifetime.seconds()),
            accepted: None,
            version: 1,
        };
        self.backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                self.require_patience(&mut tx, now).await?;
                self.invite(&mut tx, invitation, draft.lifetime, token, now).await
            })
            .await?;
        self.backend.notify_outbox();
        Ok(Sent {
            id: invitation.id,
            link: self.shown_link(token),
        })
    }

    fn parse_invitation(&self, input: &InvitationInput) -> Result<InvitationDraft, Error> {
        let mut errors = FieldErrors::default();
        let email = errors.take("email", Email::parse(&input.email));
        let role = errors.take("role", Role::parse(&input.role));
        let chosen = errors.take("organization", parse_organization(&input.organization));
        let lifetime = errors.take("expires_in_seconds", Lifetime::parse(&input.expires_in_seconds));
        if let Some(role) = role {
            self.require_grantable(role)?;
        }
        let organization = chosen.map(|chosen| self.place(chosen)).transpose()?;
        let placement = role.zip(organization).and_then(|(role, organization)| {
            let placement = Placement::new(role, organization);
            let problem = Problem::new("Choose an organization, or invite as Admin.");
            errors.take("organization", placement.map_err(|_| problem))
        });
        match (email, placement, lifetime) {
            (Some(email), Some(placement), Some(lifetime)) => Ok(InvitationDraft {
                email,
                placement,
                lifetime,
            }),
            _ => Err(Error::Invalid(errors)),
        }
    }

    async fn invite(
        &self,
        tx: &mut Tx,
        invitation: &Invitation,
        lifetime: Lifetime,
        token: &Token,
        now: Moment,
    ) -> Result<(), Error> {
        let place = invitation.organization;
        hold(tx, place).await?;
        let organization = self.organization_name(tx, place).await?;
        let pending = store::invitation::find_pending(tx, &invitation.email, place, now).await?;
        if let Some(pending) = pending {
            return Err(self.already_invited(&pending.invitation));
        }
        if let Some(organization) = place {
            require_seat(tx, organization, now).await?;
        }
        take_limits(tx, place, &invitation.email, now).await?;
        let organization = organization.as_ref().map(ToString::to_string);
        store::invitation::insert(tx, invitation, lifetime.seconds(), &token.hash()).await?;
        tally::add(tx, place, Tally::Sent, now, invitation.id.0, 1).await?;
        let letter = Letter::Invitation {
            organization: organization.clone(),
            inviter: self.caller.user.name.to_string(),
            role: invitation.role,
            expires: invitation.expires,
        };
        self.backend
            .mail_invitation(tx, invitation, &letter, token, now)
            .await?;
        let entry = Entry::new(
            Action::InvitationSent,
            ObjectKind::Invitation,
            invitation.id.0,
            invitation.email.as_str(),
        );
        let after = json!({
            "Role": invitation.role.label(),
            "Organization": organization,
            "Expires": show::machine(invitation.expires),
        });
        record(tx, &(&self.caller).into(), now, entry.organization(place).after(after)).await
    }

    /// Whether an address has an account, which the caller is told without where. Each time is noted.
    pub(crate) async fn has_account(&self, email: &Email, now: Moment) -> Result<bool, Error> {
        let mut tx = self.backend.store().read().await?;
        let account = self.account_of(&mut tx, email, now).await?;
        drop(tx);
        if account.is_some() {
            self.note_taken(email, now).await?;
        }
        Ok(account.is_some())
    }

    async fn organization_name(&self, tx: &mut Tx, place: Option<OrganizationId>) -> Result<Option<Name>, Error> {
        let Some(id) = place else { return Ok(None) };
        match store::organization::find(tx, self.scope, id).await? {
            Some(found) => Ok(Some(found.organization.name)),
            None => Err(Error::field(
                "organization",
                Problem::new("This organization no longer exists. Choose another."),
            )),
        }
    }

    /// Offers to send the pending one again, unless it is one that the caller has nothing to do with.
    fn already_invited(&self, pending: &Invitation) -> Error {
        if self.caller.user.role.may_grant(pending.role) {
            Error::AlreadyInvited { invitation: pending.id }
        } else {
            Error::field(
                "email",
                Problem::new("This address already has a pending invitation here."),
            )
        }
    }
}

/// Takes what an invitation costs, or refuses where somebody invites too much.
async fn take_limits(tx: &mut Tx, place: Option<OrganizationId>, email: &Email, now: Moment) -> Result<(), Error> {
    let place = place.map_or_else(|| "none".to_owned(), |id| id.to_string());
    for (key, limit) in [
        (format!("invitations {place}"), PER_ORGANIZATION),
        (format!("invitations {place} {email}"), PER_RECIPIENT),
    ] {
        require_no_wait(bucket::take_or_wait(tx, &key, limit, now).await?)?;
    }
    Ok(())
}

fn parse_organization(text: &str) -> Result<Option<OrganizationId>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| Problem::new("There is no such organization."))
}
