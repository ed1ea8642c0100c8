use domain::role::Permission;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::api::{GetOrganization, OrganizationView, RequireSecondFactor};
use crate::{
    form::{Act, Form},
    list::{When, current_search},
    paths,
    reading::{follow, show},
    session::use_session,
    ui::{Breadcrumb, Button, ButtonKind, Card, Crumb, KeyValue, KeyValues, LinkButton, PageHeader},
};

/// One organization: for an Org Admin the own one, read-only.
#[component]
pub fn OrganizationPage() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id").unwrap_or_default());
    let organization = follow(move || GetOrganization { id: id() });
    view! {
        {show(organization, |organization| view! { <Detail organization /> }.into_any())}
    }
}

#[component]
fn Detail(organization: OrganizationView) -> impl IntoView {
    let may_manage = use_session().allows(Permission::ManageOrganizations);
    let path = paths::ORGANIZATIONS;
    let search = current_search().get_untracked();
    let id = organization.id.clone();
    let filtered = move |list: &str| format!("{list}?organization={id}");
    let (users, invitations, audit) = (
        filtered(paths::USERS),
        filtered(paths::INVITATIONS),
        filtered(paths::AUDIT),
    );
    let crumbs = if may_manage {
        vec![
            Crumb::link("Organizations", paths::with_query(path, &search)),
            Crumb::here(organization.name.clone()),
        ]
    } else {
        vec![Crumb::here(organization.name.clone())]
    };
    let act = |verb| paths::act_from_detail(path, &organization.id, verb, &search);
    let actions = may_manage.then(|| {
        view! {
            <LinkButton href=act("edit")>"Edit"</LinkButton>
            <LinkButton href=act("delete") kind=ButtonKind::Danger>
                "Delete"
            </LinkButton>
        }
    });
    let description = if organization.description.is_empty() {
        "–".to_owned()
    } else {
        organization.description
    };
    let tier = organization.tier.map_or_else(|| "–".to_owned(), |(_, name)| name);
    let id = organization.id.clone();
    view! {
        <Title text=organization.name.clone() />
        <Breadcrumb crumbs />
        <PageHeader title=organization.name>{actions}</PageHeader>
        <Card title="Organization">
            <KeyValues>
                <KeyValue label="Code">
                    <code>{organization.code}</code>
                </KeyValue>
                <KeyValue label="Description">
                    <span class="u-lines">{description}</span>
                </KeyValue>
                <KeyValue label="Tier">
                    {tier} " " <a href=paths::TIERS>"AI Models & Tiers"</a>
                </KeyValue>
                <KeyValue label="Users">
                    <a href=users>{organization.users}</a>
                </KeyValue>
                <KeyValue label="Invitations">
                    <a href=invitations>"Show invitations"</a>
                </KeyValue>
                <KeyValue label="History">
                    <a href=audit>"Show audit log"</a>
                </KeyValue>
                <KeyValue label="Created">
                    <When shown=organization.created />
                </KeyValue>
                <KeyValue label="Changed">
                    <When shown=organization.updated />
                </KeyValue>
                <KeyValue label="ID">
                    <code>{organization.id}</code>
                </KeyValue>
            </KeyValues>
        </Card>
        <SecondFactor id is_required=organization.requires_second_factor may_manage />
    }
    .into_any()
}

#[component]
fn SecondFactor(id: String, is_required: bool, may_manage: bool) -> impl IntoView {
    let (text, value, button) = if is_required {
        (
            "Required: whoever belongs to this organization and has none must set it up before anything else.",
            "no",
            "No longer require",
        )
    } else {
        (
            "Not required by this organization: each person's choice, unless the installation requires it.",
            "yes",
            "Require",
        )
    };
    let change = may_manage.then(|| {
        view! {
            <Form act={Act::of::<RequireSecondFactor>()} refused="Nothing was changed">
                <input type="hidden" name="id" value=id />
                <input type="hidden" name="required" value=value />
                <div>
                    <Button>{button}</Button>
                </div>
            </Form>
        }
    });
    view! {
        <Card title="Second factor">
            <p>{text}</p>
            {change}
        </Card>
    }
}
