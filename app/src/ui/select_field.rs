use leptos::prelude::*;

use super::field::{Field, FieldFrame};
use super::markup::Markup;
use super::{Icon, IconName};

/// One choice of a select.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectOption {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
}

impl SelectOption {
    /// A choice that sends `value` and shows `label`.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
        }
    }
}

/// A choice of one out of few.
#[component]
pub fn SelectField(
    name: &'static str,
    label: &'static str,
    options: Vec<SelectOption>,
    /// A choice before them that sends nothing, whose words may change.
    #[prop(optional, into)]
    blank: Option<Signal<&'static str>>,
    /// The value of the option that is chosen at first.
    #[prop(optional, into)]
    value: String,
    /// Follows what is chosen.
    #[prop(optional)]
    chosen: Option<RwSignal<String>>,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] hint: Option<String>,
) -> impl IntoView {
    let field = Field::new(name, hint.is_some());
    let value = field.value(value);
    let follow = move |value: String| {
        if let Some(chosen) = chosen {
            chosen.set(value);
        }
    };
    follow(value.clone());
    view! {
        <FieldFrame field label required hint>
            <div class="c-select">
                <select
                    class="c-input"
                    id=field.id()
                    name=name
                    required=required
                    disabled=move || disabled.get()
                    on:change=move |event| follow(event_target_value(&event))
                    aria-invalid=move || field.invalid()
                    aria-describedby=move || field.described_by()
                >
                    {blank.map(|label| view! { <option value="">{move || label.get()}</option> })}
                    <SelectOptions options chosen=value />
                </select>
                <Icon name=IconName::ChevronDown />
            </div>
        </FieldFrame>
    }
}

/// The options of a select, with the chosen one marked.
#[component]
fn SelectOptions(options: Vec<SelectOption>, chosen: String) -> impl IntoView {
    options
        .into_iter()
        .map(|SelectOption { value, label }| {
            let selected = value == chosen;
            view! {
                <option value=value selected=selected>
                    {label}
                </option>
            }
        })
        .collect_view()
}

/// The same as markup, for a select that offers hundreds.
pub(super) fn options_as_markup(options: &[SelectOption], chosen: &str) -> String {
    let mut markup = Markup::default();
    for SelectOption { value, label } in options {
        markup.tags("<option").attribute("value", value);
        markup.tags(if value == chosen { " selected>" } else { ">" });
        markup.text(label).tags("</option>");
    }
    markup.into_html()
}

#[cfg(test)]
mod tests {
    use super::{SelectOption, options_as_markup};

    #[test]
    fn no_name_becomes_markup() {
        let options = [
            SelectOption::new("", "All"),
            SelectOption::new("\"><script>", "</option><b>R&amp;D</b>"),
        ];
        assert_eq!(
            options_as_markup(&options, ""),
            "<option value=\"\" selected>All</option><option value=\"&quot;&gt;&lt;script&gt;\">\
             &lt;/option&gt;&lt;b&gt;R&amp;amp;D&lt;/b&gt;</option>"
        );
    }
}
