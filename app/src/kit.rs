//! The page `/kit` of a debug build: every component in every state, to look at while working on style.

use std::collections::BTreeMap;

use leptos::context::Provider;
use leptos::prelude::*;

use crate::ui::{
    AccountLink, ActiveFilters, Alert, AppShell, Badge, Bar, BarChart, Breadcrumb, Button, ButtonKind, Card,
    CheckboxField, Chip, Column, CopyField, Crumb, DataTable, EmptyState, FilterCheckbox, FilterSelect, FixedField,
    FormContext, Icon, IconName, KeyValue, KeyValues, LinkButton, Modal, ModalActions, NavigationGroup, NavigationItem,
    PageHeader, PageSize, Pagination, PasswordField, PlainShell, Rows, SearchBox, SelectField, SelectOption,
    SortDirection, Stat, TextArea, TextField, ToastAction, ToastSender, Tone, Toolbar, provide_toasts,
};

/// The kit's page at an address, if there is one.
pub fn page_at(path: &str) -> Option<AnyView> {
    match path {
        "/kit" => Some(view! { <KitPage /> }.into_any()),
        "/kit/modal" => Some(view! { <KitModalPage /> }.into_any()),
        "/kit/plain" => Some(view! { <KitPlainPage /> }.into_any()),
        _ => None,
    }
}

/// All components on one page, in the signed-in shell.
#[component]
pub fn KitPage() -> impl IntoView {
    provide_toasts();
    let account = AccountLink {
        name: "Amélie Okonkwo".into(),
        role: "Admin".into(),
        href: "/account".into(),
    };
    let sign_out =
        || view! { <Button kind=ButtonKind::Quiet small=true><Icon name=IconName::SignOut />"Sign out"</Button> };
    view! {
        <AppShell navigation=navigation() account sign_out>
            <PageHeader title="Users">
                <LinkButton href="/users.csv">
                    <Icon name=IconName::Download />
                    "Export CSV"
                </LinkButton>
                <LinkButton href="/kit/modal" kind=ButtonKind::Primary>
                    <Icon name=IconName::Plus />
                    "New User"
                </LinkButton>
            </PageHeader>
            <Tables />
            <Overview />
            <Forms />
            <Messages />
            <Details />
        </AppShell>
    }
}

/// The dialog, open over a list.
#[component]
pub fn KitModalPage() -> impl IntoView {
    view! {
        <KitPage />
        <Modal title="Delete Northwind Traders?" back="/kit">
            <Alert tone=Tone::Danger title="This cannot be undone">
                "48 users, 12 invitations and 31 sessions go with it. 2 Admins become Global Administrators."
            </Alert>
            <form class="c-form" method="post">
                <TextField name="confirm" label="Code" required=true autofocus=true hint="Type NORTHWIND to confirm." autocomplete="off" />
                <ModalActions back="/kit">
                    <Button kind=ButtonKind::Danger>"Delete"</Button>
                </ModalActions>
            </form>
        </Modal>
    }
}

/// The page of somebody who is not signed in.
#[component]
pub fn KitPlainPage() -> impl IntoView {
    view! {
        <PlainShell>
            <PageHeader title="Sign in" />
            <form class="c-form" method="post">
                <TextField name="email" label="Email" kind="email" required=true autocomplete="username" />
                <PasswordField name="password" label="Password" required=true autocomplete="current-password" />
                <Button kind=ButtonKind::Primary>"Sign in"</Button>
            </form>
            <a href="/forgot-password">"Forgot your password?"</a>
        </PlainShell>
    }
}

fn navigation() -> Vec<NavigationGroup> {
    let item = |href: &str, label, icon, current: bool| NavigationItem {
        href: href.into(),
        label,
        icon,
        current: Signal::stored(current),
    };
    vec![
        NavigationGroup {
            label: None,
            items: vec![item("/", "Overview", IconName::Overview, false)],
        },
        NavigationGroup {
            label: Some("Administration"),
            items: vec![
                item("/organizations", "Organizations", IconName::Organization, false),
                item("/kit", "Users", IconName::User, true),
                item("/invitations", "Invitations", IconName::Invitation, false),
                item("/tiers", "AI Models & Tiers", IconName::Tier, false),
                item("/audit", "Audit log", IconName::Audit, false),
            ],
        },
    ]
}

