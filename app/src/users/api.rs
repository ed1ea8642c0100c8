//! The server functions of users and what they send.

use domain::{role::Role, user::UserState};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    AppError,
    form::Done,
    list::{Listed, Shown},
    organizations::OrganizationChoices,
    session::SignedInView,
};

/// A row of the list, and the detail page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    pub id: String,
    pub email: String,
    pub name: String,
    pub role: Role,
    /// Id and name; None for a Global Administrator.
    pub organization: Option<(String, String)>,
    pub state: UserState,
    pub must_change_password: bool,
    pub last_sign_in: Option<Shown>,
    pub created: Shown,
    pub updated: Shown,
    pub version: i64,
    /// Whether the caller may do anything about this user but see them.
    pub may_touch: bool,
    pub is_self: bool,
}

/// One user with where they are signed in, which whoever may not touch the user does not see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserDetail {
    pub user: UserView,
    /// Who has chosen it, or how one is come by.
    pub password: String,
    pub sessions: Option<Vec<SignedInView>>,
    /// Since when there is one.
    pub second_factor: Option<Shown>,
}

/// What the form of a user who exists begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserToEdit {
    pub user: UserView,
    pub choices: OrganizationChoices,
}

/// The fields of the form.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UserForm {
    pub email: String,
    pub name: String,
    pub password: String,
    /// A role's key.
    pub role: String,
    /// An organization's id, or empty for none.
    pub organization: String,
}

/// Without the password.
impl std::fmt::Debug for UserForm {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("UserForm").finish_non_exhaustive()
    }
}

#[cfg(feature = "ssr")]
mod convert {
    use backend::{
        access::Management,
        users::{ListedUser, UserInput},
    };
    use domain::{time::Moment, user::UserState};

    use super::{UserForm, UserView};
    use crate::server::shown;

    impl From<UserForm> for UserInput {
        fn from(form: UserForm) -> Self {
            Self {
                email: form.email,
                name: form.name,
                password: form.password,
                role: form.role,
                organization: form.organization,
                current_password: String::new(),
            }
        }
    }

    impl UserView {
        pub fn new(row: ListedUser, management: &Management, now: Moment) -> Self {
            let user = row.user;
            let organization = user.organization.zip(row.organization_name);
            Self {
                may_touch: management.may_touch(&user),
                is_self: management.is_caller(user.id),
                id: user.id.to_string(),
                email: user.email.to_string(),
                name: user.name.to_string(),
                role: user.role,
                organization: organization.map(|(id, name)| (id.to_string(), name.to_string())),
                state: user.state,
                must_change_password: user.must_change_password,
                last_sign_in: user.last_sign_in.map(|moment| shown(moment, now)),
                created: shown(user.created, now),
                updated: shown(user.updated, now),
                version: user.version,
            }
        }

        /// What is known of the password, and where there is none, how the user comes by one.
        pub fn password(&self, has_one: bool, sends_mail: bool) -> &'static str {
            if self.must_change_password {
                "Was set by somebody else: to be changed at the next sign-in"
            } else if has_one {
                "Chosen by the user"
            // Nobody who is suspended is sent a link.
            } else if sends_mail && self.state == UserState::Active {
                "None yet: the user chooses one by \"Forgot your password?\" at the sign-in, or you set one by \"Edit\""
            } else {
                "None yet: set one by \"Edit\""
            }
        }
    }
}

/// A page of the list, asked by the address's query.
#[server(endpoint = "users/list", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn list_users(query: String) -> Result<Listed<UserView>, AppError> {
    use crate::server;

    let management = server::access().await?.management()?;
    let query = server::read_query(&query);
    let page = management.list_users(&query).await?;
    let now = server::backend()?.clock().now();
    Ok(server::listed(
        &query,
        page,
        |row, sort| row.place_in(sort),
        |row| UserView::new(row, &management, now),
    ))
}

/// One user in the caller's scope.
#[server(endpoint = "users/get", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn get_user(id: String) -> Result<UserView, AppError> {
    use crate::server;

    let management = server::access().await?.management()?;
    let found = management.user(server::parse_id(&id)?).await?;
    Ok(UserView::new(found, &management, server::backend()?.clock().now()))
}

