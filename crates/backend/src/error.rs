//! What a use case can answer instead of success: the middle ring of errors. The app turns them into words for people.

use domain::{
    id::InvitationId,
    problem::{FieldErrors, Problem},
    role::Role,
};
use store::{LostRace, StoreError, Unique};

use crate::taken::TAKEN;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("nobody is signed in")]
    Unauthenticated,
    /// Somebody else set the password: nothing else is allowed until it is changed.
    #[error("the password must be changed first")]
    PasswordChangeRequired,
    /// A second factor is required: nothing else is allowed until it is set up.
    #[error("a second factor must be set up first")]
    SecondFactorRequired,
    #[error("the role {needs} is needed")]
    Forbidden { needs: Role },
    /// It does not exist, or belongs to another tenant: the same to whoever asks.
    #[error("not found")]
    NotFound,
    /// Some fields of a form are wrong.
    #[error("invalid: {0:?}")]
    Invalid(FieldErrors),
    /// A rule said no to the whole act.
    #[error("refused: {0}")]
    Refused(Problem),
    /// Somebody else changed the object since the form was opened.
    #[error("changed by somebody else meanwhile")]
    Changed(Changed),
    /// The address has a pending invitation in the same organization, which can be sent again.
    #[error("already invited")]
    AlreadyInvited { invitation: InvitationId },
    #[error("too many attempts")]
    TooMany { wait_seconds: i64 },
    #[error("unavailable: {0}")]
    Unavailable(String),
    #[error("{0}")]
    Internal(String),
    /// Only within a transaction that runs again.
    #[error("another transaction was faster")]
    LostRace,
}

/// What stands now where somebody else was faster: the label and value of each field that differs from what the form
/// was opened with, and the version to save over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub fields: Vec<(&'static str, String)>,
    pub version: i64,
}

impl Error {
    /// One wrong field.
    pub fn field(field: &str, problem: impl Into<Problem>) -> Self {
        Self::Invalid(FieldErrors::one(field, problem.into()))
    }

    pub fn refused(text: &'static str) -> Self {
        Self::Refused(Problem::new(text))
    }
}

/// Refused while there is something to wait for.
pub(crate) fn require_no_wait(wait_seconds: i64) -> Result<(), Error> {
    if wait_seconds > 0 {
        return Err(Error::TooMany { wait_seconds });
    }
    Ok(())
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken(Unique::UserEmail) => Self::field("email", TAKEN),
            StoreError::Taken(Unique::OrganizationCode) => {
                Self::field("code", Problem::new("Another organization has this code."))
            }
            StoreError::Taken(Unique::TierName) => Self::field("name", Problem::new("Another tier has this name.")),
            StoreError::Related => Self::NotFound,
            StoreError::LostRace => Self::LostRace,
            StoreError::Unavailable(error) => Self::Unavailable(error.to_string()),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl LostRace for Error {
    fn lost_race(&self) -> bool {
        matches!(self, Self::LostRace)
    }
}
