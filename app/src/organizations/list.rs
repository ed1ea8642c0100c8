use domain::role::Permission;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;

use super::api::{ListOrganizations, OrganizationView, TierChoice, TierChoices};
use crate::{
    AppError,
    layout::{Failure, redirect_to},
    list::{ListToolbar, Listed, Pages, When, all_or, current_search, heading, initial, is_list_itself, sorted},
    paths,
    reading::{follow, read, show, show_either},
    session::use_session,
    ui::{
        Actions, ButtonKind, Cell, DataTable, EmptyState, FilterSelect, Icon, IconName, LinkButton, PageHeader,
        RowLink, SearchBox, SelectOption,
    },
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
        {show(listed, move |listed| view! { <Table listed search /> }.into_any())}
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
fn Table(listed: Listed<OrganizationView>, search: Memo<String>) -> impl IntoView {
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
    let rows = listed
        .rows
        .clone()
        .into_iter()
        .map(|row| view! { <Row row search /> })
        .collect_view();
    view! {
        <DataTable label="Organizations" columns>
            {rows}
        </DataTable>
        <Pages path=PATH listed />
    }
    .into_any()
}

#[component]
fn Row(row: OrganizationView, search: Memo<String>) -> impl IntoView {
    let detail = paths::with_query(&paths::detail(PATH, &row.id), &search.get_untracked());
    let act = |verb| paths::with_query(&paths::act(PATH, &row.id, verb), &search.get_untracked());
    let (edit, delete) = (act("edit"), act("delete"));
    let tier = row.tier.map_or_else(|| "–".to_owned(), |(_, name)| name);
    let edit_label = format!("Edit {}", row.name);
    let delete_label = format!("Delete {}", row.name);
    view! {
        <tr>
            <Cell label="Name">
                <RowLink href=detail>{row.name}</RowLink>
            </Cell>
            <Cell label="Code">
                <code>{row.code}</code>
            </Cell>
            <Cell label="Description" muted=true>
                {row.description}
            </Cell>
            <Cell label="Tier">{tier}</Cell>
            <Cell label="Users" numeric=true>
                {row.users}
            </Cell>
            <Cell label="Created" muted=true>
                <When shown=row.created />
            </Cell>
            <Actions>
                <LinkButton href=edit small=true kind=ButtonKind::Quiet attr:aria-label=edit_label attr:data-noscroll="">
                    "Edit"
                </LinkButton>
                <LinkButton href=delete small=true kind=ButtonKind::Quiet attr:aria-label=delete_label attr:data-noscroll="">
                    "Delete"
                </LinkButton>
            </Actions>
        </tr>
    }
    .into_any()
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
