//! Mails as files, in an installation without a mail server: for whoever runs it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use domain::{id::MailId, text::Email, time::Moment};

use crate::{
    Settings,
    error::Error,
    secret::{make_private_folder, write_private},
};

/// Where they lie.
pub(crate) fn folder(settings: &Settings) -> PathBuf {
    settings.data_dir.join("mail")
}

/// An earlier try that was cut off may have left the file.
pub(super) fn write(folder: &Path, id: MailId, content: &[u8]) -> io::Result<()> {
    make_private_folder(folder)?;
    let path = folder.join(format!("{id}.eml"));
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => write_private(&path, content),
    }
}

/// Deletes those that were written before, as their names tell. Returns how many.
pub(crate) fn sweep(folder: &Path, before: Moment) -> io::Result<u64> {
    delete(folder, |id, _| Ok(id.written() < before))
}

/// Deletes those to an address. Returns how many.
pub(crate) fn forget(folder: &Path, email: &Email) -> io::Result<u64> {
    delete(folder, |_, path| {
        let content = fs::read_to_string(path)?;
        let heads = content.lines().take_while(|line| !line.is_empty());
        let mut to = heads.filter_map(|line| line.strip_prefix("To: "));
        Ok(to.any(|to| to.trim_matches(['<', '>', ' ']) == email.as_str()))
    })
}

/// What is no mail of ours stays.
fn delete(folder: &Path, is_over: impl Fn(MailId, &Path) -> io::Result<bool>) -> io::Result<u64> {
    let files = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        files => files?,
    };
    let mut deleted = 0;
    for file in files {
        let path = file?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let id = name.and_then(|name| name.strip_suffix(".eml")?.parse::<MailId>().ok());
        if let Some(id) = id
            && is_over(id, &path)?
        {
            fs::remove_file(&path)?;
            deleted += 1;
        }
    }
    Ok(deleted)
}

pub(crate) fn undeleted(error: io::Error) -> Error {
    Error::Internal(format!("mails in files cannot be deleted: {error}"))
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use domain::{id::MailId, text::Email, time::Moment};

    use super::{forget, sweep, write};

    #[test]
    fn what_is_old_or_to_an_erased_address_is_deleted_and_nothing_else() {
        let folder = env::temp_dir().join(format!("usher-folder-{}", process::id()));
        let content = |to: &str| format!("From: Usher <usher@example.com>\r\nTo: {to}\r\n\r\nTo: ann@example.com\r\n");
        let mails = [
            (1_000, "ann@example.com"),
            (2_000, "joann@example.com"),
            (3_000, "<ann@example.com>"),
        ];
        for (number, (written, to)) in (0..).zip(mails) {
            let id = MailId::new(Moment(written), [number; 10]);
            assert_eq!(id.written(), Moment(written));
            write(&folder, id, content(to).as_bytes()).unwrap();
        }
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&folder).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o700);
        }
        fs::write(folder.join("notes.eml"), content("ann@example.com")).unwrap();
        let left = || fs::read_dir(&folder).unwrap().count();

        assert_eq!(sweep(&folder, Moment(1_001)).unwrap(), 1);
        assert_eq!(forget(&folder, &Email::parse("ann@example.com").unwrap()).unwrap(), 1);
        assert_eq!(left(), 2);
        assert_eq!(sweep(&folder.join("missing"), Moment(9_000)).unwrap(), 0);
        fs::remove_dir_all(&folder).unwrap();
    }
}
