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
    ui::{Actions, Badge, ButtonKind, Cell, DataTable, EmptyState, Icon, IconName, LinkButton, PageHeader, Tone},
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
    let rows = tiers
        .into_iter()
        .map(|tier| view! { <Row tier may_manage /> })
        .collect_view();
    view! {
        <DataTable label="Tiers" columns>
            {rows}
        </DataTable>
    }
    .into_any()
}

#[component]
fn Row(tier: TierView, may_manage: bool) -> impl IntoView {
    let features = if tier.features.is_empty() {
        "–".into_any()
    } else {
        let features = tier.features.iter().cloned();
        features
            .map(|feature| view! { <Badge tone=Tone::Neutral>{feature}</Badge> " " })
            .collect_view()
            .into_any()
    };
    let managed = may_manage.then(|| {
        let act = |verb, label: &'static str| {
            let named = format!("{label} {}", tier.name);
            let href = paths::act(PATH, &tier.id, verb);
            view! {
                <LinkButton href small=true kind=ButtonKind::Quiet attr:aria-label=named attr:data-noscroll="">
                    {label}
                </LinkButton>
            }
        };
        let (edit, delete) = (act("edit", "Edit"), act("delete", "Delete"));
        let organizations = format!("{}?tier={}", paths::ORGANIZATIONS, tier.id);
        view! {
            <Cell label="Organizations">
                <a href=organizations>{tier.organizations.clone()}</a>
            </Cell>
            <Actions>{edit} {delete}</Actions>
        }
    });
    view! {
        <tr>
            <Cell label="Name">{tier.name}</Cell>
            <Cell label="Seats" numeric=true>
                {tier.seats}
            </Cell>
            <Cell label="AI usage limit" numeric=true>
                {tier.credits}
            </Cell>
            <Cell label="Features">{features}</Cell>
            <Cell label="Price a month" numeric=true>
                {tier.price}
            </Cell>
            {managed}
        </tr>
    }
    .into_any()
}
