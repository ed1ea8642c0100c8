//! What a seal of the audit log is: a MAC over the seal before it and every column of an event, so that nothing sealed
//! can be changed, moved or taken out without the installation's key.

use std::{fmt, str::FromStr};

use store::{
    audit_chain::{RawEvent, RawHead},
    audit_checkpoint::RawCheckpoint,
};

use crate::{
    error::Error,
    secret::{Key, keyed_hash},
};

/// Up to where the log is sealed: `1234:` and 64 hexadecimal digits. Kept elsewhere, it tells later whether the end of
/// the log was cut off or written anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// How many events were ever sealed.
    pub sequence: i64,
    pub mac: [u8; 32],
}

impl Head {
    /// Of a log that nothing is sealed in.
    pub const NONE: Self = Self {
        sequence: 0,
        mac: [0; 32],
    };

    /// None for a mac that no code of this version writes.
    pub(crate) fn read(raw: &RawHead) -> Option<Self> {
        Some(Self {
            sequence: raw.sequence,
            mac: raw.mac.as_slice().try_into().ok()?,
        })
    }

    pub(crate) fn raw(&self) -> RawHead {
        RawHead {
            sequence: self.sequence,
            mac: self.mac.to_vec(),
        }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", self.sequence)?;
        self.mac.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl FromStr for Head {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "a head is a number, a colon and 64 hexadecimal digits";
        let (sequence, digits) = text.trim().split_once(':').ok_or(FORM)?;
        if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(FORM);
        }
        let mut mac = [0; 32];
        for (at, byte) in mac.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).map_err(|_| FORM)?;
        }
        let sequence = sequence.parse().map_err(|_| FORM)?;
        Ok(Self { sequence, mac })
    }
}

/// What the log is chained with. It derives from the installation's key and opens nothing.
#[derive(Clone)]
pub(crate) struct ChainKey(pub(crate) [u8; 32]);

impl From<&Key> for ChainKey {
    fn from(key: &Key) -> Self {
        Self(key.derive("usher audit chain"))
    }
}

impl ChainKey {
    /// The seal of an event behind `previous`.
    pub(crate) fn seal(&self, previous: &Head, event: &RawEvent) -> Head {
        let sequence = previous.sequence + 1;
        let mut message = Message::new("seal");
        message.field(Some(&previous.mac));
        message.field(Some(&sequence.to_be_bytes()));
        message.field(Some(event.id.as_bytes()));
        message.field(Some(&event.created_at.to_be_bytes()));
        message.field(Some(event.action.as_bytes()));
        message.field(event.actor_id.as_ref().map(|id| id.as_bytes().as_slice()));
        message.field(Some(event.object_kind.as_bytes()));
        message.field(event.object_id.as_ref().map(|id| id.as_bytes().as_slice()));
        message.field(event.organization_id.as_ref().map(|id| id.as_bytes().as_slice()));
        message.field(Some(event.request_id.as_bytes()));
        message.field(Some(&event.details_hash));
        Head {
            sequence,
            mac: keyed_hash(&self.0, &[&message.0]),
        }
    }

    /// A checkpoint at `head`, with its proof.
    pub(crate) fn checkpoint(&self, number: i64, head: &Head, created_at: i64) -> RawCheckpoint {
        let mut message = Message::new("checkpoint");
        message.field(Some(&number.to_be_bytes()));
        message.field(Some(&head.sequence.to_be_bytes()));
        message.field(Some(&head.mac));
        message.field(Some(&created_at.to_be_bytes()));
        RawCheckpoint {
            number,
            sequence: head.sequence,
            mac: head.mac.to_vec(),
            created_at,
            proof: keyed_hash(&self.0, &[&message.0]).to_vec(),
        }
    }

    /// Where a checkpoint lets the log begin; None if it was not made with this key.
    pub(crate) fn verify(&self, checkpoint: &RawCheckpoint) -> Option<Head> {
        let head = Head::read(&RawHead {
            sequence: checkpoint.sequence,
            mac: checkpoint.mac.clone(),
        })?;
        let own = self.checkpoint(checkpoint.number, &head, checkpoint.created_at);
        (own == *checkpoint).then_some(head)
    }
}

/// What the chain went with until the installation's key was rotated.
pub(crate) struct FormerKey {
    /// The last seal under it.
    pub(crate) last: Head,
    pub(crate) key: ChainKey,
}

impl FormerKey {
    /// Sealed under the present key for its last seal alone, so that nobody with the old key can write what came before anew.
    pub(crate) fn seal(&self, present: &Key) -> Result<Vec<u8>, Error> {
        present.seal_bytes(&self.key.0, &Self::purpose(&self.last))
    }

