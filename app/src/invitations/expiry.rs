//! "Expires in Seconds", with presets and the resulting date.

use domain::{audit::show_day, invitation::Lifetime, time::Moment};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use crate::ui::{Button, ButtonKind, FormContext, TextField, use_hydrated};

const NAME: &str = "expires_in_seconds";
const PRESETS: [(&str, i64); 4] = [
    ("1 day", 86_400),
    ("3 days", 259_200),
    ("7 days", 604_800),
    ("30 days", Lifetime::LONGEST),
];

/// `now` is the server's time when the form was opened.
#[component]
pub(super) fn ExpiryField(now: Moment) -> impl IntoView {
    let hydrated = use_hydrated();
    let typed = RwSignal::new(typed_before());
    // Somebody may have typed before the page woke.
    Effect::new(move |_| {
        if let Some(input) = input() {
            typed.set(input.value());
        }
    });
    let presets = PRESETS.map(|(label, seconds)| {
        let choose = move |_| {
            if let Some(input) = input() {
                input.set_value(&seconds.to_string());
                typed.set(seconds.to_string());
            }
        };
        view! {
            <Button button_type="button" small=true kind=ButtonKind::Quiet on:click=choose>
                {label}
            </Button>
        }
    });
    let date = move || match Lifetime::parse(&typed.get()) {
        Ok(lifetime) => format!("Expires {}.", date_of(now.plus_seconds(lifetime.seconds()))),
        Err(_) => String::new(),
    };
    view! {
        <div on:input=move |event| typed.set(event_target_value(&event))>
            <TextField
                name=NAME
                label="Expires in Seconds"
                autocomplete="off"
                hint="From 60 to 2,592,000 (30 days). Left empty: 604,800 (7 days)."
            />
        </div>
        <div class="l-row">
            <span class="l-row" hidden=move || !hydrated.get()>
                {presets}
            </span>
            <span aria-live="polite">{date}</span>
        </div>
    }
}

/// What was typed before the form came back.
fn typed_before() -> String {
    use_context::<FormContext>()
        .and_then(|form| form.values.with_value(|values| values.get(NAME).cloned()))
        .unwrap_or_default()
}

fn input() -> Option<HtmlInputElement> {
    let input = document().get_element_by_id("field-expires_in_seconds")?;
    input.dyn_into::<HtmlInputElement>().ok()
}

/// "2026-11-24 03:33 UTC", as the server tells exact times.
fn date_of(moment: Moment) -> String {
    let minutes = moment.0.div_euclid(60_000).rem_euclid(24 * 60);
    format!("{} {:02}:{:02} UTC", show_day(moment.day()), minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use domain::time::Moment;

    use super::date_of;

    #[test]
    fn a_date_is_told_as_the_server_tells_it() {
        assert_eq!(date_of(Moment(1_795_491_180_123)), "2026-11-24 03:33 UTC");
    }
}
