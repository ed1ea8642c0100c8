//! Suspending and reactivating, deleting, and ending sessions.

use domain::{
    audit::Action,
    id::UserId,
    user::{User, UserState},
};
use serde_json::json;
use store::Tx;

use super::{action_to, find, labelled, require_an_admin, tell};
use crate::{
    access::Management,
    error::{Changed, Error},
};

impl Management {
    /// Suspends or reactivates. `version` is the one that the person saw: if somebody else was faster, nothing is done
    /// and the answer tells how the user stands now.
    pub async fn set_user_state(&self, id: UserId, version: i64, state: UserState) -> Result<(), Error> {
        if self.caller.is(id) {
            return Err(Error::refused(
                "You cannot suspend yourself; another administrator can.",
            ));
        }
        let now = self.backend.clock().now();
        self.backend
            .store()
            .write(|mut tx| async move {
                let found = self.lock_user(&mut tx, id, None).await?;
                let before = &found.user;
                if before.version != version {
                    return Err(Error::Changed(Changed {
                        fields: labelled(before, found.organization_name.as_ref()).to_vec(),
                        version: before.version,
                    }));
                }
                if before.state == state {
                    return Ok(());
                }
                if !store::user::set_state(&mut tx, before, state, now).await? {
                    return Err(Error::LostRace);
                }
                require_an_admin(&mut tx, before).await?;
                if state == UserState::Suspended {
                    end_everything(&mut tx, before).await?;
                }
                let was = json!({ "State": before.state.label() });
                let is = json!({ "State": state.label() });
                self.record_user(&mut tx, now, action_to(state), before, Some(was), Some(is))
                    .await
            })
            .await
    }

    /// Deletes the user with their sessions, links and mails.
    pub async fn delete_user(&self, id: UserId) -> Result<(), Error> {
        if self.caller.is(id) {
            return Err(Error::refused("You cannot delete yourself; another administrator can."));
        }
        let now = self.backend.clock().now();
        self.backend
            .store()
            .write(|mut tx| async move {
                let found = self.lock_user(&mut tx, id, None).await?;
                let before = &found.user;
                if !store::user::delete(&mut tx, before).await? {
                    return Err(Error::LostRace);
                }
                require_an_admin(&mut tx, before).await?;
                let was = tell(before, found.organization_name.as_ref());
                self.record_user(&mut tx, now, Action::UserDeleted, before, Some(was), None)
                    .await
            })
            .await
    }

    /// Signs a user out everywhere. Returns how many sessions ended.
    pub async fn end_user_sessions(&self, id: UserId) -> Result<u64, Error> {
        if self.caller.is(id) {
            // There it takes the password: whoever finds an open browser does not keep its owner out.
            return Err(Error::refused("Your own sessions end on the page of your account."));
        }
        let now = self.backend.clock().now();
        self.backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                let found = find(&mut tx, self.scope, id).await?;
                self.require_touchable(&found.user)?;
                let ended = store::session::delete_of(&mut tx, id, None).await?;
                let after = json!({ "Sessions ended": ended });
                self.record_user(&mut tx, now, Action::SessionsEnded, &found.user, None, Some(after))
                    .await?;
                Ok(ended)
            })
            .await
    }
}

/// Whoever is suspended is out at once, and no link brings them back.
async fn end_everything(tx: &mut Tx, user: &User) -> Result<(), Error> {
    store::session::delete_of(tx, user.id, None).await?;
    store::recovery::delete_of(tx, user.id).await?;
    Ok(())
}
