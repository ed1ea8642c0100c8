//! Organizations: an Admin manages all of them, an Org Admin sees the own one.

use domain::{
    audit::{Action, ObjectKind},
    id::{OrganizationId, TierId},
    organization::{Organization, OrganizationDraft},
    page::Page,
    problem::{FieldErrors, Problem},
    query::OrganizationQuery,
    text::{Code, Description, Name},
};
use serde_json::{Value, json};
pub use store::organization::{Contents, ListedOrganization};
use store::{Scope, Tx};

use crate::{
    access::{Administration, Management},
    audit::{Entry, record},
    error::{Changed, Error},
    secret::random,
};

/// What a person typed, field by field.
#[derive(Clone, Debug, Default)]
pub struct OrganizationInput {
    pub name: String,
    pub code: String,
    pub description: String,
    /// A tier's id, or empty for none.
    pub tier: String,
}

impl OrganizationInput {
    fn parse(&self) -> Result<OrganizationDraft, Error> {
        let mut errors = FieldErrors::default();
        let name = errors.take("name", Name::parse(&self.name));
        let code = errors.take("code", Code::parse(&self.code));
        let description = errors.take("description", Description::parse(&self.description));
        let tier = errors.take("tier", parse_tier(&self.tier));
        match (name, code, description, tier) {
            (Some(name), Some(code), Some(description), Some(tier)) => Ok(OrganizationDraft {
                name,
                code,
                description,
                tier,
            }),
            _ => Err(Error::Invalid(errors)),
        }
    }
}

fn parse_tier(text: &str) -> Result<Option<TierId>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| Problem::new("Choose a tier from the list."))
}

impl Administration {
    pub async fn list_organizations(&self, query: &OrganizationQuery) -> Result<Page<ListedOrganization>, Error> {
        let mut tx = self.backend.store().read().await?;
        let search = query.search.as_deref();
        let total = store::organization::count(&mut tx, Scope::All, search, &query.filter, query.count_exactly).await?;
        let (position, rows) = (&query.position, query.size.rows());
        Ok(store::organization::page(
            &mut tx,
            Scope::All,
            search,
            &query.filter,
            query.sort,
            position,
            rows,
            total,
        )
        .await?)
    }

    pub async fn create_organization(&self, input: &OrganizationInput) -> Result<OrganizationId, Error> {
        let draft = &input.parse()?;
        let now = self.backend.clock().now();
        let id = OrganizationId::new(now, random()?);
        self.backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                require_tier(&mut tx, draft.tier).await?;
                store::organization::insert(&mut tx, id, draft, now).await?;
                let entry = Entry::new(
                    Action::OrganizationCreated,
                    ObjectKind::Organization,
                    id.0,
                    draft.name.as_str(),
                );
                let entry = entry.organization(Some(id)).after(tell(&mut tx, draft).await?);
                record(&mut tx, &(&self.caller).into(), now, entry).await
            })
            .await?;
        Ok(id)
    }

    /// `version` is the one that the form was opened with: if somebody else was faster, nothing is saved and the answer
    /// tells what stands now.
    pub async fn change_organization(
        &self,
        id: OrganizationId,
        version: i64,
        input: &OrganizationInput,
    ) -> Result<(), Error> {
        let draft = &input.parse()?;
        let now = self.backend.clock().now();
        self.backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                store::organization::lock(&mut tx, id).await?;
                let found = store::organization::find(&mut tx, Scope::All, id)
                    .await?
                    .ok_or(Error::NotFound)?;
                let before = &found.organization;
                if before.version != version {
                    return Err(Error::Changed(changed(&found, draft)));
                }
                require_tier(&mut tx, draft.tier).await?;
                if !store::organization::update(&mut tx, before, draft, now).await? {
                    return Err(Error::LostRace);
                }
                let as_it_was = tell(&mut tx, &draft_of(before)).await?;
                let entry = Entry::new(
                    Action::OrganizationChanged,
                    ObjectKind::Organization,
                    id.0,
                    draft.name.as_str(),
                );
                let entry = entry
                    .organization(Some(id))
                    .before(as_it_was)
                    .after(tell(&mut tx, draft).await?);
                record(&mut tx, &(&self.caller).into(), now, entry).await
            })
            .await
    }

    /// Id and name of all tiers, by name.
    pub async fn tier_choices(&self) -> Result<Vec<(TierId, Name)>, Error> {
        let mut tx = self.backend.store().read().await?;
        let tiers = store::tier::all(&mut tx).await?;
        Ok(tiers.into_iter().map(|tier| (tier.id, tier.name)).collect())
    }

    /// Requires a second factor of everybody in the organization, or leaves it to them again. Who has none may do nothing
    /// else until it is set up, from the next request on.
    pub async fn require_second_factor(&self, id: OrganizationId, is_required: bool) -> Result<(), Error> {
        let now = self.backend.clock().now();
        self.backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                store::organization::lock(&mut tx, id).await?;
                let found = store::organization::find(&mut tx, Scope::All, id)
                    .await?
                    .ok_or(Error::NotFound)?;
                if found.requires_second_factor == is_required {
                    return Ok(());
                }
                store::organization::require_second_factor(&mut tx, id, is_required, now).await?;
                let told =
                    |is_required| json!({ "Second factor": if is_required { "Required" } else { "Not required" } });
                let name = found.organization.name.as_str();
                let entry = Entry::new(Action::OrganizationChanged, ObjectKind::Organization, id.0, name);
                let entry = entry.organization(Some(id)).before(told(!is_required));
                record(&mut tx, &(&self.caller).into(), now, entry.after(told(is_required))).await
            })
            .await
    }

    /// What would go with the organization.
    pub async fn organization_contents(&self, id: OrganizationId) -> Result<Contents, Error> {
        let mut tx = self.backend.store().read().await?;
        Ok(store::organization::contents(&mut tx, id).await?)
    }

    /// Deletes it with its users, invitations and sessions. `typed_code` is what the person typed to confirm.
    pub async fn delete_organization(&self, id: OrganizationId, typed_code: &str) -> Result<(), Error> {
        let now = self.backend.clock().now();
        self.backend
            .store()
            .write(|mut tx| async move {
                store::installation::lock(&mut tx).await?;
                self.recheck(&mut tx).await?;
                store::organization::lock(&mut tx, id).await?;
                let found = store::organization::find(&mut tx, Scope::All, id)
                    .await?
                    .ok_or(Error::NotFound)?;
                let organization = &found.organization;
                if typed_code.trim().to_ascii_uppercase() != organization.code.as_str() {
                    let problem = Problem::new("This is not the code of this organization.");
                    return Err(Error::field("code", problem));
                }
                let contents = store::organization::contents(&mut tx, id).await?;
                if !store::organization::delete(&mut tx, organization, now).await? {
                    return Err(Error::NotFound);
                }
                let before = tell(&mut tx, &draft_of(organization)).await?;
                let after = json!({
                    "Users deleted": contents.users,
                    "Admins made global": contents.admins,
                    "Invitations deleted": contents.invitations,
                });
                let name = organization.name.as_str();
                let entry = Entry::new(Action::OrganizationDeleted, ObjectKind::Organization, id.0, name);
                let entry = entry.organization(Some(id)).before(before).after(after);
                record(&mut tx, &(&self.caller).into(), now, entry).await
            })
            .await
    }
}