    /// None if it was not sealed under this key for this seal.
    pub(crate) fn open(present: &Key, last: &RawHead, sealed: &[u8]) -> Option<Self> {
        let last = Head::read(last)?;
        let key = present.open_bytes(sealed, &Self::purpose(&last))?;
        let key = ChainKey(key.try_into().ok()?);
        Some(Self { last, key })
    }

    fn purpose(last: &Head) -> String {
        format!("audit chain key up to {last}")
    }
}

/// Fields one behind the other, each with its length, so that no two lists of fields read alike.
struct Message(Vec<u8>);

impl Message {
    fn new(kind: &str) -> Self {
        let mut message = Self(Vec::with_capacity(256));
        message.field(Some(kind.as_bytes()));
        message
    }

    /// None is told from empty.
    fn field(&mut self, value: Option<&[u8]>) {
        match value {
            None => self.0.push(0),
            Some(bytes) => {
                self.0.push(1);
                self.0.extend((bytes.len() as u64).to_be_bytes());
                self.0.extend(bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use store::{audit_chain::RawEvent, audit_checkpoint::RawCheckpoint};
    use uuid::Uuid;

    use super::{ChainKey, Head};
    use crate::secret::Key;

    fn event() -> RawEvent {
        RawEvent {
            id: Uuid::from_u128(1),
            created_at: 2,
            action: "user.create".to_owned(),
            actor_id: Some(Uuid::from_u128(3)),
            object_kind: "user".to_owned(),
            object_id: None,
            organization_id: None,
            request_id: String::new(),
            details_hash: vec![4; 32],
        }
    }

    #[test]
    fn a_seal_covers_every_column_its_place_and_the_key() {
        let key = ChainKey::from(&Key::from_bytes([7; 32]));
        let same = key.seal(&Head::NONE, &event());
        assert_eq!(same, key.seal(&Head::NONE, &event()));
        let changes: [fn(&mut RawEvent); 11] = [
            |event| event.id = Uuid::from_u128(2),
            |event| event.created_at += 1,
            |event| event.action.push('d'),
            |event| event.actor_id = None,
            |event| event.object_kind.push('s'),
            |event| event.object_id = Some(Uuid::nil()),
            // The same bytes in the next column.
            |event| (event.actor_id, event.object_id) = (None, event.actor_id),
            |event| event.organization_id = Some(Uuid::nil()),
            |event| event.request_id.push('x'),
            |event| event.details_hash[31] = 5,
            |event| {
                let letter = event.action.pop().unwrap_or_default();
                event.object_kind.insert(0, letter);
            },
        ];
        for (at, change) in changes.iter().enumerate() {
            let mut changed = event();
            change(&mut changed);
            assert_ne!(key.seal(&Head::NONE, &changed), same, "change {at}");
        }
        let elsewhere = Head {
            sequence: 1,
            ..Head::NONE
        };
        assert_ne!(key.seal(&elsewhere, &event()).mac, same.mac);
        let behind_another = Head {
            mac: [1; 32],
            ..Head::NONE
        };
        assert_ne!(key.seal(&behind_another, &event()).mac, same.mac);
        let other = ChainKey::from(&Key::from_bytes([8; 32]));
        assert_ne!(other.seal(&Head::NONE, &event()), same);
    }

    #[test]
    fn a_checkpoint_is_told_from_one_that_was_changed_or_forged() {
        let key = ChainKey::from(&Key::from_bytes([7; 32]));
        let head = key.seal(&Head::NONE, &event());
        let checkpoint = key.checkpoint(1, &head, 5);
        assert_eq!(key.verify(&checkpoint), Some(head));
        let changes: [fn(&mut RawCheckpoint); 6] = [
            |checkpoint| checkpoint.number += 1,
            |checkpoint| checkpoint.sequence += 1,
            |checkpoint| checkpoint.mac[0] ^= 1,
            |checkpoint| checkpoint.mac.truncate(31),
            |checkpoint| checkpoint.created_at += 1,
            |checkpoint| checkpoint.proof[0] ^= 1,
        ];
        for (at, change) in changes.iter().enumerate() {
            let mut changed = checkpoint.clone();
            change(&mut changed);
            assert_eq!(key.verify(&changed), None, "change {at}");
        }
        let other = ChainKey::from(&Key::from_bytes([8; 32]));
        assert_eq!(other.verify(&checkpoint), None);
    }

    #[test]
    fn a_head_survives_being_written_down() {
        let head = ChainKey([9; 32]).seal(&Head::NONE, &event());
        assert_eq!(head.to_string().parse(), Ok(head));
        for text in [
            "",
            "1",
            "1:",
            "1:zz",
            &head.to_string()[1..],
            &format!("{head}0"),
            "x:ä",
        ] {
            assert!(text.parse::<Head>().is_err(), "{text:?}");
        }
    }
}
