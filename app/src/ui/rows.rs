use super::{Tone, markup::Markup};

/// The rows of a [`DataTable`](super::DataTable), written one after the other: `row`, then for each column a cell and what
/// stands in it.
///
/// Links are all that rows have to press, and links need nobody who listens. So rows are markup and not views: a page of them
/// is made in one go, on the server as in the browser, and nothing in it has to wake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    markup: Markup,
    /// Where the cell that is being written begins, while what stands in it is one piece.
    one_piece: Option<usize>,
    /// What ends that cell.
    open_cell: &'static str,
    open_row: &'static str,
}

impl Rows {
    /// Begins a row.
    pub fn row(&mut self) -> &mut Self {
        self.end_row();
        self.open_row = "</tr>";
        self.markup.tags("<tr>");
        self
    }

    /// Begins a cell. Its label is its column's, shown beside it where the row is a card.
    pub fn cell(&mut self, label: &'static str) -> &mut Self {
        self.begin_cell(label, "")
    }

    /// A cell that is less important than the rest of its row.
    pub fn muted(&mut self, label: &'static str) -> &mut Self {
        self.begin_cell(label, " class=\"c-table__muted\"")
    }

    /// A cell with a number.
    pub fn number(&mut self, label: &'static str) -> &mut Self {
        self.begin_cell(label, " class=\"c-table__number\"")
    }

    fn begin_cell(&mut self, label: &'static str, class: &'static str) -> &mut Self {
        self.end_cell();
        self.open_cell = "</td>";
        self.markup
            .tags("<td")
            .attribute("data-label", label)
            .tags(class)
            .tags(">");
        self.one_piece = Some(self.markup.end());
        self
    }

    /// What holds several pieces is one element inside, so that a card's cell has two columns whatever it holds. Most cells are
    /// one text, and stand there sooner without it.
    fn hold_pieces(&mut self) {
        if let Some(begin) = self.one_piece.take() {
            self.markup.tags_at(begin, "<div class=\"c-table__value\">");
            self.open_cell = "</div></td>";
        }
    }

    /// The last cell of a row: its actions.
    pub fn actions(&mut self) -> &mut Self {
        self.end_cell();
        self.open_cell = "</div></td>";
        self.markup
            .tags("<td data-label=\"Actions\" class=\"c-table__actions\"><div>");
        self
    }

    /// An action on what is called `name`: a small quiet button that opens a dialog, so the page behind stays where it is.
    pub fn action(&mut self, label: &'static str, name: &str, href: &str) -> &mut Self {
        self.markup.tags("<a data-noscroll=\"\"");
        self.end_action(label, name, href)
    }

    /// An action that leads to a page.
    pub fn page(&mut self, label: &'static str, name: &str, href: &str) -> &mut Self {
        self.markup.tags("<a");
        self.end_action(label, name, href)
    }

    fn end_action(&mut self, label: &'static str, name: &str, href: &str) -> &mut Self {
        self.markup
            .attribute("aria-label", &format!("{label} {name}"))
            .tags(" class=\"c-button c-button--quiet c-button--small\"");
        self.end_link(href, label)
    }

    /// The link of a row's first cell; the whole row opens it.
    pub fn row_link(&mut self, href: &str, text: &str) -> &mut Self {
        self.hold_pieces();
        self.markup
            .tags("<a class=\"c-row-link\"")
            .attribute("href", href)
            .tags(">");
        self.address(text).tags("</a>");
        self
    }

    /// A link in the text, where the cell's own matter is.
    pub fn link(&mut self, href: &str, text: &str) -> &mut Self {
        self.markup.tags("<a").attribute("href", href).tags(">");
        self.address(text).tags("</a>");
        self
    }

    /// An address that takes two lines breaks behind its sign; other text has none.
    fn address(&mut self, text: &str) -> &mut Markup {
        match text.split_once('@') {
            Some((name, domain)) => self.markup.text(name).tags("@<wbr>").text(domain),
            None => self.markup.text(text),
        }
    }

    fn end_link(&mut self, href: &str, text: &str) -> &mut Self {
        self.markup.attribute("href", href).tags(">").text(text).tags("</a>");
        self
    }

