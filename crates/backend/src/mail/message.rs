//! A letter as it goes out: headers that a type writes, and the same words twice, as text and as HTML.

use std::time::{Duration, UNIX_EPOCH};

use askama::Template;
use domain::{id::MailId, time::Moment};
use lettre::{
    Address, Message,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, Date, HeaderName, HeaderValue},
    },
};

use crate::Backend;

/// What a letter says. Both parts are made from it, so that they never differ.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) subject: String,
    pub(super) paragraphs: Vec<String>,
    /// Label and value, such as the role that is offered.
    pub(super) facts: Vec<(&'static str, String)>,
    /// What to do, and its link.
    pub(super) action: Option<(&'static str, String)>,
    /// Why the mail came, and what to do if it was not expected.
    pub(super) closing: String,
}

#[derive(Template)]
#[template(path = "letter.txt")]
struct TextPart<'a> {
    content: &'a Content,
    home: &'a str,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct HtmlPart<'a> {
    content: &'a Content,
    home: &'a str,
}

impl Content {
    /// The text and the HTML part. `home` is the installation's own address.
    pub(super) fn render(&self, home: &str) -> Result<(String, String), askama::Error> {
        let text = TextPart { content: self, home }.render()?;
        let html = HtmlPart { content: self, home }.render()?;
        Ok((text, html))
    }
}

impl Backend {
    /// Puts the parts and the headers together. The id and the date are the mail's own, so that a mail that is sent
    /// again, because nobody knows whether the server took it, can be told to be the same.
    pub(super) fn message(
        &self,
        id: MailId,
        created: Moment,
        recipient: &str,
        content: &Content,
    ) -> Result<Message, String> {
        let recipient: Address = recipient.parse().map_err(|_| "The address is malformed.".to_owned())?;
        let (text, html) = content.render(&self.link("/")).map_err(|error| error.to_string())?;
        let settings = self.settings();
        let host = settings.public_url.host_str().unwrap_or("localhost");
        let written = UNIX_EPOCH + Duration::from_millis(created.0.unsigned_abs());
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let parts = MultiPart::alternative().boundary(format!("usher-{id}"));
        Message::builder()
            .from(settings.mail.from.clone())
            .to(Mailbox::new(None, recipient))
            .subject(on_one_line(&content.subject))
            .message_id(Some(format!("<{id}@{host}>")))
            .header(Date::new(written))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .multipart(
                parts
                    .singlepart(SinglePart::plain(encode(text)))
                    .singlepart(SinglePart::html(encode(html))),
            )
            .map_err(|error| error.to_string())
    }
}

/// RFC 5322's limit, without the line break.
const LONGEST_LINE: usize = 998;

/// As it is, wherever the standard allows: a link stays in one piece for whoever reads an .eml file without a mail
/// program. Otherwise encoded, as lettre thinks best.
fn encode(part: String) -> Body {
    let is_plain = |c: char| c == '\n' || (c.is_ascii() && !c.is_control());
    if part.chars().all(is_plain) && part.lines().all(|line| line.len() <= LONGEST_LINE) {
        let with_line_breaks = part.replace('\n', "\r\n").into_bytes();
        Body::dangerous_pre_encoded(with_line_breaks, ContentTransferEncoding::SevenBit)
    } else {
        Body::new(part)
    }
}

/// Names have no control characters; a subject has none whatever a name may be.
fn on_one_line(subject: &str) -> String {
    subject.replace(char::is_control, " ")
}
