//! Addresses that have an account already. An address is unique in the installation, so this answer is the one thing
//! that an Org Admin learns of other tenants: asked too often it is refused, and each time is in the audit log.

use domain::{
    audit::{Action, ObjectKind},
    id::UserId,
    problem::Problem,
    text::Email,
    time::Moment,
};
use serde_json::json;
use store::{
    Scope, Tx,
    bucket::{self, Limit},
};

use crate::{
    access::Management,
    audit::{Entry, record},
    error::{Error, require_no_wait},
};

/// One organization may hit taken addresses so often.
const LIMIT: Limit = Limit { burst: 20, refill: 20 };

pub(crate) const TAKEN: Problem = Problem::new("This address already has an account.");

impl Management {
    /// Whose address it is. Org Admins who met taken ones too often have to wait, whatever the answer would be.
    pub(crate) async fn account_of(&self, tx: &mut Tx, email: &Email, now: Moment) -> Result<Option<UserId>, Error> {
        self.require_patience(tx, now).await?;
        Ok(store::user::id_of(tx, email).await?)
    }

    /// Refuses whoever met taken addresses too often. Asked again where one that is free is written, or whoever asks for
    /// many at once would learn from what succeeds.
    pub(crate) async fn require_patience(&self, tx: &mut Tx, now: Moment) -> Result<(), Error> {
        match self.bucket() {
            Some(bucket) => require_no_wait(bucket::wait(tx, &bucket, LIMIT, now).await?),
            None => Ok(()),
        }
    }

    /// Notes that the caller was told of a taken address.
    pub(crate) async fn note_taken(&self, email: &Email, now: Moment) -> Result<(), Error> {
        let Some(bucket) = &self.bucket() else { return Ok(()) };
        self.backend
            .store()
            .write(|mut tx| async move {
                require_no_wait(bucket::wait_in_turn(&mut tx, bucket, LIMIT, now).await?)?;
                bucket::take(&mut tx, bucket, LIMIT, now).await?;
                let entry = Entry::without_object(Action::AccessRefused, ObjectKind::User, email.as_str())
                    .organization(self.caller.user.organization)
                    .after(json!({ "Reason": "The address already has an account" }));
                record(&mut tx, &(&self.caller).into(), now, entry).await
            })
            .await
    }

    fn bucket(&self) -> Option<String> {
        match self.scope {
            Scope::All => None,
            Scope::Organization(own) => Some(format!("accounts told {own}")),
        }
    }
}
