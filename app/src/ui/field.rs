use leptos::prelude::*;

use super::FormContext;

/// What all fields share: their ids, the value to start with and the message that belongs to them.
#[derive(Clone, Copy)]
pub(super) struct Field {
    name: &'static str,
    has_hint: bool,
    error: Signal<Option<String>>,
}

impl Field {
    /// Looks the field up in the form around it.
    pub(super) fn new(name: &'static str, has_hint: bool) -> Self {
        let error = Signal::derive(move || {
            use_context::<FormContext>().and_then(|form| form.errors.with(|errors| errors.get(name).cloned()))
        });
        Self { name, has_hint, error }
    }

    /// What was typed before, else what the page gave.
    pub(super) fn value(self, given: String) -> String {
        typed(self.name).flatten().unwrap_or(given)
    }

    pub(super) fn id(self) -> String {
        format!("field-{}", self.name)
    }

    fn hint_id(self) -> String {
        format!("field-{}-hint", self.name)
    }

    fn error_id(self) -> String {
        format!("field-{}-error", self.name)
    }

    /// For `aria-invalid`: absent in a valid field.
    pub(super) fn invalid(self) -> Option<&'static str> {
        self.error.with(Option::is_some).then_some("true")
    }

    /// For `aria-describedby`: the hint, and the error while there is one.
    pub(super) fn described_by(self) -> Option<String> {
        let error = self.error.with(Option::is_some).then(|| self.error_id());
        let hint = self.has_hint.then(|| self.hint_id());
        match (error, hint) {
            (Some(error), Some(hint)) => Some(format!("{error} {hint}")),
            (error, hint) => error.or(hint),
        }
    }
}

/// None outside of a form or in a fresh one; Some(None) where the form came back without this field.
fn typed(name: &str) -> Option<Option<String>> {
    use_context::<FormContext>()?
        .values
        .with_value(|values| (!values.is_empty()).then(|| values.get(name).cloned()))
}

/// The label above a control, and its hint and error below.
#[component]
pub(super) fn FieldFrame(
    field: Field,
    label: &'static str,
    required: bool,
    hint: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="c-field">
            <div class="c-field__head">
                <label class="c-field__label" for=field.id()>
                    {label}
                </label>
                // Outside of the label, so that the field is called by its name alone.
                {(!required).then(|| view! { <span class="c-field__optional">"(optional)"</span> })}
            </div>
            {children()}
            <FieldError field />
            {hint.map(|hint| view! { <p class="c-field__hint" id=field.hint_id()>{hint}</p> })}
        </div>
    }
    .into_any()
}

#[component]
fn FieldError(field: Field) -> impl IntoView {
    move || {
        field.error.get().map(|error| {
            view! {
                <p class="c-field__error" id=field.error_id()>
                    {error}
                </p>
            }
        })
    }
}

/// A box to tick; sent as `on` when it is ticked and not at all when it isn't.
#[component]
pub fn CheckboxField(
    name: &'static str,
    label: &'static str,
    #[prop(optional)] checked: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] hint: Option<String>,
) -> impl IntoView {
    let field = Field::new(name, hint.is_some());
    let checked = typed(name).map_or(checked, |typed| typed.is_some());
    view! {
        <div class="c-field">
            <label class="c-check">
                <input
                    type="checkbox"
                    name=name
                    id=field.id()
                    checked=checked
                    disabled=move || disabled.get()
                    aria-invalid=move || field.invalid()
                    aria-describedby=move || field.described_by()
                />
                <span>{label}</span>
            </label>
            <FieldError field />
            {hint.map(|hint| view! { <p class="c-field__hint" id=field.hint_id()>{hint}</p> })}
        </div>
    }
    .into_any()
}

/// A value that this person can read but not change; with a name it is sent along.
#[component]
pub fn FixedField(
    label: &'static str,
    /// What is shown.
    #[prop(into)]
    value: String,
    #[prop(optional)] name: Option<&'static str>,
    /// What is sent, where that differs from what is shown.
    #[prop(optional, into)]
    sent: Option<String>,
) -> impl IntoView {
    let sent = sent.unwrap_or_else(|| value.clone());
    view! {
        <div class="c-field">
            <span class="c-field__label">{label}</span>
            <span class="c-field__fixed">{value}</span>
            {name.map(|name| view! { <input type="hidden" name=name value=sent /> })}
        </div>
    }
}
