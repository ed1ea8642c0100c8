use domain::role::{Permission, Role};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;

use super::api::{ListTiers, TierView};
use crate::{
    AppError,
    layout::Failure,
    list::{heading, is_list_itself},
    paths,
    reading::{follow, show},
    session::use_session,
    ui::{DataTable, EmptyState, Icon, IconName, PageHeader, Rows, Tone},
};

const PATH: &str = paths::TIERS;

/// For Admins; an Org Admin sees the own organization's tier, read-only.
#[component]
pub fn TiersPage() -> impl IntoView {
    let session = use_session();
    if !session.allows(Permission::ViewOwnOrganization) {
        let error = AppError::Forbidden {
            needs: Role::needed_for(Permission::ViewOwnOrganization),
        };
        return view! { <Failure error /> }.into_any();
    }
    let may_manage = session.allows(Permission::ManageTiers);
    // The dialogs over it are for Admins alone.
    if !may_manage && !is_list_itself(PATH) {
        let error = AppError::Forbidden {
            needs: Role::needed_for(Permission::ManageTiers),
        };
        return view! { <Failure error /> }.into_any();
    }
    let tiers = follow(|| ListTiers {});
    let new = may_manage.then(|| {
        view! {
            <a class="c-button c-button--primary" href=paths::new(PATH) data-noscroll>
                <Icon name=IconName::Plus />
                "New Tier"
            </a>
        }
    });
    view! {
        <Title text="AI Models & Tiers" />
        <PageHeader title="AI Models & Tiers">{new}</PageHeader>
        <p>"A tier sets how many seats an organization has, how much AI it may use, and what that costs."</p>
        {show(tiers, move |tiers| view! { <Table tiers may_manage /> }.into_any())}
        <Outlet />
    }
    .into_any()
}

#[component]
fn Table(tiers: Vec<TierView>, may_manage: bool) -> impl IntoView {
    if tiers.is_empty() {
        let text = if may_manage {
            "Without a tier an organization has no limits. Make the first one."
        } else {
            "Your organization has no tier, so it has no limits."
        };
        return view! {
            <EmptyState title="No tiers" icon=IconName::Tier>
                <p>{text}</p>
            </EmptyState>
        }
        .into_any();
    }
    let mut columns = vec![
        heading("Name"),
        heading("Seats").numeric(),
        heading("AI usage limit").numeric(),
        heading("Features"),
        heading("Price a month").numeric(),
    ];
    if may_manage {
        columns.extend([heading("Organizations"), heading("Actions")]);
    }
    let mut rows = Rows::default();
    for tier in &tiers {
        row(&mut rows, tier, may_manage);
    }
    view! {
        <DataTable label="Tiers" class="c-table--tiers" columns rows />
    }
    .into_any()
}

fn row(rows: &mut Rows, tier: &TierView, may_manage: bool) {
    let TierView { id, name, .. } = tier;
    rows.row()
        .cell("Name")
        .text(name)
        .number("Seats")
        .text(&tier.seats)
        .number("AI usage limit")
        .text(&tier.credits)
        .cell("Features");
    if tier.features.is_empty() {
        rows.text("–");
    }
    for feature in &tier.features {
        rows.badge(Tone::Neutral, feature);
    }
    rows.number("Price a month").text(&tier.price);
    if may_manage {
        let organizations = format!("{}?tier={id}", paths::ORGANIZATIONS);
        rows.cell("Organizations")
            .link(&organizations, &tier.organizations)
            .actions()
            .action("Edit", name, &paths::act(PATH, id, "edit"))
            .action("Delete", name, &paths::act(PATH, id, "delete"));
    }
}
