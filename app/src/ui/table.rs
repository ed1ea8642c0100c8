use leptos::prelude::*;

use super::{Icon, IconName, Rows};

/// Which way a column is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortDirection {
    Ascending,
    Descending,
}

/// Makes a heading sortable.
#[derive(Clone, Debug)]
pub struct SortLink {
    /// The address that sorts by this column, or turns it round.
    pub href: Signal<String>,
    /// How the list is sorted by this column now, if it is.
    pub direction: Option<SortDirection>,
}

/// A heading of a [`DataTable`].
#[derive(Clone, Debug)]
pub struct Column {
    pub label: String,
    pub sort: Option<SortLink>,
    /// Numbers stand at the end of their column.
    pub numeric: bool,
}

impl Column {
    /// A heading of text that cannot be sorted.
    pub fn new(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            sort: None,
            numeric: false,
        }
    }

    /// The same heading, sortable.
    pub fn sorted(mut self, href: impl Into<Signal<String>>, direction: impl Into<Option<SortDirection>>) -> Self {
        self.sort = Some(SortLink {
            href: href.into(),
            direction: direction.into(),
        });
        self
    }

    /// The same heading over numbers.
    pub fn numeric(mut self) -> Self {
        self.numeric = true;
        self
    }
}

/// A table. Where it is narrow every row becomes a card.
#[component]
pub fn DataTable(
    /// What the table lists, for assistive technology.
    #[prop(into)]
    label: String,
    /// The class that gives its columns their widths (`style/components/table-columns.css`).
    #[prop(optional)]
    class: &'static str,
    columns: Vec<Column>,
    rows: Rows,
) -> impl IntoView {
    view! {
        <div class="c-table-frame">
            <table class=format!("c-table {class}") aria-label=label>
                <thead>
                    <tr>{columns.into_iter().map(heading).collect_view()}</tr>
                </thead>
                <tbody inner_html=rows.into_html()></tbody>
            </table>
        </div>
    }
    .into_any()
}

fn heading(column: Column) -> impl IntoView {
    let Column { label, sort, numeric } = column;
    let direction = sort.as_ref().and_then(|sort| sort.direction);
    let aria_sort = sort.is_some().then_some(match direction {
        Some(SortDirection::Ascending) => "ascending",
        Some(SortDirection::Descending) => "descending",
        None => "none",
    });
    let icon = match direction {
        Some(SortDirection::Descending) => IconName::SortDescending,
        Some(SortDirection::Ascending) | None => IconName::SortAscending,
    };
    let content = match sort {
        Some(sort) => view! {
            <a class="c-table__sort" href=move || sort.href.get() data-noscroll>
                {label}
                <Icon name=icon />
            </a>
        }
        .into_any(),
        None => label.into_any(),
    };
    view! {
        <th scope="col" aria-sort=aria_sort class=numeric.then_some("c-table__number")>
            {content}
        </th>
    }
    .into_any()
}
