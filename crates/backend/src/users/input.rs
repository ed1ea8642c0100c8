//! What a person types about a user, and what is wrong with it.

use domain::{
    id::OrganizationId,
    problem::{FieldErrors, Problem},
    role::Role,
    text::{Email, Name},
    time::Moment,
    user::{Placement, User, UserDraft},
};

use super::name_of;
use crate::{
    access::{Account, Management},
    error::Error,
    password::NewPassword,
    taken::TAKEN,
};

/// What a person typed, field by field.
#[derive(Clone, Default)]
pub struct UserInput {
    pub email: String,
    pub name: String,
    /// Of a user who exists: blank keeps the current one.
    pub password: String,
    /// A role's key. Blank where people edit themselves.
    pub role: String,
    /// An organization's id, or blank for none. Blank where people edit themselves, and as good as the own one for an
    /// Org Admin.
    pub organization: String,
    /// The caller's own password, of people who give themselves another address.
    pub current_password: String,
}

/// The same, understood.
pub(super) struct UserForm {
    pub(super) draft: UserDraft,
    pub(super) password: Option<NewPassword>,
}

impl Management {
    /// Understands what was typed about a new user, or about `before`, and tells of everything that is wrong at once.
    pub(super) async fn parse_user(
        &self,
        input: &UserInput,
        before: Option<&User>,
        now: Moment,
    ) -> Result<UserForm, Error> {
        let mut errors = FieldErrors::default();
        let email = errors.take("email", Email::parse(&input.email));
        let name = errors.take("name", Name::parse(&input.name));
        let placement = match before {
            Some(own) if self.caller.is(own.id) => {
                errors.take("organization", Placement::new(own.role, own.organization))
            }
            _ => self.parse_placement(input, &mut errors)?,
        };
        let mut tx = self.backend.store().read().await?;
        let organization = placement.and_then(Placement::organization);
        let organization_name = match name_of(&mut tx, self.scope, organization).await {
            Ok(name) => name,
            Err(Error::Invalid(found)) => {
                errors.merge(found);
                None
            }
            Err(error) => return Err(error),
        };
        let owner = match &email {
            Some(email) => self.account_of(&mut tx, email, now).await?,
            None => None,
        };
        drop(tx);
        let taken = owner.is_some() && owner != before.map(|before| before.id);
        if taken {
            errors.add("email", TAKEN);
        }
        if let (Some(email), Some(own)) = (&email, before.filter(|before| self.caller.is(before.id)))
            && *email != own.email
        {
            self.require_own_password(&input.current_password, &mut errors).await?;
        }
        let keeps_password = before.is_some() && input.password.is_empty();
        let password = if keeps_password {
            None
        } else {
            let organization = organization_name.as_ref().map_or("", Name::as_str);
            let words = [input.name.as_str(), input.email.as_str(), organization];
            errors.take("password", NewPassword::parse(&input.password, &words))
        };
        match (email, name, placement) {
            (Some(email), Some(name), Some(placement)) if errors.is_empty() => Ok(UserForm {
                draft: UserDraft { email, name, placement },
                password,
            }),
            (Some(email), ..) if taken => {
                self.note_taken(&email, now).await?;
                Err(Error::Invalid(errors))
            }
            _ => Err(Error::Invalid(errors)),
        }
    }

    /// Whoever signs in by another address from now on shows first that the account is theirs.
    async fn require_own_password(&self, typed: &str, errors: &mut FieldErrors) -> Result<(), Error> {
        let account = Account {
            backend: self.backend.clone(),
            caller: self.caller.clone(),
        };
        match account.own_password(typed).await {
            Err(Error::Invalid(found)) => errors.merge(found),
            answer => drop(answer?),
        }
        Ok(())
    }

    /// The role and organization that were chosen. An organization that the caller does not run does not exist.
    fn parse_placement(&self, input: &UserInput, errors: &mut FieldErrors) -> Result<Option<Placement>, Error> {
        let role = Role::parse(&input.role).and_then(|role| self.grantable(role));
        let role = errors.take("role", role);
        let Some(chosen) = errors.take("organization", parse_organization(&input.organization)) else {
            return Ok(None);
        };
        let organization = self.place(chosen)?;
        Ok(role.and_then(|role| errors.take("organization", Placement::new(role, organization))))
    }

    fn grantable(&self, role: Role) -> Result<Role, Problem> {
        let own = self.caller.user.role;
        if own.may_grant(role) {
            return Ok(role);
        }
        Err(Problem::from(format!("As {own} you cannot give the role {role}.")))
    }
}

fn parse_organization(text: &str) -> Result<Option<OrganizationId>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| Problem::new("There is no such organization."))
}
