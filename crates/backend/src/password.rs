//! Passwords: argon2id on a bounded pool, and the guess whether one is guessable.

use std::{sync::Arc, thread, time::Duration};

use argon2::{Algorithm, Argon2, Params, Version, password_hash::phc::PasswordHash};
use crossbeam_channel::Sender;
use domain::{problem::Problem, user::PASSWORD_BYTES};
use tokio::sync::{Semaphore, oneshot};

use crate::{
    error::Error,
    hashing::{self, Memory, Work},
    leaked::has_leaked,
};

/// How many may wait for a hash in each line, and how long. A flood fills the shorter one, and whoever waits takes memory.
const TRUSTED: usize = 16;
const DOUBTED: usize = 8;
const SIGNED_IN: usize = 8;
const PATIENCE: Duration = Duration::from_secs(2);

/// Where somebody waits for a hash: a flood of wrong passwords fills one line, and leaves the other to everybody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Whoever holds a link, or signs in from where nobody has failed lately.
    Trusted,
    /// Whoever signs in from where somebody has failed lately.
    Doubted,
    /// Whoever is signed in and gives their own password again: that keeps nobody from signing in.
    SignedIn,
}

/// What one hash costs: OWASP's smallest argon2id by default, less in tests of other things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    pub memory_kib: u32,
    pub iterations: u32,
}

impl Default for HashCost {
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            iterations: 2,
        }
    }
}

/// A password that a person chose, length and guessability checked. Neither Debug nor Serialize.
pub struct NewPassword(String);

