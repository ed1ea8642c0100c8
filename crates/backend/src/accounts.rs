//! The own account: everybody's, whatever their role.

use domain::{
    audit::{Action, ObjectKind},
    id::SessionId,
    problem::{FieldErrors, Problem},
    text::Name,
    time::Moment,
    user::{Placement, User, UserDraft},
};
use serde_json::{Value, json};
use store::{
    Scope, Tx,
    bucket::{self, Limit},
    session::Session,
};

use crate::{
    access::{Account, IDLE_SECONDS, is_alive},
    audit::{Entry, record},
    error::{Error, require_no_wait},
    mail::{Cause, Letter},
    password::{Line, NewPassword},
    secret::Token,
    sessions::{self, Opens},
};

/// Somebody at an unattended screen may guess the current password so often. Each session has its own guesses: whoever has
/// stolen one does not use up its owner's.
const GUESSES: Limit = Limit { burst: 10, refill: 100 };

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSession {
    pub session: Session,
    /// The one that asks.
    pub is_current: bool,
}

impl Account {
    /// The caller and the name of their organization.
    pub fn me(&self) -> (&User, Option<&Name>) {
        (&self.caller.user, self.caller.organization_name.as_ref())
    }

    pub async fn change_name(&self, name: &str) -> Result<(), Error> {
        self.caller.require_settled()?;
        let name = &Name::parse(name).map_err(|problem| Error::field("name", problem))?;
        let now = self.backend.clock().now();
        self.backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                let found = store::user::find(&mut tx, Scope::All, self.caller.user.id).await?;
                let before = found.ok_or(Error::Unauthenticated)?.user;
                let placement = Placement::new(before.role, before.organization);
                let draft = UserDraft {
                    email: before.email.clone(),
                    name: name.clone(),
                    placement: placement.map_err(|problem| Error::Internal(problem.to_string()))?,
                };
                if !store::user::update(&mut tx, &before, &draft, now).await? {
                    return Err(Error::LostRace);
                }
                let change = (json!({ "Name": before.name }), json!({ "Name": name }));
                self.record(&mut tx, now, Action::AccountChanged, Some(change.0), Some(change.1))
                    .await
            })
            .await
    }

    /// Changes the password and ends every session. Returns the secret of a new one, for this browser's cookie.
    pub async fn change_password(&self, current: &str, new: &str) -> Result<Token, Error> {
        if !self.caller.user.must_change_password {
            self.caller.require_settled()?;
        }
        let now = self.backend.clock().now();
        let user = &self.caller.user;
        let mut errors = FieldErrors::default();
        let old = match self.own_password(current).await {
            Err(Error::Invalid(found)) => {
                errors.merge(found);
                String::new()
            }
            answer => answer?,
        };
        let organization = self.caller.organization_name.as_ref().map_or("", Name::as_str);
        let words = [user.name.as_str(), user.email.as_str(), organization];
        let password = errors.take("new_password", NewPassword::parse(new, &words));
        if !current.is_empty() && current == new {
            let problem = Problem::new("Choose a password that differs from the current one.");
            errors.add("new_password", problem);
        }
        let Some(password) = password.filter(|_| errors.is_empty()) else {
            return Err(Error::Invalid(errors));
        };

        let hash = self.backend.passwords().hash(&password).await?;
        let secret = Token::new()?;
        let (old, hash, secret_ref) = (old.as_str(), hash.as_str(), &secret);
        self.backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                if !store::user::change_password(&mut tx, user.id, old, hash, now).await? {
                    // Somebody else set it meanwhile, and that counts.
                    return Err(Error::Unauthenticated);
                }
                store::session::delete_of(&mut tx, user.id, None).await?;
                store::recovery::delete_of(&mut tx, user.id).await?;
                sessions::open(
                    &mut tx,
                    user.id,
                    secret_ref,
                    now,
                    &self.caller.request,
                    Opens::Everything,
                )
                .await?;
                let letter = Letter::PasswordChanged {
                    name: user.name.as_str().to_owned(),
                };
                self.backend
                    .queue_mail(&mut tx, now, &letter, &user.email, None, Cause::Nothing)
                    .await?;
                self.record(&mut tx, now, Action::PasswordChanged, None, None).await
            })
            .await?;
        self.backend.notify_outbox();
        Ok(secret)
    }

    /// Where the caller is signed in, latest first.
    pub async fn sessions(&self) -> Result<Vec<OwnSession>, Error> {
        self.caller.require_settled()?;
        let now = self.backend.clock().now();
        let mut tx = self.backend.store().read().await?;
        let since = now.minus_seconds(IDLE_SECONDS);
        let sessions = store::session::of_user(&mut tx, self.caller.user.id, since).await?;
        Ok(sessions
            .into_iter()
            .filter(|session| is_alive(session, now))
            .map(|session| OwnSession {
                is_current: session.id == self.caller.session,
                session,
            })
            .collect())
    }

    /// Ends one of the own sessions. The password is asked for, so that a session that was left open ends no other.
    pub async fn end_session(&self, id: SessionId, password: &str) -> Result<(), Error> {
        self.caller.require_settled()?;
        self.own_password(password).await?;
        let now = self.backend.clock().now();
        self.backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                if !store::session::delete(&mut tx, self.caller.user.id, id).await? {
                    return Err(Error::NotFound);
                }
                self.record_ended(&mut tx, now, 1).await
            })
            .await
    }

    /// Ends all own sessions but the one that asks. Returns how many.
    pub async fn end_other_sessions(&self, password: &str) -> Result<u64, Error> {
        self.caller.require_settled()?;
        self.own_password(password).await?;
        let now = self.backend.clock().now();
        self.backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                let (user, kept) = (self.caller.user.id, Some(self.caller.session));
                let ended = store::session::delete_of(&mut tx, user, kept).await?;
                self.record_ended(&mut tx, now, ended).await?;
                Ok(ended)
            })
            .await
    }

    /// Checks that whoever asks knows the own password, which a session alone does not show. Returns its hash.
    pub(crate) async fn own_password(&self, typed: &str) -> Result<String, Error> {
        let now = self.backend.clock().now();
        let user = &self.caller.user;
        let guesses = format!("current password {}", self.caller.session);
        let mut tx = self.backend.store().read().await?;
        let wait_seconds = bucket::wait(&mut tx, &guesses, GUESSES, now).await?;
        let found = store::user::credentials(&mut tx, &user.email).await?;
        drop(tx);
        require_no_wait(wait_seconds)?;
        let found = found.filter(|found| found.user.id == user.id);
        let hash = found
            .and_then(|found| found.password_hash)
            .ok_or(Error::Unauthenticated)?;
        let problem = if typed.is_empty() {
            Problem::new("Enter your current password.")
        } else if !self
            .backend
            .passwords()
            .verify_in(Line::SignedIn, typed, Some(&hash))
            .await?
        {
            self.note_wrong_guess(&guesses, now).await?;
            Problem::new("This is not your current password.")
        } else {
            // Looked at again: others may have been wrong meanwhile.
            let mut tx = self.backend.store().read().await?;
            require_no_wait(bucket::wait(&mut tx, &guesses, GUESSES, now).await?)?;
            return Ok(hash);
        };
        Err(Error::field("current_password", problem))
    }

    async fn note_wrong_guess(&self, guesses: &str, now: Moment) -> Result<(), Error> {
        self.backend
            .store()
            .write(|mut tx| async move {
                require_no_wait(bucket::wait_in_turn(&mut tx, guesses, GUESSES, now).await?)?;
                bucket::take(&mut tx, guesses, GUESSES, now).await?;
                let after = json!({ "Reason": "Wrong current password" });
                self.record(&mut tx, now, Action::AccessRefused, None, Some(after))
                    .await
            })
            .await
    }

    async fn record_ended(&self, tx: &mut Tx, now: Moment, ended: u64) -> Result<(), Error> {
        if ended == 0 {
            return Ok(());
        }
        let after = json!({ "Sessions ended": ended });
        self.record(tx, now, Action::SessionsEnded, None, Some(after)).await
    }

    /// Something that the caller did to the own account.
    pub(crate) async fn record(
        &self,
        tx: &mut Tx,
        now: Moment,
        action: Action,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Result<(), Error> {
        let user = &self.caller.user;
        let entry = Entry {
            before,
            after,
            ..Entry::new(action, ObjectKind::User, user.id.0, user.email.as_str())
        };
        record(tx, &(&self.caller).into(), now, entry.organization(user.organization)).await
    }
}
