use domain::{
    invitation::InvitationStatus,
    role::{Permission, Role},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;

use super::{
    api::{InvitationView, ListInvitations},
    marks::{DeliveryMark, StatusBadge},
};
use crate::{
    AppError,
    layout::Failure,
    list::{ListToolbar, Listed, Pages, When, all_or, current_search, heading, initial, sorted},
    organizations::with_choices,
    paths,
    reading::{follow, show},
    session::use_session,
    ui::{
        Actions, ButtonKind, Cell, DataTable, EmptyState, FilterSelect, Icon, IconName, LinkButton, PageHeader,
        RowLink, SearchBox, SelectOption,
    },
    users::PlaceFilter,
};

const PATH: &str = paths::INVITATIONS;

/// For Admins and Org Admins, each in their scope.
#[component]
pub fn InvitationsPage() -> impl IntoView {
    if use_session().allows(Permission::ManageInvitations) {
        return view! { <InvitationsList /> }.into_any();
    }
    let error = AppError::Forbidden {
        needs: Role::needed_for(Permission::ManageInvitations),
    };
    view! { <Failure error /> }.into_any()
}

#[component]
fn InvitationsList() -> impl IntoView {
    let search = current_search();
    let listed = follow(move || ListInvitations { query: search.get() });
    let new = move || paths::with_query(&paths::new(PATH), &search.get());
    let csv = move || paths::with_query(&paths::csv(PATH), &search.get());
    view! {
        <Title text="Invitations" />
        <PageHeader title="Invitations">
            <a class="c-button c-button--secondary" href=csv download rel="external">
                <Icon name=IconName::Download />
                "Export CSV"
            </a>
            <a class="c-button c-button--primary" href=new data-noscroll>
                <Icon name=IconName::Invitation />
                "Send Invitation"
            </a>
        </PageHeader>
        <Filters />
        {show(listed, move |listed| view! { <Table listed search /> }.into_any())}
        <Outlet />
    }
}

#[component]
fn Filters() -> impl IntoView {
    let session = use_session();
    with_choices(move |choices| {
        let statuses = InvitationStatus::ALL.map(|status| SelectOption::new(status.key(), status.label()));
        let roles = session
            .role
            .grantable()
            .map(|role| SelectOption::new(role.key(), role.label()));
        view! {
            <ListToolbar path=PATH>
                <SearchBox value=initial("q") />
                {choices.map(|choices| view! { <PlaceFilter choices /> })}
                <FilterSelect name="status" label="Status" options=all_or("All statuses", statuses) value=initial("status") />
                <FilterSelect name="role" label="Role" options=all_or("All roles", roles) value=initial("role") />
            </ListToolbar>
        }
        .into_any()
    })
}

#[component]
fn Table(listed: Listed<InvitationView>, search: Memo<String>) -> impl IntoView {
    if listed.rows.is_empty() {
        return empty(&listed).into_any();
    }
    let sorted = |label, key| sorted(label, key, PATH, &listed.headings);
    let columns = vec![
        sorted("Email", "email"),
        heading("Role"),
        heading("Organization"),
        sorted("Status", "status"),
        sorted("Sent", "sent"),
        sorted("Expires", "expires"),
        heading("Delivery"),
        heading("Actions"),
    ];
    let rows = listed
        .rows
        .clone()
        .into_iter()
        .map(|row| view! { <Row row search /> })
        .collect_view();
    view! {
        <DataTable label="Invitations" columns>
            {rows}
        </DataTable>
        <Pages path=PATH listed />
    }
    .into_any()
}

#[component]
fn Row(row: InvitationView, search: Memo<String>) -> impl IntoView {
    let detail = paths::with_query(&paths::detail(PATH, &row.id), &search.get_untracked());
    let action = |href: String, label: &'static str| {
        let named = format!("{label} {}", row.email);
        view! {
            <LinkButton href small=true kind=ButtonKind::Quiet attr:aria-label=named attr:data-noscroll="">
                {label}
            </LinkButton>
        }
    };
    let act = |verb| paths::with_query(&paths::act(PATH, &row.id, verb), &search.get_untracked());
    let has_failed = row.delivery.as_ref().is_some_and(|delivery| delivery.has_failed);
    let resend = if has_failed { "Retry now" } else { "Resend" };
    let open = row
        .is_open()
        .then(|| (action(act("resend"), resend), action(act("link"), "Copy link")));
    let (view, delete) = (action(detail.clone(), "View"), action(act("delete"), "Delete"));
    let answer = row.delivery.as_ref().filter(|_| has_failed).map(|delivery| {
        view! { <small>{delivery.answer.clone()}</small> }
    });
    view! {
        <tr>
            <Cell label="Email">
                <RowLink href=detail>{row.email}</RowLink>
            </Cell>
            <Cell label="Role">{row.role.label()}</Cell>
            <Cell label="Organization">
                {row.organization.map_or_else(|| "–".to_owned(), |(_, name)| name)}
            </Cell>
            <Cell label="Status">
                <StatusBadge status=row.status />
            </Cell>
            <Cell label="Sent" muted=true>
                <When shown=row.sent />
            </Cell>
            <Cell label="Expires" muted=true>
                <When shown=row.expires />
            </Cell>
            <Cell label="Delivery">
                <DeliveryMark delivery=row.delivery />
                " "
                {answer}
            </Cell>
            <Actions>
                {view} {open} {delete}
            </Actions>
        </tr>
    }
    .into_any()
}

fn empty(listed: &Listed<InvitationView>) -> AnyView {
    if listed.is_filtered {
        let unfiltered = format!("{PATH}{}", listed.unfiltered);
        return view! {
            <EmptyState title="No invitation matches" icon=IconName::Search>
                <p>"Try another search, or clear the filters."</p>
                <LinkButton href=unfiltered>"Clear all"</LinkButton>
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <EmptyState title="No invitations yet" icon=IconName::Invitation>
            <p>"An invitation brings somebody in: they choose their own password. Send the first one."</p>
        </EmptyState>
    }
    .into_any()
}
