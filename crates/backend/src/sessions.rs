//! Signing in and out.

use domain::{
    audit::{Action, ObjectKind},
    id::{SessionId, UserId},
    problem::Problem,
    text::Email,
    time::Moment,
    user::UserState,
};
pub use store::session::Session;
use store::{
    Tx,
    bucket::{self, Limit},
    user::Credentials,
};

use crate::{
    Backend,
    access::{Account, Request},
    audit::{Actor, Entry, record},
    error::{Error, require_no_wait},
    password::Line,
    secret::{Token, random},
};

/// Failures only are counted: by address, and by account so slowly that nobody can lock somebody else out.
const PER_ADDRESS: Limit = Limit { burst: 20, refill: 200 };
const PER_ACCOUNT: Limit = Limit {
    burst: 100,
    refill: 100,
};

/// After a failure an address waits so long in the line of those whom a flood keeps waiting.
const DOUBTED_SECONDS: i64 = 15 * 60;

/// A new session's secret, for the cookie.
pub struct SignedIn {
    pub secret: Token,
    pub must_change_password: bool,
    /// The session opens nothing until [`Backend::sign_in_with_code`].
    pub awaits_code: bool,
}

/// What a new session is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opens {
    Everything,
    /// Nothing but the second step of signing in.
    SecondStep,
}

impl Opens {
    /// After a password, or a link that stands in for one.
    pub(crate) fn after_password(has_second_factor: bool) -> Self {
        if has_second_factor {
            Self::SecondStep
        } else {
            Self::Everything
        }
    }
}

impl Backend {
    /// Unknown address, wrong password, suspended and never accepted get the same answer after the same work.
    pub async fn sign_in(&self, email: &str, password: &str, request: &Request) -> Result<SignedIn, Error> {
        let mut errors = domain::problem::FieldErrors::default();
        if email.trim().is_empty() {
            errors.add("email", Problem::new("Enter your e-mail address."));
        }
        if password.is_empty() {
            errors.add("password", Problem::new("Enter your password."));
        }
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        // What is no address is looked for all the same, so that it is as much work.
        let email = &Email::parse(email).unwrap_or_else(|_| Email::trusted(String::new()));
        let typed = email.as_str();
        let (by_address, by_account) = (
            format!("sign-in address {}", request.address),
            format!("sign-in account {typed}"),
        );
        let now = self.clock().now();

        let mut tx = self.store().read().await?;
        let address = bucket::look(&mut tx, &by_address, PER_ADDRESS, now).await?;
        let wait = address
            .wait_seconds
            .max(bucket::wait(&mut tx, &by_account, PER_ACCOUNT, now).await?);
        let found = store::user::credentials(&mut tx, email).await?;
        drop(tx);
        require_no_wait(wait)?;

        let stored = found.as_ref().and_then(|found| found.password_hash.as_deref());
        let line = match address.touched {
            Some(touched) if now < touched.plus_seconds(DOUBTED_SECONDS) => Line::Doubted,
            _ => Line::Trusted,
        };
        let right = self.passwords().verify_in(line, password, stored).await?;
        let good = found.filter(|found| right && may_sign_in(found, now));
        let Some(found) = good else {
            self.store()
                .write(|mut tx| {
                    let (by_address, by_account) = (&by_address, &by_account);
                    async move {
                        // Looked at again: many may have been checked at once.
                        let address = bucket::wait_in_turn(&mut tx, by_address, PER_ADDRESS, now).await?;
                        let account = bucket::wait_in_turn(&mut tx, by_account, PER_ACCOUNT, now).await?;
                        require_no_wait(address.max(account))?;
                        bucket::take(&mut tx, by_address, PER_ADDRESS, now).await?;
                        bucket::take(&mut tx, by_account, PER_ACCOUNT, now).await?;
                        let actor = Actor::anonymous(typed, request);
                        record(&mut tx, &actor, now, refused_entry(typed)).await
                    }
                })
                .await?;
            return Err(Error::refused("E-mail address or password is wrong."));
        };
        let secret = Token::new()?;
        let hash = found.password_hash.as_deref().unwrap_or_default();
        let opens = Opens::after_password(found.has_second_factor);
        let (secret_ref, found_ref) = (&secret, &found);
        let (by_address, by_account) = (&by_address, &by_account);
        self.store()
            .write(|mut tx| async move {
                let address = bucket::wait(&mut tx, by_address, PER_ADDRESS, now).await?;
                require_no_wait(address.max(bucket::wait(&mut tx, by_account, PER_ACCOUNT, now).await?))?;
                let is_still_right = match opens {
                    Opens::Everything => store::user::note_sign_in(&mut tx, found_ref.user.id, hash, now).await?,
                    Opens::SecondStep => store::user::confirm_password(&mut tx, found_ref.user.id, hash).await?,
                };
                if !is_still_right {
                    return Err(Error::refused("E-mail address or password is wrong."));
                }
                open(&mut tx, found_ref.user.id, secret_ref, now, request, opens).await?;
                if opens == Opens::SecondStep {
                    return Ok(());
                }
                let email = found_ref.user.email.as_str();
                let actor = Actor {
                    user: Some(found_ref.user.id),
                    label: email,
                    request,
                };
                let entry = Entry::new(Action::SignedIn, ObjectKind::User, found_ref.user.id.0, email);
                record(&mut tx, &actor, now, entry.organization(found_ref.user.organization)).await
            })
            .await?;
        if self.passwords().is_outdated(hash)
            && let Err(error) = self.rehash(&found, password).await
        {
            tracing::warn!(%error, "a password could not be hashed anew");
        }
        Ok(SignedIn {
            secret,
            must_change_password: found.user.must_change_password,
            awaits_code: opens == Opens::SecondStep,
        })
    }

