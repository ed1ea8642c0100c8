//! What an authenticator and Usher both know, and the codes that follow from it.

use std::fmt::Write;

use domain::time::Moment;
use qrcodegen::{QrCode, QrCodeEcc};
use totp_rs::{Builder, Totp};
use url::Url;

use crate::{error::Error, secret::random};

/// The secret of an authenticator: 160 bits, as RFC 4226 recommends.
pub(super) struct Authenticator(Vec<u8>);

impl Authenticator {
    pub(super) fn new() -> Result<Self, Error> {
        Ok(Self(random::<20>()?.to_vec()))
    }

    pub(super) fn of(secret: Vec<u8>) -> Self {
        Self(secret)
    }

    pub(super) fn secret(&self) -> &[u8] {
        &self.0
    }

    /// The present half minute, if this is its code. An earlier or later one is not taken: a code would live for longer
    /// than the 30 seconds of ASVS 6.5.5, and clocks that set themselves differ by less than people take to type.
    pub(super) fn step_of(&self, code: &str, now: Moment) -> Option<i64> {
        let typed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let seconds = u64::try_from(now.0 / 1000).ok()?;
        i64::try_from(self.totp().check(&typed, seconds)?).ok()
    }

    /// As all authenticators understand it: SHA-1, six digits, half a minute.
    fn totp(&self) -> Totp {
        Builder::new()
            .with_secret(self.0.clone())
            .with_skew(0)
            .build_noncompliant()
    }

    /// The secret to type where there is no camera: base32 in groups of four.
    pub(super) fn to_type(&self) -> String {
        let letters: Vec<char> = self.totp().secret().to_base32().chars().collect();
        let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
        groups.join(" ")
    }

    /// A QR code as SVG, black on white whatever the page's theme, with the quiet zone around it.
    pub(super) fn picture(&self, issuer: &str, account: &str) -> Result<String, Error> {
        let address = self.address(issuer, account)?;
        let code = QrCode::encode_text(&address, QrCodeEcc::Medium)
            .map_err(|error| Error::Internal(format!("no QR code: {error}")))?;
        const QUIET: i32 = 4;
        let side = code.size() + 2 * QUIET;
        let mut path = String::new();
        for y in 0..code.size() {
            for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
                let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
            }
        }
        Ok(format!(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {side} {side}' shape-rendering='crispEdges'>\
             <rect width='{side}' height='{side}' fill='white'/><path d='{path}'/></svg>"
        ))
    }

    /// The key URI that authenticators read.
    fn address(&self, issuer: &str, account: &str) -> Result<String, Error> {
        let mut address =
            Url::parse("otpauth://totp/").map_err(|error| Error::Internal(format!("no address of a key: {error}")))?;
        address.set_path(&format!("{issuer}:{account}"));
        address
            .query_pairs_mut()
            .append_pair("secret", &self.totp().secret().to_base32())
            .append_pair("issuer", issuer);
        Ok(address.to_string())
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Moment;

    use super::Authenticator;

    fn of_the_rfc() -> Authenticator {
        Authenticator::of(b"12345678901234567890".to_vec())
    }

    /// RFC 6238, appendix B, its last six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            let now = Moment(seconds * 1000);
            assert_eq!(of_the_rfc().step_of(code, now), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_is_good_for_its_half_minute_alone() {
        let authenticator = of_the_rfc();
        for (now, is_good) in [(29_999, false), (30_000, true), (59_999, true), (60_000, false)] {
            assert_eq!(
                authenticator.step_of("287 082", Moment(now)).is_some(),
                is_good,
                "{now}"
            );
        }
    }

    #[test]
    fn nothing_else_is_a_code() {
        for typed in ["", "28708", "2870820", "287083", "ä87082", "287082\u{0}"] {
            assert_eq!(of_the_rfc().step_of(typed, Moment(59_000)), None, "{typed}");
        }
    }

    #[test]
    fn an_authenticator_is_told_whose_it_is() {
        let address = of_the_rfc().address("usher.example.com", "ann@example.com").unwrap();
        assert_eq!(
            address,
            "otpauth://totp/usher.example.com:ann@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=usher.example.com"
        );
        assert!(of_the_rfc().to_type().starts_with("GEZD GNBV "));
        let picture = of_the_rfc().picture("usher.example.com", "ann@example.com").unwrap();
        assert!(picture.starts_with("<svg ") && picture.contains("h1v1h-1z"));
    }
}
