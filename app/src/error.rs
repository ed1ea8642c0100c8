//! What can go wrong, as it goes over the wire: the outermost of the three rings of errors. It holds nothing that a
//! person should not read.

use std::fmt;

use domain::{id::InvitationId, problem::FieldErrors, role::Role};
use serde::{Deserialize, Serialize};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

use crate::compact::Compact;

/// Why a page or an action failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppError {
    Unauthenticated,
    PasswordChangeRequired,
    SecondFactorRequired,
    Forbidden {
        needs: Role,
    },
    NotFound,
    /// Some fields of a form are wrong.
    Invalid(FieldErrors),
    /// A rule said no to the whole act.
    Refused(String),
    /// Somebody else changed the object since the form was opened: label and value of what stands now, and the version
    /// to save over.
    Changed {
        fields: Vec<(String, String)>,
        version: i64,
    },
    /// The address has a pending invitation in the same organization, which can be sent again.
    AlreadyInvited {
        invitation: InvitationId,
    },
    TooMany {
        wait_seconds: i64,
    },
    /// The server can't do it now; the request's id is in its log.
    Unavailable {
        request: String,
    },
    Internal {
        request: String,
    },
    /// No answer, or one that makes no sense: the network, or a server that was updated meanwhile.
    Unreachable,
}

impl AppError {
    /// What no page of ours sends.
    pub fn malformed() -> Self {
        Self::Refused("The form is malformed. Reload the page and try again.".to_owned())
    }

    /// The status of the answer.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Unauthenticated => 401,
            Self::PasswordChangeRequired | Self::SecondFactorRequired | Self::Forbidden { .. } => 403,
            Self::NotFound => 404,
            Self::Changed { .. } => 409,
            Self::Invalid(_) | Self::Refused(_) | Self::AlreadyInvited { .. } => 422,
            Self::TooMany { .. } => 429,
            Self::Internal { .. } => 500,
            Self::Unavailable { .. } | Self::Unreachable => 503,
        }
    }
}

/// One or two sentences for the person who meets it.
impl fmt::Display for AppError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthenticated => formatter.write_str("You are not signed in, or your session has ended."),
            Self::PasswordChangeRequired => formatter.write_str("Change your password first."),
            Self::SecondFactorRequired => formatter.write_str("Set up your second factor first."),
            Self::Forbidden { needs } => write!(formatter, "This needs the role {needs}."),
            Self::NotFound => formatter.write_str("This does not exist, or no longer."),
            Self::Invalid(_) => formatter.write_str("Some fields need your attention."),
            Self::Refused(text) => formatter.write_str(text),
            Self::Changed { .. } => formatter.write_str("Somebody else changed this meanwhile."),
            Self::AlreadyInvited { .. } => formatter.write_str("This address already has a pending invitation here."),
            Self::TooMany { wait_seconds } => {
                write!(
                    formatter,
                    "Too many attempts. Try again in {}.",
                    duration(*wait_seconds)
                )
            }
            Self::Unavailable { request } => {
                write!(
                    formatter,
                    "Usher can't do this right now. Try again in a moment. (Request {request})"
                )
            }
            Self::Internal { request } => {
                write!(
                    formatter,
                    "Something went wrong in Usher. It has been logged as request {request}."
                )
            }
            Self::Unreachable => formatter.write_str("Usher does not answer. Check your connection and try again."),
        }
    }
}

fn duration(seconds: i64) -> String {
    match seconds {
        ..=1 => "a second".to_owned(),
        2..90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", (seconds + 59) / 60),
    }
}

impl std::error::Error for AppError {}

impl FromServerFnError for AppError {
    type Encoder = Compact;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            // Longer than the router lets pass; nothing but its text tells it apart.
            #[cfg(feature = "ssr")]
            ServerFnErrorErr::Deserialization(reason) if reason.contains("length limit exceeded") => {
                crate::server::set_status(413);
                Self::Refused("The form is too long.".to_owned())
            }
            // The client sent what no page of ours sends. What it was is not repeated: it may hold a password.
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                let refused = Self::malformed();
                #[cfg(feature = "ssr")]
                crate::server::set_status(refused.status());
                refused
            }
            _ => Self::Unreachable,
        }
    }
}

#[cfg(feature = "ssr")]
mod from_backend {
    use backend::error::Error;
    use leptos::prelude::use_context;

    use super::AppError;
    use crate::server::{request_id, set_header, set_status};

    /// Logs what a person is not told, once, and sets the answer's status.
    impl From<Error> for AppError {
        fn from(error: Error) -> Self {
            let request = use_context::<http::request::Parts>()
                .map(|parts| request_id(&parts))
                .unwrap_or_default();
            let told = match error {
                Error::Unauthenticated => Self::Unauthenticated,
                Error::PasswordChangeRequired => Self::PasswordChangeRequired,
                Error::SecondFactorRequired => Self::SecondFactorRequired,
                Error::Forbidden { needs } => Self::Forbidden { needs },
                Error::NotFound => Self::NotFound,
                Error::Invalid(errors) => Self::Invalid(errors),
                Error::Refused(problem) => Self::Refused(problem.to_string()),
                Error::Changed(changed) => Self::Changed {
                    fields: changed
                        .fields
                        .into_iter()
                        .map(|(label, value)| (label.to_owned(), value))
                        .collect(),
                    version: changed.version,
                },
                Error::AlreadyInvited { invitation } => Self::AlreadyInvited { invitation },
                Error::TooMany { wait_seconds } => {
                    set_header(http::header::RETRY_AFTER, &wait_seconds.max(1).to_string());
                    Self::TooMany { wait_seconds }
                }
                Error::Unavailable(reason) => {
                    tracing::warn!(%request, %reason, "unavailable");
                    Self::Unavailable { request }
                }
                Error::LostRace => {
                    tracing::warn!(%request, "a write lost every race");
                    Self::Unavailable { request }
                }
                Error::Internal(reason) => {
                    tracing::error!(%request, %reason, "failed");
                    Self::Internal { request }
                }
            };
            set_status(told.status());
            told
        }
    }
}