impl NewPassword {
    /// `context` are words that are easy to guess here: the person's name and address, the organization's name.
    pub fn parse(text: &str, context: &[&str]) -> Result<Self, Problem> {
        if text.is_empty() {
            return Err(Problem::new("Enter a password."));
        }
        if text.len() < *PASSWORD_BYTES.start() {
            return Err(Problem::new("A password has at least 12 characters."));
        }
        if text.len() > *PASSWORD_BYTES.end() {
            return Err(Problem::new("A password has at most 256 bytes."));
        }
        if !is_hard_to_guess(text, context) {
            return Err(Problem::new(
                "This password is easy to guess. Use several unrelated words, or a password manager.",
            ));
        }
        if has_leaked(text) {
            return Err(Problem::new(
                "Others have used this password, and it has leaked. Use several unrelated words, or a password manager.",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whether an attacker who knows these words would have to guess for long.
fn is_hard_to_guess(password: &str, context: &[&str]) -> bool {
    let words = context.iter().flat_map(|text| text.split([' ', '@', '.', '-', '_']));
    let words: Vec<&str> = words.chain(["usher"]).filter(|word| word.len() > 2).collect();
    // Longer passwords are judged by their beginning: guessing takes time that grows with the length.
    let beginning: String = password.chars().take(100).collect();
    let guessable = u8::from(zxcvbn::zxcvbn(&beginning, &words).score()) < 3;
    !guessable && without(password, &words).chars().count() >= 8
}

/// What is left of a password without the words that are easy to guess here.
fn without(password: &str, words: &[&str]) -> String {
    words
        .iter()
        .filter(|word| word.len() > 3)
        .fold(password.to_lowercase(), |left, word| {
            left.replace(&word.to_lowercase(), "")
        })
}

/// The pool that hashes.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    running: Arc<Semaphore>,
    workers: Sender<Work>,
    trusted: Arc<Semaphore>,
    doubted: Arc<Semaphore>,
    signed_in: Arc<Semaphore>,
    /// The hash of nobody's password: unknown addresses take as long as known ones.
    dummy: Arc<str>,
}

impl Passwords {
    /// As many at a time as there are cores but one, so that a flood of sign-ins leaves the rest of the console alive.
    pub fn new(cost: HashCost) -> Result<Self, Error> {
        let params = Params::new(cost.memory_kib, cost.iterations, 1, None).map_err(internal)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = Memory::default()
            .hash(&argon2, b"nobody's password")
            .map_err(internal)?;
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let at_a_time = cores.saturating_sub(1).max(1);
        Ok(Self {
            argon2,
            running: Arc::new(Semaphore::new(at_a_time)),
            workers: hashing::start(at_a_time).map_err(internal)?,
            trusted: Arc::new(Semaphore::new(TRUSTED)),
            doubted: Arc::new(Semaphore::new(DOUBTED)),
            signed_in: Arc::new(Semaphore::new(SIGNED_IN)),
            dummy: dummy.into(),
        })
    }

    pub async fn hash(&self, password: &NewPassword) -> Result<String, Error> {
        let (argon2, password) = (self.argon2.clone(), password.0.clone());
        let hash = self.run(Line::Trusted, move |memory| memory.hash(&argon2, password.as_bytes()));
        hash.await?.map_err(internal)
    }

    /// Hashes a password that was just verified, with today's parameters.
    pub(crate) async fn hash_again(&self, verified: &str) -> Result<String, Error> {
        self.hash(&NewPassword(verified.to_owned())).await
    }

    /// Whether the password is the one that was hashed, for somebody who waits in this line. Without a hash it takes the same
    /// time and is false.
    pub(crate) async fn verify_in(&self, line: Line, password: &str, stored: Option<&str>) -> Result<bool, Error> {
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.dummy).to_owned();
        // Longer ones can't be anybody's: they are hashed all the same, cut, so that the time tells nothing.
        let sound = password.len() <= *PASSWORD_BYTES.end();
        let password = password.as_bytes()[..password.len().min(*PASSWORD_BYTES.end())].to_vec();
        let equal = self.run(line, move |memory| memory.verifies(&password, &stored));
        Ok(equal.await? && known && sound)
    }

    /// Whether so many wait that others had better not come at once.
    pub(crate) fn is_flooded(&self) -> bool {
        self.trusted.available_permits() < TRUSTED / 2 || self.doubted.available_permits() < DOUBTED / 2
    }

    /// How many wait, in whatever line.
    pub(crate) fn waiting(&self) -> i64 {
        let lines = [&self.trusted, &self.doubted, &self.signed_in];
        let free: usize = lines.into_iter().map(|line| line.available_permits()).sum();
        i64::try_from((TRUSTED + DOUBTED + SIGNED_IN).saturating_sub(free)).unwrap_or(i64::MAX)
    }

    /// Whether a hash was made with other parameters than a new one would be.
    pub fn is_outdated(&self, stored: &str) -> bool {
        let params = PasswordHash::new(stored)
            .ok()
            .and_then(|stored| Params::try_from(&stored).ok());
        params.as_ref().is_none_or(|stored| {
            let current = self.argon2.params();
            stored.m_cost() != current.m_cost() || stored.t_cost() != current.t_cost()
        })
    }

    /// The permit belongs to the work: a client that leaves frees nothing early.
    async fn run<T: Send + 'static>(
        &self,
        line: Line,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let busy = || Error::Unavailable("too many passwords are being checked".to_owned());
        let waiting = match line {
            Line::Trusted => &self.trusted,
            Line::Doubted => &self.doubted,
            Line::SignedIn => &self.signed_in,
        };
        let place = Arc::clone(waiting).try_acquire_owned().map_err(|_| busy())?;
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(&self.running).acquire_owned()).await;
        let permit = permit.map_err(|_| busy())?.map_err(|_| busy())?;
        drop(place);
        tracing::trace!("a password is hashed");
        let (tell, told) = oneshot::channel();
        let work = Box::new(move |memory: &mut Memory| {
            let value = work(memory);
            drop(permit);
            // Nobody listens where the client has left.
            let _ = tell.send(value);
        });
        self.workers.send(work).map_err(internal)?;
        told.await.map_err(internal)
    }
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::{Error, HashCost, Line, NewPassword, Passwords};

    const CHEAP: HashCost = HashCost {
        memory_kib: 64,
        iterations: 1,
    };

    impl Passwords {
        /// Whatever the line.
        async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool, Error> {
            self.verify_in(Line::Trusted, password, stored).await
        }
    }

    #[test]
    fn a_password_is_long_and_hard_to_guess() {
        for (text, context) in [
            ("", vec![]),
            ("short-1!", vec![]),
            ("aaaaaaaaaaaaaaaa", vec![]),
            ("password12345", vec![]),
            ("quackenbush-quackenbush", vec!["Ann Quackenbush"]),
        ] {
            assert!(NewPassword::parse(text, &context).is_err(), "{text:?}");
        }
        assert!(NewPassword::parse(&"correct horse ".repeat(30), &[]).is_err());
        assert!(NewPassword::parse("correct horse battery staple", &["Ann"]).is_ok());
    }

    #[test]
    fn a_password_that_has_leaked_is_refused() {
        // zxcvbn would let them pass.
        for text in ["6215mila6215", "ghjatccbjyfk", "89semtsriuty", "NHBUJYJVTNHBZ"] {
            let problem = NewPassword::parse(text, &[]).err().map(|problem| problem.to_string());
            assert!(
                problem.is_some_and(|problem| problem.contains("it has leaked")),
                "{text}"
            );
        }
    }

    #[test]
    fn a_password_may_be_of_anything_and_long() {
        for text in [
            "onlylowerlettersunrelatedquilt",
            "  seven green lamps on a hill  ",
            "grüne Äpfel, 七つの緑 Lampen",
            "8417 0926 5530 7714 2689 3305",
        ] {
            assert!(NewPassword::parse(text, &[]).is_ok(), "{text:?}");
        }
        let long = "seven green lamps on a hill ".repeat(10);
        assert!(NewPassword::parse(&long[..256], &[]).is_ok());
        assert!(NewPassword::parse(&long[..257], &[]).is_err());
    }

    #[tokio::test]
    async fn a_password_is_verified_as_it_was_typed() {
        assert_eq!(
            HashCost::default(),
            HashCost {
                memory_kib: 19_456,
                iterations: 2
            }
        );
        let passwords = Passwords::new(CHEAP).unwrap();
        let long = format!(" Seven green lamps {}", "on a hill ".repeat(20));
        let hash = passwords.hash(&NewPassword::parse(&long, &[]).unwrap()).await.unwrap();
        assert!(passwords.verify(&long, Some(&hash)).await.unwrap());
        for other in [long.trim(), &long.to_lowercase(), &long[..long.len() - 1], &long[..72]] {
            assert!(!passwords.verify(other, Some(&hash)).await.unwrap(), "{other:?}");
        }
    }

    #[tokio::test]
    async fn only_the_right_password_verifies() {
        let passwords = Passwords::new(CHEAP).unwrap();
        let hash = passwords
            .hash(&NewPassword::parse("correct horse battery staple", &[]).unwrap())
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert!(
            passwords
                .verify("correct horse battery staple", Some(&hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("correct horse battery stable", Some(&hash))
                .await
                .unwrap()
        );
        assert!(!passwords.verify("nobody's password", None).await.unwrap());
        assert!(!passwords.is_outdated(&hash));
        assert!(
            Passwords::new(HashCost {
                memory_kib: 128,
                iterations: 1
            })
            .unwrap()
            .is_outdated(&hash)
        );
    }

    #[tokio::test]
    async fn whoever_is_signed_in_keeps_nobody_from_signing_in() {
        let passwords = Passwords::new(CHEAP).unwrap();
        let all = u32::try_from(passwords.signed_in.available_permits()).unwrap();
        let _waiting = passwords.signed_in.clone().acquire_many_owned(all).await.unwrap();
        let line = Line::SignedIn;
        assert!(passwords.verify_in(line, "anything", None).await.is_err());
        assert!(passwords.verify("anything", None).await.is_ok());
        assert!(!passwords.is_flooded());
    }

    #[tokio::test]
    async fn a_flood_is_refused_and_a_client_that_leaves_frees_nothing_early() {
        let passwords = Passwords::new(CHEAP).unwrap();
        let all = u32::try_from(passwords.doubted.available_permits()).unwrap();
        let waiting = passwords.doubted.clone().acquire_many_owned(all).await.unwrap();
        assert!(passwords.is_flooded());
        assert!(passwords.verify_in(Line::Doubted, "anything", None).await.is_err());
        // Nobody else is kept out.
        assert!(passwords.verify("anything", None).await.is_ok());
        drop(waiting);
        assert!(!passwords.is_flooded());
        assert!(passwords.verify_in(Line::Doubted, "anything", None).await.is_ok());
    }
}
