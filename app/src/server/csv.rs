//! Lists as files: everything that a list's query matches, streamed, so that a long list needs no memory.

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Redirect, Response},
    routing::{MethodRouter, get},
};
use backend::{access::Access, error::Error, export::Export};
use futures_util::stream;
use http::{StatusCode, header, request::Parts};
use leptos::config::LeptosOptions;
use leptos_axum::ResponseOptions;

use super::{AppContext, access, read_query, within};
use crate::{AppError, paths};

/// The lists that have a file beside their page.
#[derive(Clone, Copy)]
pub enum List {
    Organizations,
    Users,
    Invitations,
    Audit,
}

impl List {
    async fn export(self, access: &Access, query: &str) -> Result<Export, Error> {
        match self {
            Self::Organizations => {
                let administration = access.administration()?;
                administration.export_organizations(read_query(query)).await
            }
            Self::Users => access.management()?.export_users(read_query(query)).await,
            Self::Invitations => access.management()?.export_invitations(read_query(query)).await,
            Self::Audit => access.management()?.export_audit(read_query(query)).await,
        }
    }

    const fn file_name(self) -> &'static str {
        match self {
            Self::Organizations => "organizations.csv",
            Self::Users => "users.csv",
            Self::Invitations => "invitations.csv",
            Self::Audit => "audit.csv",
        }
    }
}

/// Answers with a list as a file.
pub fn csv(context: &AppContext, list: List) -> MethodRouter<LeptosOptions> {
    let context = context.clone();
    get(move |request: Request| {
        let (context, parts) = (context.clone(), request.into_parts().0);
        async move {
            match begin(&context, parts.clone(), list).await {
                Ok((first, rest)) => file(list, first, rest),
                Err(error) => refusal(&error, &parts),
            }
        }
    })
}

/// The first lines, and what they go on with: what fails before them has a status of its own.
async fn begin(context: &AppContext, parts: Parts, list: List) -> Result<(Vec<u8>, Export), AppError> {
    let query = parts.uri.query().unwrap_or_default().to_owned();
    within(context, parts, ResponseOptions::default(), async move {
        let mut export = list.export(&access().await?, &query).await?;
        let first = export.next_chunk().await?.unwrap_or_default();
        Ok((first, export))
    })
    .await
}

fn file(list: List, first: Vec<u8>, rest: Export) -> Response {
    let chunks = stream::try_unfold((Some(first), rest), |(first, mut rest)| async move {
        let chunk = match first {
            Some(first) => Some(first),
            None => rest.next_chunk().await.inspect_err(|error| {
                tracing::error!(%error, "an export broke off");
            })?,
        };
        Ok::<_, Error>(chunk.map(|chunk| (chunk, (None, rest))))
    });
    let disposition = format!("attachment; filename=\"{}\"", list.file_name());
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_DISPOSITION, disposition.as_str()),
    ];
    (headers, Body::from_stream(chunks)).into_response()
}

fn refusal(error: &AppError, parts: &Parts) -> Response {
    if *error == AppError::Unauthenticated {
        return Redirect::to(&paths::sign_in_to(&parts.uri.to_string())).into_response();
    }
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, error.to_string()).into_response()
}
