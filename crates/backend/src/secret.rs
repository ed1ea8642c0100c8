//! Randomness, tokens and the installation's key. Nothing here can be printed or serialized by accident.

use std::{fmt, io, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::error::Error;

/// Random bytes of the system's generator.
#[expect(clippy::disallowed_methods, reason = "this is the place")]
pub fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::Internal(format!("no randomness: {error}")))?;
    Ok(bytes)
}

/// 256 random bits, for a cookie or a link. At rest only its hash is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    pub fn new() -> Result<Self, Error> {
        Ok(Self(random()?))
    }

    /// As it stands in a link or cookie: 43 characters. None for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// SHA-256: the token is random enough to need no more.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

/// The installation's key: seals the tokens that wait in the outbox, and what the audit log is chained with derives from it.
#[derive(Clone)]
pub struct Key {
    cipher: XChaCha20Poly1305,
    bytes: [u8; 32],
}

impl Key {
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(&bytes.into()),
            bytes,
        }
    }

    /// Another key for another use; this one cannot be told from it.
    pub(crate) fn derive(&self, label: &str) -> [u8; 32] {
        keyed_hash(&self.bytes, &[label.as_bytes()])
    }

    /// What a database keeps to tell its key by.
    pub fn check(&self) -> [u8; 32] {
        self.derive("usher key check")
    }

    /// Reads a key file: 32 bytes in base64url. With `create`, a missing one is made with mode 0600.
    pub fn load(path: &Path, create: bool) -> io::Result<Self> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if create && error.kind() == io::ErrorKind::NotFound => {
                let bytes = random::<32>().map_err(io::Error::other)?;
                let text = URL_SAFE_NO_PAD.encode(bytes);
                write_private(path, text.as_bytes())?;
                text
            }
            Err(error) => return Err(error),
        };
        let bytes = URL_SAFE_NO_PAD
            .decode(text.trim())
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        let malformed = || io::Error::new(io::ErrorKind::InvalidData, "a key file holds 32 bytes in base64url");
        Ok(Self::from_bytes(bytes.ok_or_else(malformed)?))
    }

    /// Seals a token for one purpose: what was sealed for another does not open.
    pub fn seal(&self, token: &Token, purpose: &str) -> Result<Vec<u8>, Error> {
        self.seal_bytes(&token.0, purpose)
    }

    pub fn open(&self, sealed: &[u8], purpose: &str) -> Option<Token> {
        Some(Token(self.open_bytes(sealed, purpose)?.try_into().ok()?))
    }

    /// Seals any secret for one purpose.
    pub fn seal_bytes(&self, secret: &[u8], purpose: &str) -> Result<Vec<u8>, Error> {
        let nonce = random::<24>()?;
        let payload = Payload {
            msg: secret,
            aad: purpose.as_bytes(),
        };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| Error::Internal("a secret cannot be sealed".to_owned()))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    pub fn open_bytes(&self, sealed: &[u8], purpose: &str) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<24>()?;
        let payload = Payload {
            msg: sealed,
            aad: purpose.as_bytes(),
        };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(…)")
    }
}

/// HMAC-SHA256 of some parts, one behind the other.
pub(crate) fn keyed_hash(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // RFC 2104: a key that is shorter than a block is filled up with zeros.
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Makes a folder, and what is missing around it, that only its owner may look into, whatever the umask is. One that is
/// there keeps its mode.
pub fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a new file that only its owner can read.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::{Key, Token};

    #[test]
    fn a_token_survives_its_link_and_nothing_else_parses() {
        let token = Token::new().unwrap();
        assert_eq!(Token::parse(&token.reveal()), Some(token.clone()));
        for text in ["", "short", &token.reveal()[1..], &format!("{}A", token.reveal()), "ä"] {
            assert_eq!(Token::parse(text), None);
        }
        assert!(!format!("{token:?}").contains(&token.reveal()));
    }

    #[test]
    fn a_sealed_token_opens_only_with_the_key_and_for_its_purpose() {
        let token = Token::new().unwrap();
        let key = Key::from_bytes([7; 32]);
        let sealed = key.seal(&token, "mail 1").unwrap();
        assert_eq!(key.open(&sealed, "mail 1"), Some(token));
        assert_eq!(key.open(&sealed, "mail 2"), None);
        assert_eq!(Key::from_bytes([8; 32]).open(&sealed, "mail 1"), None);
        assert_eq!(key.open(&sealed[..20], "mail 1"), None);
    }
}
