//! The fields of the dialogs that create and edit a user.

use domain::role::{Permission, Role};
use leptos::prelude::*;

use super::api::UserView;
use crate::{
    organizations::OrganizationChoices,
    paths,
    session::{SessionView, use_session},
    ui::{FixedField, PasswordField, SelectField, SelectOption, TextField, use_hydrated},
};

/// Of a new user, in an organization that is chosen already, or of one who exists.
#[component]
pub(super) fn UserFields(
    #[prop(optional_no_strip)] user: Option<UserView>,
    #[prop(optional, into)] organization: String,
    choices: OrganizationChoices,
) -> impl IntoView {
    let (email, name) = match &user {
        Some(user) => (user.email.clone(), user.name.clone()),
        None => Default::default(),
    };
    let notice = if use_session().sends_mail {
        "An e-mail tells that it was set."
    } else {
        "Tell the user yourself: there is no mail server."
    };
    let rest = match user {
        Some(user) if user.is_self => view! { <OwnStanding user /> }.into_any(),
        Some(user) => {
            let organization = user.organization.map(|(id, _)| id).unwrap_or_default();
            view! {
                <PasswordField
                    name="password"
                    label="Password"
                    autocomplete="new-password"
                    hint=format!(
                        "Leave it blank to keep the current one. A new one ends every session of this user, who has 72 \
                        hours to sign in and change it. {notice}",
                    )
                />
                <PlacementFields role=user.role organization choices />
            }
            .into_any()
        }
        None => view! {
            <PasswordField
                name="password"
                label="Password"
                required=true
                autocomplete="new-password"
                hint=format!(
                    "At least 12 characters; several unrelated words are good. The user has 72 hours to sign in and \
                    change it. {notice}",
                )
            />
            <PlacementFields role=Role::User organization choices />
        }
        .into_any(),
    };
    view! {
        <TextField name="email" label="Email" kind="email" value=email required=true autocomplete="off" autofocus=true />
        <TextField name="name" label="Name" value=name required=true autocomplete="off" />
        {rest}
    }
}

/// What people cannot change about themselves, to read.
#[component]
fn OwnStanding(user: UserView) -> impl IntoView {
    let organization = user
        .organization
        .map_or_else(|| "None (Global Administrator)".to_owned(), |(_, name)| name);
    view! {
        <PasswordField
            name="current_password"
            label="Current password"
            autocomplete="current-password"
            hint="Only to change your email."
        />
        <FixedField label="Role" value=user.role.label() />
        <FixedField label="Organization" value=organization />
        <p>
            "This is you. Another administrator can change your role and organization. Your password is changed in "
            <a href=paths::ACCOUNT>"your account"</a> "."
        </p>
    }
}

/// Role and organization: an Org Admin has no choice of organization.
#[component]
pub fn PlacementFields(
    #[prop(default = Role::User)] role: Role,
    organization: String,
    choices: OrganizationChoices,
) -> impl IntoView {
    let session = use_session();
    let roles = session.role.grantable();
    let roles = roles.map(|role| SelectOption::new(role.key(), role.label())).collect();
    let chosen = RwSignal::new(String::new());
    let place = if session.allows(Permission::ManageOrganizations) {
        let hydrated = use_hydrated();
        // Without script it cannot follow the role.
        let blank = Signal::derive(
            move || match (hydrated.get(), chosen.with(|role| role == Role::Admin.key())) {
                (false, _) => "None (Global Administrator), or choose one",
                (true, true) => "None (Global Administrator)",
                (true, false) => "Choose an organization",
            },
        );
        if choices.is_cut {
            view! {
                <TextField
                    name="organization"
                    label="Organization"
                    value=choices.chosen_code
                    required=true
                    autocomplete="off"
                    hint="Its code, for example ACME. Leave it blank for a Global Administrator."
                />
            }
            .into_any()
        } else {
            view! {
                <SelectField
                    name="organization"
                    label="Organization"
                    blank
                    options=choices.options()
                    value=organization
                    required=true
                />
            }
            .into_any()
        }
    } else {
        view! { <FixedField label="Organization" value=own_organization(session) /> }.into_any()
    };
    view! {
        <SelectField name="role" label="Role" options=roles value=role.key() chosen required=true />
        {place}
    }
}

fn own_organization(session: SessionView) -> String {
    session.organization.map(|(_, name)| name).unwrap_or_default()
}
