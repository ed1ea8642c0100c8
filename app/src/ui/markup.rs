//! HTML written as text, for what there is much of and nothing listens in: neither server nor browser makes a view of each
//! element.

/// A piece of HTML. What others wrote gets in through [`Markup::text`] and [`Markup::attribute`], which escape it; markup
/// itself is of the program's own text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markup(String);

impl Markup {
    /// Tags, as they stand in the program.
    pub fn tags(&mut self, tags: &'static str) -> &mut Self {
        self.0.push_str(tags);
        self
    }

    /// Where the next piece will stand.
    pub fn end(&self) -> usize {
        self.0.len()
    }

    /// Tags before what was written since [`Markup::end`] was there.
    pub fn tags_at(&mut self, place: usize, tags: &'static str) {
        self.0.insert_str(place, tags);
    }

    /// Text between tags.
    pub fn text(&mut self, text: &str) -> &mut Self {
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|byte| escaped(byte).is_some()) {
            let (plain, special) = rest.split_at(at);
            self.0.push_str(plain);
            self.0
                .push_str(special.bytes().next().and_then(escaped).unwrap_or_default());
            rest = &special[1..];
        }
        self.0.push_str(rest);
        self
    }

    /// An attribute of the tag that is being written, with a blank in front.
    pub fn attribute(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.tags(" ").tags(name).tags("=\"").text(value).tags("\"")
    }

    /// For `inner_html`.
    pub fn into_html(self) -> String {
        self.0
    }
}

/// What stands for a letter that would be markup, between tags or in double quotes.
fn escaped(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Markup;

    #[test]
    fn no_text_becomes_markup() {
        let mut markup = Markup::default();
        markup.tags("<a").attribute("title", "\" onclick=\"alert(1)").tags(">");
        markup.text("</a><script>R&amp;D").tags("</a>");
        assert_eq!(
            markup.into_html(),
            "<a title=\"&quot; onclick=&quot;alert(1)\">&lt;/a&gt;&lt;script&gt;R&amp;amp;D</a>"
        );
    }
}
