//! Rotating the installation's key: everything that is sealed under the old one is sealed anew, in one transaction. The file
//! of the key is the server's.

use domain::audit::{Action, ObjectKind};
use serde_json::json;
use store::{Tx, audit_checkpoint, sealed};

use crate::{
    Backend,
    audit::{COMMAND_LINE, Entry, record_by},
    audit_chain::{ChainKey, FormerKey, Head},
    error::Error,
    mail, sealing, second_factor,
    secret::Key,
};

/// So many events are sealed at once.
const BATCH: i64 = 1000;

/// What was sealed anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotated {
    pub mails: i64,
    pub second_factors: i64,
    /// What did not open with the old key either, and stays as it is.
    pub unreadable: i64,
    /// The last seal under the old key.
    pub head: Head,
}

impl Backend {
    /// Puts `new` in place of the key that this backend has. The backend is good for nothing afterwards.
    pub async fn rotate_key(&self, new: &Key) -> Result<Rotated, Error> {
        let old = self.key();
        let now = self.clock().now();
        self.store()
            .write(|mut tx| async move {
                store::audit_chain::lock(&mut tx).await?;
                if store::installation::key_check(&mut tx).await?.flatten().as_deref() != Some(&old.check()[..]) {
                    return Err(Error::refused(
                        "the database knows no key, or another one: start the server once with the right one",
                    ));
                }
                // All that happened before is sealed under the old key, and so is the rotation itself.
                let chain = ChainKey::from(old);
                while sealing::seal(&mut tx, &chain, BATCH).await?.number == BATCH {}
                let mut rotated = Rotated::default();
                seal_anew(&mut tx, old, new, &mut rotated).await?;
                let entry = Entry::without_object(Action::KeyRotated, ObjectKind::Installation, "")
                    .after(json!({ "Mails": rotated.mails, "Second factors": rotated.second_factors }));
                record_by(&mut tx, COMMAND_LINE, now, entry).await?;
                sealing::seal(&mut tx, &chain, BATCH).await?;
                rotated.head = sealing::head(&mut tx).await?;
                let former = FormerKey {
                    last: rotated.head,
                    key: chain,
                };
                sealed::put_former_key(&mut tx, &former.last.raw(), &former.seal(new)?).await?;
                Ok(rotated)
            })
            .await
    }
}

/// The one list of what is sealed under the key. What does not open is left: it was sealed under a key that was lost, and
/// who depends on it is told so as before.
async fn seal_anew(tx: &mut Tx, old: &Key, new: &Key, rotated: &mut Rotated) -> Result<(), Error> {
    let anew = |sealed: &[u8], purpose: &str| {
        let opened = old.open_bytes(sealed, purpose);
        opened.map(|opened| new.seal_bytes(&opened, purpose)).transpose()
    };
    for (id, sealed) in sealed::mail_tokens(tx).await? {
        match anew(&sealed, &mail::purpose(id))? {
            Some(sealed) => {
                sealed::set_mail_token(tx, id, &sealed).await?;
                rotated.mails += 1;
            }
            None => rotated.unreadable += 1,
        }
    }
    for (user, sealed) in sealed::second_factors(tx).await? {
        match anew(&sealed, &second_factor::purpose(user))? {
            Some(sealed) => {
                sealed::set_second_factor(tx, user, &sealed).await?;
                rotated.second_factors += 1;
            }
            None => rotated.unreadable += 1,
        }
    }
    for (last, sealed) in sealed::former_keys(tx).await? {
        match FormerKey::open(old, &last, &sealed) {
            Some(former) => sealed::put_former_key(tx, &last, &former.seal(new)?).await?,
            None => rotated.unreadable += 1,
        }
    }
    if let Some(checkpoint) = audit_checkpoint::last(tx).await? {
        // Checkpoints are never changed. One that Usher did not make gets no proof from here.
        if let Some(head) = ChainKey::from(old).verify(&checkpoint) {
            let next = ChainKey::from(new).checkpoint(checkpoint.number + 1, &head, checkpoint.created_at);
            audit_checkpoint::insert(tx, &next).await?;
        }
    }
    store::installation::set_key_check(tx, &new.check()).await?;
    Ok(())
}