    /// Whether so many sign in that whoever tries again and again had better wait.
    pub fn is_flooded(&self) -> bool {
        self.passwords().is_flooded()
    }

    async fn rehash(&self, found: &Credentials, password: &str) -> Result<(), Error> {
        let Some(old) = &found.password_hash else { return Ok(()) };
        let new = self.passwords().hash_again(password).await?;
        let (old, new) = (old.as_str(), new.as_str());
        let id = found.user.id;
        self.store()
            .write(|mut tx| async move { Ok(store::user::rehash(&mut tx, id, old, new).await?) })
            .await
    }
}

fn may_sign_in(found: &Credentials, now: Moment) -> bool {
    found.user.state == UserState::Active && found.password_expires.is_none_or(|expires| now <= expires)
}

fn refused_entry(typed: &str) -> Entry<'_> {
    Entry::without_object(Action::SignInRefused, ObjectKind::User, typed)
}

/// Opens a session within the transaction of what allows it.
pub(crate) async fn open(
    tx: &mut Tx,
    user: UserId,
    secret: &Token,
    now: Moment,
    request: &Request,
    opens: Opens,
) -> Result<SessionId, Error> {
    let session = Session {
        id: SessionId::new(now, random()?),
        user,
        created: now,
        last_seen: now,
        address: request.address.clone(),
        user_agent: request.user_agent.chars().take(300).collect(),
    };
    store::session::insert(tx, &session, &secret.hash(), opens == Opens::SecondStep).await?;
    Ok(session.id)
}

impl Account {
    pub async fn sign_out(&self) -> Result<(), Error> {
        let now = self.backend.clock().now();
        let caller = &self.caller;
        self.backend
            .store()
            .write(|mut tx| async move {
                store::session::delete(&mut tx, caller.user.id, caller.session).await?;
                let entry = Entry::new(
                    Action::SignedOut,
                    ObjectKind::User,
                    caller.user.id.0,
                    caller.user.email.as_str(),
                );
                record(
                    &mut tx,
                    &caller.into(),
                    now,
                    entry.organization(caller.user.organization),
                )
                .await
            })
            .await
    }
}
