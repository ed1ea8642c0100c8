//! How a form's fields travel: names and values, as a browser posts them with script and without. A name that the form
//! does not have is refused, so that nobody sets by a guess what the form does not offer.

#[cfg(feature = "ssr")]
use std::collections::BTreeSet;

use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType, codec::Post};
use serde::{Serialize, de::DeserializeOwned};

/// How server functions take what a form posts.
pub type Form = Post<Fields>;

/// Fields of a form, encoded as in an address.
pub struct Fields;

/// Not the fields of this form. What they were is not repeated: it may hold a password.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed;

impl std::fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("not the fields of this form")
    }
}

impl ContentType for Fields {
    const CONTENT_TYPE: &'static str = "application/x-www-form-urlencoded";
}

impl FormatType for Fields {
    const FORMAT_TYPE: Format = Format::Text;
}

/// Never asked for: the browser posts the form itself, by `crate::wire`.
impl<T: Serialize> Encodes<T> for Fields {
    type Error = Malformed;

    fn encode(_: &T) -> Result<Bytes, Malformed> {
        Err(Malformed)
    }
}

impl<T: Serialize + DeserializeOwned> Decodes<T> for Fields {
    type Error = Malformed;

    fn decode(body: Bytes) -> Result<T, Malformed> {
        #[cfg(feature = "ssr")]
        return read(&body);
        #[cfg(not(feature = "ssr"))]
        {
            let _ = body;
            Err(Malformed)
        }
    }
}

/// Reads the fields of a form. The names that it has are those that it writes itself: serde knows no others where one
/// struct lies flat in another.
#[cfg(feature = "ssr")]
pub fn read<T: Serialize + DeserializeOwned>(body: &[u8]) -> Result<T, Malformed> {
    if !is_text(body) {
        return Err(Malformed);
    }
    let form: T = serde_urlencoded::from_bytes(body).map_err(|_| Malformed)?;
    let written = serde_urlencoded::to_string(&form).map_err(|_| Malformed)?;
    if names(body)?.is_subset(&names(written.as_bytes())?) {
        Ok(form)
    } else {
        Err(Malformed)
    }
}

/// Whether all that is encoded is text: what is none would be read as replacement characters, and kept as such.
#[cfg(feature = "ssr")]
pub fn is_text(body: &[u8]) -> bool {
    let hexadecimal = |digit: Option<&u8>| char::from(*digit?).to_digit(16);
    let mut bytes = Vec::with_capacity(body.len());
    let mut rest = body.iter();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let encoded = (*byte == b'%').then(|| Some(hexadecimal(ahead.next())? * 16 + hexadecimal(ahead.next())?));
        match encoded.flatten().and_then(|encoded| u8::try_from(encoded).ok()) {
            Some(encoded) => {
                bytes.push(encoded);
                rest = ahead;
            }
            None => bytes.push(*byte),
        }
    }
    std::str::from_utf8(&bytes).is_ok()
}

#[cfg(feature = "ssr")]
fn names(body: &[u8]) -> Result<BTreeSet<String>, Malformed> {
    let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(body).map_err(|_| Malformed)?;
    Ok(fields.into_iter().map(|(name, _)| name).collect())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::{Malformed, is_text, read};

    #[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(default)]
    struct Inner {
        name: String,
    }

    #[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
    struct Outer {
        id: String,
        #[serde(flatten)]
        inner: Inner,
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for body in [
            &b"id=1&name=Zo%C3%AB"[..],
            "id=Zoë".as_bytes(),
            b"id=100%",
            b"id=%zz",
            b"id=%E2%98%83",
        ] {
            assert!(is_text(body), "{body:?}");
        }
        for body in [
            &b"id=1&name=Zo%EB"[..],
            b"id=\xff",
            b"%ff=1",
            b"id=%C3",
            b"id=%C3&name=%AB",
        ] {
            assert!(!is_text(body), "{body:?}");
            assert_eq!(read::<Outer>(body), Err(Malformed));
        }
    }

    #[test]
    fn the_names_of_a_form_are_read_and_no_others() {
        let name = |name: &str| Outer {
            id: "1".into(),
            inner: Inner { name: name.into() },
        };
        assert_eq!(read(b"id=1&name=Zo%C3%AB"), Ok(name("Zoë")));
        assert_eq!(read(b"id=1"), Ok(name("")));
        for body in [
            "id=1&role=admin",
            "id=1&=",
            "name=Ada",
            "id=1&id=2",
            "id=1&name=a&name=b",
        ] {
            assert_eq!(read::<Outer>(body.as_bytes()), Err(Malformed), "{body}");
        }
    }
}
