//! Coming back after a forgotten password: a link by e-mail, or from the command line.

use domain::{
    audit::{Action, ObjectKind},
    id::UserId,
    problem::Problem,
    role::Role,
    text::{Email, Name},
    time::Moment,
    user::{User, UserState},
};
use store::{
    Scope, Tx,
    bucket::{self, Limit},
    invitation::ListedInvitation,
};

use crate::{
    Backend,
    access::Request,
    audit::{Actor, COMMAND_LINE, Entry, record},
    error::{Error, require_no_wait},
    invitation_link::{hold, seconds_to_wait},
    mail::{Cause, Letter},
    password::NewPassword,
    secret::Token,
    sessions::{self, Opens, SignedIn},
};

/// A link is good for ten minutes.
const LINK_SECONDS: i64 = 10 * 60;

/// Every question counts: by address, and by account so slowly that no mailbox is flooded.
const PER_ADDRESS: Limit = Limit { burst: 5, refill: 10 };
const PER_ACCOUNT: Limit = Limit { burst: 3, refill: 2 };

impl Backend {
    /// Sends a link to whoever has an active account, and the invitation again to whoever has only a pending one. The
    /// answer is the same for everybody. Refused without a mail server: `usher admin reset` makes a link there.
    pub async fn forgot_password(&self, email: &str, request: &Request) -> Result<(), Error> {
        let email = &Email::parse(email).map_err(|problem| Error::field("email", problem))?;
        if !self.settings().mail.has_server() {
            return Err(Error::refused(
                "This installation sends no e-mail. Ask your administrator to set a new password for you.",
            ));
        }
        let now = self.clock().now();
        let by_address = &format!("recovery address {}", request.address);
        let by_account = &format!("recovery account {email}");
        let mut tx = self.store().read().await?;
        let wait_seconds = bucket::wait(&mut tx, by_address, PER_ADDRESS, now).await?;
        drop(tx);
        require_no_wait(wait_seconds)?;
        let token = &Token::new()?;
        let answered = self
            .store()
            .write(|mut tx| async move {
                require_no_wait(bucket::wait_in_turn(&mut tx, by_address, PER_ADDRESS, now).await?)?;
                bucket::take(&mut tx, by_address, PER_ADDRESS, now).await?;
                let is_too_often = bucket::wait(&mut tx, by_account, PER_ACCOUNT, now).await? > 0;
                let found = store::user::credentials(&mut tx, email).await?.map(|found| found.user);
                let invitation = store::invitation::find_latest_pending(&mut tx, email, now).await?;
                if is_too_often {
                    return note_question(&mut tx, email, found.as_ref(), request, now).await;
                }
                bucket::take(&mut tx, by_account, PER_ACCOUNT, now).await?;
                match (found, invitation) {
                    (Some(user), _) => self.send_link(&mut tx, &user, token, request, now).await,
                    (None, Some(invitation)) => {
                        self.resend_for_recovery(&mut tx, &invitation, token, request, now)
                            .await
                    }
                    (None, None) => note_question(&mut tx, email, None, request, now).await,
                }
            })
            .await;
        // Whether or not a mail was queued, so that both take the same way.
        self.notify_outbox();
        match answered {
            // Nothing to be told to somebody who is not signed in.
            Err(Error::Refused(_) | Error::NotFound) => Ok(()),
            other => other,
        }
    }

    async fn send_link(
        &self,
        tx: &mut Tx,
        user: &User,
        token: &Token,
        request: &Request,
        now: Moment,
    ) -> Result<(), Error> {
        if user.state == UserState::Active {
            let expires = now.plus_seconds(LINK_SECONDS);
            store::recovery::insert(tx, &token.hash(), user.id, now, expires).await?;
            let letter = Letter::Recovery {
                name: user.name.as_str().to_owned(),
            };
            self.queue_mail(tx, now, &letter, &user.email, Some(token), Cause::User(user.id))
                .await?;
        }
        note_question(tx, &user.email, Some(user), request, now).await
    }

    /// Somebody who never accepted has no password to recover: the invitation is what brings them in.
    async fn resend_for_recovery(
        &self,
        tx: &mut Tx,
        found: &ListedInvitation,
        token: &Token,
        request: &Request,
        now: Moment,
    ) -> Result<(), Error> {
        let invitation = &found.invitation;
        if seconds_to_wait(invitation, now) == 0 {
            hold(tx, invitation.organization).await?;
            self.renew_invitation(tx, found, token, now).await?;
        }
        let email = invitation.email.as_str();
        let (action, kind) = (Action::InvitationRenewalAsked, ObjectKind::Invitation);
        let entry = Entry::new(action, kind, invitation.id.0, email).organization(invitation.organization);
        record(tx, &Actor::anonymous(email, request), now, entry).await
    }

    /// Whether a link is still good. Looking uses nothing up: mail scanners open links.
    pub async fn is_recovery_link(&self, token: &str) -> Result<bool, Error> {
        let Some(token) = Token::parse(token) else {
            return Ok(false);
        };
        let now = self.clock().now();
        let mut tx = self.store().read().await?;
        Ok(store::recovery::find(&mut tx, &token.hash(), now).await?.is_some())
    }

