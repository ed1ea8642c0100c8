//! Users: an Admin manages all of them, an Org Admin those of the own organization but for Admins.

mod change;
mod create;
mod input;
mod remove;
mod second_factor;

use domain::{
    audit::{Action, ObjectKind},
    id::{OrganizationId, UserId},
    page::Page,
    problem::Problem,
    query::UserQuery,
    role::Role,
    text::{Email, Name},
    time::Moment,
    user::{User, UserState},
};
pub use input::UserInput;
use serde_json::{Value, json};
pub use store::user::ListedUser;
use store::{Scope, Tx, session::Session};

use crate::{
    access::{IDLE_SECONDS, Management, is_alive},
    audit::{Entry, record},
    error::Error,
    mail::{Cause, Letter},
    seats::require_seat,
};

/// A password that somebody else set is good for 72 hours, until it is changed.
const SET_PASSWORD_SECONDS: i64 = 72 * 60 * 60;

impl Management {
    /// One page of the users in the caller's scope.
    pub async fn list_users(&self, query: &UserQuery) -> Result<Page<ListedUser>, Error> {
        let mut tx = self.backend.store().read().await?;
        let search = query.search.as_deref();
        let counted = store::user::count(&mut tx, self.scope, search, &query.filter, query.count_exactly).await?;
        let (position, rows) = (&query.position, query.size.rows());
        Ok(store::user::page(
            &mut tx,
            self.scope,
            search,
            &query.filter,
            query.sort,
            position,
            rows,
            &counted,
        )
        .await?)
    }

    /// A user in the caller's scope.
    pub async fn user(&self, id: UserId) -> Result<ListedUser, Error> {
        let mut tx = self.backend.store().read().await?;
        find(&mut tx, self.scope, id).await
    }

    /// Whether a user has a password: who came by an import may have none yet.
    pub async fn has_password(&self, id: UserId) -> Result<bool, Error> {
        let mut tx = self.backend.store().read().await?;
        find(&mut tx, self.scope, id).await?;
        Ok(store::user::has_password(&mut tx, id).await?)
    }

    /// Where a user is signed in, latest first. Org Admins see an Admin, but not where that Admin is.
    pub async fn user_sessions(&self, id: UserId) -> Result<Vec<Session>, Error> {
        let now = self.backend.clock().now();
        let mut tx = self.backend.store().read().await?;
        let found = find(&mut tx, self.scope, id).await?;
        self.require_touchable(&found.user)?;
        let mut sessions = store::session::of_user(&mut tx, id, now.minus_seconds(IDLE_SECONDS)).await?;
        sessions.retain(|session| is_alive(session, now));
        Ok(sessions)
    }

    /// Whether it is the caller: what pages leave out by.
    pub fn is_caller(&self, id: UserId) -> bool {
        self.caller.is(id)
    }

    /// Whether the caller may do anything about this user but see them: what pages show buttons by.
    pub fn may_touch(&self, user: &User) -> bool {
        self.caller.user.role.may_grant(user.role)
    }

    fn require_touchable(&self, user: &User) -> Result<(), Error> {
        if self.may_touch(user) {
            return Ok(());
        }
        Err(Error::Forbidden { needs: Role::Admin })
    }

    /// Locks what a change of this user could upset (that there is an Admin, the seats of the organizations), and reads
    /// the user as they are then. `to` is the organization that the user shall move into.
    async fn lock_user(&self, tx: &mut Tx, id: UserId, to: Option<OrganizationId>) -> Result<ListedUser, Error> {
        match self.scope {
            Scope::All => store::installation::lock(tx).await?,
            Scope::Organization(own) => store::organization::lock(tx, own).await?,
        }
        self.recheck(tx).await?;
        let found = find(tx, self.scope, id).await?;
        self.require_touchable(&found.user)?;
        if self.scope == Scope::All {
            // Always in the same order, so that nobody waits for somebody who waits for them.
            let mut organizations: Vec<_> = [found.user.organization, to].into_iter().flatten().collect();
            organizations.sort();
            organizations.dedup();
            for organization in organizations {
                store::organization::lock(tx, organization).await?;
            }
        }
        Ok(found)
    }

