//! Lists and the own data as files: everything that a list's query matches, streamed, so that a long list needs no memory.

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Redirect, Response},
    routing::{MethodRouter, get},
};
use backend::{access::Access, error::Error, export::Export, own_data::OwnData, pace::FILE};
use futures_util::stream;
use http::{HeaderValue, StatusCode, header, request::Parts};
use leptos::config::LeptosOptions;
use leptos_axum::ResponseOptions;
use tracing::{Instrument, Span};

use super::{AppContext, access, read_query, within};
use crate::{AppError, paths};

/// What there is a file of.
#[derive(Clone, Copy)]
pub enum File {
    Organizations,
    Users,
    Invitations,
    Audit,
    AuditLines,
    OwnData,
}

/// A file on its way out.
enum Content {
    List(Export),
    OwnData(OwnData),
}

impl Content {
    async fn next_chunk(&mut self) -> Result<Option<Vec<u8>>, Error> {
        match self {
            Self::List(export) => export.next_chunk().await,
            Self::OwnData(data) => data.next_chunk().await,
        }
    }
}

impl File {
    async fn begin(self, access: &Access, query: &str) -> Result<Content, Error> {
        let export = match self {
            Self::Organizations => {
                let administration = access.administration()?;
                administration.export_organizations(read_query(query)).await
            }
            Self::Users => access.management()?.export_users(read_query(query)).await,
            Self::Invitations => access.management()?.export_invitations(read_query(query)).await,
            Self::Audit => access.management()?.export_audit(read_query(query)).await,
            Self::AuditLines => access.management()?.export_audit_lines(read_query(query)).await,
            Self::OwnData => return access.account().export_own_data().await.map(Content::OwnData),
        };
        export.map(Content::List)
    }

    /// The page that it is asked for on.
    const fn page(self) -> &'static str {
        match self {
            Self::Organizations => paths::ORGANIZATIONS,
            Self::Users => paths::USERS,
            Self::Invitations => paths::INVITATIONS,
            Self::Audit | Self::AuditLines => paths::AUDIT,
            Self::OwnData => paths::ACCOUNT,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Organizations => "organizations.csv",
            Self::Users => "users.csv",
            Self::Invitations => "invitations.csv",
            Self::Audit => "audit.csv",
            Self::AuditLines => "audit.jsonl",
            Self::OwnData => "own-data.json",
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Organizations | Self::Users | Self::Invitations | Self::Audit => "text/csv; charset=utf-8",
            Self::AuditLines => "application/jsonl",
            Self::OwnData => "application/json",
        }
    }
}

/// Answers with a file.
pub fn download(context: &AppContext, file: File) -> MethodRouter<LeptosOptions> {
    let context = context.clone();
    get(move |request: Request| {
        let (context, parts) = (context.clone(), request.into_parts().0);
        async move {
            match begin(&context, parts.clone(), file).await {
                Ok((first, rest)) => answer(file, first, rest),
                Err(error) => refusal(file, &error, &parts),
            }
        }
    })
}

/// The first lines, and what they go on with: what fails before them has a status of its own.
async fn begin(context: &AppContext, parts: Parts, file: File) -> Result<(Vec<u8>, Content), AppError> {
    let query = parts.uri.query().unwrap_or_default().to_owned();
    within(context, parts, ResponseOptions::default(), async move {
        let access = access().await?;
        access.count(FILE)?;
        let mut content = file.begin(&access, &query).await?;
        let first = content.next_chunk().await?.unwrap_or_default();
        Ok((first, content))
    })
    .await
}

fn answer(file: File, first: Vec<u8>, rest: Content) -> Response {
    // The rest is read while it is sent, when the request is over but for that: the log names it all the same.
    let request = Span::current();
    let chunks = stream::try_unfold((Some(first), rest), move |(first, mut rest)| {
        let next = async move {
            let chunk = match first {
                Some(first) => Some(first),
                None => rest.next_chunk().await.inspect_err(|error| {
                    tracing::error!(%error, "an export broke off");
                })?,
            };
            Ok::<_, Error>(chunk.map(|chunk| (chunk, (None, rest))))
        };
        next.instrument(request.clone())
    });
    let disposition = format!("attachment; filename=\"{}\"", file.name());
    let headers = [
        (header::CONTENT_TYPE, file.content_type()),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_DISPOSITION, disposition.as_str()),
    ];
    (headers, Body::from_stream(chunks)).into_response()
}

fn refusal(file: File, error: &AppError, parts: &Parts) -> Response {
    if *error == AppError::Unauthenticated {
        let page = paths::with_query(file.page(), parts.uri.query().unwrap_or_default());
        return Redirect::to(&paths::sign_in_to(&page)).into_response();
    }
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut refusal = (status, error.to_string()).into_response();
    if let AppError::TooMany { wait_seconds } = error {
        let wait = HeaderValue::from(*wait_seconds);
        refusal.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    refusal
}
