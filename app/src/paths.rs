//! The only place that spells an address.

#[cfg(feature = "ssr")]
use std::borrow::Cow;

#[cfg(feature = "ssr")]
use domain::query::{LONGEST_SEARCH, read_search};

pub const HOME: &str = "/";
pub const SETUP: &str = "/setup";
pub const SIGN_IN: &str = "/login";
/// The second step of signing in.
pub const SIGN_IN_CODE: &str = "/login/code";
pub const SIGN_OUT: &str = "/logout";
pub const FORGOT_PASSWORD: &str = "/forgot-password";
pub const RESET_PASSWORD: &str = "/reset-password";
pub const ACCEPT_INVITATION: &str = "/accept-invitation";
/// Where a new link is asked for in place of an expired one.
pub const RENEW_INVITATION: &str = "/accept-invitation/renew";
pub const ORGANIZATIONS: &str = "/organizations";
pub const USERS: &str = "/users";
pub const INVITATIONS: &str = "/invitations";
pub const TIERS: &str = "/tiers";
pub const AUDIT: &str = "/audit";
pub const ACCOUNT: &str = "/account";
/// Where the own sessions are ended.
pub const ACCOUNT_SESSIONS: &str = "/account/sessions";
pub const ACCOUNT_PASSWORD: &str = "/account/password";
/// A file of one's own data.
pub const ACCOUNT_DATA: &str = "/account/data";
pub const SECOND_FACTOR: &str = "/account/second-factor";
/// Where forms that begin with a second factor, or end it, post to.
pub const SECOND_FACTOR_BEGIN: &str = "/account/second-factor/begin";
pub const SECOND_FACTOR_OFF: &str = "/account/second-factor/off";

/// `/organizations` and an id: its detail page.
pub fn detail(list: &str, id: &str) -> String {
    format!("{list}/{id}")
}

/// The dialog over a list that makes something new.
pub fn new(list: &str) -> String {
    format!("{list}/new")
}

/// A dialog over a list about one of its rows: edit, delete and so on.
pub fn act(list: &str, id: &str, verb: &str) -> String {
    format!("{list}/{id}/{verb}")
}

/// The same list as a file.
pub fn csv(list: &str) -> String {
    format!("{list}.csv")
}

/// The same as JSON Lines.
pub fn json_lines(list: &str) -> String {
    format!("{list}.jsonl")
}

/// An address with the query of another: `search` comes with or without its question mark.
pub fn with_query(path: &str, search: &str) -> String {
    match search.trim_start_matches('?') {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// The path of an address.
pub fn without_query(address: &str) -> &str {
    address.split_once('?').map_or(address, |(path, _)| path)
}

/// In a dialog's query: it was opened from its object's own page, and leads back there.
const FROM_DETAIL: &str = "from=detail";

/// A dialog about an object, opened from the object's own page. The list's query goes along.
pub fn act_from_detail(list: &str, id: &str, verb: &str, search: &str) -> String {
    let query = match search.trim_start_matches('?') {
        "" => FROM_DETAIL.to_owned(),
        query => format!("{query}&{FROM_DETAIL}"),
    };
    with_query(&act(list, id, verb), &query)
}

/// The query of a list, from that of a dialog over it.
pub fn list_query(search: &str) -> String {
    let words = search.trim_start_matches('?').split('&');
    let words = words.filter(|word| *word != FROM_DETAIL);
    // A page has this in many links. What the browser makes of its own address, it sends nowhere.
    #[cfg(feature = "ssr")]
    let words = words.map(as_searched);
    words.collect::<Vec<_>>().join("&")
}

/// A word of a query, cut like the search that the list reads from it.
#[cfg(feature = "ssr")]
fn as_searched(word: &str) -> Cow<'_, str> {
    if !word.starts_with("q=") || word.len() <= LONGEST_SEARCH {
        return word.into();
    }
    let mut words: Vec<(String, String)> = serde_urlencoded::from_str(word).unwrap_or_default();
    words.iter_mut().for_each(|(_, text)| *text = read_search(text));
    serde_urlencoded::to_string(words).unwrap_or_default().into()
}

/// A list's query in the order of another query: search and filters stay, and the list begins at its first page.
pub fn in_order_of(search: &str, ordered: &str) -> String {
    let is = |word: &str, names: &[&str]| names.contains(&word.split('=').next().unwrap_or_default());
    let kept = search.trim_start_matches('?').split('&');
    let kept = kept.filter(|word| !word.is_empty() && !is(word, &["sort", "after", "before", "last"]));
    let order = ordered
        .trim_start_matches('?')
        .split('&')
        .filter(|word| is(word, &["sort"]));
    kept.chain(order).collect::<Vec<_>>().join("&")
}

/// Where a dialog leads back to: the list with the query that it has, or the object's own page, where there is one and
/// the dialog was opened from it.
pub fn behind(list: &str, object: Option<&str>, search: &str) -> String {
    let is_from_detail = search
        .trim_start_matches('?')
        .split('&')
        .any(|word| word == FROM_DETAIL);
    let path = match object.filter(|_| is_from_detail) {
        Some(id) => detail(list, id),
        None => list.to_owned(),
    };
    with_query(&path, &list_query(search))
}

/// The sign-in page, to go on to an address of ours from.
pub fn sign_in_to(next: &str) -> String {
    if next == HOME {
        return SIGN_IN.to_owned();
    }
    format!("{SIGN_IN}?next={}", encode(next))
}

/// The second step of signing in, to go on to an address of ours from.
#[cfg(feature = "ssr")]
pub fn code_to(next: &str) -> String {
    match safe_next(next) {
        HOME => SIGN_IN_CODE.to_owned(),
        next => format!("{SIGN_IN_CODE}?next={}", encode(next)),
    }
}

/// Enough for a path with a query as the value of a word.
fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte))
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// An address as a header may hold it: letters beyond ASCII are encoded, and what is encoded stays so.
#[cfg(feature = "ssr")]
pub fn in_ascii(address: &str) -> String {
    let encoded = |c: char| match c {
        '!'..='~' => c.to_string(),
        c => encode(c.encode_utf8(&mut [0; 4])),
    };
    address.chars().map(encoded).collect()
}

