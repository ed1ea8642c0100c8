use leptos::prelude::*;

/// One bar of a [`BarChart`].
#[derive(Clone, Debug)]
pub struct Bar {
    pub label: String,
    /// Its height; negative values count as zero.
    pub value: f64,
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
    view! {
        <figure class="c-chart">
            <svg class="c-chart__plot" role="img" aria-label=label.clone()>
                <line x1="0" x2="100%" y1="88%" y2="88%"></line>
                <line x1="0" x2="100%" y1="50%" y2="50%"></line>
                <line x1="0" x2="100%" y1="12%" y2="12%"></line>
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
    let count = bars.len().max(1);
    let every = count.div_ceil(LABELS);
    let values_fit = count <= LABELS;
    let highest = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
    let step = 100.0 / count as f64;
    bars.into_iter()
        .enumerate()
        .map(|(index, bar)| {
            // The plot lies between the lines at 12 and 88 per cent.
            let height = if highest > 0.0 {
                76.0 * bar.value.max(0.0) / highest
            } else {
                0.0
            };
            let left = step * index as f64;
            let middle = percent(left + step / 2.0);
            let title = format!("{}: {}", bar.label, bar.shown);
            let value = values_fit.then(|| {
                view! {
                    <text class="c-chart__value" x=middle.clone() y=percent(85.0 - height)>
                        {bar.shown}
                    </text>
                }
            });
            let label = index.is_multiple_of(every).then(|| {
                view! {
                    <text x=middle y="99%">
                        {bar.label}
                    </text>
                }
            });
            view! {
                <g>
                    <title>{title}</title>
                    <rect x=percent(left + step * 0.18) width=percent(step * 0.64) y=percent(88.0 - height) height=percent(height) rx="2"></rect>
                    {value}
                    {label}
                </g>
            }
        })
        .collect_view()
}

fn percent(value: f64) -> String {
    format!("{value:.2}%")
}
