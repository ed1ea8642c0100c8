use domain::{
    audit::Action,
    role::{Permission, Role},
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::api::{AuditView, Change, EventView, ListAudit};
use crate::{
    AppError,
    layout::Failure,
    list::{Heading, ListToolbar, Pages, all_or, current_search, heading, initial},
    organizations::with_choices,
    paths,
    reading::{read, show},
    session::use_session,
    ui::{
        ActiveFilters, Chip, Column, DataTable, EmptyState, FilterDate, FilterSelect, Icon, IconName, LinkButton,
        PageHeader, Rows, SearchBox, SelectOption, SortDirection,
    },
};

const PATH: &str = paths::AUDIT;

/// For Admins and Org Admins, each in their scope.
#[component]
pub fn AuditPage() -> impl IntoView {
    if use_session().allows(Permission::ReadAudit) {
        return view! { <AuditLog /> }.into_any();
    }
    let error = AppError::Forbidden {
        needs: Role::needed_for(Permission::ReadAudit),
    };
    view! { <Failure error /> }.into_any()
}

#[component]
fn AuditLog() -> impl IntoView {
    let search = current_search();
    let listed = read(move || ListAudit { query: search.get() });
    let csv = move || paths::with_query(&paths::csv(PATH), &search.get());
    let lines = move || paths::with_query(&paths::json_lines(PATH), &search.get());
    view! {
        <Title text="Audit log" />
        <PageHeader title="Audit log">
            <a class="c-button c-button--secondary" href=csv download rel="external">
                <Icon name=IconName::Download />
                "Export CSV"
            </a>
            <a class="c-button c-button--secondary" href=lines download rel="external">
                <Icon name=IconName::Download />
                "Export JSON Lines"
            </a>
        </PageHeader>
        <Filters />
        {show(listed, |audit| view! { <Events audit /> }.into_any())}
    }
}

#[component]
fn Filters() -> impl IntoView {
    with_choices(|choices| {
        let actions = Action::ALL
            .iter()
            .map(|action| SelectOption::new(action.key(), action.label()));
        let organizations = choices.map(|choices| {
            let options = all_or("All organizations", choices.options());
            view! { <FilterSelect name="organization" label="Organization" options value=initial("organization") /> }
        });
        view! {
            <ListToolbar path=PATH>
                <SearchBox value=initial("q") />
                <FilterSelect name="action" label="Action" options=all_or("All actions", actions) value=initial("action") />
                {organizations}
                <div class="c-filters">
                    <FilterDate name="from" label="From" value=initial("from") />
                    <FilterDate name="until" label="Until" value=initial("until") />
                </div>
                // Set by links in the rows, taken away by the chips below.
                <input type="hidden" name="actor" value=initial("actor") />
                <input type="hidden" name="object" value=initial("object") />
            </ListToolbar>
        }
        .into_any()
    })
}

#[component]
fn Events(audit: AuditView) -> impl IntoView {
    let AuditView { listed, chips } = audit;
    let clear = format!("{PATH}{}", listed.unfiltered);
    let chips = chips.into_iter().map(|(label, query)| Chip {
        label,
        remove: format!("{PATH}{query}"),
    });
    let filters = view! { <ActiveFilters chips=chips.collect() clear=clear.clone() /> };
    if listed.rows.is_empty() {
        return view! {
            {filters}
            <EmptyState title="No event matches" icon=IconName::Audit>
                <p>"Try another time or action, or clear the filters."</p>
                <LinkButton href=clear>"Clear all"</LinkButton>
            </EmptyState>
        }
        .into_any();
    }
    let columns = vec![
        by_time(&listed.headings),
        heading("Action"),
        heading("Actor"),
        heading("Object"),
        heading("Changes"),
        heading("Address"),
    ];
    let mut rows = Rows::default();
    for event in &listed.rows {
        row(&mut rows, event);
    }
    view! {
        {filters}
        <DataTable label="Audit log" class="c-table--audit" columns rows />
        <Pages path=PATH listed />
    }
    .into_any()
}

/// Newest first is the log's own order, which in a column of times is the descending one.
fn by_time(headings: &[Heading]) -> Column {
    let column = Column::new("Time");
    let Some(heading) = headings.first() else { return column };
    let direction = match heading.descending {
        Some(true) => SortDirection::Ascending,
        _ => SortDirection::Descending,
    };
    column.sorted(format!("{PATH}{}", heading.href), direction)
}

fn row(rows: &mut Rows, event: &EventView) {
    rows.row().muted("Time").time(event.at.parts());
    rows.cell("Action").text(&event.action);
    linked(rows.cell("Actor"), &event.actor, event.of_actor.as_deref());
    linked(rows.cell("Object"), &event.object, event.of_object.as_deref());
    changes(rows.cell("Changes"), &event.changes);
    rows.muted("Address").code(&event.address);
}

fn linked(rows: &mut Rows, text: &str, query: Option<&str>) {
    match query {
        Some(query) => rows.link(&format!("{PATH}{query}"), text),
        None => rows.text(text),
    };
}

/// Behind a summary, so that a row with a long description stays a row.
fn changes(rows: &mut Rows, changes: &[Change]) {
    if changes.is_empty() {
        rows.text("–");
        return;
    }
    let labels: Vec<&str> = changes.iter().map(|change| &*change.label).collect();
    let points = changes.iter().map(|Change { label, before, after }| {
        let text = match (before, after) {
            (Some(before), Some(after)) => format!("{before} → {after}"),
            (Some(before), None) => format!("was {before}"),
            (None, after) => after.clone().unwrap_or_default(),
        };
        (label.clone(), text)
    });
    rows.details(&labels.join(", "), points);
}
