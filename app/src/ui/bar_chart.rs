use leptos::prelude::*;

/// One bar of a [`BarChart`].
#[derive(Clone, Debug)]
pub struct Bar {
    pub label: String,
    /// Its height; negative values count as zero.
    pub value: i64,
    /// The value as it is told: "42 %".
    pub shown: String,
}

/// How many labels fit under the bars, and values above them, on a phone.
const LABELS: usize = 8;

/// A chart of bars, with the same figures as a table behind it.
///
/// Everything is placed in per cent, so that it fits any width without bending its text.
#[component]
pub fn BarChart(#[prop(into)] label: String, bars: Vec<Bar>) -> impl IntoView {
    let rows = bars
        .iter()
        .map(|bar| {
            let (label, shown) = (bar.label.clone(), bar.shown.clone());
            view! {
                <tr>
                    <th scope="row">{label}</th>
                    <td>{shown}</td>
                </tr>
            }
        })
        .collect_view();
    // What the line at the top stands for, where no value stands over its bar.
    let top = bars.iter().max_by_key(|bar| bar.value).filter(|_| bars.len() > LABELS);
    let top = top.map(|bar| {
        view! {
            <text class="c-chart__top" x="0" y="9%">
                {bar.shown.clone()}
            </text>
        }
    });
    view! {
        <figure class="c-chart">
            <svg class="c-chart__plot" role="img" aria-label=label.clone()>
                <line x1="0" x2="100%" y1="88%" y2="88%"></line>
                <line x1="0" x2="100%" y1="50%" y2="50%"></line>
                <line x1="0" x2="100%" y1="12%" y2="12%"></line>
                {top}
                {drawn(bars)}
            </svg>
            <details>
                <summary>"Show as table"</summary>
                <table aria-label=label>
                    <tbody>{rows}</tbody>
                </table>
            </details>
        </figure>
    }
    .into_any()
}

fn drawn(bars: Vec<Bar>) -> impl IntoView {
    let count = i64::try_from(bars.len()).unwrap_or(i64::MAX).max(1);
    let every = bars.len().div_ceil(LABELS).max(1);
    let values_fit = bars.len() <= LABELS;
    let highest = bars.iter().map(|bar| bar.value).max().unwrap_or(0).max(1);
    let step = 100 * PERCENT / count;
    (0..)
        .zip(bars)
        .map(|(index, bar)| {
            // The plot lies between the lines at 12 and 88 per cent.
            let height = 76 * PERCENT * bar.value.max(0) / highest;
            let left = step * index;
            let middle = percent(left + step / 2);
            let title = format!("{}: {}", bar.label, bar.shown);
            let value = values_fit.then(|| {
                view! {
                    <text class="c-chart__value" x=middle.clone() y=percent(85 * PERCENT - height)>
                        {bar.shown}
                    </text>
                }
            });
            let label = (index % every as i64 == 0).then(|| {
                view! {
                    <text x=middle y="99%">
                        {bar.label}
                    </text>
                }
            });
            view! {
                <g>
                    <title>{title}</title>
                    <rect x=percent(left + step * 18 / 100) width=percent(step * 64 / 100) y=percent(88 * PERCENT - height) height=percent(height) rx="2"></rect>
                    {value}
                    {label}
                </g>
            }
        })
        .collect_view()
}

/// Lengths are counted in hundredths of a per cent: whole numbers spare the browser's bundle the formatting of others.
const PERCENT: i64 = 100;

fn percent(hundredths: i64) -> String {
    format!("{}.{:02}%", hundredths / PERCENT, hundredths % PERCENT)
}
