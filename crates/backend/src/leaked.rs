//! The most common passwords that have leaked. Where the list comes from, and how it is made anew, says
//! `crates/backend/examples/leaked_passwords.rs`.
//!
//! It is kept as hashes of 32 bits, so that it is small and holds nobody's password in the clear. Of passwords that never
//! leaked, one in a hundred thousand is refused by chance.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

/// How many hashes begin with each two bytes, then the next two bytes of each, in order.
static LIST: &[u8] = include_bytes!("leaked_passwords.bin");

const BEGINNINGS: usize = 1 << 16;

/// Whether a password is in the list, however its letters are cased.
pub(crate) fn has_leaked(password: &str) -> bool {
    is_in(LIST, password)
}

/// The list as it is kept.
pub fn list_of(passwords: impl Iterator<Item = String>) -> Vec<u8> {
    let hashes: BTreeSet<[u8; 4]> = passwords.map(|password| hash(&password)).collect();
    let mut list = vec![0u8; BEGINNINGS];
    for [a, b, c, d] in hashes {
        let count = &mut list[usize::from(u16::from_be_bytes([a, b]))];
        // With so many that a byte does not count them, a list needs another form.
        if let Some(more) = count.checked_add(1) {
            *count = more;
            list.extend([c, d]);
        }
    }
    list
}

fn is_in(list: &[u8], password: &str) -> bool {
    let [a, b, c, d] = hash(password);
    let Some((counts, rest)) = list.split_at_checked(BEGINNINGS) else {
        return false;
    };
    let beginning = usize::from(u16::from_be_bytes([a, b]));
    let before: usize = counts[..beginning].iter().map(|count| usize::from(*count)).sum();
    let mut its = rest.chunks_exact(2).skip(before).take(usize::from(counts[beginning]));
    its.any(|rest| rest == [c, d])
}

fn hash(password: &str) -> [u8; 4] {
    let digest = Sha256::digest(password.to_lowercase().as_bytes());
    [digest[0], digest[1], digest[2], digest[3]]
}

#[cfg(test)]
mod tests {
    use super::{BEGINNINGS, LIST, has_leaked, is_in, list_of};

    #[test]
    fn a_list_has_what_was_put_into_it() {
        let password = |number: u32| format!("Password number {number}");
        let list = list_of((0..3_000).map(password));
        assert!((0..3_000).all(|number| is_in(&list, &password(number))));
        assert!(is_in(&list, "PASSWORD NUMBER 7"));
        let others = (3_000..13_000).filter(|number| is_in(&list, &password(*number)));
        assert_eq!(others.count(), 0);
        assert!(!is_in(&[], "anything"));
    }

    #[test]
    fn the_list_is_whole() {
        let counted: usize = LIST[..BEGINNINGS].iter().map(|count| usize::from(*count)).sum();
        assert_eq!(LIST.len(), BEGINNINGS + 2 * counted);
        assert!(counted > 40_000, "{counted}");
        assert!(
            LIST[..BEGINNINGS].iter().all(|count| *count < u8::MAX),
            "a byte does not count them"
        );
        for leaked in ["1q2w3e4r5t6y", "Mailcreated5240", "mailcreated5240", "qazwsxedcrfv"] {
            assert!(has_leaked(leaked), "{leaked}");
        }
        assert!(!has_leaked("correct horse battery staple"));
    }
}
