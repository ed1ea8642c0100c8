//! The first Admin: made by a one-time link that the server prints, or by the command line. There is no default account.

use domain::{
    audit::{Action, ObjectKind},
    id::{TierId, UserId},
    problem::FieldErrors,
    role::Role,
    text::{Email, Name},
    tier::TierLimits,
    time::Moment,
    user::{User, UserState},
};
use store::Tx;

use crate::{
    Backend,
    access::Request,
    audit::{Actor, COMMAND_LINE, Entry, record},
    error::Error,
    password::NewPassword,
    secret::{Token, random},
    sessions::{self, Opens},
};

/// The tiers that every installation begins with, all without limits.
const TIERS: [&str; 4] = ["Free", "Standard", "Premium", "Enterprise"];

impl Backend {
    /// Prepares a new installation. While no Admin exists, returns the address of a fresh one-time setup link; older
    /// ones die.
    pub async fn prepare(&self) -> Result<Option<String>, Error> {
        let now = self.clock().now();
        let token = Token::new()?;
        let hash = token.hash();
        let key_check = self.key().check();
        let needs_setup = self
            .store()
            .write(|mut tx| async move {
                store::installation::ensure(&mut tx, now).await?;
                store::installation::lock(&mut tx).await?;
                match store::installation::key_check(&mut tx).await?.flatten() {
                    None => store::installation::set_key_check(&mut tx, &key_check).await?,
                    Some(noted) if noted == key_check => {}
                    Some(_) => {
                        let reason = "another server has set up this database meanwhile, with another key";
                        return Err(Error::Internal(reason.to_owned()));
                    }
                }
                let is_new = store::user::count_active_admins(&mut tx).await? == 0;
                store::installation::set_setup_token(&mut tx, is_new.then_some(hash.as_slice())).await?;
                if is_new && store::tier::all(&mut tx).await?.is_empty() {
                    for name in TIERS {
                        let id = TierId::new(now, random()?);
                        let name = Name::trusted(name.to_owned());
                        store::tier::insert(&mut tx, id, &name, &TierLimits::default(), now).await?;
                    }
                }
                Ok::<_, Error>(is_new)
            })
            .await?;
        Ok(needs_setup.then(|| self.link(&format!("/setup/{}", token.reveal()))))
    }

    /// An address of this installation. Links come only from the public URL.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.settings().public_url.as_str().trim_end_matches('/'))
    }

    /// Whether a setup link is still good.
    pub async fn is_setup_link(&self, token: &str) -> Result<bool, Error> {
        let Some(token) = Token::parse(token) else {
            return Ok(false);
        };
        let mut tx = self.store().read().await?;
        Ok(store::installation::has_setup_token(&mut tx, &token.hash()).await?)
    }

    /// Makes the first Admin and signs them in. Of several that try, one wins; to the others the link is gone.
    pub async fn set_up(
        &self,
        token: &str,
        name: &str,
        email: &str,
        password: &str,
        request: &Request,
    ) -> Result<Token, Error> {
        if !self.is_setup_link(token).await? {
            return Err(Error::NotFound);
        }
        let token_hash = Token::parse(token).ok_or(Error::NotFound)?.hash();
        let (user, password) = self.new_admin(name, email, password).await?;
        let secret = Token::new()?;
        let (user, password, secret_ref) = (&user, &password, &secret);
        self.store()
            .write(|mut tx| async move {
                store::installation::lock(&mut tx).await?;
                if !store::installation::has_setup_token(&mut tx, &token_hash).await? {
                    return Err(Error::NotFound);
                }
                store::installation::set_setup_token(&mut tx, None).await?;
                let user = User {
                    last_sign_in: Some(user.created),
                    ..user.clone()
                };
                insert_admin(&mut tx, &user, password, Some(user.id), request).await?;
                sessions::open(&mut tx, user.id, secret_ref, user.created, request, Opens::Everything).await?;
                Ok(())
            })
            .await?;
        Ok(secret)
    }

    /// Makes an Admin from the command line, whether or not there is one.
    pub async fn create_admin(&self, name: &str, email: &str, password: &str) -> Result<UserId, Error> {
        let (user, password) = self.new_admin(name, email, password).await?;
        let (user, password, request) = (&user, &password, &Request::default());
        self.store()
            .write(|mut tx| async move {
                store::installation::lock(&mut tx).await?;
                store::installation::set_setup_token(&mut tx, None).await?;
                insert_admin(&mut tx, user, password, None, request).await
            })
            .await?;
        Ok(user.id)
    }

    /// Parses what was typed and hashes the password.
    async fn new_admin(&self, name: &str, email: &str, password: &str) -> Result<(User, String), Error> {
        let mut errors = FieldErrors::default();
        let parsed_name = errors.take("name", Name::parse(name));
        let parsed_email = errors.take("email", Email::parse(email));
        let password = errors.take("password", NewPassword::parse(password, &[name, email]));
        let (Some(name), Some(email), Some(password)) = (parsed_name, parsed_email, password) else {
            return Err(Error::Invalid(errors));
        };
        let now: Moment = self.clock().now();
        let user = User {
            id: UserId::new(now, random()?),
            email,
            name,
            role: Role::Admin,
            organization: None,
            state: UserState::Active,
            must_change_password: false,
            created: now,
            updated: now,
            last_sign_in: None,
            version: 1,
        };
        Ok((user, self.passwords().hash(&password).await?))
    }
}

async fn insert_admin(
    tx: &mut Tx,
    user: &User,
    password: &str,
    actor: Option<UserId>,
    request: &Request,
) -> Result<(), Error> {
    store::user::insert(tx, user, Some(password), None).await?;
    let label = if actor.is_some() {
        user.email.as_str()
    } else {
        COMMAND_LINE
    };
    let actor = Actor {
        user: actor,
        label,
        request,
    };
    let entry = Entry::new(Action::SetUp, ObjectKind::User, user.id.0, user.email.as_str());
    record(tx, &actor, user.created, entry).await
}
