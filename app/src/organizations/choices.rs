//! Organizations to choose from, wherever something belongs to one.

use domain::role::Permission;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    AppError,
    list::initial,
    reading::{read, show_either},
    session::use_session,
    ui::SelectOption,
};

/// What a selector offers: not all of many thousands, but always the one that is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationChoices {
    /// Id and name.
    pub organizations: Vec<(String, String)>,
    pub is_cut: bool,
    /// The code of the one that is chosen, by which all can be named where not all are offered.
    pub chosen_code: String,
}

/// A selector of more is none: forms then ask for the code, and lists are filtered from the organization's own page.
#[cfg(feature = "ssr")]
const LIMIT: usize = 200;

/// The organizations of the caller's scope by name, with the chosen one among them.
#[server(endpoint = "organizations/choices", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn offer_organizations(#[server(default)] chosen: String) -> Result<OrganizationChoices, AppError> {
    use crate::server;

    let management = server::access().await?.management()?;
    let found = management.organization_choices(None, LIMIT as i64 + 1).await?;
    let mut organizations: Vec<(String, String)> = found
        .into_iter()
        .map(|(id, name)| (id.to_string(), name.to_string()))
        .collect();
    let is_cut = organizations.len() > LIMIT;
    organizations.truncate(LIMIT);
    let mut chosen_code = String::new();
    if is_cut
        && let Ok(id) = chosen.parse()
        && let Ok(found) = management.organization(id).await
    {
        chosen_code = found.organization.code.to_string();
        if organizations.iter().all(|(offered, _)| *offered != chosen) {
            organizations.insert(0, (chosen, found.organization.name.to_string()));
        }
    }
    Ok(OrganizationChoices {
        organizations,
        is_cut,
        chosen_code,
    })
}

/// What a form says about an organization, as an id: forms that cannot offer all of them ask for a code.
#[cfg(feature = "ssr")]
pub async fn understood(
    management: &backend::access::Management,
    id_or_code: String,
) -> Result<String, backend::error::Error> {
    if id_or_code.parse::<domain::id::OrganizationId>().is_ok() {
        return Ok(id_or_code);
    }
    let found = management.organization_with_code(&id_or_code).await?;
    Ok(found.map_or(id_or_code, |id| id.to_string()))
}

/// The filters of a list: with the organizations to choose from, for those who may choose.
pub fn with_choices(view: impl Fn(Option<OrganizationChoices>) -> AnyView + Send + Sync + 'static) -> AnyView {
    if !use_session().allows(Permission::ManageOrganizations) {
        return view(None);
    }
    let choices = read(|| OfferOrganizations {
        chosen: initial("organization"),
    });
    show_either(choices, move |choices| view(Some(choices.unwrap_or_default())))
}

impl OrganizationChoices {
    pub fn options(&self) -> Vec<SelectOption> {
        let options = self.organizations.iter();
        options.map(|(id, name)| SelectOption::new(id, name)).collect()
    }

    /// Said beside a filter that does not offer all.
    pub fn hint(&self) -> Option<&'static str> {
        self.is_cut
            .then_some("The first 200 by name. Another one is opened in Organizations, and filters from there.")
    }
}
