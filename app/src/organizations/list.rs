use domain::role::Permission;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;

use super::api::{ListOrganizations, OrganizationView, TierChoice, TierChoices};
use crate::{
    AppError,
    layout::{Failure, redirect_to},
    list::{ListToolbar, Listed, Pages, all_or, current_search, heading, initial, is_list_itself, sorted},
    paths,
    reading::{follow, read, show, show_either},
    session::use_session,
    ui::{DataTable, EmptyState, FilterSelect, Icon, IconName, LinkButton, PageHeader, Rows, SearchBox, SelectOption},
};

const PATH: &str = paths::ORGANIZATIONS;

/// For Admins. An Org Admin is led to the own organization; its dialogs answer that they need an Admin.
#[component]
pub fn OrganizationsPage() -> impl IntoView {
    let session = use_session();
    if session.allows(Permission::ManageOrganizations) {
        return view! { <OrganizationsList /> }.into_any();
    }
    match session.organization {
        Some((id, _)) if session.role.allows(Permission::ViewOwnOrganization) && is_list_itself(PATH) => {
            redirect_to(paths::detail(PATH, &id))
        }
        _ => {
            let error = AppError::Forbidden {
                needs: domain::role::Role::needed_for(Permission::ManageOrganizations),
            };
            view! { <Failure error /> }.into_any()
        }
    }
}

#[component]
fn OrganizationsList() -> impl IntoView {
    let search = current_search();
    let listed = follow(move || ListOrganizations { query: search.get() });
    let tiers = read(|| TierChoices {});
    let new = move || paths::with_query(&paths::new(PATH), &search.get());
    let csv = move || paths::with_query(&paths::csv(PATH), &search.get());
    view! {
        <Title text="Organizations" />
        <PageHeader title="Organizations">
            <a class="c-button c-button--secondary" href=csv download rel="external">
                <Icon name=IconName::Download />
                "Export CSV"
            </a>
            <a class="c-button c-button--primary" href=new data-noscroll>
                <Icon name=IconName::Plus />
                "New Organization"
            </a>
        </PageHeader>
        {show_either(tiers, |tiers| {
            let options = tier_options("All tiers", tiers.unwrap_or_default());
            view! {
                <ListToolbar path=PATH>
                    <SearchBox value=initial("q") />
                    <FilterSelect name="tier" label="Tier" options value=initial("tier") />
                </ListToolbar>
            }
            .into_any()
        })}
        {show(listed, |listed| view! { <Table listed /> }.into_any())}
        <Outlet />
    }
}

/// The tiers as options, behind one that stands for none or all.
pub(super) fn tier_options(first: &str, tiers: Vec<TierChoice>) -> Vec<SelectOption> {
    all_or(
        first,
        tiers.into_iter().map(|tier| SelectOption::new(tier.id, tier.name)),
    )
}

#[component]
fn Table(listed: Listed<OrganizationView>) -> impl IntoView {
    if listed.rows.is_empty() {
        return empty(&listed).into_any();
    }
    let sorted = |label, key| sorted(label, key, PATH, &listed.headings);
    let columns = vec![
        sorted("Name", "name"),
        sorted("Code", "code"),
        heading("Description"),
        sorted("Tier", "tier"),
        sorted("Users", "users").numeric(),
        sorted("Created", "created"),
        heading("Actions"),
    ];
    let mut rows = Rows::default();
    for organization in &listed.rows {
        row(&mut rows, organization, &listed.here);
    }
    view! {
        <DataTable label="Organizations" class="c-table--organizations" columns rows />
        <Pages path=PATH listed />
    }
    .into_any()
}

fn row(rows: &mut Rows, organization: &OrganizationView, search: &str) {
    let OrganizationView { id, name, .. } = organization;
    let act = |verb| paths::with_query(&paths::act(PATH, id, verb), search);
    rows.row()
        .cell("Name")
        .row_link(&paths::with_query(&paths::detail(PATH, id), search), name)
        .cell("Code")
        .code(&organization.code)
        .muted("Description")
        .text(match &*organization.description {
            "" => "–",
            description => description,
        })
        .cell("Tier")
        .text(organization.tier.as_ref().map_or("–", |(_, name)| name))
        .number("Users")
        .text(&organization.users)
        .muted("Created")
        .time(organization.created.parts())
        .actions()
        .action("Edit", name, &act("edit"))
        .action("Delete", name, &act("delete"));
}

fn empty(listed: &Listed<OrganizationView>) -> AnyView {
    if listed.is_filtered {
        let unfiltered = format!("{PATH}{}", listed.unfiltered);
        return view! {
            <EmptyState title="No organization matches" icon=IconName::Search>
                <p>"Try another search, or clear the filters."</p>
                <LinkButton href=unfiltered>"Clear all"</LinkButton>
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <EmptyState title="No organizations yet" icon=IconName::Organization>
            <p>"An organization is a tenant: it groups users and data, apart from every other. Make the first one."</p>
        </EmptyState>
    }
    .into_any()
}
