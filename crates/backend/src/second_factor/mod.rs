//! The second factor of the own account: an authenticator that shows a code every half minute (TOTP, RFC 6238), and ten
//! recovery codes for the day it is lost.

mod authenticator;
mod recovery_codes;
mod requirement;
mod sign_in;

use domain::{
    audit::{Action, ObjectKind},
    problem::Problem,
    time::Moment,
};
use serde_json::{Value, json};
use store::{
    Tx,
    bucket::{self, Limit},
    second_factor::StoredFactor,
};

pub use self::requirement::{Requirement, UnknownRequirement};
use self::{authenticator::Authenticator, recovery_codes::RecoveryCodes};
use crate::{
    Backend,
    access::Account,
    audit::{Entry, record},
    error::{Error, require_no_wait},
    mail::{Cause, Letter},
    secret::Token,
    sessions::{self, Opens},
};

/// Wrong codes, of whoever knows the password: at this pace guessing one of a million takes years.
const WRONG_CODES: Limit = Limit { burst: 10, refill: 5 };

/// What was begun is to be confirmed within so long, in the session in which the password was given for it: one that was left
/// open elsewhere shows no secret, and sets nothing up.
const SETUP_SECONDS: i64 = 10 * 60;

const WRONG_CODE: Problem =
    Problem::new("This code is wrong, or was used already. Wait for the next one and type that.");

/// How the own second factor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecondFactor {
    Off,
    /// Begun: the authenticator has to show a first code.
    Begun {
        /// An SVG that an authenticator's camera reads.
        picture: String,
        /// The same, to type: groups of four letters and digits.
        secret: String,
    },
    On {
        since: Moment,
        recovery_codes: i64,
    },
}

/// What comes of a first code, or of one for new recovery codes.
pub struct Confirmed {
    /// Shown once and never again.
    pub recovery_codes: Vec<String>,
    /// The secret of a new session in place of the one that asked, if this was the first code.
    pub session: Option<Token>,
}

impl Account {
    pub async fn second_factor(&self) -> Result<SecondFactor, Error> {
        self.caller.require_chosen_password()?;
        let user = &self.caller.user;
        let mut tx = self.backend.store().read().await?;
        let Some(found) = store::second_factor::find(&mut tx, user.id).await? else {
            return Ok(SecondFactor::Off);
        };
        if let Some(since) = found.confirmed {
            let recovery_codes = store::second_factor::count_codes(&mut tx, user.id).await?;
            return Ok(SecondFactor::On { since, recovery_codes });
        }
        if !self.has_begun(&found, self.backend.clock().now()) {
            return Ok(SecondFactor::Off);
        }
        // What was begun under a key that is lost is begun anew.
        let Ok(authenticator) = self.backend.unseal(user.id, &found.sealed_secret) else {
            return Ok(SecondFactor::Off);
        };
        let issuer = self.backend.settings().public_url.host_str().unwrap_or("Usher");
        Ok(SecondFactor::Begun {
            picture: authenticator.picture(issuer, user.email.as_str())?,
            secret: authenticator.to_type(),
        })
    }