#[component]
fn Tables() -> impl IntoView {
    let organizations = vec![
        SelectOption::new("", "All organizations"),
        SelectOption::new("1", "Northwind Traders"),
    ];
    let roles = vec![SelectOption::new("", "All roles"), SelectOption::new("admin", "Admin")];
    let chips = vec![
        Chip {
            label: "Role: Admin".into(),
            remove: "/kit?q=a".into(),
        },
        Chip {
            label: "Search: amélie".into(),
            remove: "/kit?role=admin".into(),
        },
    ];
    let size = |rows, current| PageSize {
        rows,
        href: format!("/kit?size={rows}"),
        current,
    };
    view! {
        <section class="l-stack" aria-label="A list">
            <Toolbar action="/kit">
                <SearchBox />
                <FilterSelect name="organization" label="Organization" options=organizations />
                <FilterSelect name="role" label="Role" options=roles value="admin" />
                <FilterCheckbox name="global" label="Global Administrators" />
            </Toolbar>
            <ActiveFilters chips clear="/kit" />
            <DataTable label="Users" columns=columns() rows=people() />
            <Pagination
                position="26–50 of 403"
                first=Some("/kit?page=1".into())
                previous=Some("/kit?page=1".into())
                next=Some("/kit?page=3".into())
                last=Some("/kit?page=17".into())
                sizes=vec![size(25, true), size(50, false), size(100, false)]
            />
            <Pagination label="Pages of an unknown number" position="1–25 of more than 1,000" first=None previous=None next=Some("/kit?page=2".into()) last=None />
            <Card title="An empty list">
                <EmptyState title="No invitations yet" icon=IconName::Invitation>
                    <p>"Invite people by e-mail. They choose their own password."</p>
                    <LinkButton href="/kit/modal" kind=ButtonKind::Primary>"Send Invitation"</LinkButton>
                </EmptyState>
            </Card>
        </section>
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("Email").sorted("/kit?sort=-email", SortDirection::Ascending),
        Column::new("Name").sorted("/kit?sort=name", None),
        Column::new("Role").sorted("/kit?sort=role", None),
        Column::new("Organization"),
        Column::new("Last sign-in").sorted("/kit?sort=seen", None),
        Column::new("Sessions").numeric(),
        Column::new("Actions"),
    ]
}

/// Short, long, right-to-left and pictures: what real lists hold.
fn people() -> Rows {
    let long = "a.very.long.mailbox.name.that.somebody.really.has.because.they.can@departments.of.a.very.long.company.name.example.com";
    let people = [
        [
            "amelie@northwind.example",
            "Amélie Okonkwo",
            "Admin",
            "–",
            "2 minutes ago",
            "3",
        ],
        [
            "b.lindqvist@northwind.example",
            "Björn Lindqvist",
            "Org Admin",
            "Northwind Traders",
            "Yesterday",
            "1",
        ],
        [
            long,
            "Maximiliane Freifrau von und zu Hohenstein-Waldeck-Pyrmont",
            "User",
            "Donaudampfschifffahrtsgesellschaft",
            "3 months ago",
            "0",
        ],
        ["noor@mada.example", "نور الهدى", "User", "مؤسسة المدى", "Never", "0"],
        [
            "kai@surf.example",
            "Kai 🌊🏄",
            "User",
            "Pacific Surf Co",
            "5 days ago",
            "12",
        ],
    ];
    let mut rows = Rows::default();
    for [email, name, role, organization, seen, sessions] in people {
        let tone = if role == "Admin" { Tone::Info } else { Tone::Neutral };
        rows.row()
            .cell("Email")
            .row_link("/kit", email)
            .cell("Name")
            .text(name)
            .cell("Role")
            .badge(tone, role)
            .cell("Organization")
            .text(organization)
            .muted("Last sign-in")
            .text(seen)
            .number("Sessions")
            .text(sessions)
            .actions()
            .action("Edit", name, "/kit/modal")
            .action("Delete", name, "/kit/modal");
    }
    rows
}

#[component]
fn Overview() -> impl IntoView {
    let bar = |label: &str, value: i64| Bar {
        label: label.into(),
        value,
        shown: format!("{value} %"),
    };
    let weeks = vec![
        bar("5 Oct", 41),
        bar("12 Oct", 56),
        bar("19 Oct", 0),
        bar("26 Oct", 72),
        bar("2 Nov", 68),
        bar("9 Nov", 83),
    ];
    let days = (1..=30).map(|day| bar(&format!("{day} Nov"), day * 7 % 23)).collect();
    view! {
        <section class="l-stack" aria-label="Overview">
            <div class="l-grid l-grid--figures">
                <Stat label="Organizations" value="12" href="/organizations" />
                <Stat label="Users" value="403" hint="7 not seen for 90 days" href="/users" />
                <Stat label="Pending invitations" value="18" hint="3 expire within a day" href="/invitations" />
                <Stat label="Time to accept" value="1.4 days" hint="Median of the last 30 days" />
            </div>
            <div class="l-grid">
                <Card title="Acceptance rate"><BarChart label="Acceptance rate by week" bars=weeks /></Card>
                <Card title="Invitations sent"><BarChart label="Invitations sent by day" bars=days /></Card>
            </div>
        </section>
    }
}