    /// What stands in the cell.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.markup.text(text);
        self
    }

    /// What programs read too: a code, an address.
    pub fn code(&mut self, text: &str) -> &mut Self {
        self.markup.tags("<code>").text(text).tags("</code>");
        self
    }

    /// What is said beside the cell's own matter.
    pub fn small(&mut self, text: &str) -> &mut Self {
        self.hold_pieces();
        self.markup.tags(" <small>").text(text).tags("</small>");
        self
    }

    /// A mark behind what stands in the cell already.
    pub fn badge(&mut self, tone: Tone, text: &str) -> &mut Self {
        self.hold_pieces();
        self.markup.tags(" <span class=\"c-badge ").tags(tone.class());
        self.markup.tags("\">").text(text).tags("</span>");
        self
    }

    /// A time as people read it, exactly, and as machines read it.
    pub fn time(&mut self, [text, exact, machine]: [&str; 3]) -> &mut Self {
        self.markup.tags("<time").attribute("datetime", machine);
        self.markup
            .attribute("title", exact)
            .tags(">")
            .text(text)
            .tags("</time>");
        self
    }

    /// Points behind a summary, each under its label: a row with much to tell stays a row.
    pub fn details(&mut self, summary: &str, points: impl IntoIterator<Item = (String, String)>) -> &mut Self {
        self.hold_pieces();
        self.markup
            .tags("<details><summary>")
            .text(summary)
            .tags("</summary><ul>");
        for (label, text) in points {
            self.markup.tags("<li><strong>").text(&label).tags("</strong>: ");
            self.markup.text(&text).tags("</li>");
        }
        self.markup.tags("</ul></details>");
        self
    }

    fn end_cell(&mut self) {
        self.one_piece = None;
        self.markup.tags(std::mem::take(&mut self.open_cell));
    }

    fn end_row(&mut self) {
        self.end_cell();
        self.markup.tags(std::mem::take(&mut self.open_row));
    }

    /// All rows, for a table's body.
    pub(super) fn into_html(mut self) -> String {
        self.end_row();
        self.markup.into_html()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Tone, Rows};

    #[test]
    fn a_long_address_breaks_behind_its_sign() {
        let mut rows = Rows::default();
        let address = "\"a&b\"@example.com";
        rows.row()
            .cell("Email")
            .row_link("/1", address)
            .cell("Actor")
            .link("/2", address);
        let html = rows.into_html();
        let link = ">&quot;a&amp;b&quot;@<wbr>example.com</a>";
        assert_eq!(html.matches(link).count(), 2, "{html}");
    }

    #[test]
    fn several_pieces_of_a_cell_are_held_together() {
        let mut rows = Rows::default();
        rows.row()
            .cell("Browser")
            .text("<Firefox>")
            .badge(Tone::Info, "This one");
        rows.muted("Address")
            .code("::1")
            .cell("Status")
            .badge(Tone::Info, "New")
            .small("a");
        assert_eq!(
            rows.into_html(),
            "<tr><td data-label=\"Browser\"><div class=\"c-table__value\">&lt;Firefox&gt; \
             <span class=\"c-badge t-info\">This one</span></div></td>\
             <td data-label=\"Address\" class=\"c-table__muted\"><code>::1</code></td>\
             <td data-label=\"Status\"><div class=\"c-table__value\"> <span class=\"c-badge t-info\">New</span> \
             <small>a</small></div></td></tr>"
        );
    }

    #[test]
    fn each_row_and_cell_ends_before_the_next() {
        let mut rows = Rows::default();
        rows.row()
            .cell("Name")
            .row_link("/1?a=1&b=2", "<b>")
            .number("Users")
            .text("3");
        rows.row().actions().action("Edit", "\"R&D\"", "/1/edit");
        assert_eq!(
            rows.into_html(),
            "<tr><td data-label=\"Name\"><div class=\"c-table__value\">\
             <a class=\"c-row-link\" href=\"/1?a=1&amp;b=2\">&lt;b&gt;</a></div></td>\
             <td data-label=\"Users\" class=\"c-table__number\">3</td></tr>\
             <tr><td data-label=\"Actions\" class=\"c-table__actions\"><div>\
             <a data-noscroll=\"\" aria-label=\"Edit &quot;R&amp;D&quot;\" \
             class=\"c-button c-button--quiet c-button--small\" href=\"/1/edit\">Edit</a></div></td></tr>"
        );
    }
}
