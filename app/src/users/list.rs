use domain::{
    role::{Permission, Role},
    user::UserState,
};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos_meta::Title;
use leptos_router::{components::Outlet, hooks::use_location};
use web_sys::HtmlSelectElement;

use super::api::{ListUsers, UserView};
use crate::{
    AppError,
    layout::Failure,
    list::{ListToolbar, Listed, Pages, When, all_or, current_search, heading, initial, sorted},
    organizations::{OrganizationChoices, with_choices},
    paths,
    reading::{follow, show},
    session::use_session,
    ui::{
        Actions, Badge, ButtonKind, Cell, DataTable, EmptyState, FilterCheckbox, FilterSelect, Icon, IconName,
        LinkButton, PageHeader, RowLink, SearchBox, SelectOption, Tone,
    },
};

const PATH: &str = paths::USERS;

/// For Admins and Org Admins, each in their scope.
#[component]
pub fn UsersPage() -> impl IntoView {
    if use_session().allows(Permission::ManageUsers) {
        return view! { <UsersList /> }.into_any();
    }
    let error = AppError::Forbidden {
        needs: Role::needed_for(Permission::ManageUsers),
    };
    view! { <Failure error /> }.into_any()
}

#[component]
fn UsersList() -> impl IntoView {
    let search = current_search();
    let listed = follow(move || ListUsers { query: search.get() });
    let new = move || paths::with_query(&paths::new(PATH), &search.get());
    let csv = move || paths::with_query(&paths::csv(PATH), &search.get());
    view! {
        <Title text="Users" />
        <PageHeader title="Users">
            <a class="c-button c-button--secondary" href=csv download rel="external">
                <Icon name=IconName::Download />
                "Export CSV"
            </a>
            <a class="c-button c-button--primary" href=new data-noscroll>
                <Icon name=IconName::Plus />
                "New User"
            </a>
        </PageHeader>
        <Filters />
        {show(listed, move |listed| view! { <Table listed search /> }.into_any())}
        <Outlet />
    }
}

#[component]
fn Filters() -> impl IntoView {
    with_choices(|choices| {
        let roles = Role::ALL.map(|role| SelectOption::new(role.key(), role.label()));
        let states = UserState::ALL.map(|state| SelectOption::new(state.key(), state.label()));
        view! {
            <ListToolbar path=PATH>
                <SearchBox value=initial("q") />
                {choices.map(|choices| view! { <PlaceFilter choices /> })}
                <FilterSelect name="role" label="Role" options=all_or("All roles", roles) value=initial("role") />
                <FilterSelect name="state" label="State" options=all_or("All states", states) value=initial("state") />
            </ListToolbar>
        }
        .into_any()
    })
}

/// The organization selector, and the checkbox that clears and disables it.
#[component]
pub fn PlaceFilter(choices: OrganizationChoices) -> impl IntoView {
    let query = use_location().query;
    let is_global = RwSignal::new(!initial("global").is_empty());
    // Back and "Clear all" change the address.
    Effect::new(move |_| is_global.set(query.with(|query| query.get("global").is_some_and(|word| !word.is_empty()))));
    let select = move || {
        let select = document().get_element_by_id("filter-organization")?;
        select.dyn_into::<HtmlSelectElement>().ok()
    };
    let hint = choices.hint();
    let options = std::iter::once(SelectOption::new("", "All organizations"))
        .chain(choices.options())
        .collect();
    view! {
        <FilterSelect
            name="organization"
            label="Organization"
            options
            value=initial("organization")
            disabled=is_global
        />
        {hint.map(|hint| view! { <p class="c-field__hint">{hint}</p> })}
        <div
            class="c-filter"
            on:change=move |event| {
                let checked = event_target_checked(&event);
                is_global.set(checked);
                if let Some(select) = select().filter(|_| checked) {
                    select.set_value("");
                }
            }
        >
            <FilterCheckbox name="global" label="Global Administrators" checked=is_global.get_untracked() />
        </div>
    }
}

#[component]
fn Table(listed: Listed<UserView>, search: Memo<String>) -> impl IntoView {
    if listed.rows.is_empty() {
        return empty(&listed).into_any();
    }
    let sorted = |label, key| sorted(label, key, PATH, &listed.headings);
    let columns = vec![
        sorted("Email", "email"),
        sorted("Name", "name"),
        sorted("Role", "role"),
        heading("Organization"),
        sorted("Last sign-in", "last_sign_in"),
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
        <DataTable label="Users" columns>
            {rows}
        </DataTable>
        <Pages path=PATH listed />
    }
    .into_any()
}

#[component]
fn Row(row: UserView, search: Memo<String>) -> impl IntoView {
    let detail = paths::with_query(&paths::detail(PATH, &row.id), &search.get_untracked());
    let act = |verb, label: &str| {
        let href = paths::with_query(&paths::act(PATH, &row.id, verb), &search.get_untracked());
        let named = format!("{label} {}", row.name);
        let label = label.to_owned();
        view! {
            <LinkButton href small=true kind=ButtonKind::Quiet attr:aria-label=named attr:data-noscroll="">
                {label}
            </LinkButton>
        }
    };
    let edit = row.may_touch.then(|| act("edit", "Edit"));
    let delete = (row.may_touch && !row.is_self).then(|| act("delete", "Delete"));
    view! {
        <tr>
            <Cell label="Email">
                <RowLink href=detail>{row.email}</RowLink>
                " "
                <StateBadge state=row.state />
            </Cell>
            <Cell label="Name">{row.name}</Cell>
            <Cell label="Role">{row.role.label()}</Cell>
            <Cell label="Organization">
                {row.organization.map_or_else(|| "–".to_owned(), |(_, name)| name)}
            </Cell>
            <Cell label="Last sign-in" muted=true>
                {match row.last_sign_in {
                    Some(shown) => view! { <When shown /> }.into_any(),
                    None => "Never".into_any(),
                }}
            </Cell>
            <Cell label="Created" muted=true>
                <When shown=row.created />
            </Cell>
            <Actions>{edit} {delete}</Actions>
        </tr>
    }
    .into_any()
}

/// Only what is unusual is marked.
#[component]
pub(super) fn StateBadge(state: UserState) -> impl IntoView {
    (state == UserState::Suspended).then(|| view! { <Badge tone=Tone::Warning>{state.label()}</Badge> })
}

fn empty(listed: &Listed<UserView>) -> AnyView {
    if listed.is_filtered {
        let unfiltered = format!("{PATH}{}", listed.unfiltered);
        return view! {
            <EmptyState title="No user matches" icon=IconName::Search>
                <p>"Try another search, or clear the filters."</p>
                <LinkButton href=unfiltered>"Clear all"</LinkButton>
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <EmptyState title="No users yet" icon=IconName::User>
            <p>"Create one yourself, or send an invitation."</p>
        </EmptyState>
    }
    .into_any()
}
