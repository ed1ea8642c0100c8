//! Making a user whose first password the caller chooses.

use domain::{
    audit::Action,
    id::UserId,
    user::{User, UserState},
};

use super::{UserInput, name_of, tell};
use crate::{access::Management, error::Error, secret::random};

impl Management {
    /// The password counts as set by somebody else: it must be changed at the first sign-in, within 72 hours.
    pub async fn create_user(&self, input: &UserInput) -> Result<UserId, Error> {
        let now = self.backend.clock().now();
        let form = self.parse_user(input, None, now).await?;
        let Some(password) = &form.password else {
            return Err(Error::Internal("a new user without a password".to_owned()));
        };
        let hash = &self.backend.passwords().hash(password).await?;
        let user = &User {
            id: UserId::new(now, random()?),
            email: form.draft.email,
            name: form.draft.name,
            role: form.draft.placement.role(),
            organization: form.draft.placement.organization(),
            state: UserState::Active,
            must_change_password: true,
            created: now,
            updated: now,
            last_sign_in: None,
            version: 1,
        };
        self.backend
            .store()
            .write(|mut tx| async move {
                if let Some(organization) = user.organization {
                    store::organization::lock(&mut tx, organization).await?;
                }
                self.recheck(&mut tx).await?;
                self.require_patience(&mut tx, now).await?;
                let organization_name = name_of(&mut tx, self.scope, user.organization).await?;
                if let Some(organization) = user.organization {
                    self.require_seat(&mut tx, organization, now).await?;
                }
                store::user::insert(&mut tx, user, None, None).await?;
                self.hand_over_password(&mut tx, user.id, &user.email, &user.name, hash, now)
                    .await?;
                let after = tell(user, organization_name.as_ref());
                self.record_user(&mut tx, now, Action::UserCreated, user, None, Some(after))
                    .await
            })
            .await?;
        self.backend.notify_outbox();
        Ok(user.id)
    }
}
