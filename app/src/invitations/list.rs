use domain::{
    invitation::InvitationStatus,
    role::{Permission, Role},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;

use super::{
    api::{InvitationView, ListInvitations},
    marks::status_tone,
};
use crate::{
    AppError,
    layout::Failure,
    list::{ListToolbar, Listed, Pages, all_or, current_search, heading, initial, sorted},
    organizations::with_choices,
    paths,
    reading::{follow, show},
    session::use_session,
    ui::{
        DataTable, EmptyState, FilterSelect, Icon, IconName, LinkButton, PageHeader, Rows, SearchBox, SelectOption,
        Tone,
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
        {show(listed, |listed| view! { <Table listed /> }.into_any())}
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
fn Table(listed: Listed<InvitationView>) -> impl IntoView {
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
    let mut rows = Rows::default();
    for invitation in &listed.rows {
        row(&mut rows, invitation, &listed.here);
    }
    view! {
        <DataTable label="Invitations" class="c-table--invitations" columns rows />
        <Pages path=PATH listed />
    }
    .into_any()
}

fn row(rows: &mut Rows, invitation: &InvitationView, search: &str) {
    let InvitationView { id, email, .. } = invitation;
    let act = |verb| paths::with_query(&paths::act(PATH, id, verb), search);
    let detail = paths::with_query(&paths::detail(PATH, id), search);
    rows.row()
        .cell("Email")
        .row_link(&detail, email)
        .cell("Role")
        .text(invitation.role.label())
        .cell("Organization")
        .text(invitation.organization.as_ref().map_or("–", |(_, name)| name))
        .cell("Status")
        .badge(status_tone(invitation.status), invitation.status.label())
        .muted("Sent")
        .time(invitation.sent.parts())
        .muted("Expires")
        .time(invitation.expires.parts())
        .cell("Delivery");
    let has_failed = match &invitation.delivery {
        None => {
            rows.text("–");
            false
        }
        Some(delivery) if delivery.has_failed => {
            rows.badge(Tone::Danger, &delivery.label).small(&delivery.answer);
            true
        }
        Some(delivery) => {
            rows.text(&delivery.label);
            false
        }
    };
    rows.actions().page("View", email, &detail);
    if invitation.is_open() {
        let resend = if has_failed { "Retry now" } else { "Resend" };
        rows.action(resend, email, &act("resend"))
            .action("Copy link", email, &act("link"));
    }
    rows.action("Delete", email, &act("delete"));
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
