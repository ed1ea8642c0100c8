use domain::role::Permission;
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    api::{Attention, Figure, GetOverview, OverviewView},
    invitations::{Charts, ExpiringCard},
    mail::MailCard,
};
use crate::{
    account::AccountPage,
    paths,
    reading::{read, show},
    session::use_session,
    ui::{Alert, Card, PageHeader, Stat, Tone},
};

/// What somebody sees first.
#[component]
pub fn HomePage() -> impl IntoView {
    if use_session().allows(Permission::ManageUsers) {
        view! { <Overview /> }.into_any()
    } else {
        view! { <AccountPage /> }.into_any()
    }
}

#[component]
fn Overview() -> impl IntoView {
    let operates = use_session().allows(Permission::OperateInstallation);
    let overview = read(|| GetOverview {});
    view! {
        <Title text="Overview" />
        <PageHeader title="Overview" />
        {show(overview, |overview| view! { <Numbers overview /> }.into_any())}
        {operates.then(|| view! { <MailCard /> })}
    }
    .into_any()
}

#[component]
fn Numbers(overview: OverviewView) -> impl IntoView {
    let attention = overview.attention.into_iter().map(|Attention { title, text }| {
        view! {
            <Alert tone=Tone::Warning title>
                <p>{text}</p>
            </Alert>
        }
    });
    let figures = overview.figures.into_iter().map(|Figure { label, value, href }| {
        view! { <Stat label value href /> }
    });
    let unseen = format!("{}?sort=last_sign_in", paths::USERS);
    view! {
        {attention.collect_view()}
        <div class="l-grid l-grid--figures">{figures.collect_view()}</div>
        <Charts acceptance=overview.acceptance weeks=overview.weeks />
        <div class="l-grid">
            <ExpiringCard expiring=overview.expiring />
            <Card title="Inactive users">
                <Stat
                    label="Not seen for 90 days"
                    value=overview.unseen
                    hint="Review them, and remove those who no longer need access."
                    href=unseen
                />
            </Card>
        </div>
    }
    .into_any()
}
