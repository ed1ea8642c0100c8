//! What a search for secrets needs: their forms, a log that keeps everything, and people whose answers are kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

use crate::support::{Answer, House, Visitor, is_session};

/// A text that must not be found, with the forms in which it might hide.
pub struct Secret {
    name: &'static str,
    forms: Vec<Vec<u8>>,
}

impl Secret {
    pub fn new(name: &'static str, text: &str) -> Self {
        let mut forms = vec![text.as_bytes().to_vec()];
        // A token or a key is found by its bytes too.
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == 32);
        forms.extend(bytes);
        for form in forms.clone() {
            forms.push(hexadecimal(&form).into_bytes());
            forms.push(STANDARD_NO_PAD.encode(&form).into_bytes());
            forms.push(URL_SAFE_NO_PAD.encode(&form).into_bytes());
        }
        let form = serde_urlencoded::to_string([("", text)]).unwrap();
        forms.push(form[1..].into());
        forms.push(form[1..].replace('+', "%20").into());
        // As SMTP's AUTH PLAIN says a password.
        forms.push(STANDARD_NO_PAD.encode(format!("\0usher\0{text}")).into_bytes());
        // How lists of bytes are printed for debugging.
        forms.push(format!("{:?}", text.as_bytes()).into_bytes());
        Self { name, forms }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The names of the secrets that stand in something.
pub fn found<'a>(secrets: &'a [Secret], content: &[u8]) -> impl Iterator<Item = &'static str> + use<'a> {
    // A character for each byte, so that the library's search for text searches any bytes.
    let content = text_of(content);
    let stands = move |secret: &&Secret| secret.forms.iter().any(|form| content.contains(&text_of(form)));
    secrets.iter().filter(stands).map(|secret| secret.name)
}

fn text_of(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The log of this process, at its finest.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn of_everything() -> Self {
        let log = Self::default();
        let writer = log.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .init();
        log
    }

    pub fn content(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// People by name, each with a browser, and every answer that any of them got.
pub struct Walker<'h> {
    house: &'h House,
    people: BTreeMap<&'static str, Visitor>,
    /// Method and path, with what came back: head and body.
    pub answers: Vec<(String, Vec<u8>)>,
    /// The secrets of all sessions.
    pub sessions: BTreeSet<String>,
}

impl<'h> Walker<'h> {
    pub fn new(house: &'h House) -> Self {
        Self {
            house,
            people: BTreeMap::new(),
            answers: Vec::new(),
            sessions: BTreeSet::new(),
        }
    }

    pub async fn get(&mut self, who: &'static str, path: &str) -> Answer {
        let answer = self.visitor(who).get(path).await;
        self.keep("GET", path, &answer);
        answer
    }

    pub async fn post(&mut self, who: &'static str, path: &str, fields: &[(&str, &str)], status: u16) -> Answer {
        let answer = self.visitor(who).post(path, fields).await;
        assert_eq!(answer.status.as_u16(), status, "POST {path}: {}", answer.text());
        self.keep("POST", path, &answer);
        answer
    }

    fn visitor(&mut self, who: &'static str) -> &mut Visitor {
        let house = self.house;
        self.people.entry(who).or_insert_with(|| house.visitor())
    }

    fn keep(&mut self, method: &str, path: &str, answer: &Answer) {
        let cookies = answer.headers.get_all("set-cookie").iter();
        let pairs = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next()?.split_once('='));
        let secrets = pairs.filter(|(name, value)| is_session(name) && !value.is_empty());
        self.sessions.extend(secrets.map(|(_, value)| value.to_owned()));
        let whole = format!("{:?}\n{}", answer.headers, answer.body);
        self.answers
            .push((format!("the answer to {method} {}", template(path)), whole.into_bytes()));
    }
}

/// A path without the ids and tokens in it.
fn template(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let parts = path.split('/').map(|part| match part.len() {
        36 => "{id}",
        43 => "{token}",
        _ => part,
    });
    parts.collect::<Vec<_>>().join("/")
}