    /// Refuses where no seat is left. An Admin can choose another organization, so it is said at that field.
    async fn require_seat(&self, tx: &mut Tx, organization: OrganizationId, now: Moment) -> Result<(), Error> {
        match require_seat(tx, organization, now).await {
            Err(Error::Refused(problem)) if self.scope == Scope::All => Err(Error::field("organization", problem)),
            answer => answer,
        }
    }

    /// A password that the caller sets for somebody else: every session and link of that person ends, and they are told.
    async fn hand_over_password(
        &self,
        tx: &mut Tx,
        id: UserId,
        email: &Email,
        name: &Name,
        hash: &str,
        now: Moment,
    ) -> Result<(), Error> {
        let expires = now.plus_seconds(SET_PASSWORD_SECONDS);
        store::user::set_password(tx, id, hash, true, Some(expires), now).await?;
        store::session::delete_of(tx, id, None).await?;
        store::recovery::delete_of(tx, id).await?;
        let letter = Letter::PasswordSetForYou {
            name: name.as_str().to_owned(),
            by: self.caller.user.name.as_str().to_owned(),
        };
        self.backend
            .queue_mail(tx, now, &letter, email, None, Cause::User(id))
            .await?;
        Ok(())
    }

    async fn record_user(
        &self,
        tx: &mut Tx,
        now: Moment,
        action: Action,
        user: &User,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Result<(), Error> {
        let entry = Entry {
            before,
            after,
            ..Entry::new(action, ObjectKind::User, user.id.0, user.email.as_str())
        };
        record(tx, &(&self.caller).into(), now, entry.organization(user.organization)).await
    }
}

async fn find(tx: &mut Tx, scope: Scope, id: UserId) -> Result<ListedUser, Error> {
    store::user::find(tx, scope, id).await?.ok_or(Error::NotFound)
}

/// The name of an organization that is chosen in a form; none for none.
async fn name_of(tx: &mut Tx, scope: Scope, organization: Option<OrganizationId>) -> Result<Option<Name>, Error> {
    let Some(id) = organization else { return Ok(None) };
    match store::organization::find(tx, scope, id).await? {
        Some(found) => Ok(Some(found.organization.name)),
        None => Err(Error::field(
            "organization",
            Problem::new("This organization no longer exists. Choose another."),
        )),
    }
}

/// The last ring of what makes sure that somebody can run the installation.
async fn require_an_admin(tx: &mut Tx, changed: &User) -> Result<(), Error> {
    if changed.role == Role::Admin && store::user::count_active_admins(tx).await? == 0 {
        return Err(Error::refused("This is the last active Admin: make another one first."));
    }
    Ok(())
}

/// As the audit log tells it. A password is never part of it.
fn tell(user: &User, organization_name: Option<&Name>) -> Value {
    json!({
        "Email": user.email,
        "Name": user.name,
        "Role": user.role.label(),
        "Organization": organization_name,
        "State": user.state.label(),
    })
}

/// Label and value of what a person sees of a user.
fn labelled(user: &User, organization_name: Option<&Name>) -> [(&'static str, String); 5] {
    let organization = organization_name.map_or("–", Name::as_str);
    [
        ("Email", user.email.as_str().to_owned()),
        ("Name", user.name.as_str().to_owned()),
        ("Role", user.role.label().to_owned()),
        ("Organization", organization.to_owned()),
        ("State", user.state.label().to_owned()),
    ]
}

/// The action that leads to a state.
const fn action_to(state: UserState) -> Action {
    match state {
        UserState::Active => Action::UserReactivated,
        UserState::Suspended => Action::UserSuspended,
    }
}
