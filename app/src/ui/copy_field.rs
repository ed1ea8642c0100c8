use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::{Icon, IconName, use_hydrated};

/// A value to take along, such as an invitation's link.
#[component]
pub fn CopyField(
    label: &'static str,
    #[prop(into)] value: String,
    #[prop(default = "Copy link")] button: &'static str,
    /// Distinguishes several on one page.
    #[prop(default = "copy")]
    id: &'static str,
) -> impl IntoView {
    let hydrated = use_hydrated();
    let input = NodeRef::<html::Input>::new();
    let said = RwSignal::new(button);
    let select = move || {
        if let Some(input) = input.get_untracked() {
            input.select();
        }
    };
    let copy = {
        let value = value.clone();
        move |_| {
            let value = value.clone();
            leptos::task::spawn_local(async move {
                if copied(&value).await {
                    said.set("Copied");
                } else {
                    // Without permission, or on plain http, only the person can copy.
                    select();
                    said.set("Press Ctrl+C");
                }
            });
        }
    };
    view! {
        <div class="c-field">
            <label class="c-field__label" for=id>
                {label}
            </label>
            <div class="c-joined">
                <input node_ref=input class="c-input" id=id type="text" readonly value=value on:focus=move |_| select() />
                <button type="button" class="c-button c-button--secondary" hidden=move || !hydrated.get() on:click=copy>
                    <Icon name=IconName::Copy />
                    <span aria-live="polite">{move || said.get()}</span>
                </button>
            </div>
        </div>
    }
}

async fn copied(value: &str) -> bool {
    let clipboard = window().navigator().clipboard();
    let missing = AsRef::<JsValue>::as_ref(&clipboard).is_undefined();
    !missing && JsFuture::from(clipboard.write_text(value)).await.is_ok()
}
