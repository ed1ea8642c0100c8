//! Accepting an invitation: what a link says before anything is typed, and the one moment that makes a user of it.

use domain::{
    audit::{Action, ObjectKind},
    id::UserId,
    invitation::{Invitation, InvitationStatus},
    problem::FieldErrors,
    role::Role,
    text::{Email, Name},
    time::Moment,
    user::{User, UserState},
};
use serde_json::json;
use store::{
    Scope, StoreError, Tx, Unique,
    invitation::ListedInvitation,
    tally::{self, Tally},
};

use crate::{
    Backend,
    access::Request,
    audit::{Actor, Entry, record},
    error::Error,
    invitation_link::hold,
    mail::{Cause, Letter},
    password::NewPassword,
    secret::{Token, random},
    sessions::{self, Opens},
};

/// What an invitation's link leads to. Looking uses nothing up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvitationLink {
    Open(InvitationView),
    /// A new one can be asked for ([`Backend::ask_for_renewal`]).
    Expired(InvitationView),
    Accepted,
    /// The address got an account in another way: they sign in.
    AddressTaken,
    /// Deleted, replaced by a newer link, or never made.
    Unknown,
}

/// Who invites whom into what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationView {
    pub email: Email,
    pub role: Role,
    /// None: into the installation, as an Admin.
    pub organization: Option<Name>,
    /// None when the inviter is gone.
    pub inviter: Option<Name>,
    pub expires: Moment,
}

/// What became of an attempt to accept.
pub enum Acceptance {
    /// The new session's secret, for the cookie.
    Accepted(Token),
    /// The link is not, or no longer, good: what it leads to instead.
    Refused(InvitationLink),
}

impl Backend {
    pub async fn look_up_invitation(&self, token: &str) -> Result<InvitationLink, Error> {
        let Some(token) = Token::parse(token) else {
            return Ok(InvitationLink::Unknown);
        };
        let now = self.clock().now();
        let mut tx = self.store().read().await?;
        let found = store::invitation::find_by_token(&mut tx, &token.hash()).await?;
        link_of(&mut tx, found.as_ref(), now).await
    }

    /// Makes the user and signs them in. Of several that try, one wins; the others are told what stands.
    pub async fn accept_invitation(
        &self,
        token: &str,
        name: &str,
        password: &str,
        request: &Request,
    ) -> Result<Acceptance, Error> {
        let (token, view) = match (Token::parse(token), self.look_up_invitation(token).await?) {
            (Some(token), InvitationLink::Open(view)) => (token, view),
            (_, link) => return Ok(Acceptance::Refused(link)),
        };
        let organization = view.organization.as_ref().map_or("", Name::as_str);
        let words = [name, view.email.as_str(), organization];
        let mut errors = FieldErrors::default();
        let parsed_name = errors.take("name", Name::parse(name));
        let password = errors.take("password", NewPassword::parse(password, &words));
        let (Some(name), Some(password)) = (parsed_name, password) else {
            return Err(Error::Invalid(errors));
        };
        let attempt = &Attempt {
            token_hash: token.hash(),
            user: UserId::new(self.clock().now(), random()?),
            name,
            password_hash: self.passwords().hash(&password).await?,
            secret: Token::new()?,
            // After the hash: an invitation that expires while it is computed has expired.
            now: self.clock().now(),
            request,
        };
        let refused = self
            .store()
            .write(|mut tx| async move { self.accept(&mut tx, attempt).await })
            .await?;
        self.notify_outbox();
        Ok(match refused {
            None => Acceptance::Accepted(attempt.secret.clone()),
            Some(link) => Acceptance::Refused(link),
        })
    }

