//! The key's file, and `usher key rotate`. A rotation writes the new key beside the old one, commits the database, and
//! renames the file; whenever it is interrupted, the next start tells by the database which of the two is right.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use backend::{
    secret::{Key, write_private},
    show,
};
use store::Store;

use crate::{
    config::Config,
    state::{OpenError, open},
    terminal::say,
};

/// Why the key was not rotated, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(
        "{0} uses this database: stop all servers, rotate the key, give the new one to all of them, and start them"
    )]
    Beside(String),
    #[error("no server has used this database yet, so there is nothing to rotate")]
    Unused,
    #[error("the new key cannot be written to {0}: {1}. Nothing was changed")]
    Write(PathBuf, io::Error),
    #[error(
        "the key was not rotated: {0}. If the database did take the new key before that, the next start finds it in {1}"
    )]
    Database(backend::error::Error, PathBuf),
    #[error("the database has the new key, which lies in {0}, and could not be renamed: {1}. The next start does so")]
    Rename(PathBuf, io::Error),
}

/// Puts a new key in place of the old one, and seals everything anew. On SQLite no server may run; nor on Postgres, where
/// this one looks for them.
pub async fn rotate(config: &Config) -> Result<(), RotationError> {
    let opened = open(config).await?;
    let others = opened.store.others().await.map_err(OpenError::from)?;
    if others > 0 {
        return Err(RotationError::Beside(show::count(others, "other Usher")));
    }
    if !is_in_use(&opened.store).await.map_err(OpenError::from)? {
        return Err(RotationError::Unused);
    }
    let (file, _) = config.key_file().map_err(OpenError::from)?;
    let new = NewKey::write(&file).map_err(|error| RotationError::Write(beside(&file), error))?;
    let rotated = opened.backend.rotate_key(&new.key).await;
    opened.store.close().await;
    let rotated = rotated.map_err(|error| RotationError::Database(error, beside(&file)))?;
    new.install(&file)
        .map_err(|error| RotationError::Rename(beside(&file), error))?;
    say!(
        "The key was rotated. Sealed anew: {} of mails that wait, {}.",
        show::count(rotated.mails, "link"),
        show::count(rotated.second_factors, "second factor"),
    );
    if rotated.unreadable > 0 {
        say!(
            "{} did not open with the old key either, and stay as they are.",
            rotated.unreadable
        );
    }
    say!("The audit log goes on behind head {}", rotated.head);
    say!(
        "{} is the new key: keep a copy apart from the backups. Backups from before need the old one.",
        file.display()
    );
    Ok(())
}

/// Whether the database knows a key.
async fn is_in_use(store: &Store) -> Result<bool, store::StoreError> {
    let check = store::installation::key_check(&mut store.read().await?).await?;
    Ok(check.flatten().is_some())
}

/// A new key that lies beside the old one. While this lives, no start takes it for what an interruption left.
pub struct NewKey {
    pub key: Key,
    text: Vec<u8>,
    _lock: File,
}

impl NewKey {
    /// Writes it, on disk before it is used, for whoever may read the old one.
    pub fn write(file: &Path) -> io::Result<Self> {
        let path = beside(file);
        if path.exists() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let key = Key::load(&path, true)?;
        let lock = File::open(&path)?;
        lock.try_lock()?;
        keep_owner(file, &path)?;
        sync_folder(file)?;
        let text = fs::read(&path)?;
        Ok(Self { key, text, _lock: lock })
    }

    /// Puts it in the place of the old one.
    pub fn install(self, file: &Path) -> io::Result<()> {
        let path = beside(file);
        if !path.exists() {
            // The database has this key: it must not be lost, whoever took the file away.
            write_private(&path, &self.text)?;
            keep_owner(file, &path)?;
        }
        fs::rename(&path, file)?;
        sync_folder(file)
    }
}

/// The key that this database was written with. With `settle` a missing one is made, while nothing was written with it, and
/// what a rotation left is put in order.
pub(crate) async fn key_of(store: &Store, config: &Config, settle: bool) -> Result<Key, OpenError> {
    let (file, may_be_made) = config.key_file()?;
    let name = file.display().to_string();
    let check = store::installation::key_check(&mut store.read().await?).await?;
    let noted = check.clone().flatten();
    if let Some(noted) = &noted
        && let Some(key) = left_by_rotation(&file, noted, settle)?
    {
        return Ok(key);
    }
    let key = Key::load(&file, settle && may_be_made && check.is_none()).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound if check.is_some() => OpenError::KeyLost(name.clone()),
        _ => OpenError::Key(name.clone(), error),
    })?;
    match noted {
        Some(check) if check != key.check() => Err(OpenError::OtherKey(name)),
        _ => Ok(key),
    }
}

/// The new key of a rotation that was interrupted, if the database was committed with it. One that was not is removed.
fn left_by_rotation(file: &Path, noted: &[u8], settle: bool) -> Result<Option<Key>, OpenError> {
    let path = beside(file);
    let failed = |error| OpenError::Key(path.display().to_string(), error);
    let new = match Key::load(&path, false) {
        Ok(new) => Some(new),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        // Not written to its end, so not used.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => None,
        Err(error) => return Err(failed(error)),
    };
    let is_new = new.as_ref().is_some_and(|new| new.check() == noted);
    let is_old = Key::load(file, false).is_ok_and(|old| old.check() == noted);
    if settle && (is_new || is_old) {
        let lock = File::open(&path).map_err(failed)?;
        if lock.try_lock().is_err() {
            return Err(OpenError::Rotating(path.display().to_string()));
        }
        let settled = if is_new {
            fs::rename(&path, file)
        } else {
            fs::remove_file(&path)
        };
        settled.and_then(|()| sync_folder(file)).map_err(failed)?;
    }
    Ok(new.filter(|_| is_new))
}

/// `secret.key.new`
fn beside(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".new");
    name.into()
}

/// Whoever runs the command may not be whom the server runs as.
fn keep_owner(old: &Path, new: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, chown};
        let (old, own) = (fs::metadata(old)?, fs::metadata(new)?);
        if (old.uid(), old.gid()) != (own.uid(), own.gid()) {
            chown(new, Some(old.uid()), Some(old.gid()))?;
        }
    }
    Ok(())
}

fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
