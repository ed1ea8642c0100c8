//! Use cases, each on the permission handle that allows it.
//!
//! [`Backend::access`] turns a cookie into [`Access`](access::Access), which gives handles by the one role table:
//! [`Administration`](access::Administration) for Admins, [`Management`](access::Management) for Admins and Org Admins,
//! each in their scope, and [`Account`](access::Account) for everybody. What a role may not do has no method there.

pub mod accepting;
pub mod access;
pub mod accounts;
pub mod audit;
pub mod audit_chain;
pub mod audit_check;
mod audit_fault;
pub mod audit_log;
pub mod clock;
pub mod demo;
pub mod erasure;
pub mod error;
pub mod export;
mod hashing;
pub mod housekeeping;
pub mod import;
mod invitation_link;
pub mod invitations;
pub mod inviting;
pub mod key_rotation;
pub mod leaked;
pub mod load;
pub mod mail;
pub mod organizations;
pub mod overview;
pub mod own_data;
pub mod pace;
pub mod password;
pub mod recovery;
mod renewing;
pub mod retention;
mod sampling;
pub mod sealing;
mod seats;
pub mod second_factor;
pub mod secret;
pub mod seed;
pub mod sessions;
pub mod setup;
pub mod show;
mod taken;
pub mod tiers;
pub mod users;

use std::{path::PathBuf, sync::Arc};

use clock::Clock;
use error::Error;
use mail::{MailSettings, Mailer};
use pace::Pace;
use password::{HashCost, Passwords};
use second_factor::Requirement;
use secret::Key;
use store::Store;
use tokio::sync::Notify;
use url::Url;

/// Everything that use cases need. Cheap to clone.
#[derive(Clone)]
pub struct Backend(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    key: Key,
    passwords: Passwords,
    mailer: Mailer,
    pace: Pace,
    /// Rings when this process queued a mail.
    mail_queued: Notify,
    settings: Settings,
}

/// How this installation is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The only source of links.
    pub public_url: Url,
    /// Where .eml files and backups go.
    pub data_dir: PathBuf,
    pub hash_cost: HashCost,
    pub mail: MailSettings,
    /// Of whom a second factor is required, besides what organizations require.
    pub second_factor: Requirement,
    /// For how many days the audit log is kept; None for good.
    pub audit_retention: Option<u32>,
    /// How much one person may ask in a minute; None for as much as they like.
    pub requests_per_minute: Option<u32>,
}

impl Backend {
    pub fn new(store: Store, clock: Clock, key: Key, settings: Settings) -> Result<Self, Error> {
        let passwords = Passwords::new(settings.hash_cost)?;
        Ok(Self(Arc::new(Inner {
            store,
            clock,
            key,
            passwords,
            mailer: Mailer::new(&settings),
            pace: Pace::new(settings.requests_per_minute),
            mail_queued: Notify::new(),
            settings,
        })))
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Whether the database answers.
    pub async fn is_ready(&self) -> Result<(), Error> {
        let mut tx = self.0.store.read().await?;
        store::user::count_active_admins(&mut tx).await?;
        Ok(())
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn key(&self) -> &Key {
        &self.0.key
    }

    pub(crate) fn pace(&self) -> &Pace {
        &self.0.pace
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }
}
