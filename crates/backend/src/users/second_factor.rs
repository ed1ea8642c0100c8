//! Resetting somebody else's second factor, when a device is lost.

use domain::{audit::Action, id::UserId, time::Moment};

use crate::{
    access::Management,
    error::Error,
    mail::{Cause, Letter},
};

impl Management {
    /// Since when a user has a second factor. Org Admins see that of an Admin as little as their sessions.
    pub async fn second_factor_of(&self, id: UserId) -> Result<Option<Moment>, Error> {
        let found = self.user(id).await?;
        self.require_touchable(&found.user)?;
        let mut tx = self.backend.store().read().await?;
        Ok(store::second_factor::since(&mut tx, id).await?)
    }

    /// Takes a user's second factor away and signs them out everywhere. They are told.
    pub async fn reset_second_factor(&self, id: UserId) -> Result<(), Error> {
        if self.caller.is(id) {
            return Err(Error::refused(
                "You cannot reset your own second factor; another administrator can. While you have your \
                 authenticator, you turn it off at /account/second-factor.",
            ));
        }
        let now = self.backend.clock().now();
        self.backend
            .store()
            .write(|mut tx| async move {
                let found = self.lock_user(&mut tx, id, None).await?;
                let user = &found.user;
                store::user::lock(&mut tx, id).await?;
                if !store::second_factor::delete(&mut tx, id).await? {
                    return Err(Error::refused("This user has no second factor."));
                }
                store::session::delete_of(&mut tx, id, None).await?;
                let letter = Letter::SecondFactorChanged {
                    name: user.name.as_str().to_owned(),
                    is_on: false,
                    by: Some(self.caller.user.name.as_str().to_owned()),
                };
                self.backend
                    .queue_mail(&mut tx, now, &letter, &user.email, None, Cause::User(id))
                    .await?;
                self.record_user(&mut tx, now, Action::SecondFactorReset, user, None, None)
                    .await
            })
            .await?;
        self.backend.notify_outbox();
        Ok(())
    }
}
