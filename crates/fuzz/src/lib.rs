//! What strangers may send. Each function takes any bytes, and panics if something does not hold of them that must.
//!
//! `cargo nextest run -p fuzz` runs them over `corpus/` and what is near to it. For hours, by hand:
//! `cargo +nightly fuzz run --fuzz-dir crates/fuzz --features libfuzzer email`.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "what does not hold ends the run")]

use app::{paths, server::cookie_in};
use backend::{export::harmless, import::try_out};
use domain::{
    id::OrganizationId,
    invitation::{InvitationFilter, InvitationSort},
    organization::{OrganizationFilter, OrganizationSort},
    page::{Cursor, SortKey},
    query::{Filter, ListQuery, Words},
    text::Email,
    time::Moment,
    user::{UserFilter, UserSort},
};
use http::{HeaderMap, HeaderValue, header};
use url::Url;
use uuid::Uuid;

/// A target, by the name of its corpus.
pub type Target = (&'static str, fn(&[u8]));

pub const TARGETS: [Target; 6] = [
    ("email", email),
    ("cookie", cookie),
    ("cursor", cursor),
    ("csv", csv),
    ("location", location),
    ("import", import),
];

/// An address is one line that a mail's header can hold, and its normal form stays as it is.
pub fn email(data: &[u8]) {
    let Ok(email) = Email::parse(&String::from_utf8_lossy(data)) else {
        return;
    };
    let text = email.as_str();
    assert_eq!(Email::parse(text).as_ref(), Ok(&email), "{text:?} changes");
    assert!(text.len() <= Email::LONGEST, "{text:?} is too long");
    assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text:?} is no word");
    assert_eq!(text.matches('@').count(), 1, "{text:?} has two parts");
    assert!(
        !text.contains(['<', '>', ',', ';', ':', '"', '(', ')', '\\']),
        "{text:?} is more than an address"
    );
    assert!(email.search_key().starts_with(text), "{text:?} is not found by itself");
}

/// A cookie's value is one of those that were sent.
pub fn cookie(data: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(header::COOKIE, value);
        }
    }
    if let Some(value) = cookie_in(&headers, "usher-3000") {
        assert!(!value.contains([';', '\r', '\n']), "{value:?} is more than a value");
        let pair = format!("usher-3000={value}");
        let is_sent = |sent: &HeaderValue| sent.to_str().is_ok_and(|sent| sent.contains(&pair));
        assert!(headers.values().any(is_sent), "{value:?} was not sent");
    }
}

/// The query of a list means the same after it has been through a link.
pub fn cursor(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(cursor) = Cursor::decode(&text) {
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor), "{text:?} changes");
    }
    let words: Vec<(String, String)> = serde_urlencoded::from_str(&text).unwrap_or_default();
    through_a_link::<UserFilter, UserSort>(&words);
    through_a_link::<InvitationFilter, InvitationSort>(&words);
    through_a_link::<OrganizationFilter, OrganizationSort>(&words);
}

fn through_a_link<F, K>(words: &[(String, String)])
where
    F: Filter + PartialEq + std::fmt::Debug,
    K: SortKey + std::fmt::Debug,
{
    let query = ListQuery::<F, K>::read(&Words(words.to_vec()));
    let link = serde_urlencoded::to_string(query.words().0).expect("words make a query");
    let followed = serde_urlencoded::from_str(&link).expect("a query makes words");
    assert_eq!(ListQuery::read(&Words(followed)), query, "{link} means something else");
}

/// A cell comes back whole from its file, and no spreadsheet takes it for a formula.
pub fn csv(data: &[u8]) {
    let cell = harmless(String::from_utf8_lossy(data).into_owned());
    assert!(
        !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
        "{cell:?} is a formula"
    );
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([cell.as_str(), "next"]).unwrap();
    let file = writer.into_inner().unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(file.as_slice());
    let records: Vec<_> = reader.records().map(|record| record.unwrap()).collect();
    assert_eq!(records.len(), 1, "{cell:?} is more than a row");
    assert_eq!(records[0].iter().collect::<Vec<_>>(), [cell.as_str(), "next"]);
}

/// Where one is led after signing in lies on our origin, and fits into a header.
pub fn location(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let here = Url::parse("https://usher.example.com/login").unwrap();
    for address in [
        paths::safe_next(&text).to_owned(),
        paths::behind(paths::USERS, Some(&text), &text),
    ] {
        let location = paths::in_ascii(&address);
        assert!(HeaderValue::from_str(&location).is_ok(), "{location:?} is no header");
        assert!(location.is_ascii(), "{location:?} is not what browsers agree on");
        let there = here.join(&location).expect("an address");
        assert_eq!(there.origin(), here.origin(), "{location:?} leads away");
    }
    // A browser writes no other path for it, and it is a page's.
    let next = paths::safe_next(&text);
    let there = here.join(next).expect("an address");
    assert_eq!(
        there.path(),
        paths::without_query(next),
        "{next:?} is read as another path"
    );
    assert!(!there.path().starts_with("/api"), "{next:?} is no page");
}

/// Each row of a file to import comes in or is refused, by its line and with a reason that fits on one.
pub fn import(data: &[u8]) {
    const ACME: Uuid = Uuid::from_u128(0x018c_03c6_a800_7000_8000_0000_0000_0001);
    for file in ["organizations.csv", "users.csv", "invitations.csv"] {
        let organizations = [OrganizationId(ACME)].into();
        let Ok((taken, refused)) = try_out(file, data, organizations, Moment(1_900_000_000_000)) else {
            continue;
        };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(data);
        let rows = reader.byte_records().filter(Result::is_ok).count();
        assert_eq!(taken as usize + refused.len(), rows, "{file}: a row is lost");
        assert!(
            refused.windows(2).all(|pair| pair[0].line <= pair[1].line),
            "{file}: out of order"
        );
        for refusal in refused {
            let reason = refusal.reason;
            assert!(
                !reason.is_empty() && !reason.contains(['\r', '\n']),
                "{reason:?} is no line"
            );
            assert!(reason.chars().count() < 1000, "{reason:?} is too long");
            assert!(refusal.line > 0, "{reason:?} stands nowhere");
        }
    }
}