#[component]
fn Forms() -> impl IntoView {
    view! {
        <section class="l-grid" aria-label="Forms">
            <Card title="Fields">
                <form class="c-form" method="post">
                    <TextField name="name" label="Name" required=true value="Northwind Traders" />
                    <TextField name="code" label="Code" required=true hint="2 to 32 letters, digits, - and _" placeholder="ACME" />
                    <TextArea name="description" label="Description" value="Wholesale & import\n<since 1987>" />
                    <SelectField name="tier" label="Tier" value="premium" options=tiers() />
                    <SelectField name="locked" label="Organization" required=true disabled=true options=tiers() />
                    <CheckboxField name="must_change" label="Must change password at next sign-in" checked=true />
                    <FixedField label="Organization" value="Northwind Traders" />
                    <PasswordField name="password" label="Password" required=true autocomplete="new-password" hint="At least 12 characters" />
                </form>
            </Card>
            <RefusedForm />
            <Card title="Buttons">
                <div class="l-row">
                    <Button kind=ButtonKind::Primary button_type="button">"Save"</Button>
                    <Button button_type="button">"Cancel"</Button>
                    <Button kind=ButtonKind::Danger button_type="button">"Delete"</Button>
                    <Button kind=ButtonKind::Quiet button_type="button">"View"</Button>
                </div>
                <div class="l-row">
                    <Button kind=ButtonKind::Primary pending=true button_type="button">"Save"</Button>
                    <Button disabled=true button_type="button">"Disabled"</Button>
                    <Button small=true button_type="button">"Small"</Button>
                    <LinkButton href="/kit">"Link"</LinkButton>
                </div>
                <CopyField label="Invitation link" value="https://usher.example/accept-invitation/pVb1yq0hZk3mJ2sX8nR4tC" />
            </Card>
        </section>
    }
}

/// A form that came back with errors.
#[component]
fn RefusedForm() -> impl IntoView {
    let pairs = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    };
    let refused = FormContext {
        values: StoredValue::new(pairs(&[("email", "amelie@"), ("role", "admin")])),
        errors: Signal::stored(pairs(&[
            ("email", "Enter an address like name@example.com"),
            ("role", "An Org Admin cannot assign the role Admin"),
            (
                "new_password",
                "This password is easy to guess: it contains the person's name",
            ),
            ("agreed", "Tick this to go on"),
        ])),
        pending: Signal::stored(false),
    };
    view! {
        <Card title="Refused">
            <Provider value=refused><form class="c-form" method="post">
                <TextField name="email" label="Email" kind="email" required=true hint="Used to sign in" />
                <SelectField name="role" label="Role" required=true options=vec![SelectOption::new("user", "User"), SelectOption::new("admin", "Admin")] />
                <PasswordField name="new_password" label="Password" required=true autocomplete="new-password" />
                <CheckboxField name="agreed" label="Send an e-mail about this" />
            </form></Provider>
        </Card>
    }
}

fn tiers() -> Vec<SelectOption> {
    ["Free", "Standard", "Premium", "Enterprise"]
        .into_iter()
        .map(|tier| SelectOption::new(tier.to_lowercase(), tier))
        .collect()
}

#[component]
fn Messages() -> impl IntoView {
    let toasts = use_context::<ToastSender>();
    let undo = || ToastAction::Link {
        label: "Undo".into(),
        href: "/kit".into(),
    };
    if let Some(toasts) = toasts {
        toasts.push(Tone::Success, "Role of Björn Lindqvist is now Org Admin", Some(undo()));
    }
    let push = move |_| {
        if let Some(toasts) = toasts {
            toasts.push(Tone::Success, "Saved", Some(undo()));
        }
    };
    view! {
        <section class="l-stack" aria-label="Messages">
            <Alert title="No mail server is configured">"Invitation links are shown once, to copy."</Alert>
            <Alert tone=Tone::Success>"The invitation was sent again."</Alert>
            <Alert tone=Tone::Warning title="There is only one Admin">"Make another, so that nobody is locked out."</Alert>
            <Alert tone=Tone::Danger title="You cannot open this page">"It needs the role Admin."</Alert>
            <div class="l-row">
                <Badge tone=Tone::Info>"Pending"</Badge>
                <Badge tone=Tone::Success>"Accepted"</Badge>
                <Badge tone=Tone::Warning>"Expired"</Badge>
                <Badge tone=Tone::Danger>"Failed"</Badge>
                <Badge>"User"</Badge>
                <Button small=true button_type="button" on:click=push>"Show a toast"</Button>
            </div>
        </section>
    }
}

#[component]
fn Details() -> impl IntoView {
    let icons = IconName::ALL
        .into_iter()
        .map(|name| view! { <Icon name /> })
        .collect_view();
    view! {
        <section class="l-stack" aria-label="An object">
            <Breadcrumb crumbs=vec![Crumb::link("Organizations", "/organizations"), Crumb::here("Northwind Traders")] />
            <Card title="Northwind Traders">
                <KeyValues>
                    <KeyValue label="Code">"NORTHWIND"</KeyValue>
                    <KeyValue label="Description">"Wholesale and import of fine foods.\nSince 1987."</KeyValue>
                    <KeyValue label="Tier"><Badge>"Premium"</Badge></KeyValue>
                </KeyValues>
            </Card>
            <Card title="Icons"><div class="l-row">{icons}</div></Card>
        </section>
    }
}
