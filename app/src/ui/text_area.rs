use leptos::prelude::*;

use super::field::{Field, FieldFrame};
use super::markup::Markup;

/// A field of several lines that grows with its text.
#[component]
pub fn TextArea(
    name: &'static str,
    label: &'static str,
    #[prop(optional, into)] value: String,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(default = 3)] rows: u32,
) -> impl IntoView {
    let field = Field::new(name, hint.is_some());
    let value = escape(&field.value(value));
    view! {
        <FieldFrame field label required hint>
            <textarea
                class="c-input"
                id=field.id()
                name=name
                rows=rows
                required=required
                aria-invalid=move || field.invalid()
                aria-describedby=move || field.described_by()
                inner_html=value
            ></textarea>
        </FieldFrame>
    }
}

/// As markup, because a text node would not do here: an empty one is rendered as a space, which a textarea shows.
/// HTML drops the first line break of a textarea, so one that was typed is written twice.
fn escape(text: &str) -> String {
    let mut markup = Markup::default();
    if text.starts_with(['\n', '\r']) {
        markup.tags("\n");
    }
    markup.text(text);
    markup.into_html()
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_typed_becomes_markup() {
        assert_eq!(escape("</textarea><b>&amp;"), "&lt;/textarea&gt;&lt;b&gt;&amp;amp;");
    }

    #[test]
    fn a_first_line_break_survives() {
        assert_eq!(escape("\nsecond line"), "\n\nsecond line");
    }
}