/// Where to go after signing in: only a page of our own. An address that a browser would write otherwise, and then read
/// as another host or as no page of ours, is refused, so it is taken as it stands.
#[cfg(feature = "ssr")]
pub fn safe_next(next: &str) -> &str {
    let path = without_query(next);
    let parts = path.strip_prefix('/').into_iter().flat_map(|path| path.split('/'));
    // Dots lead elsewhere, an empty part begins another host, and encoded letters hide either.
    let is_plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let is_own = path == HOME || (path.starts_with('/') && parts.clone().all(is_plain));
    let is_clean = next.chars().all(|c| !c.is_control() && c != '\\' && c != '#');
    // To sign out is no place to go to, and what server functions answer, files and what the server says are no pages.
    let is_page = parts.clone().next().is_some_and(|first| PAGES.contains(&first)) && path != SIGN_OUT;
    let is_file = path == ACCOUNT_DATA || parts.last().is_some_and(|last| last.contains('.'));
    if is_own && is_clean && is_page && !is_file {
        next
    } else {
        HOME
    }
}

/// With what the addresses of pages begin, the first one's with nothing.
#[cfg(feature = "ssr")]
const PAGES: [&str; 12] = [
    "",
    "setup",
    "login",
    "forgot-password",
    "reset-password",
    "accept-invitation",
    "organizations",
    "users",
    "invitations",
    "tiers",
    "audit",
    "account",
];

#[cfg(test)]
mod tests {
    use super::{act_from_detail, behind, in_order_of, with_query, without_query};

    #[cfg(feature = "ssr")]
    #[test]
    fn after_signing_in_nobody_leaves_our_origin() {
        use super::safe_next;

        for page in [
            "/",
            "/?a=b",
            "/users?q=ann",
            "/users/7/edit?q=a/../b",
            "/accept-invitation",
            "/account/password",
        ] {
            assert_eq!(safe_next(page), page);
        }
        for evil in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "",
            "users",
            "/\t/evil.example",
            "/a\\b",
            "/logout",
            "/logout?x",
            "/api/users/list",
            "/./api/users/list",
            "/users/../api/users/list",
            "/%61pi/users/list",
            "/users/%2e%2e/%2e%2e/api",
            "/users//evil.example",
            "/.//evil.example",
            "/./logout",
            "/users/..",
            "/users.csv",
            "/audit.jsonl?q=a",
            "/account/data",
            "/healthz",
            "/assets/usher.js",
            "/users#x",
            "/users/",
        ] {
            assert_eq!(safe_next(evil), "/", "{evil:?}");
        }
    }

    #[test]
    fn a_dialog_leads_back_to_where_it_was_opened() {
        let over_list = "?q=ann&after=x";
        assert_eq!(behind("/users", Some("7"), over_list), "/users?q=ann&after=x");
        let address = act_from_detail("/users", "7", "edit", over_list);
        assert_eq!(address, "/users/7/edit?q=ann&after=x&from=detail");
        let (_, search) = address.split_once('?').unwrap_or_default();
        assert_eq!(behind("/users", Some("7"), search), "/users/7?q=ann&after=x");
        // What was deleted has no page any more.
        assert_eq!(behind("/users", None, search), "/users?q=ann&after=x");
        let bare = act_from_detail("/users", "7", "edit", "");
        assert_eq!(bare, "/users/7/edit?from=detail");
        assert_eq!(behind("/users", Some("7"), "from=detail"), "/users/7");
    }

    #[test]
    fn sorting_keeps_what_was_searched_meanwhile() {
        assert_eq!(
            in_order_of("q=ann&sort=name&after=x&size=50", "?sort=-name"),
            "q=ann&size=50&sort=-name"
        );
        assert_eq!(in_order_of("?sort=-name", "?q=old"), "");
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn a_location_is_ascii() {
        assert_eq!(
            super::in_ascii("/users?q=Zo\u{eb} B&r=%C3%AB"),
            "/users?q=Zo%C3%AB%20B&r=%C3%AB"
        );
    }

    #[test]
    fn a_query_is_kept() {
        assert_eq!(with_query("/users", "?q=a"), "/users?q=a");
        assert_eq!(with_query("/users", ""), "/users");
        assert_eq!(without_query("/users?q=a?"), "/users");
        assert_eq!(without_query("/users"), "/users");
    }
}
