use leptos::prelude::*;

use super::markup::Markup;

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
    let mut chart = Markup::default();
    plot(&mut chart, &label, &bars);
    table(&mut chart, &label, &bars);
    view! { <figure class="c-chart" inner_html=chart.into_html()></figure> }.into_any()
}

fn plot(chart: &mut Markup, label: &str, bars: &[Bar]) {
    chart
        .tags("<svg class=\"c-chart__plot\" role=\"img\"")
        .attribute("aria-label", label)
        .tags(
            "><line x1=\"0\" x2=\"100%\" y1=\"88%\" y2=\"88%\"/><line x1=\"0\" x2=\"100%\" y1=\"50%\" y2=\"50%\"/>\
             <line x1=\"0\" x2=\"100%\" y1=\"12%\" y2=\"12%\"/>",
        );
    let values_fit = bars.len() <= LABELS;
    let highest = bars.iter().max_by_key(|bar| bar.value);
    // What the line at the top stands for, where no value stands over its bar.
    if let Some(bar) = highest.filter(|_| !values_fit) {
        chart
            .tags("<text class=\"c-chart__top\" x=\"0\" y=\"9%\">")
            .text(&bar.shown)
            .tags("</text>");
    }
    let highest = highest.map_or(1, |bar| bar.value.max(1));
    let count = i64::try_from(bars.len()).unwrap_or(i64::MAX).max(1);
    let (step, every) = (100 * PERCENT / count, bars.len().div_ceil(LABELS).max(1));
    for ((number, bar), index) in (0..).zip(bars).zip(0..) {
        let left = step * number;
        // The plot lies between the lines at 12 and 88 per cent.
        let height = 76 * PERCENT * bar.value.max(0) / highest;
        let middle = percent(left + step / 2);
        chart
            .tags("<g><title>")
            .text(&bar.label)
            .tags(": ")
            .text(&bar.shown)
            .tags("</title><rect rx=\"2\"")
            .attribute("x", &percent(left + step * 18 / 100))
            .attribute("width", &percent(step * 64 / 100))
            .attribute("y", &percent(88 * PERCENT - height))
            .attribute("height", &percent(height))
            .tags("/>");
        if values_fit {
            chart
                .tags("<text class=\"c-chart__value\"")
                .attribute("x", &middle)
                .attribute("y", &percent(85 * PERCENT - height))
                .tags(">")
                .text(&bar.shown)
                .tags("</text>");
        }
        if index % every == 0 {
            chart
                .tags("<text y=\"99%\"")
                .attribute("x", &middle)
                .tags(">")
                .text(&bar.label)
                .tags("</text>");
        }
        chart.tags("</g>");
    }
    chart.tags("</svg>");
}

fn table(chart: &mut Markup, label: &str, bars: &[Bar]) {
    chart
        .tags("<details><summary>Show as table</summary><table")
        .attribute("aria-label", label)
        .tags("><tbody>");
    for bar in bars {
        chart
            .tags("<tr><th scope=\"row\">")
            .text(&bar.label)
            .tags("</th><td>")
            .text(&bar.shown)
            .tags("</td></tr>");
    }
    chart.tags("</tbody></table></details>");
}

/// Lengths are counted in hundredths of a per cent: whole numbers spare the browser's bundle the formatting of others.
const PERCENT: i64 = 100;

fn percent(hundredths: i64) -> String {
    format!("{}.{:02}%", hundredths / PERCENT, hundredths % PERCENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(value: i64) -> Bar {
        Bar {
            label: "<1 Nov>".to_owned(),
            value,
            shown: format!("{value} \"%\""),
        }
    }

    #[test]
    fn bars_stand_on_the_line_and_no_text_becomes_markup() {
        let mut chart = Markup::default();
        plot(&mut chart, "Rate & time", &[bar(0), bar(50), bar(-1)]);
        let chart = chart.into_html();
        for part in [
            "aria-label=\"Rate &amp; time\"",
            "<title>&lt;1 Nov&gt;: 50 &quot;%&quot;</title>",
            "y=\"88.00%\" height=\"0.00%\"",
            "y=\"12.00%\" height=\"76.00%\"",
        ] {
            assert!(chart.contains(part), "{part} is not in {chart}");
        }
        assert_eq!(chart.matches("<g>").count(), 3);
        assert_eq!(chart.matches("height=\"0.00%\"").count(), 2);
        assert!(!chart.contains("<1"), "{chart}");
    }

    #[test]
    fn many_bars_have_fewer_labels_and_one_value_at_the_top() {
        let mut chart = Markup::default();
        plot(&mut chart, "", &(0..20).map(bar).collect::<Vec<_>>());
        let chart = chart.into_html();
        assert_eq!(chart.matches("y=\"99%\"").count(), 7);
        assert_eq!(chart.matches("c-chart__value").count(), 0);
        assert!(chart.contains("c-chart__top\" x=\"0\" y=\"9%\">19 "), "{chart}");
    }
}
