//! Changing a user.

use domain::{
    audit::Action,
    id::UserId,
    role::Role,
    text::{Email, Name},
    time::Moment,
    user::{User, UserDraft},
};
use serde_json::{Value, json};
use store::{Tx, user::ListedUser};

use super::{UserInput, labelled, name_of, require_an_admin, tell};
use crate::{
    access::Management,
    error::{Changed, Error},
    mail::{Cause, Letter},
};

impl Management {
    /// `version` is the one that the form was opened with: if somebody else was faster, nothing is saved and the answer
    /// tells what stands now. People who edit themselves change their name and address only.
    pub async fn change_user(&self, id: UserId, version: i64, input: &UserInput) -> Result<(), Error> {
        let now = self.backend.clock().now();
        let found = self.user(id).await?;
        self.require_touchable(&found.user)?;
        if self.caller.is(id) && !concerns_name_and_email_only(&found.user, input) {
            return Err(Error::refused(
                "You cannot change your own role, organization or state; another administrator can. You change your \
                 password at /account.",
            ));
        }
        let form = self.parse_user(input, Some(&found.user), now).await?;
        if found.user.version != version {
            return Err(Error::Changed(changed(&found, &form.draft)));
        }
        let hash = match &form.password {
            Some(password) => Some(self.backend.passwords().hash(password).await?),
            None => None,
        };
        let (draft, hash) = (&form.draft, hash.as_deref());
        self.backend
            .store()
            .write(|mut tx| async move {
                let found = self.lock_user(&mut tx, id, draft.placement.organization()).await?;
                if found.user.version != version {
                    return Err(Error::Changed(changed(&found, draft)));
                }
                if found.user.email != draft.email {
                    self.require_patience(&mut tx, now).await?;
                }
                self.save_user(&mut tx, &found, draft, hash, now).await
            })
            .await?;
        self.backend.notify_outbox();
        Ok(())
    }

    /// Saves a user who was read in this transaction, with everything that follows from it.
    async fn save_user(
        &self,
        tx: &mut Tx,
        found: &ListedUser,
        draft: &UserDraft,
        hash: Option<&str>,
        now: Moment,
    ) -> Result<(), Error> {
        let before = &found.user;
        let after = &User {
            email: draft.email.clone(),
            name: draft.name.clone(),
            role: draft.placement.role(),
            organization: draft.placement.organization(),
            ..before.clone()
        };
        let organization_name = name_of(tx, self.scope, after.organization).await?;
        if let Some(organization) = after.organization
            && before.organization != after.organization
        {
            self.require_seat(tx, organization, now).await?;
        }
        if !store::user::update(tx, before, draft, now).await? {
            return Err(Error::LostRace);
        }
        require_an_admin(tx, before).await?;
        if before.email != after.email {
            self.tell_of_new_address(tx, &after.name, &before.email, &after.email, now)
                .await?;
            // A link that waits in the old mailbox opens nothing any more.
            store::recovery::delete_of(tx, before.id).await?;
        }
        if let Some(hash) = hash {
            self.hand_over_password(tx, after.id, &after.email, &after.name, hash, now)
                .await?;
        }
        let was = tell(before, found.organization_name.as_ref());
        let mut is = tell(after, organization_name.as_ref());
        if let (Some(_), Value::Object(fields)) = (hash, &mut is) {
            fields.insert("Password".to_owned(), json!("Set by somebody else"));
        }
        self.record_change(tx, now, (before, was), (after, is)).await
    }

    /// One row; two when the user moved, so that each organization's log tells of its own side only.
    async fn record_change(
        &self,
        tx: &mut Tx,
        now: Moment,
        (before, was): (&User, Value),
        (after, is): (&User, Value),
    ) -> Result<(), Error> {
        let action = Action::UserChanged;
        if before.organization == after.organization {
            return self.record_user(tx, now, action, after, Some(was), Some(is)).await;
        }
        self.record_user(tx, now, action, before, Some(was), None).await?;
        self.record_user(tx, now, action, after, None, Some(is)).await
    }

    async fn tell_of_new_address(
        &self,
        tx: &mut Tx,
        name: &Name,
        old: &Email,
        new: &Email,
        now: Moment,
    ) -> Result<(), Error> {
        let letter = Letter::EmailChanged {
            name: name.as_str().to_owned(),
            old: old.as_str().to_owned(),
            new: new.as_str().to_owned(),
            by: self.caller.user.name.as_str().to_owned(),
        };
        for recipient in [old, new] {
            self.backend
                .queue_mail(tx, now, &letter, recipient, None, Cause::Nothing)
                .await?;
        }
        Ok(())
    }
}

/// Whether a form about oneself leaves everything else as it is: its fields are absent, or say what stands.
fn concerns_name_and_email_only(own: &User, input: &UserInput) -> bool {
    let organization = own.organization.map_or_else(String::new, |id| id.to_string());
    input.password.is_empty()
        && (input.role.is_empty() || Role::parse(&input.role) == Ok(own.role))
        && (input.organization.is_empty() || input.organization == organization)
}

/// What stands now where it differs from what was typed. The state is told as well when it is not the usual one.
fn changed(found: &ListedUser, typed: &UserDraft) -> Changed {
    let now = &found.user;
    let differs = [
        now.email != typed.email,
        now.name != typed.name,
        now.role != typed.placement.role(),
        now.organization != typed.placement.organization(),
        now.state == domain::user::UserState::Suspended,
    ];
    let fields = labelled(now, found.organization_name.as_ref());
    let fields = fields.into_iter().zip(differs).filter(|(_, differs)| *differs);
    Changed {
        fields: fields.map(|(field, _)| field).collect(),
        version: now.version,
    }
}
