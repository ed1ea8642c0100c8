//! The server functions of organizations and what they send.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    AppError,
    form::Done,
    list::{Listed, Shown},
};

/// A row of the list, and the detail page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationView {
    pub id: String,
    pub name: String,
    pub code: String,
    pub description: String,
    /// Id and name.
    pub tier: Option<(String, String)>,
    pub users: String,
    pub requires_second_factor: bool,
    pub created: Shown,
    pub updated: Shown,
    pub version: i64,
}

/// What forms about organizations offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierChoice {
    pub id: String,
    pub name: String,
}

/// What the form of an organization that exists begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationToEdit {
    pub organization: OrganizationView,
    pub tiers: Vec<TierChoice>,
}

/// What would go with an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionView {
    pub name: String,
    pub code: String,
    /// "3 users", "1 invitation" and so on: what is deleted.
    pub deleted: Vec<String>,
    /// Who stays: "1 Admin becomes a Global Administrator."
    pub stays: Option<String>,
}

/// The fields of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrganizationForm {
    pub name: String,
    pub code: String,
    pub description: String,
    pub tier: String,
}

#[cfg(feature = "ssr")]
mod convert {
    use backend::organizations::{ListedOrganization, OrganizationInput};
    use domain::time::Moment;

    use super::{OrganizationForm, OrganizationView};
    use crate::server::shown;

    impl From<OrganizationForm> for OrganizationInput {
        fn from(form: OrganizationForm) -> Self {
            Self {
                name: form.name,
                code: form.code,
                description: form.description,
                tier: form.tier,
            }
        }
    }

    impl OrganizationView {
        pub fn new(row: ListedOrganization, now: Moment) -> Self {
            let organization = row.organization;
            let tier = organization.tier.zip(row.tier_name);
            Self {
                id: organization.id.to_string(),
                name: organization.name.to_string(),
                code: organization.code.to_string(),
                description: organization.description.to_string(),
                tier: tier.map(|(id, name)| (id.to_string(), name.to_string())),
                users: backend::show::grouped(organization.users),
                requires_second_factor: row.requires_second_factor,
                created: shown(organization.created, now),
                updated: shown(organization.updated, now),
                version: organization.version,
            }
        }
    }
}

/// A page of the list, asked by the address's query.
#[server(endpoint = "organizations/list", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn list_organizations(query: String) -> Result<Listed<OrganizationView>, AppError> {
    use crate::server;

    let administration = server::access().await?.administration()?;
    let query = server::read_query(&query);
    let page = administration.list_organizations(&query).await?;
    let now = server::backend()?.clock().now();
    Ok(server::listed(
        &query,
        page,
        |row, sort| row.place_in(sort),
        |row| OrganizationView::new(row, now),
    ))
}

/// One organization in the caller's scope.
#[server(endpoint = "organizations/get", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn get_organization(id: String) -> Result<OrganizationView, AppError> {
    use crate::server;

    let management = server::access().await?.management()?;
    let found = management.organization(server::parse_id(&id)?).await?;
    Ok(OrganizationView::new(found, server::backend()?.clock().now()))
}

/// One organization with what its form offers.
#[server(endpoint = "organizations/edit", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn get_organization_to_edit(id: String) -> Result<OrganizationToEdit, AppError> {
    // First what the role allows: whether there is such an organization is nobody else's to learn here.
    let tiers = tier_choices().await?;
    let organization = get_organization(id).await?;
    Ok(OrganizationToEdit { organization, tiers })
}

/// The tiers to choose from.
#[server(endpoint = "organizations/tiers", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn tier_choices() -> Result<Vec<TierChoice>, AppError> {
    use crate::server;

    let tiers = server::access().await?.administration()?.tier_choices().await?;
    Ok(tiers
        .into_iter()
        .map(|(id, name)| TierChoice {
            id: id.to_string(),
            name: name.to_string(),
        })
        .collect())
}

/// What would go with an organization.
#[server(endpoint = "organizations/contents", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn organization_contents(id: String) -> Result<DeletionView, AppError> {
    use backend::show::count;

    use crate::server;

    let access = server::access().await?;
    let (administration, id) = (access.administration()?, server::parse_id(&id)?);
    let found = access.management()?.organization(id).await?.organization;
    let contents = administration.organization_contents(id).await?;
    let deleted = [(contents.users, "user"), (contents.invitations, "invitation")];
    let deleted = deleted
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(number, noun));
    let stays = match contents.admins {
        0 => None,
        1 => Some("1 Admin who belongs to it stays, as a Global Administrator.".to_owned()),
        many => Some(format!(
            "{many} Admins who belong to it stay, as Global Administrators."
        )),
    };
    Ok(DeletionView {
        name: found.name.to_string(),
        code: found.code.to_string(),
        deleted: deleted.collect(),
        stays,
    })
}

#[server(endpoint = "organizations/create", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn create_organization(#[server(flatten)] form: OrganizationForm) -> Result<Done, AppError> {
    use crate::{paths, server};

    let name = form.name.trim().to_owned();
    let id = server::access()
        .await?
        .administration()?
        .create_organization(&form.into())
        .await?;
    let done = Done::back_to(paths::ORGANIZATIONS, format!("{name} was created."));
    Ok(done.with_link("Open", paths::detail(paths::ORGANIZATIONS, &id.to_string())))
}

#[server(endpoint = "organizations/change", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn change_organization(
    id: String,
    #[server(default)] version: String,
    #[server(flatten)] form: OrganizationForm,
) -> Result<Done, AppError> {
    use crate::{paths, server};

    let name = form.name.trim().to_owned();
    let administration = server::access().await?.administration()?;
    let version = server::parse_version(&version)?;
    administration
        .change_organization(server::parse_id(&id)?, version, &form.into())
        .await?;
    Ok(Done::back_to_either(
        paths::ORGANIZATIONS,
        &id,
        format!("{name} was saved."),
    ))
}

/// Requires a second factor of everybody in the organization, or no longer.
#[server(endpoint = "organizations/second-factor", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn require_second_factor(id: String, #[server(default)] required: String) -> Result<Done, AppError> {
    use crate::{paths, server};

    let is_required = required == "yes";
    let administration = server::access().await?.administration()?;
    administration
        .require_second_factor(server::parse_id(&id)?, is_required)
        .await?;
    let message = if is_required {
        "A second factor is required now."
    } else {
        "A second factor is no longer required."
    };
    Ok(Done::on_to(paths::detail(paths::ORGANIZATIONS, &id), message))
}

#[server(endpoint = "organizations/delete", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn delete_organization(id: String, #[server(default)] code: String) -> Result<Done, AppError> {
    use crate::{paths, server};

    server::access()
        .await?
        .administration()?
        .delete_organization(server::parse_id(&id)?, &code)
        .await?;
    Ok(Done::back_to(paths::ORGANIZATIONS, "The organization was deleted."))
}