    /// None when it was accepted.
    async fn accept(&self, tx: &mut Tx, attempt: &Attempt<'_>) -> Result<Option<InvitationLink>, Error> {
        let now = attempt.now;
        let Some(found) = store::invitation::find_by_token(tx, &attempt.token_hash).await? else {
            return Ok(Some(InvitationLink::Unknown));
        };
        hold(tx, found.invitation.organization).await?;
        // What happened before the place was held counts: it may have been deleted, renewed or accepted.
        let found = store::invitation::find_by_token(tx, &attempt.token_hash).await?;
        let link = link_of(tx, found.as_ref(), now).await?;
        let (InvitationLink::Open(_), Some(found)) = (&link, &found) else {
            return Ok(Some(link));
        };
        let invitation = &found.invitation;
        if !store::invitation::accept(tx, invitation, &attempt.token_hash, now).await? {
            return Err(Error::LostRace);
        }
        let user = attempt.user(invitation);
        match store::user::insert(tx, &user, Some(&attempt.password_hash), None).await {
            // Somebody made an account of this address in another organization at the same time.
            Err(StoreError::Taken(Unique::UserEmail)) => return Err(Error::LostRace),
            inserted => inserted?,
        }
        let seconds = now.seconds_since(found.created).max(0);
        let place = invitation.organization;
        tally::add(tx, place, Tally::Accepted, found.created, invitation.id.0, 1).await?;
        tally::add(
            tx,
            place,
            Tally::SecondsToAccept,
            found.created,
            invitation.id.0,
            seconds,
        )
        .await?;
        sessions::open(tx, user.id, &attempt.secret, now, attempt.request, Opens::Everything).await?;
        self.note_acceptance(tx, found, &user, attempt).await?;
        Ok(None)
    }

    async fn note_acceptance(
        &self,
        tx: &mut Tx,
        found: &ListedInvitation,
        user: &User,
        attempt: &Attempt<'_>,
    ) -> Result<(), Error> {
        let (invitation, now) = (&found.invitation, attempt.now);
        let email = user.email.as_str();
        let actor = Actor {
            user: Some(user.id),
            label: email,
            request: attempt.request,
        };
        let accepted = Entry::new(
            Action::InvitationAccepted,
            ObjectKind::Invitation,
            invitation.id.0,
            email,
        );
        record(tx, &actor, now, accepted.organization(user.organization)).await?;
        let after = json!({
            "Name": user.name,
            "Role": user.role.label(),
            "Organization": found.organization_name,
        });
        let created = Entry::new(Action::UserCreated, ObjectKind::User, user.id.0, email);
        record(tx, &actor, now, created.organization(user.organization).after(after)).await?;

        let letter = Letter::InvitationAccepted {
            invitee: user.email.to_string(),
            name: user.name.to_string(),
            organization: found.organization_name.as_ref().map(ToString::to_string),
        };
        self.tell_inviter(tx, invitation, &letter, Cause::User(user.id), now)
            .await
    }

    /// Writes to the inviter, unless they are gone.
    pub(crate) async fn tell_inviter(
        &self,
        tx: &mut Tx,
        invitation: &Invitation,
        letter: &Letter,
        cause: Cause,
        now: Moment,
    ) -> Result<(), Error> {
        let Some(inviter) = invitation.invited_by else {
            return Ok(());
        };
        if let Some(address) = store::user::email_of(tx, inviter).await? {
            self.queue_mail(tx, now, letter, &address, None, cause).await?;
        }
        Ok(())
    }
}

/// Everything that accepting needs and that is made before its transaction.
struct Attempt<'a> {
    token_hash: [u8; 32],
    user: UserId,
    name: Name,
    password_hash: String,
    secret: Token,
    now: Moment,
    request: &'a Request,
}

impl Attempt<'_> {
    fn user(&self, invitation: &Invitation) -> User {
        User {
            id: self.user,
            email: invitation.email.clone(),
            name: self.name.clone(),
            role: invitation.role,
            organization: invitation.organization,
            state: UserState::Active,
            must_change_password: false,
            created: self.now,
            updated: self.now,
            last_sign_in: Some(self.now),
            version: 1,
        }
    }
}

async fn link_of(tx: &mut Tx, found: Option<&ListedInvitation>, now: Moment) -> Result<InvitationLink, Error> {
    let Some(found) = found else {
        return Ok(InvitationLink::Unknown);
    };
    let invitation = &found.invitation;
    let status = invitation.status(now);
    if status == InvitationStatus::Accepted {
        return Ok(InvitationLink::Accepted);
    }
    if store::user::id_of(tx, &invitation.email).await?.is_some() {
        // The account may come from this very invitation, accepted between the two questions.
        let again = store::invitation::find(tx, Scope::All, invitation.id).await?;
        let accepted = again.is_some_and(|again| again.invitation.accepted.is_some());
        return Ok(if accepted {
            InvitationLink::Accepted
        } else {
            InvitationLink::AddressTaken
        });
    }
    let view = InvitationView {
        email: invitation.email.clone(),
        role: invitation.role,
        organization: found.organization_name.clone(),
        inviter: found.inviter_name.clone(),
        expires: invitation.expires,
    };
    Ok(match status {
        InvitationStatus::Expired => InvitationLink::Expired(view),
        _ => InvitationLink::Open(view),
    })
}
