//! Permission is a value that one must hold: without the handle the method does not exist.

use domain::{
    id::{OrganizationId, SessionId, UserId},
    problem::Problem,
    role::{Permission, Role},
    text::Name,
    time::Moment,
    user::{User, UserState},
};
use store::{Scope, Tx, session::Session};

use crate::{
    Backend,
    error::{Error, require_no_wait},
    pace,
    secret::Token,
};

/// What HTTP, or the command line, tells about whoever asks.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Also in the log and in what people see of a failure.
    pub id: String,
    pub address: String,
    pub user_agent: String,
}

/// Somebody who is signed in, as they are at this moment.
#[derive(Clone, Debug)]
pub struct Caller {
    pub user: User,
    pub organization_name: Option<Name>,
    pub session: SessionId,
    pub has_second_factor: bool,
    /// By the installation, or by the caller's organization.
    pub is_second_factor_required: bool,
    pub request: Request,
}

/// A session ends after an hour without use, and after twelve hours in any case.
pub const IDLE_SECONDS: i64 = 60 * 60;
pub const ABSOLUTE_SECONDS: i64 = 12 * 60 * 60;

/// Last seen is written at most so often.
const TOUCH_SECONDS: i64 = 60;

/// What somebody who is signed in may get a handle for.
#[derive(Clone)]
pub struct Access {
    backend: Backend,
    caller: Caller,
}

/// For Admins: organizations, tiers and the installation.
#[derive(Clone)]
pub struct Administration {
    pub(crate) backend: Backend,
    pub(crate) caller: Caller,
}

/// For Admins and Org Admins: users, invitations and audit, in the caller's scope.
#[derive(Clone)]
pub struct Management {
    pub(crate) backend: Backend,
    pub(crate) caller: Caller,
    pub(crate) scope: Scope,
}

/// For everybody: the own account.
#[derive(Clone)]
pub struct Account {
    pub(crate) backend: Backend,
    pub(crate) caller: Caller,
}

impl Backend {
    /// Who a cookie's secret belongs to. Role, organization and state are read anew each time.
    pub async fn access(&self, secret: Option<&str>, request: Request) -> Result<Access, Error> {
        let token = secret.and_then(Token::parse).ok_or(Error::Unauthenticated)?;
        let now = self.clock().now();
        let mut tx = self.store().read().await?;
        let found = store::session::find(&mut tx, &token.hash()).await?;
        drop(tx);
        let found = found.ok_or(Error::Unauthenticated)?;
        let (session, listed) = (found.session, found.user);
        if !is_alive(&session, now) || listed.user.state == UserState::Suspended || found.awaits_code {
            return Err(Error::Unauthenticated);
        }
        if now.seconds_since(session.last_seen) >= TOUCH_SECONDS {
            let touch = self.store().write(|mut tx| async move {
                store::session::touch(&mut tx, session.id, now)
                    .await
                    .map_err(Error::from)
            });
            // Apart: once a minute, and larger than all else here.
            let touched = Box::pin(touch).await;
            // Where nothing can be written, one can still read: until the hour since the last note is over.
            match touched {
                Err(Error::Unavailable(reason)) => {
                    tracing::warn!(request = %request.id, %reason, "a session's last use was not noted");
                }
                touched => touched?,
            }
        }
        let required = self.settings().second_factor;
        let caller = Caller {
            has_second_factor: found.has_second_factor,
            is_second_factor_required: found.organization_requires_second_factor || required.concerns(listed.user.role),
            user: listed.user,
            organization_name: listed.organization_name,
            session: session.id,
            request,
        };
        Ok(Access {
            backend: self.clone(),
            caller,
        })
    }
}

/// Whether a session has not ended by time. A clock that was set back brings none to life: what was seen or made in the
/// future is as old as it can be.
pub(crate) fn is_alive(session: &Session, now: Moment) -> bool {
    let idle = now.seconds_since(session.last_seen);
    let age = now.seconds_since(session.created);
    (-TOUCH_SECONDS..=IDLE_SECONDS).contains(&idle) && (-TOUCH_SECONDS..=ABSOLUTE_SECONDS).contains(&age)
}

impl Access {
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// For Admins.
    pub fn administration(&self) -> Result<Administration, Error> {
        self.require(Permission::ManageOrganizations)?;
        Ok(Administration {
            backend: self.backend.clone(),
            caller: self.caller.clone(),
        })
    }

