//! How values travel between server and browser: field after field without names, so that the browser's bundle holds no
//! code that looks for them. Who asks a server function without naming this format is answered in JSON.

use leptos::prelude::SharedValue;
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType, codec::Post};
use postcard::Error::{DeserializeBadUtf8, SerdeDeCustom, SerdeSerCustom};
use serde::{Serialize, de::DeserializeOwned};

/// What the browser accepts.
pub const MEDIA_TYPE: &str = "text/x-usher";

/// What is no printable ASCII is moved up by this much, to where there are only letters: the text stands in a page's
/// script without escapes. So is `<`, which leptos escapes there for readers of JSON alone: nobody turns it back.
const LETTERS: u32 = 0x100;

/// Makes a text of a value. None for what has no such text: there is no type of ours like that.
pub fn encode<T: Serialize>(value: &T) -> Option<String> {
    let bytes = postcard::to_allocvec(value).ok()?;
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    let mut rest = bytes.as_slice();
    // Nearly all are letters as they are, in long runs.
    while let Some(at) = rest.iter().position(|byte| !is_letter(*byte)) {
        text.push_str(std::str::from_utf8(&rest[..at]).ok()?);
        text.push(letter(rest[at]));
        rest = &rest[at + 1..];
    }
    text.push_str(std::str::from_utf8(rest).ok()?);
    Some(text)
}

/// Makes a value of its text. None for any other.
pub fn decode<T: DeserializeOwned>(text: &str) -> Option<T> {
    let mut bytes = Vec::with_capacity(text.len());
    for run in text.as_bytes().chunk_by(|one, next| one.is_ascii() == next.is_ascii()) {
        match run.is_ascii() {
            true => bytes.extend_from_slice(run),
            false => {
                for letter in std::str::from_utf8(run).ok()?.chars() {
                    bytes.push(byte(letter)?);
                }
            }
        }
    }
    postcard::from_bytes(&bytes).ok()
}

/// A value that the server knows while it makes a page, and that is carried to the browser with it. Where the browser
/// makes a page by itself, or the page has no such text, it is made anew.
pub fn share<T: Serialize + DeserializeOwned>(make: impl FnOnce() -> T) -> T {
    if cfg!(feature = "ssr") {
        let value = make();
        SharedValue::new_str(|| encode(&value).unwrap_or_default());
        return value;
    }
    let text = SharedValue::new_str(String::new).into_inner();
    decode(&text).unwrap_or_else(make)
}

/// How server functions answer.
pub type Answer = Post<Compact>;

/// What server functions and their errors are written in: this format for whoever accepts it, else JSON.
pub struct Compact;

impl ContentType for Compact {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for Compact {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for Compact {
    type Error = postcard::Error;

    fn encode(value: &T) -> Result<Bytes, postcard::Error> {
        #[cfg(feature = "ssr")]
        if !crate::server::answer_in(MEDIA_TYPE) {
            // Room for a page of a list.
            let mut json = Vec::with_capacity(16 * 1024);
            serde_json::to_writer(&mut json, value).map_err(|_| SerdeSerCustom)?;
            return Ok(Bytes::from(json));
        }
        encode(value).map(Bytes::from).ok_or(SerdeSerCustom)
    }
}

/// Never asked for: the browser reads its answers by `crate::wire`.
impl<T: DeserializeOwned> Decodes<T> for Compact {
    type Error = postcard::Error;

    fn decode(bytes: Bytes) -> Result<T, postcard::Error> {
        let text = std::str::from_utf8(&bytes).map_err(|_| DeserializeBadUtf8)?;
        decode(text).ok_or(SerdeDeCustom)
    }
}

/// Whether a byte stands for itself.
fn is_letter(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'<'
}

/// A byte as one that may stand in a page's script.
fn letter(byte: u8) -> char {
    char::from_u32(LETTERS + u32::from(byte)).unwrap_or_default()
}

fn byte(letter: char) -> Option<u8> {
    let code = u32::from(letter);
    u8::try_from(if code < LETTERS { code } else { code - LETTERS }).ok()
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn a_value_survives_its_text() {
        let value = (
            "Bürgerbüro 東京 \u{0}\u{7f}\n".to_owned(),
            -1_i64,
            Some(vec![u64::MAX, 0, 60]),
            "<b>".to_owned(),
        );
        let text = encode(&value).unwrap();
        assert_eq!(decode(&text), Some(value));
        assert!(
            !text.contains(|letter: char| letter.is_control() || letter == '<'),
            "{text:?}"
        );
    }

    #[test]
    fn what_is_no_text_of_ours_is_nothing() {
        for text in ["", "{\"a\":1}", "東京", "\u{1ff}\u{1ff}\u{1ff}"] {
            assert_eq!(decode::<(String, i64)>(text), None, "{text}");
        }
    }
}