impl Management {
    /// An organization in the caller's scope.
    pub async fn organization(&self, id: OrganizationId) -> Result<ListedOrganization, Error> {
        let mut tx = self.backend.store().read().await?;
        store::organization::find(&mut tx, self.scope, id)
            .await?
            .ok_or(Error::NotFound)
    }

    /// The organization that a code names; None where there is none.
    pub async fn organization_with_code(&self, code: &str) -> Result<Option<OrganizationId>, Error> {
        let Ok(code) = Code::parse(code) else { return Ok(None) };
        let mut tx = self.backend.store().read().await?;
        Ok(store::organization::find_by_code(&mut tx, self.scope, &code).await?)
    }

    /// What selectors offer: id and name of so many organizations, by name.
    pub async fn organization_choices(
        &self,
        search: Option<&str>,
        limit: i64,
    ) -> Result<Vec<(OrganizationId, Name)>, Error> {
        let mut tx = self.backend.store().read().await?;
        Ok(store::organization::choices(&mut tx, self.scope, search, limit).await?)
    }
}

async fn require_tier(tx: &mut Tx, tier: Option<TierId>) -> Result<(), Error> {
    let Some(tier) = tier else { return Ok(()) };
    match store::tier::find(tx, tier).await? {
        Some(_) => Ok(()),
        None => Err(Error::field(
            "tier",
            Problem::new("This tier no longer exists. Choose another."),
        )),
    }
}

fn draft_of(organization: &Organization) -> OrganizationDraft {
    OrganizationDraft {
        name: organization.name.clone(),
        code: organization.code.clone(),
        description: organization.description.clone(),
        tier: organization.tier,
    }
}

/// As the audit log tells it.
async fn tell(tx: &mut Tx, draft: &OrganizationDraft) -> Result<Value, Error> {
    let tier = match draft.tier {
        Some(tier) => store::tier::find(tx, tier).await?.map(|tier| tier.name),
        None => None,
    };
    Ok(json!({ "Name": draft.name, "Code": draft.code, "Description": draft.description, "Tier": tier }))
}

fn changed(found: &ListedOrganization, typed: &OrganizationDraft) -> Changed {
    let now = &found.organization;
    let tier_name = found.tier_name.as_ref().map_or("–", Name::as_str);
    let mut fields = Vec::new();
    let mut compare = |label, differs: bool, value: &str| {
        if differs {
            fields.push((label, value.to_owned()));
        }
    };
    compare("Name", now.name != typed.name, now.name.as_str());
    compare("Code", now.code != typed.code, now.code.as_str());
    compare(
        "Description",
        now.description != typed.description,
        now.description.as_str(),
    );
    compare("Tier", now.tier != typed.tier, tier_name);
    Changed {
        fields,
        version: now.version,
    }
}
