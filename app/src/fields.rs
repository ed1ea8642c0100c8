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
    let form: T = serde_urlencoded::from_bytes(body).map_err(|_| Malformed)?;
    let written = serde_urlencoded::to_string(&form).map_err(|_| Malformed)?;
    if names(body)?.is_subset(&names(written.as_bytes())?) {
        Ok(form)
    } else {
        Err(Malformed)
    }
}

#[cfg(feature = "ssr")]
fn names(body: &[u8]) -> Result<BTreeSet<String>, Malformed> {
    let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(body).map_err(|_| Malformed)?;
    Ok(fields.into_iter().map(|(name, _)| name).collect())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::{Malformed, read};

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
