//! Ten codes for the day on which the authenticator is lost. Each opens once.

use sha2::{Digest, Sha256};

use crate::{error::Error, secret::random};

const NUMBER: usize = 10;

/// No letter that is taken for another: 32 of them, five bits each.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// 120 bits, so that a plain hash keeps them, as it does tokens.
const LENGTH: usize = 24;
const GROUP: usize = 6;

pub(super) struct RecoveryCodes(Vec<String>);

impl RecoveryCodes {
    pub(super) fn new() -> Result<Self, Error> {
        let code = || -> Result<String, Error> {
            let letter = |byte: u8| char::from(LETTERS[usize::from(byte) % LETTERS.len()]);
            Ok(random::<LENGTH>()?.into_iter().map(letter).collect())
        };
        Ok(Self((0..NUMBER).map(|_| code()).collect::<Result<_, _>>()?))
    }

    pub(super) fn hashes(&self) -> Vec<[u8; 32]> {
        self.0.iter().map(|code| hash(code)).collect()
    }

    /// In groups, to read and to write down.
    pub(super) fn reveal(&self) -> Vec<String> {
        let grouped = |code: &String| {
            let groups: Vec<&str> = (0..LENGTH).step_by(GROUP).map(|at| &code[at..at + GROUP]).collect();
            groups.join("-")
        };
        self.0.iter().map(grouped).collect()
    }
}

/// The hash of a code as somebody typed it, whatever the case and the signs between its groups. None for what has not
/// the form of one.
pub(super) fn hash_typed(typed: &str) -> Option<[u8; 32]> {
    let code: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let is_code = code.len() == LENGTH && code.bytes().all(|byte| LETTERS.contains(&byte));
    is_code.then(|| hash(&code))
}

fn hash(code: &str) -> [u8; 32] {
    Sha256::digest(code.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::{RecoveryCodes, hash_typed};

    #[test]
    fn ten_codes_are_found_again_however_they_are_typed() {
        let codes = RecoveryCodes::new().unwrap();
        assert_eq!(codes.reveal().len(), 10);
        for (shown, hash) in codes.reveal().iter().zip(codes.hashes()) {
            for typed in [shown.clone(), shown.to_uppercase(), shown.replace('-', " ")] {
                assert_eq!(hash_typed(&typed), Some(hash), "{typed}");
            }
        }
    }

    #[test]
    fn nothing_else_has_the_form_of_one() {
        for typed in [
            "",
            "123456",
            "abcdef-abcdef-abcdef-abcde",
            "abcdef-abcdef-abcdef-abcdel",
            "äbcdef-abcdef-abcdef-abcde",
        ] {
            assert_eq!(hash_typed(typed), None, "{typed}");
        }
    }
}
