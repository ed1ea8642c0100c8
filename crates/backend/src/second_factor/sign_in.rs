//! The second step of signing in: a code of the authenticator, or a recovery code.

use domain::{
    audit::{Action, ObjectKind},
    problem::Problem,
    user::UserState,
};
use store::{Tx, bucket, session::SignedIn as Found};

use super::{WRONG_CODE, WRONG_CODES, recovery_codes::hash_typed, told, wrong_codes};
use crate::{
    Backend,
    access::{Request, is_alive},
    audit::{Actor, Entry, record},
    error::{Error, require_no_wait},
    secret::Token,
    sessions::{self, Opens},
};

/// So long after the password the code may come.
const CODE_SECONDS: i64 = 10 * 60;

/// Also what somebody is told who never gave a password.
fn ended() -> Error {
    Error::refused("This sign-in has ended. Begin again with your password.")
}

/// What somebody has typed as a code.
#[derive(Clone, Copy)]
enum Typed {
    /// The half minute of an authenticator's code.
    Step(i64),
    RecoveryCode([u8; 32]),
    Wrong,
}

impl Backend {
    /// Goes on from [`Backend::sign_in`] where there is a second factor: `secret` is what that put into the cookie.
    /// Returns the secret of the session that it opens, which is another.
    pub async fn sign_in_with_code(&self, secret: Option<&str>, code: &str, request: &Request) -> Result<Token, Error> {
        if code.trim().is_empty() {
            return Err(Error::field("code", Problem::new("Enter a code.")));
        }
        let waiting = secret.and_then(Token::parse).ok_or_else(ended)?;
        let now = self.clock().now();
        let mut tx = self.store().read().await?;
        let found = store::session::find(&mut tx, &waiting.hash()).await?;
        let found = found.filter(|found| {
            let age = now.seconds_since(found.session.created);
            found.awaits_code && is_alive(&found.session, now) && age <= CODE_SECONDS
        });
        let found = &found.ok_or_else(ended)?;
        let user = &found.user.user;
        let wrong_codes = wrong_codes(user.id);
        let wait_seconds = bucket::wait(&mut tx, &wrong_codes, WRONG_CODES, now).await?;
        let factor = store::second_factor::find(&mut tx, user.id).await?.ok_or_else(ended)?;
        drop(tx);
        require_no_wait(wait_seconds)?;
        if user.state == UserState::Suspended {
            return Err(ended());
        }
        let sealed = &factor.sealed_secret;
        let typed = match hash_typed(code) {
            // Good also when the key that sealed the authenticator's secret is lost.
            Some(hash) => Typed::RecoveryCode(hash),
            None => {
                let step = self.unseal(user.id, sealed)?.step_of(code, now);
                step.map_or(Typed::Wrong, Typed::Step)
            }
        };
        let secret = &Token::new()?;
        let actor = &Actor {
            user: Some(user.id),
            label: user.email.as_str(),
            request,
        };
        let is_right = self
            .store()
            .write(|mut tx| {
                let wrong_codes = &wrong_codes;
                async move {
                    // Locks the user first: whoever changes the password or resets the factor comes before or after.
                    if !store::user::lock(&mut tx, user.id).await? {
                        return Err(ended());
                    }
                    // Looked at again, in turn: of many codes that come at once, the first use up the limit of all.
                    require_no_wait(bucket::wait(&mut tx, wrong_codes, WRONG_CODES, now).await?)?;
                    let entry = |action| {
                        Entry::new(action, ObjectKind::User, user.id.0, user.email.as_str())
                            .organization(user.organization)
                    };
                    let Some(by) = use_up(&mut tx, found, sealed, typed).await? else {
                        bucket::take(&mut tx, wrong_codes, WRONG_CODES, now).await?;
                        let entry = entry(Action::SignInRefused).after(told("Wrong code"));
                        record(&mut tx, actor, now, entry).await?;
                        return Ok(false);
                    };
                    if !store::session::delete(&mut tx, user.id, found.session.id).await? {
                        return Err(ended());
                    }
                    store::user::note_second_step(&mut tx, user.id, now).await?;
                    sessions::open(&mut tx, user.id, secret, now, request, Opens::Everything).await?;
                    record(&mut tx, actor, now, entry(Action::SignedIn).after(told(&by))).await?;
                    Ok(true)
                }
            })
            .await?;
        if !is_right {
            return Err(Error::field("code", WRONG_CODE));
        }
        Ok(secret.clone())
    }
}

/// Uses a code up. None when it is wrong; else what the audit log tells of it.
async fn use_up(tx: &mut Tx, found: &Found, sealed: &[u8], typed: Typed) -> Result<Option<String>, Error> {
    let user = found.session.user;
    match typed {
        Typed::Step(step) => {
            let is_new = store::second_factor::use_step(tx, user, sealed, step).await?;
            Ok(is_new.then(|| "Code".to_owned()))
        }
        Typed::RecoveryCode(hash) => {
            if !store::second_factor::use_code(tx, user, &hash).await? {
                return Ok(None);
            }
            let left = store::second_factor::count_codes(tx, user).await?;
            Ok(Some(format!("Recovery code, {left} left")))
        }
        Typed::Wrong => Ok(None),
    }
}