    /// Sets a new password and uses the link up. Every session ends, and a new one begins: with a second factor it awaits
    /// the code, since a mailbox is not an authenticator. Of several that try, one wins; to the others the link is gone.
    pub async fn reset_password(&self, token: &str, new: &str, request: &Request) -> Result<SignedIn, Error> {
        let token = Token::parse(token).ok_or(Error::NotFound)?.hash();
        let now = self.clock().now();
        let mut tx = self.store().read().await?;
        let id = store::recovery::find(&mut tx, &token, now)
            .await?
            .ok_or(Error::NotFound)?;
        let found = store::user::find(&mut tx, Scope::All, id)
            .await?
            .ok_or(Error::NotFound)?;
        drop(tx);
        let organization = found.organization_name.as_ref().map_or("", Name::as_str);
        let words = [found.user.name.as_str(), found.user.email.as_str(), organization];
        let password = NewPassword::parse(new, &words).map_err(|problem| Error::field("password", problem))?;
        let hash = &self.passwords().hash(&password).await?;
        let secret = Token::new()?;
        let secret_ref = &secret;
        let awaits_code = self
            .store()
            .write(|mut tx| async move {
                let id = store::recovery::consume(&mut tx, &token, now)
                    .await?
                    .ok_or(Error::NotFound)?;
                self.replace_password(&mut tx, id, hash, now, request).await?;
                let has_second_factor = store::second_factor::since(&mut tx, id).await?.is_some();
                let opens = Opens::after_password(has_second_factor);
                sessions::open(&mut tx, id, secret_ref, now, request, opens).await?;
                Ok::<_, Error>(has_second_factor)
            })
            .await?;
        self.notify_outbox();
        Ok(SignedIn {
            secret,
            must_change_password: false,
            awaits_code,
        })
    }

    /// The part of a reset that follows from a consumed link. Suspended users get nowhere.
    async fn replace_password(
        &self,
        tx: &mut Tx,
        id: UserId,
        hash: &str,
        now: Moment,
        request: &Request,
    ) -> Result<(), Error> {
        store::user::set_password(tx, id, hash, false, None, now).await?;
        if !store::user::note_sign_in(tx, id, hash, now).await? {
            return Err(Error::NotFound);
        }
        let user = store::user::find(tx, Scope::All, id)
            .await?
            .ok_or(Error::NotFound)?
            .user;
        store::session::delete_of(tx, id, None).await?;
        store::recovery::delete_of(tx, id).await?;
        let letter = Letter::PasswordChanged {
            name: user.name.as_str().to_owned(),
        };
        self.queue_mail(tx, now, &letter, &user.email, None, Cause::Nothing)
            .await?;
        let email = user.email.as_str();
        let actor = Actor {
            user: Some(id),
            label: email,
            request,
        };
        let entry = Entry::new(Action::PasswordReset, ObjectKind::User, id.0, email);
        record(tx, &actor, now, entry.organization(user.organization)).await
    }

    /// Break glass, for the command line: a suspended Admin is reactivated, a second factor is taken away, and the answer
    /// is a link that sets a new password.
    pub async fn reset_admin(&self, email: &str) -> Result<String, Error> {
        let email = &Email::parse(email).map_err(Error::Refused)?;
        let now = self.clock().now();
        let token = &Token::new()?;
        self.store()
            .write(|mut tx| async move {
                store::installation::lock(&mut tx).await?;
                let found = store::user::credentials(&mut tx, email).await?;
                let Some(user) = found.map(|found| found.user).filter(|user| user.role == Role::Admin) else {
                    return Err(Error::Refused(Problem::from(format!("{email} is no Admin's address."))));
                };
                let request = Request::default();
                let actor = Actor::anonymous(COMMAND_LINE, &request);
                if let Some(organization) = user.organization {
                    store::organization::lock(&mut tx, organization).await?;
                }
                if user.state == UserState::Suspended {
                    if !store::user::set_state(&mut tx, &user, UserState::Active, now).await? {
                        return Err(Error::LostRace);
                    }
                    record(&mut tx, &actor, now, entry(Action::UserReactivated, &user)).await?;
                }
                if store::second_factor::delete(&mut tx, user.id).await? {
                    store::session::delete_of(&mut tx, user.id, None).await?;
                    record(&mut tx, &actor, now, entry(Action::SecondFactorReset, &user)).await?;
                }
                let expires = now.plus_seconds(LINK_SECONDS);
                store::recovery::insert(&mut tx, &token.hash(), user.id, now, expires).await?;
                record(&mut tx, &actor, now, entry(Action::PasswordResetAsked, &user)).await
            })
            .await?;
        Ok(self.link(&format!("/reset-password/{}", token.reveal())))
    }
}

fn entry(action: Action, user: &User) -> Entry<'_> {
    Entry::new(action, ObjectKind::User, user.id.0, user.email.as_str()).organization(user.organization)
}

/// Somebody asked for a link, whether or not there was anybody to send it to.
async fn note_question(
    tx: &mut Tx,
    email: &Email,
    user: Option<&User>,
    request: &Request,
    now: Moment,
) -> Result<(), Error> {
    let entry = Entry {
        action: Action::PasswordResetAsked,
        kind: ObjectKind::User,
        object: user.map(|user| user.id.0),
        name: email.as_str(),
        organization: user.and_then(|user| user.organization),
        before: None,
        after: None,
    };
    record(tx, &Actor::anonymous(email.as_str(), request), now, entry).await
}
