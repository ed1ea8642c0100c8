use leptos::prelude::*;

use super::field::{Field, FieldFrame};
use super::{Icon, IconName, use_hydrated};

/// A password, with a button that shows what is typed.
#[component]
pub fn PasswordField(
    name: &'static str,
    label: &'static str,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] hint: Option<String>,
    /// `current-password` or `new-password`.
    autocomplete: &'static str,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let field = Field::new(name, hint.is_some());
    let hydrated = use_hydrated();
    let shown = RwSignal::new(false);
    view! {
        <FieldFrame field label required hint>
            <div class="c-joined">
                <input
                    class="c-input"
                    id=field.id()
                    name=name
                    type=move || if shown.get() { "text" } else { "password" }
                    required=required
                    autocomplete=autocomplete
                    autofocus=autofocus
                    autocapitalize="off"
                    spellcheck="false"
                    aria-invalid=move || field.invalid()
                    aria-describedby=move || field.described_by()
                />
                <button
                    type="button"
                    class="c-button c-button--secondary"
                    hidden=move || !hydrated.get()
                    aria-label="Show password"
                    aria-pressed=move || if shown.get() { "true" } else { "false" }
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || {
                        let name = if shown.get() { IconName::EyeOff } else { IconName::Eye };
                        view! { <Icon name /> }
                    }}
                </button>
            </div>
        </FieldFrame>
    }
}
