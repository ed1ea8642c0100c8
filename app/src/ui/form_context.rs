use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlFormElement};

/// What a form tells the fields in it. Fields look themselves up by name; without this context they are plain.
#[derive(Clone, Copy)]
pub struct FormContext {
    /// What was typed before the form came back; empty in a fresh form.
    pub values: StoredValue<BTreeMap<String, String>>,
    /// A message for each field that was refused.
    pub errors: Signal<BTreeMap<String, String>>,
    /// True while the form's answer is awaited.
    pub pending: Signal<bool>,
}

/// Puts the focus into the first field that was refused, once its message stands in the page.
pub fn focus_first_error(form: HtmlFormElement) {
    request_animation_frame(move || {
        let first = form.query_selector("[aria-invalid='true']").ok().flatten();
        if let Some(field) = first.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
            // A browser that refuses the focus leaves the message readable, which is enough.
            let _ = field.focus();
        }
    });
}
