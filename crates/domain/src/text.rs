//! Texts that people type: each `parse` is the only way in, and what it returns is in its normal form.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::problem::Problem;

macro_rules! text_types {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Takes a value that was parsed before, as the database holds it.
            pub fn trusted(text: String) -> Self {
                Self(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )+};
}

text_types! {
    /// A display name: 1 to 100 characters, NFC, without control, bidi or zero-width characters.
    Name,
    /// Up to 1,000 characters; line breaks are allowed, other control characters are not.
    Description,
    /// An organization's unique code: 2 to 32 of `A-Z 0-9 - _`, starting with a letter or digit.
    Code,
    /// An e-mail address in its normal form: local part in ASCII lower case, domain as an IDNA A-label.
    Email,
}

impl Name {
    pub const LONGEST: usize = 100;

    pub fn parse(text: &str) -> Result<Self, Problem> {
        let name: String = text.trim().nfc().collect();
        if name.is_empty() {
            return Err(Problem::new("Enter a name."));
        }
        if name.chars().count() > Self::LONGEST {
            return Err(Problem::new("A name has at most 100 characters."));
        }
        if name.chars().any(is_invisible) {
            return Err(Problem::new("A name has no control or invisible characters."));
        }
        Ok(Self(name))
    }
}

impl Description {
    pub const LONGEST: usize = 1000;

    pub fn parse(text: &str) -> Result<Self, Problem> {
        let description: String = text.replace("\r\n", "\n").trim().nfc().collect();
        if description.chars().count() > Self::LONGEST {
            return Err(Problem::new("A description has at most 1,000 characters."));
        }
        if description.chars().any(|c| !is_of_texts(c) && is_invisible(c)) {
            return Err(Problem::new("A description has no control or invisible characters."));
        }
        Ok(Self(description))
    }
}

impl Code {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let code = text.trim().to_ascii_uppercase();
        if code.is_empty() {
            return Err(Problem::new("Enter a code, for example ACME."));
        }
        if !(2..=32).contains(&code.chars().count()) {
            return Err(Problem::new("A code has 2 to 32 characters."));
        }
        if !code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            return Err(Problem::new(
                "A code has only letters A to Z, digits, hyphens and underscores.",
            ));
        }
        if !code.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return Err(Problem::new("A code starts with a letter or a digit."));
        }
        Ok(Self(code))
    }
}

impl Email {
    pub const LONGEST: usize = 254;

    /// RFC 5321's dot-atom for the local part, a host name with at least one dot for the domain.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let address = text.trim();
        if address.is_empty() {
            return Err(Problem::new("Enter an e-mail address."));
        }
        let malformed = || Problem::new("Enter an e-mail address like name@example.com.");
        let (local, domain) = address.rsplit_once('@').ok_or_else(malformed)?;
        if !local.is_ascii() {
            return Err(Problem::new(
                "The part before @ has only ASCII letters, digits and signs.",
            ));
        }
        if !is_dot_atom(local) {
            return Err(malformed());
        }
        if address.chars().count() > Self::LONGEST {
            return Err(Problem::new("An e-mail address has at most 254 characters."));
        }
        if local.len() > 64 {
            return Err(Problem::new("The part before @ has at most 64 characters."));
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| malformed())?;
        if !domain.contains('.') || domain.ends_with('.') || domain.parse::<std::net::Ipv4Addr>().is_ok() {
            return Err(malformed());
        }
        let normal = format!("{}@{domain}", local.to_ascii_lowercase());
        if normal.len() > Self::LONGEST {
            return Err(Problem::new("An e-mail address has at most 254 characters."));
        }
        Ok(Self(normal))
    }

    /// What the address is searched by: its normal form, and an international domain as people read it too.
    pub fn search_key(&self) -> String {
        match self.as_read() {
            Some(read) => format!("{self} {}", fold(&read)),
            None => self.0.clone(),
        }
    }

    /// The address with its domain in letters of its own, where that is international.
    pub fn as_read(&self) -> Option<String> {
        let (local, domain) = self.0.rsplit_once('@')?;
        let is_international = domain.contains("xn--");
        is_international.then(|| format!("{local}@{}", idna::domain_to_unicode(domain).0))
    }

    /// What stands before the @.
    pub fn local_part(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

/// Letters with their marks as one, in the form that everything is kept in (NFC).
pub fn compose(text: &str) -> String {
    text.nfc().collect()
}

/// The key by which names are sorted and searched, alike on both engines: compatibility decomposition, no marks, lower
/// case.
pub fn fold(text: &str) -> String {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

fn is_dot_atom(local: &str) -> bool {
    local.split('.').all(|atom| {
        !atom.is_empty()
            && atom
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c))
    })
}

/// What makes one text look like another: control and bidirectional characters, all that Unicode calls ignorable, the
/// empty pattern of Braille, and what has no meaning but a private one. The zero-width joiner and the selectors of
/// variants stay out too, though some emoji use them: a name that can be faked is worse than an emoji that falls apart.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{2800}' | '\u{3164}' | '\u{E000}'..='\u{F8FF}' | '\u{FDD0}'..='\u{FDEF}' | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}' | '\u{F0000}'..)
        // The last two of each plane are no characters.
        || u32::from(c) & 0xFFFE == 0xFFFE
}

