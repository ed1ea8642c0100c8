//! Opens what a command works on: the data folder, the database, the key.

use std::{fs::File, io, path::Path};

use backend::{
    Backend, Settings,
    clock::Clock,
    mail::MailSettings,
    password::HashCost,
    secret::{Key, make_private_folder},
};
use store::Store;

use crate::{
    config::{Config, ConfigError},
    key::key_of,
};

/// Why a command cannot begin, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the data folder {0} cannot be made or used: {1}")]
    DataFolder(String, io::Error),
    #[error("another Usher uses the data folder {0}: an SQLite database has one server. Stop it, or use Postgres")]
    InUse(String),
    #[error("there is no database at {0}")]
    NoDatabase(String),
    #[error("the key file {0} cannot be read: {1}")]
    Key(String, io::Error),
    #[error(
        "the key file {0} is missing, and this database was written with a key: put it back from where you keep its copy. \
         If there is none, see \"The key is lost\" in docs/operations.md"
    )]
    KeyLost(String),
    #[error("the key in {0} is not the one that this database was written with: put the right one there")]
    OtherKey(String),
    #[error("{0} is being written: the key is rotated at this moment. Start again when that is done")]
    Rotating(String),
    #[error(transparent)]
    Mail(#[from] backend::mail::MailSettingsError),
    #[error(transparent)]
    Store(#[from] store::StoreError),
    #[error(transparent)]
    Backend(#[from] backend::error::Error),
    #[error(transparent)]
    Assets(#[from] crate::assets::AssetError),
}

/// The backend, with the lock that keeps others from its data folder while it lives.
pub struct Opened {
    pub backend: Backend,
    pub store: Store,
    _lock: Option<File>,
}

pub async fn open(config: &Config) -> Result<Opened, OpenError> {
    let public_url = config.origin()?;
    let database = config.database()?;
    let lock = reserve(config)?;
    warn_of_open_folder(&config.data_dir);
    let store = Store::open(&database).await?;
    let key = key_of(&store, config, true).await?;
    let mail = MailSettings::parse(config.smtp()?.as_deref(), config.mail_from.as_deref())?;
    let settings = Settings {
        public_url,
        data_dir: config.data_dir.clone(),
        hash_cost: HashCost::default(),
        mail,
        second_factor: config.require_second_factor,
        audit_retention: config.audit_retention,
        requests_per_minute: Some(config.requests_per_minute),
    };
    let backend = Backend::new(store.clone(), Clock::system(), key, settings)?;
    Ok(Opened {
        backend,
        store,
        _lock: lock,
    })
}

/// Opens for reading alone, beside a server or without one.
pub async fn inspect(config: &Config) -> Result<(Store, Key), OpenError> {
    let database = config.database()?;
    if let Some(path) = database.strip_prefix("sqlite://")
        && !Path::new(path).is_file()
    {
        return Err(OpenError::NoDatabase(path.to_owned()));
    }
    let store = Store::inspect(&database).await?;
    let key = key_of(&store, config, false).await?;
    Ok((store, key))
}

/// Makes the data folder, and keeps an SQLite database for this process alone.
pub fn reserve(config: &Config) -> Result<Option<File>, OpenError> {
    make_private_folder(&config.data_dir)
        .map_err(|error| OpenError::DataFolder(config.data_dir.display().to_string(), error))?;
    let database = config.database()?;
    let Some(path) = database.strip_prefix("sqlite://") else {
        return Ok(None);
    };
    let folder = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty());
    lock(folder.unwrap_or(Path::new("."))).map(Some)
}

/// A folder that was there before keeps its mode: it may hold more than Usher's, which its owner wants others to reach.
fn warn_of_open_folder(path: &Path) {
    #[cfg(unix)]
    if let Ok(folder) = std::fs::metadata(path)
        && std::os::unix::fs::PermissionsExt::mode(&folder.permissions()) & 0o077 != 0
    {
        let folder = path.display();
        tracing::warn!(%folder, "others on this machine can look into the data folder: chmod 700 {folder}");
    }
}

/// One server to an SQLite file. The lock ends with the process, however that ends.
fn lock(folder: &Path) -> Result<File, OpenError> {
    let unusable = |error| OpenError::DataFolder(folder.display().to_string(), error);
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    // Whoever may open it may lock it, and then no server starts.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(folder.join("usher.lock")).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::InUse(folder.display().to_string())),
        Err(std::fs::TryLockError::Error(error)) => Err(unusable(error)),
    }
}
