use leptos::prelude::*;

use super::field::{Field, FieldFrame};

/// A field of one line.
#[component]
pub fn TextField(
    name: &'static str,
    label: &'static str,
    #[prop(optional, into)] value: String,
    /// `text`, `email`, `password`, `number` or `search`.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional)] autocomplete: Option<&'static str>,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] placeholder: Option<&'static str>,
) -> impl IntoView {
    let field = Field::new(name, hint.is_some());
    // A password never comes back from the server.
    let value = if kind == "password" {
        String::new()
    } else {
        field.value(value)
    };
    view! {
        <FieldFrame field label required hint>
            <input
                class="c-input"
                id=field.id()
                name=name
                type=kind
                value=value
                required=required
                autocomplete=autocomplete
                autofocus=autofocus
                placeholder=placeholder
                aria-invalid=move || field.invalid()
                aria-describedby=move || field.described_by()
            />
        </FieldFrame>
    }
}