    /// For Admins and Org Admins.
    pub fn management(&self) -> Result<Management, Error> {
        self.require(Permission::ManageUsers)?;
        let scope = match (self.caller.user.role, self.caller.user.organization) {
            (Role::Admin, _) => Scope::All,
            (_, Some(organization)) => Scope::Organization(organization),
            (_, None) => return Err(Error::Internal("an Org Admin without an organization".to_owned())),
        };
        Ok(Management {
            backend: self.backend.clone(),
            caller: self.caller.clone(),
            scope,
        })
    }

    /// Counts so many requests of this person, who may have to wait.
    pub fn count(&self, requests: u32) -> Result<(), Error> {
        let now = self.backend.clock().now();
        require_no_wait(self.backend.pace().take(self.caller.user.id.0, requests, now))
    }

    /// Counts a request that takes a session away, or leads there. Each session has a count of its own: one that is stolen
    /// does not use up its owner's.
    pub fn count_by_session(&self) -> Result<(), Error> {
        let now = self.backend.clock().now();
        require_no_wait(self.backend.pace().take(self.caller.session.0, pace::OF_SESSIONS, now))
    }

    /// For everybody, also while the password must be changed or a second factor set up.
    pub fn account(&self) -> Account {
        Account {
            backend: self.backend.clone(),
            caller: self.caller.clone(),
        }
    }

    fn require(&self, permission: Permission) -> Result<(), Error> {
        self.caller.require_settled()?;
        if !self.caller.user.role.allows(permission) {
            let (request, user) = (&self.caller.request.id, self.caller.user.id);
            tracing::warn!(%request, %user, ?permission, "refused");
            return Err(Error::Forbidden {
                needs: Role::needed_for(permission),
            });
        }
        Ok(())
    }
}

impl Management {
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Whether the caller may give this role, or touch somebody who has it.
    pub(crate) fn require_grantable(&self, role: Role) -> Result<(), Error> {
        if self.caller.user.role.may_grant(role) {
            return Ok(());
        }
        Err(Error::field(
            "role",
            Problem::from(format!("As {} you cannot give the role {role}.", self.caller.user.role)),
        ))
    }

    /// The organization that a user or an invitation is put into: an Admin's choice, an Org Admin's own whatever was
    /// sent, unless it is another one, which is a forged request.
    pub(crate) fn place(&self, chosen: Option<OrganizationId>) -> Result<Option<OrganizationId>, Error> {
        match self.scope {
            Scope::All => Ok(chosen),
            Scope::Organization(own) if chosen.is_none_or(|chosen| chosen == own) => Ok(Some(own)),
            Scope::Organization(_) => Err(Error::NotFound),
        }
    }

    /// The caller as they stand inside a transaction: a role that was taken away meanwhile counts.
    pub(crate) async fn recheck(&self, tx: &mut Tx) -> Result<(), Error> {
        recheck(tx, &self.caller).await
    }
}

impl Administration {
    /// The caller as they stand inside a transaction: a role that was taken away meanwhile counts.
    pub(crate) async fn recheck(&self, tx: &mut Tx) -> Result<(), Error> {
        recheck(tx, &self.caller).await
    }
}

impl Account {
    /// The caller as they stand inside a transaction: somebody who was suspended or deleted meanwhile does nothing more.
    pub(crate) async fn recheck(&self, tx: &mut Tx) -> Result<(), Error> {
        recheck(tx, &self.caller).await
    }
}

/// What was allowed when the request began must still be when it writes: in a session that nobody has ended.
async fn recheck(tx: &mut Tx, caller: &Caller) -> Result<(), Error> {
    let now = store::session::user_of(tx, caller.session).await?;
    let unchanged = now.is_some_and(|now| {
        now.user.role == caller.user.role
            && now.user.organization == caller.user.organization
            && now.user.must_change_password == caller.user.must_change_password
            && now.user.state == UserState::Active
    });
    if unchanged { Ok(()) } else { Err(Error::Unauthenticated) }
}

impl Caller {
    /// A second factor is required and was not set up yet: nothing else is allowed until it is.
    pub fn must_set_up_second_factor(&self) -> bool {
        self.is_second_factor_required && !self.has_second_factor
    }

    /// A password that somebody else set opens nothing but the page that changes it.
    pub(crate) fn require_chosen_password(&self) -> Result<(), Error> {
        if self.user.must_change_password {
            return Err(Error::PasswordChangeRequired);
        }
        Ok(())
    }

    /// Nothing has to be done first: neither a password changed nor a second factor set up.
    pub(crate) fn require_settled(&self) -> Result<(), Error> {
        self.require_chosen_password()?;
        if self.must_set_up_second_factor() {
            return Err(Error::SecondFactorRequired);
        }
        Ok(())
    }

    pub(crate) fn is(&self, user: UserId) -> bool {
        self.user.id == user
    }
}