/// Invisible, and of use where nobody is told by it: the ends of lines, and how an emoji is drawn.
fn is_of_texts(c: char) -> bool {
    matches!(c, '\n' | '\t' | '\u{FE00}'..='\u{FE0F}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Code, Description, Email, Name, fold};

    #[test]
    fn an_address_has_one_normal_form() {
        for (typed, normal) in [
            ("  Ann@Example.COM ", "ann@example.com"),
            ("o'hara+news@example.com", "o'hara+news@example.com"),
            ("kim@BÜCHER.example", "kim@xn--bcher-kva.example"),
        ] {
            assert_eq!(Email::parse(typed).unwrap().as_str(), normal);
        }
    }

    #[test]
    fn an_international_address_is_found_as_it_is_read() {
        let key = Email::parse("kim@Bücher.example").unwrap().search_key();
        assert_eq!(key, "kim@xn--bcher-kva.example kim@bucher.example");
        assert_eq!(Email::parse("ann@example.com").unwrap().search_key(), "ann@example.com");
    }

    #[test]
    fn a_malformed_address_is_refused() {
        for typed in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "ann@localhost",
            "a b@example.com",
            "ann@@example.com",
            ".ann@example.com",
            "ann.@example.com",
            "a..b@example.com",
            "ann@-example.com",
            "ann@example..com",
            "ann@example.com.",
            "ann@127.0.0.1",
            "İ@example.com",
            "ſam@example.com",
            "ann@example.com\r\nBcc: eve@example.com",
            "ann@exa_mple.com",
        ] {
            assert!(Email::parse(typed).is_err(), "{typed:?}");
        }
        let told = |text: &str| Email::parse(text).unwrap_err().to_string();
        assert_eq!(
            told(&format!("{}@example.com", "a".repeat(65))),
            "The part before @ has at most 64 characters."
        );
        assert_eq!(
            told(&format!("a@{}com", "b.".repeat(130))),
            "An e-mail address has at most 254 characters."
        );
    }

    #[test]
    fn a_code_is_upper_cased_and_closed() {
        assert_eq!(Code::parse(" acme-1_b ").unwrap().as_str(), "ACME-1_B");
        for typed in ["", "A", "-AB", "_AB", "AC ME", "ÄB", &"A".repeat(33)] {
            assert!(Code::parse(typed).is_err(), "{typed:?}");
        }
        assert!(Code::parse(&"A".repeat(32)).is_ok());
    }

    #[test]
    fn a_name_is_visible_and_composed() {
        assert_eq!(Name::parse(" A\u{30A}sa ").unwrap().as_str(), "Åsa");
        assert_eq!(Name::parse("محمد 🎉").unwrap().as_str(), "محمد 🎉");
        for typed in ["", "  ", "a\u{202E}b", "a\u{200B}b", "a\u{0}b", &"x".repeat(101)] {
            assert!(Name::parse(typed).is_err(), "{typed:?}");
        }
        // Nothing is to be seen of any of them.
        for unseen in "\u{34F}\u{2800}\u{FE00}\u{FE0F}\u{FFF0}\u{1BCA0}\u{1D173}\u{E0100}\u{E0FFF}".chars() {
            assert!(Name::parse(&unseen.to_string()).is_err(), "{unseen:?}");
            assert!(Name::parse(&format!("Ann{unseen}")).is_err(), "{unseen:?}");
        }
        for private in "\u{E000}\u{F0000}\u{10FFFF}\u{FDD0}".chars() {
            assert!(Name::parse(&format!("Ann{private}")).is_err(), "{private:?}");
        }
        assert!(Name::parse(&"é".repeat(100)).is_ok());
    }

    #[test]
    fn a_description_keeps_its_lines() {
        assert_eq!(Description::parse("one\r\ntwo").unwrap().as_str(), "one\ntwo");
        assert!(Description::parse(&"x".repeat(1001)).is_err());
        assert!(Description::parse("a\u{7}b").is_err());
        assert!(Description::parse("With ❤\u{FE0F}").is_ok());
    }

    #[test]
    fn names_fold_alike() {
        assert_eq!(fold("ÅSA Öberg"), "asa oberg");
        assert_eq!(fold("ﬁne"), "fine");
    }

    proptest! {
        #[test]
        fn parsing_a_parsed_text_changes_nothing(text in "\\PC{0,40}") {
            if let Ok(name) = Name::parse(&text) {
                prop_assert_eq!(Name::parse(name.as_str()).unwrap(), name);
            }
            if let Ok(code) = Code::parse(&text) {
                prop_assert_eq!(Code::parse(code.as_str()).unwrap(), code);
            }
        }

        #[test]
        fn an_accepted_address_parses_to_itself(local in "[A-Za-z0-9.+-]{1,20}", domain in "[a-zA-Zäöü0-9.-]{1,20}") {
            if let Ok(email) = Email::parse(&format!("{local}@{domain}")) {
                prop_assert!(email.as_str().is_ascii());
                prop_assert_eq!(Email::parse(email.as_str()).unwrap(), email);
            }
        }

        #[test]
        fn no_address_panics(text in ".{0,80}") {
            let _ = Email::parse(&text);
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
