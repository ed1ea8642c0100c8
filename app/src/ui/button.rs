use leptos::prelude::*;

use super::FormContext;

/// How much a button asks for: one primary in a view, danger for what cannot be undone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    Primary,
    #[default]
    Secondary,
    Danger,
    Quiet,
}

impl ButtonKind {
    fn class(self, small: bool) -> String {
        let kind = match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Danger => "danger",
            Self::Quiet => "quiet",
        };
        let small = if small { " c-button--small" } else { "" };
        format!("c-button c-button--{kind}{small}")
    }
}

/// A button; by default it submits its form and shows itself pending while that form is.
///
/// A pending button keeps the focus and its words, and swallows further clicks.
#[component]
pub fn Button(
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional, into)] pending: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// `submit`, `button` or `reset`.
    #[prop(default = "submit")]
    button_type: &'static str,
    #[prop(optional)] small: bool,
    children: Children,
) -> impl IntoView {
    let form = use_context::<FormContext>().filter(|_| button_type == "submit");
    let pending = move || pending.get() || form.is_some_and(|form| form.pending.get());
    view! {
        <button
            type=button_type
            class=kind.class(small)
            disabled=move || disabled.get()
            aria-busy=move || pending().then_some("true")
            on:click=move |event| {
                if untrack(pending) {
                    event.prevent_default();
                    event.stop_propagation();
                }
            }
        >
            {children()}
        </button>
    }
}

/// A link that looks like a button, for what leads elsewhere.
#[component]
pub fn LinkButton(
    #[prop(into)] href: String,
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional)] small: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <a href=href class=kind.class(small)>
            {children()}
        </a>
    }
}
