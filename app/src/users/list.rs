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
    list::{ListToolbar, Listed, Pages, all_or, current_search, heading, initial, sorted},
    organizations::{OrganizationChoices, with_choices},
    paths,
    reading::{follow, show},
    session::use_session,
    ui::{
        DataTable, EmptyState, FilterCheckbox, FilterSelect, Icon, IconName, LinkButton, PageHeader, Rows, SearchBox,
        SelectOption, Tone,
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
        {show(listed, |listed| view! { <Table listed /> }.into_any())}
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
fn Table(listed: Listed<UserView>) -> impl IntoView {
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
    let mut rows = Rows::default();
    for user in &listed.rows {
        row(&mut rows, user, &listed.here);
    }
    view! {
        <DataTable label="Users" class="c-table--users" columns rows />
        <Pages path=PATH listed />
    }
    .into_any()
}

fn row(rows: &mut Rows, user: &UserView, search: &str) {
    let act = |verb| paths::with_query(&paths::act(PATH, &user.id, verb), search);
    let detail = paths::with_query(&paths::detail(PATH, &user.id), search);
    rows.row().cell("Email").row_link(&detail, &user.email);
    // Only what is unusual is marked.
    if user.state == UserState::Suspended {
        rows.badge(Tone::Warning, user.state.label());
    }
    rows.cell("Name").text(&user.name);
    rows.cell("Role").text(user.role.label());
    rows.cell("Organization")
        .text(user.organization.as_ref().map_or("–", |(_, name)| name));
    match &user.last_sign_in {
        Some(shown) => rows.muted("Last sign-in").time(shown.parts()),
        None => rows.muted("Last sign-in").text("Never"),
    };
    rows.muted("Created").time(user.created.parts()).actions();
    if user.may_touch {
        rows.action("Edit", &user.name, &act("edit"));
    }
    if user.may_touch && !user.is_self {
        rows.action("Delete", &user.name, &act("delete"));
    }
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
