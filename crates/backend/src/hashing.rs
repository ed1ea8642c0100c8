//! Threads that hash passwords and do nothing else, and the memory that a hash fills.

use std::{
    io,
    panic::{self, AssertUnwindSafe},
    thread,
    time::Duration,
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        Error,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use crate::secret::random;

/// How long a thread keeps its memory for whoever comes next. Then the system has it again (see `.cargo/config.toml`).
const KEPT: Duration = Duration::from_secs(1);

/// A hash takes a processor for some 20 ms. Whoever looks at a page meanwhile goes first, also in a flood of sign-ins;
/// where nobody does, a hash takes no longer.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// What one thread is given to do.
pub(crate) type Work = Box<dyn FnOnce(&mut Memory) + Send>;

/// What argon2id fills. Asking for it anew would cost about a tenth of each hash.
#[derive(Default)]
pub(crate) struct Memory(Vec<Block>);

impl Memory {
    /// A password's hash with a salt of its own, as the text that is kept.
    pub(crate) fn hash(&mut self, argon2: &Argon2<'static>, password: &[u8]) -> Result<String, Error> {
        let salt = random::<16>().map_err(|_| Error::Crypto)?;
        let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
        self.fill(argon2, password, &salt, &mut output)?;
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(argon2.params())?,
            salt: Some(Salt::new(&salt)?),
            hash: Some(Output::new(&output)?),
        };
        Ok(hash.to_string())
    }

    /// Whether a password is the one of a text that was kept, with whatever parameters that names.
    pub(crate) fn verifies(&mut self, password: &[u8], stored: &str) -> bool {
        self.is_of(password, stored).unwrap_or(false)
    }

    /// None for what is no hash by argon2.
    fn is_of(&mut self, password: &[u8], stored: &str) -> Option<bool> {
        let stored = PasswordHash::new(stored).ok()?;
        let algorithm = Algorithm::try_from(stored.algorithm.as_str()).ok()?;
        let version = stored.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
        let argon2 = Argon2::new(algorithm, version, Params::try_from(&stored).ok()?);
        let (salt, expected) = (stored.salt?, stored.hash?);
        let mut output = [0; Output::MAX_LENGTH];
        let output = output.get_mut(..expected.len())?;
        self.fill(&argon2, password, &salt, output).ok()?;
        // They are compared in a time that does not tell where they differ.
        Some(Output::new(output).ok()? == expected)
    }

    fn fill(&mut self, argon2: &Argon2<'_>, password: &[u8], salt: &[u8], output: &mut [u8]) -> Result<(), Error> {
        let blocks = argon2.params().block_count();
        if self.0.len() < blocks {
            self.0 = vec![Block::default(); blocks];
        }
        let filled = argon2.hash_password_into_with_memory(password, salt, output, &mut self.0[..blocks]);
        filled.map_err(Error::from)
    }
}

/// Starts so many threads, which end when nobody can send them anything any more.
pub(crate) fn start(number: usize) -> io::Result<Sender<Work>> {
    let (sender, works) = crossbeam_channel::unbounded();
    for _ in 0..number {
        let works = works.clone();
        thread::Builder::new()
            .name("hashing".to_owned())
            .spawn(move || work_off(&works))?;
    }
    Ok(sender)
}

fn work_off(works: &Receiver<Work>) {
    step_back();
    let mut memory = Memory::default();
    loop {
        let next = works.recv_timeout(KEPT).or_else(|error| match error {
            RecvTimeoutError::Timeout => {
                memory = Memory::default();
                works.recv().map_err(|_| RecvTimeoutError::Disconnected)
            }
            RecvTimeoutError::Disconnected => Err(error),
        });
        let Ok(work) = next else { return };
        // A panic ends this work: whoever waits for it is told by its silence.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| work(&mut memory)));
    }
}

/// Lets other threads go before this one.
#[cfg(target_os = "linux")]
fn step_back() {
    // Linux keeps it by thread. A thread that may not, hashes as well.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::warn!(%error, "hashing goes before pages");
    }
}

#[cfg(not(target_os = "linux"))]
const fn step_back() {}
