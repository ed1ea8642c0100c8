use leptos::prelude::*;

use super::api::{Acceptance, Expiring, Week};
use crate::{
    list::When,
    paths,
    ui::{Bar, BarChart, Card, Stat},
};

/// How many invitations are accepted, and how soon.
#[component]
pub(super) fn Charts(acceptance: [Acceptance; 2], weeks: Vec<Week>) -> impl IntoView {
    let rates = acceptance.map(|Acceptance { label, rate, told }| {
        view! { <Stat label value=rate hint=told /> }
    });
    let bars = |value: fn(&Week) -> (i64, &String)| -> Vec<Bar> {
        let bar = |week: &Week| {
            let (value, shown) = value(week);
            Bar {
                label: week.label.clone(),
                value,
                shown: shown.clone(),
            }
        };
        weeks.iter().map(bar).collect()
    };
    let rate_bars = bars(|week| (week.rate, &week.rate_told));
    let time_bars = bars(|week| (week.hours, &week.time_told));
    view! {
        <div class="l-grid">
            <Card title="Invitations accepted">
                <div class="l-grid l-grid--figures">{rates.collect_view()}</div>
                <BarChart label="Acceptance rate by week of sending" bars=rate_bars />
            </Card>
            <Card title="Time to accept">
                <p>"From the first sending to accepting, by week of sending."</p>
                <BarChart label="Time to accept by week of sending" bars=time_bars />
            </Card>
        </div>
    }
    .into_any()
}

/// Pending invitations to follow up before they expire.
#[component]
pub(super) fn ExpiringCard(expiring: Vec<Expiring>) -> impl IntoView {
    let content = if expiring.is_empty() {
        view! { <p>"No pending invitation expires within three days."</p> }.into_any()
    } else {
        let items = expiring.into_iter().map(
            |Expiring {
                 id,
                 email,
                 organization,
                 expires,
             }| {
                view! {
                    <li>
                        <a href=paths::detail(paths::INVITATIONS, &id)>{email}</a> ", " {organization} ", expires "
                        <When shown=expires />
                    </li>
                }
            },
        );
        view! { <ul>{items.collect_view()}</ul> }.into_any()
    };
    view! { <Card title="Invitations that expire soon">{content}</Card> }
}
