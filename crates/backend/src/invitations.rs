//! Invitations in the caller's scope: see them, send them again, copy their link, delete them.

use domain::{
    audit::{Action, ObjectKind},
    id::InvitationId,
    page::Page,
    query::InvitationQuery,
    time::Moment,
};
use serde_json::json;
use store::Tx;
pub use store::{invitation::ListedInvitation, mail::MailState};

use crate::{
    access::Management,
    audit::{Entry, record},
    error::{Changed, Error, require_no_wait},
    invitation_link::{hold, replace_link, seconds_to_wait},
    secret::Token,
    show,
    taken::TAKEN,
};

/// An invitation that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub id: InvitationId,
    /// Only where there is no mail server: to be shown once and handed over.
    pub link: Option<String>,
}

/// What became of the mail, in a word.
pub const fn delivery(state: MailState) -> &'static str {
    match state {
        MailState::Queued => "Queued",
        MailState::Sent => "Sent",
        MailState::Written => "Written to a file",
        MailState::Failed => "Failed",
    }
}

/// How a new link reaches the invitee.
#[derive(Clone, Copy)]
enum Delivery {
    Mail,
    /// Whoever asked for the link hands it over.
    Hand,
}

impl Management {
    pub async fn list_invitations(&self, query: &InvitationQuery) -> Result<Page<ListedInvitation>, Error> {
        let now = self.backend.clock().now();
        let mut tx = self.backend.store().read().await?;
        let (search, filter) = (query.search.as_deref(), &query.filter);
        let counted = store::invitation::count(&mut tx, self.scope, search, filter, query.count_exactly, now).await?;
        let (position, rows) = (&query.position, query.size.rows());
        Ok(store::invitation::page(
            &mut tx, self.scope, search, filter, query.sort, position, rows, &counted, now,
        )
        .await?)
    }

    pub async fn invitation(&self, id: InvitationId) -> Result<ListedInvitation, Error> {
        let mut tx = self.backend.store().read().await?;
        self.find_invitation(&mut tx, id).await
    }

    /// Whether an invitation has a link: one that came by an import has none before it is sent again.
    pub async fn has_link(&self, id: InvitationId) -> Result<bool, Error> {
        let mut tx = self.backend.store().read().await?;
        self.find_invitation(&mut tx, id).await?;
        Ok(store::invitation::has_link(&mut tx, id).await?)
    }

    /// Mails a new link with a new expiry; the old link dies. `version` is the one that the caller saw.
    pub async fn resend_invitation(&self, id: InvitationId, version: i64) -> Result<Sent, Error> {
        let token = Token::new()?;
        self.renew(id, version, &token, Delivery::Mail).await?;
        let link = self.shown_link(&token);
        Ok(Sent { id, link })
    }

    /// A new link with a new expiry, to be shown once; the old link dies and nothing is mailed.
    pub async fn copy_invitation_link(&self, id: InvitationId, version: i64) -> Result<String, Error> {
        let token = Token::new()?;
        self.renew(id, version, &token, Delivery::Hand).await?;
        Ok(self.backend.invitation_link(&token))
    }

    /// Deletes an invitation, with its mail. A pending one's link is dead from then on.
    pub async fn delete_invitation(&self, id: InvitationId, version: i64) -> Result<(), Error> {
        let now = self.backend.clock().now();
        self.backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                let found = self.find_invitation(&mut tx, id).await?;
                let invitation = &found.invitation;
                if invitation.version != version {
                    return Err(Error::Changed(changed(&found, now)));
                }
                if !store::invitation::delete(&mut tx, invitation).await? {
                    return Err(Error::LostRace);
                }
                let entry = Entry::new(
                    Action::InvitationDeleted,
                    ObjectKind::Invitation,
                    id.0,
                    invitation.email.as_str(),
                );
                let before = json!({
                    "Role": invitation.role.label(),
                    "Organization": found.organization_name,
                    "Status": invitation.status(now).label(),
                });
                let entry = entry.organization(invitation.organization).before(before);
                record(&mut tx, &(&self.caller).into(), now, entry).await
            })
            .await
    }

    /// The link of a token that was just made, where no mail brings it.
    pub(crate) fn shown_link(&self, token: &Token) -> Option<String> {
        (!self.backend.has_mail_server()).then(|| self.backend.invitation_link(token))
    }

    async fn find_invitation(&self, tx: &mut Tx, id: InvitationId) -> Result<ListedInvitation, Error> {
        store::invitation::find(tx, self.scope, id)
            .await?
            .ok_or(Error::NotFound)
    }

    async fn renew(&self, id: InvitationId, version: i64, token: &Token, delivery: Delivery) -> Result<(), Error> {
        let now = self.backend.clock().now();
        let found = self.invitation(id).await?;
        if found.invitation.accepted.is_none() && self.has_account(&found.invitation.email, now).await? {
            return Err(Error::Refused(TAKEN));
        }
        self.backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                let found = self.find_invitation(&mut tx, id).await?;
                hold(&mut tx, found.invitation.organization).await?;
                self.renew_held(&mut tx, &found, version, token, delivery, now).await
            })
            .await?;
        self.backend.notify_outbox();
        Ok(())
    }

    async fn renew_held(
        &self,
        tx: &mut Tx,
        found: &ListedInvitation,
        version: i64,
        token: &Token,
        delivery: Delivery,
        now: Moment,
    ) -> Result<(), Error> {
        let invitation = &found.invitation;
        if invitation.accepted.is_some() {
            return Err(Error::refused("This invitation has already been accepted."));
        }
        if invitation.version != version {
            return Err(Error::Changed(changed(found, now)));
        }
        let wait_seconds = seconds_to_wait(invitation, now);
        require_no_wait(wait_seconds)?;
        let action = match delivery {
            Delivery::Mail => {
                self.backend.renew_invitation(tx, found, token, now).await?;
                Action::InvitationResent
            }
            Delivery::Hand => {
                replace_link(tx, found, token, now).await?;
                Action::InvitationLinkCopied
            }
        };
        let entry = Entry::new(
            action,
            ObjectKind::Invitation,
            invitation.id.0,
            invitation.email.as_str(),
        );
        let after = json!({ "Expires": show::machine(now.plus_seconds(found.lifetime_seconds)) });
        let entry = entry.organization(invitation.organization).after(after);
        record(tx, &(&self.caller).into(), now, entry).await
    }
}

fn changed(found: &ListedInvitation, now: Moment) -> Changed {
    let invitation = &found.invitation;
    Changed {
        fields: vec![
            ("Status", invitation.status(now).label().to_owned()),
            ("Sent", show::exact(invitation.sent)),
            ("Expires", show::exact(invitation.expires)),
        ],
        version: invitation.version,
    }
}
