//! Where the audit log is not what was sealed, in words for the operator.

use std::fmt;

use domain::time::Moment;
use store::audit_raw::RawId;

use crate::show;

/// The first place at which the log is not what was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    Event {
        id: RawId,
        at: Option<Moment>,
        action: Option<String>,
        sequence: Option<i64>,
        fault: Fault,
    },
    /// Nobody with the key has pruned the log up to this seal.
    ForgedCheckpoint { sequence: i64 },
    /// Nobody with the key has rotated it at this seal.
    ForgedKey { sequence: i64 },
    /// The chain is whole, and shorter than it was.
    CutOff { found: i64, expected: i64 },
    /// The chain is whole, and another one.
    Rewritten { sequence: i64 },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    Changed,
    /// What was sealed could be read.
    Unreadable,
    /// It was never sealed, and never will be.
    UnreadableUnsealed,
    Deleted,
    DetailsChanged,
    /// The number of a seal that should stand before this one.
    SealMissing(i64),
    Forged,
    /// A checkpoint says that it is gone.
    Pruned,
    DeletedUnsealed,
    QueuedTwice,
    /// It has details, and no event.
    DetailsAlone,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => formatter.write_str("it or its seal was changed after sealing"),
            Self::Unreadable => formatter.write_str("it cannot be read: it or its seal was changed after sealing"),
            Self::UnreadableUnsealed => {
                formatter.write_str("it cannot be read, and so is not sealed: Usher did not write it")
            }
            Self::Deleted => formatter.write_str("it was deleted after sealing"),
            Self::DetailsChanged => formatter.write_str("its details were changed after sealing"),
            Self::SealMissing(sequence) => write!(formatter, "seal {sequence}, which stood before it, is missing"),
            Self::Forged => formatter.write_str("it is neither sealed nor waits for it: Usher did not write it"),
            Self::Pruned => formatter.write_str("it was pruned, and is there again: Usher did not write it"),
            Self::DeletedUnsealed => formatter.write_str("it was deleted before it was sealed"),
            Self::QueuedTwice => formatter.write_str("it is sealed, and was queued to be sealed once more"),
            Self::DetailsAlone => formatter.write_str("its details are there without it: Usher did not leave them"),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event {
                id,
                at,
                action,
                sequence,
                fault,
            } => {
                write!(formatter, "event {id}")?;
                if let Some(at) = at {
                    write!(formatter, " of {}", show::machine(*at))?;
                }
                if let Some(action) = action {
                    // Whoever changed it may have written anything, also for the terminal.
                    write!(formatter, ", {}", action.escape_debug())?;
                }
                if let Some(sequence) = sequence {
                    write!(formatter, ", seal {sequence}")?;
                }
                write!(formatter, ": {fault}")
            }
            Self::ForgedCheckpoint { sequence } => {
                write!(
                    formatter,
                    "the checkpoint at seal {sequence}, behind which events are gone, was not made with this key: Usher did \
                     not prune them"
                )
            }
            Self::ForgedKey { sequence } => {
                write!(
                    formatter,
                    "the former key of the chain up to seal {sequence} does not open with this key: Usher did not keep it"
                )
            }
            Self::CutOff { found, expected } => {
                write!(
                    formatter,
                    "it was sealed up to {expected}, and ends at {found}: its end was cut off"
                )
            }
            Self::Rewritten { sequence } => {
                write!(
                    formatter,
                    "seal {sequence} is not the expected one: it was written anew"
                )
            }
        }
    }
}