    /// Makes a secret for an authenticator. It protects nothing until a first code has confirmed it.
    pub async fn begin_second_factor(&self, password: &str) -> Result<(), Error> {
        self.caller.require_chosen_password()?;
        self.own_password(password).await?;
        let user = self.caller.user.id;
        let sealed = &self.backend.seal(user, &Authenticator::new()?)?;
        let now = self.backend.clock().now();
        self.backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                if store::second_factor::begin(&mut tx, user, self.caller.session, sealed, now).await? {
                    return Ok(());
                }
                Err(Error::refused("Your second factor is set up already."))
            })
            .await
    }

    /// A code of the authenticator: the first one turns the second factor on and ends all other sessions; a later one
    /// makes new recovery codes in place of all earlier ones.
    pub async fn confirm_second_factor(&self, code: &str) -> Result<Confirmed, Error> {
        self.caller.require_chosen_password()?;
        let user = &self.caller.user;
        let now = self.backend.clock().now();
        // By session: whoever has stolen one does not use up its owner's, nor the codes of the next sign-in.
        let guesses = format!("second factor in session {}", self.caller.session);
        let mut tx = self.backend.store().read().await?;
        let wait_seconds = bucket::wait(&mut tx, &guesses, WRONG_CODES, now).await?;
        let found = store::second_factor::find(&mut tx, user.id).await?;
        drop(tx);
        require_no_wait(wait_seconds)?;
        let found = found.filter(|found| found.confirmed.is_some() || self.has_begun(found, now));
        let found = found.ok_or(Error::refused(
            "Begin again: this setup has ended, or another took its place.",
        ))?;
        let authenticator = self.backend.unseal(user.id, &found.sealed_secret)?;
        let step = authenticator.step_of(code, now);
        let is_first = found.confirmed.is_none();
        let codes = &RecoveryCodes::new()?;
        let secret = &Token::new()?;
        let sealed = &found.sealed_secret;
        let is_right = self
            .backend
            .store()
            .write(|mut tx| {
                let guesses = &guesses;
                async move {
                    self.recheck(&mut tx).await?;
                    // Looked at again, in turn: of many codes that come at once, the first use up the limit of all.
                    require_no_wait(bucket::wait_in_turn(&mut tx, guesses, WRONG_CODES, now).await?)?;
                    let is_right = match step {
                        Some(step) => store::second_factor::use_step(&mut tx, user.id, sealed, step).await?,
                        None => false,
                    };
                    if !is_right {
                        bucket::take(&mut tx, guesses, WRONG_CODES, now).await?;
                        return Ok(false);
                    }
                    store::second_factor::replace_codes(&mut tx, user.id, &codes.hashes()).await?;
                    if !is_first {
                        self.record_factor(&mut tx, now, Action::RecoveryCodesRenewed).await?;
                        return Ok(true);
                    }
                    if !store::second_factor::confirm(&mut tx, user.id, sealed, now).await? {
                        return Err(Error::LostRace);
                    }
                    store::session::delete_of(&mut tx, user.id, None).await?;
                    sessions::open(&mut tx, user.id, secret, now, &self.caller.request, Opens::Everything).await?;
                    self.tell_of_factor(&mut tx, now, true).await?;
                    self.record_factor(&mut tx, now, Action::SecondFactorSetUp).await?;
                    Ok::<_, Error>(true)
                }
            })
            .await?;
        self.backend.notify_outbox();
        if !is_right {
            return Err(Error::field("code", WRONG_CODE));
        }
        Ok(Confirmed {
            recovery_codes: codes.reveal(),
            session: is_first.then(|| secret.clone()),
        })
    }

    /// Whether it was begun here, and lately.
    fn has_begun(&self, found: &StoredFactor, now: Moment) -> bool {
        let (begun, session) = found.begun;
        session == Some(self.caller.session) && now.seconds_since(begun) <= SETUP_SECONDS
    }

    /// Turns the second factor off, where it is nobody's requirement.
    pub async fn turn_off_second_factor(&self, password: &str) -> Result<(), Error> {
        self.caller.require_settled()?;
        if self.caller.is_second_factor_required {
            return Err(Error::refused(
                "A second factor is required of you, so it cannot be turned off. If you have a new device, ask an \
                 administrator to reset it.",
            ));
        }
        self.own_password(password).await?;
        let now = self.backend.clock().now();
        self.backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                if !store::second_factor::delete(&mut tx, self.caller.user.id).await? {
                    return Ok(());
                }
                self.tell_of_factor(&mut tx, now, false).await?;
                self.record_factor(&mut tx, now, Action::SecondFactorTurnedOff).await
            })
            .await?;
        self.backend.notify_outbox();
        Ok(())
    }

    async fn tell_of_factor(&self, tx: &mut Tx, now: Moment, is_on: bool) -> Result<(), Error> {
        let user = &self.caller.user;
        let letter = Letter::SecondFactorChanged {
            name: user.name.as_str().to_owned(),
            is_on,
            by: None,
        };
        self.backend
            .queue_mail(tx, now, &letter, &user.email, None, Cause::Nothing)
            .await?;
        Ok(())
    }

    async fn record_factor(&self, tx: &mut Tx, now: Moment, action: Action) -> Result<(), Error> {
        let user = &self.caller.user;
        let entry = Entry::new(action, ObjectKind::User, user.id.0, user.email.as_str());
        record(tx, &(&self.caller).into(), now, entry.organization(user.organization)).await
    }
}

impl Backend {
    fn seal(&self, user: domain::id::UserId, authenticator: &Authenticator) -> Result<Vec<u8>, Error> {
        self.key().seal_bytes(authenticator.secret(), &purpose(user))
    }

    fn unseal(&self, user: domain::id::UserId, sealed: &[u8]) -> Result<Authenticator, Error> {
        let secret = self.key().open_bytes(sealed, &purpose(user));
        let sealed_by_another = || {
            tracing::error!(
                %user,
                "the second factor was sealed with another key, so codes of its authenticator cannot be checked: see \"The \
                 key is lost\" in docs/operations.md"
            );
            Error::refused(
                "Codes of your authenticator cannot be checked, because the key of this installation was lost. Sign in \
                 with a recovery code, or ask an administrator to reset your second factor.",
            )
        };
        Ok(Authenticator::of(secret.ok_or_else(sealed_by_another)?))
    }
}

pub(crate) fn purpose(user: domain::id::UserId) -> String {
    format!("second factor {user}")
}

fn wrong_codes(user: domain::id::UserId) -> String {
    format!("second factor {user}")
}

/// As the audit log tells by what somebody came in.
fn told(by: &str) -> Value {
    json!({ "Second factor": by })
}