/// One user with where they are signed in.
#[server(endpoint = "users/detail", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn get_user_detail(id: String) -> Result<UserDetail, AppError> {
    use crate::server;

    let user = get_user(id.clone()).await?;
    if !user.may_touch {
        return Ok(UserDetail {
            user,
            password: "–".to_owned(),
            sessions: None,
            second_factor: None,
        });
    }
    let (management, id) = (server::access().await?.management()?, server::parse_id(&id)?);
    let sends_mail = server::backend()?.settings().mail.has_server();
    let password = user.password(management.has_password(id).await?, sends_mail).to_owned();
    let sessions = management.user_sessions(id).await?;
    let second_factor = management.second_factor_of(id).await?;
    let now = server::backend()?.clock().now();
    let view = |session| SignedInView::new(session, false, now);
    Ok(UserDetail {
        user,
        password,
        sessions: Some(sessions.into_iter().map(view).collect()),
        second_factor: second_factor.map(|since| server::shown(since, now)),
    })
}

/// One user with what their form offers.
#[server(endpoint = "users/edit", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn get_user_to_edit(id: String) -> Result<UserToEdit, AppError> {
    use crate::organizations::offer_organizations;

    let user = get_user(id).await?;
    let chosen = user.organization.as_ref().map(|(id, _)| id.clone());
    let choices = offer_organizations(chosen.unwrap_or_default()).await?;
    Ok(UserToEdit { user, choices })
}

#[server(endpoint = "users/create", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn create_user(#[server(flatten)] form: UserForm) -> Result<Done, AppError> {
    use crate::{organizations::understood, paths, server};

    let name = form.name.trim().to_owned();
    let management = server::access().await?.management()?;
    let mut form = form;
    form.organization = understood(&management, form.organization).await?;
    let id = management.create_user(&form.into()).await?;
    let done = Done::back_to(paths::USERS, format!("{name} was created."));
    Ok(done.with_link("Open", paths::detail(paths::USERS, &id.to_string())))
}

#[server(endpoint = "users/change", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn change_user(
    id: String,
    #[server(default)] version: String,
    #[server(default)] current_password: String,
    #[server(flatten)] form: UserForm,
) -> Result<Done, AppError> {
    use backend::users::UserInput;

    use crate::{organizations::understood, paths, server};

    let name = form.name.trim().to_owned();
    let management = server::access().await?.management()?;
    let mut form = form;
    form.organization = understood(&management, form.organization).await?;
    let version = server::parse_version(&version)?;
    let input = UserInput {
        current_password,
        ..form.into()
    };
    management.change_user(server::parse_id(&id)?, version, &input).await?;
    Ok(Done::back_to_either(paths::USERS, &id, format!("{name} was saved.")))
}

/// Suspends or reactivates.
#[server(endpoint = "users/state", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn set_user_state(
    id: String,
    #[server(default)] version: String,
    #[server(default)] state: String,
) -> Result<Done, AppError> {
    use backend::error::Error;

    use crate::{paths, server};

    let management = server::access().await?.management()?;
    let state = UserState::parse(&state).map_err(Error::Refused)?;
    let version = server::parse_version(&version)?;
    management
        .set_user_state(server::parse_id(&id)?, version, state)
        .await?;
    let message = match state {
        UserState::Suspended => "The user was suspended.",
        UserState::Active => "The user was reactivated.",
    };
    Ok(Done::back_to_either(paths::USERS, &id, message))
}

/// Takes somebody's second factor away.
#[server(endpoint = "users/second-factor", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn reset_second_factor(id: String) -> Result<Done, AppError> {
    use crate::{paths, server};

    let management = server::access().await?.management()?;
    management.reset_second_factor(server::parse_id(&id)?).await?;
    Ok(Done::back_to_either(paths::USERS, &id, "The second factor was reset."))
}

#[server(endpoint = "users/delete", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn delete_user(id: String) -> Result<Done, AppError> {
    use crate::{paths, server};

    let management = server::access().await?.management()?;
    management.delete_user(server::parse_id(&id)?).await?;
    Ok(Done::back_to(paths::USERS, "The user was deleted."))
}

/// Signs a user out everywhere.
#[server(endpoint = "users/end-sessions", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn end_user_sessions(id: String) -> Result<Done, AppError> {
    use backend::show::count;

    use crate::{paths, server};

    let management = server::access().await?.management()?;
    let ended = management.end_user_sessions(server::parse_id(&id)?).await?;
    let ended = count(i64::try_from(ended).unwrap_or(i64::MAX), "session");
    Ok(Done::on_to(paths::detail(paths::USERS, &id), format!("{ended} ended.")))
}
