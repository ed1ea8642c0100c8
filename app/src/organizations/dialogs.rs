use leptos::prelude::*;

use super::{
    api::{
        ChangeOrganization, CreateOrganization, DeleteOrganization as DeleteOrganizationAct, DeletionView,
        GetOrganizationToEdit, OrganizationContents, OrganizationToEdit, OrganizationView, TierChoice, TierChoices,
    },
    list::tier_options,
};
use crate::{
    form::{Act, Form, VersionField},
    list::{back_to, id_param},
    paths,
    reading::{read, show},
    ui::{Button, ButtonKind, Modal, ModalActions, SelectField, TextArea, TextField},
};

fn back() -> String {
    back_to(paths::ORGANIZATIONS)
}

#[component]
pub fn NewOrganization() -> impl IntoView {
    let tiers = read(|| TierChoices {});
    view! {
        <Modal title="New Organization" back=back()>
            {show(tiers, |tiers| {
                view! {
                    <Form act={Act::of::<CreateOrganization>()}>
                        <Fields tiers organization=None />
                        <ModalActions back=back()>
                            <Button kind=ButtonKind::Primary>"Save"</Button>
                        </ModalActions>
                    </Form>
                }
                .into_any()
            })}
        </Modal>
    }
}

#[component]
pub fn EditOrganization() -> impl IntoView {
    let found = read(|| GetOrganizationToEdit { id: id_param() });
    view! {
        <Modal title="Edit Organization" back=back()>
            {show(found, |OrganizationToEdit { organization, tiers }| {
                view! {
                    <Form act={Act::of::<ChangeOrganization>()}>
                        <input type="hidden" name="id" value=organization.id.clone() />
                        <VersionField version=organization.version />
                        <Fields tiers organization=Some(organization) />
                        <ModalActions back=back()>
                            <Button kind=ButtonKind::Primary>"Save"</Button>
                        </ModalActions>
                    </Form>
                }
                .into_any()
            })}
        </Modal>
    }
}

#[component]
fn Fields(tiers: Vec<TierChoice>, organization: Option<OrganizationView>) -> impl IntoView {
    let (name, code, description, tier) = match organization {
        Some(organization) => (
            organization.name,
            organization.code,
            organization.description,
            organization.tier.map(|(id, _)| id).unwrap_or_default(),
        ),
        None => Default::default(),
    };
    view! {
        <TextField name="name" label="Name" value=name required=true autofocus=true />
        <TextField
            name="code"
            label="Code"
            value=code
            required=true
            hint="Unique, for example ACME. Letters, digits, hyphens and underscores."
        />
        <TextArea name="description" label="Description" value=description />
        <SelectField name="tier" label="Tier" options=tier_options("No tier", tiers) value=tier />
        <p>
            // In a tab of its own, so that what was typed stays.
            <a href=paths::TIERS target="_blank">
                "AI Models & Tiers"
            </a>
        </p>
    }
}

#[component]
pub fn DeleteOrganization() -> impl IntoView {
    let contents = read(|| OrganizationContents { id: id_param() });
    view! {
        <Modal title="Delete Organization?" back=back()>
            {show(contents, |contents| {
                view! {
                    <Form act={Act::of::<DeleteOrganizationAct>()} refused="This was not deleted">
                        <input type="hidden" name="id" value=id_param() />
                        <Warning contents=contents.clone() />
                        <TextField
                            name="code"
                            label="Code"
                            required=true
                            autocomplete="off"
                            hint=format!("Type {} to confirm.", contents.code)
                        />
                        <ModalActions back=back()>
                            <Button kind=ButtonKind::Danger>"Delete"</Button>
                        </ModalActions>
                    </Form>
                }
                .into_any()
            })}
        </Modal>
    }
}

#[component]
fn Warning(contents: DeletionView) -> impl IntoView {
    let lost = if contents.deleted.is_empty() {
        "It has no users and no invitations.".to_owned()
    } else {
        format!(
            "With it go {}. They cannot be recovered.",
            contents.deleted.join(" and ")
        )
    };
    view! {
        <p>"You are about to delete " <strong>{contents.name}</strong> " for good."</p>
        <p>{lost}</p>
        {contents.stays.map(|stays| view! { <p>{stays}</p> })}
    }
}
