//! Writing the audit log: one row for each change, in the change's own transaction.

use domain::{
    audit::{Action, ObjectKind},
    id::{EventId, OrganizationId, UserId},
    text::fold,
    time::Moment,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::{
    Tx,
    audit::{Details, Event, SealedDetails},
};
use uuid::Uuid;

use crate::{
    access::{Caller, Request},
    error::Error,
    secret::random,
};

/// Who did it.
pub(crate) struct Actor<'a> {
    pub(crate) user: Option<UserId>,
    /// E-mail address, or "command line".
    pub(crate) label: &'a str,
    pub(crate) request: &'a Request,
}

impl<'a> Actor<'a> {
    /// Somebody who is not signed in.
    pub(crate) fn anonymous(label: &'a str, request: &'a Request) -> Self {
        Self {
            user: None,
            label,
            request,
        }
    }
}

impl<'a> From<&'a Caller> for Actor<'a> {
    fn from(caller: &'a Caller) -> Self {
        Self {
            user: Some(caller.user.id),
            label: caller.user.email.as_str(),
            request: &caller.request,
        }
    }
}

/// What was done to which object.
pub(crate) struct Entry<'a> {
    pub(crate) action: Action,
    pub(crate) kind: ObjectKind,
    pub(crate) object: Option<Uuid>,
    /// What the object is called.
    pub(crate) name: &'a str,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
}

impl<'a> Entry<'a> {
    pub(crate) fn new(action: Action, kind: ObjectKind, object: Uuid, name: &'a str) -> Self {
        Self {
            action,
            kind,
            object: Some(object),
            name,
            organization: None,
            before: None,
            after: None,
        }
    }

    /// Something that was done to no object that has an id.
    pub(crate) fn without_object(action: Action, kind: ObjectKind, name: &'a str) -> Self {
        Self {
            object: None,
            ..Self::new(action, kind, Uuid::nil(), name)
        }
    }

    pub(crate) fn organization(self, organization: Option<OrganizationId>) -> Self {
        Self { organization, ..self }
    }

    pub(crate) fn before(self, before: Value) -> Self {
        Self {
            before: Some(before),
            ..self
        }
    }

    pub(crate) fn after(self, after: Value) -> Self {
        Self {
            after: Some(after),
            ..self
        }
    }
}

/// Bytes in front of an event's details, so that nobody finds by their hash what they were, once they are erased.
pub(crate) const SALT_LENGTH: usize = 16;

/// Who runs Usher's commands.
pub(crate) const COMMAND_LINE: &str = "command line";

/// Writes one row about what the installation did by itself, or by somebody who made no request.
pub(crate) async fn record_by(tx: &mut Tx, by: &str, now: Moment, entry: Entry<'_>) -> Result<(), Error> {
    record(tx, &Actor::anonymous(by, &Request::default()), now, entry).await
}

/// Writes one row.
pub(crate) async fn record(tx: &mut Tx, actor: &Actor<'_>, now: Moment, entry: Entry<'_>) -> Result<(), Error> {
    let details = Details {
        actor: actor.label.to_owned(),
        object: entry.name.to_owned(),
        address: actor.request.address.clone(),
        before: entry.before,
        after: entry.after,
    };
    let content = serde_json::to_string(&details).map_err(|error| Error::Internal(error.to_string()))?;
    let salt = random::<SALT_LENGTH>()?;
    let hash = Sha256::new()
        .chain_update(salt)
        .chain_update(content.as_bytes())
        .finalize()
        .into();
    let event = Event {
        id: EventId::new(now, random()?),
        at: now,
        action: entry.action,
        actor: actor.user,
        object_kind: entry.kind,
        object: entry.object,
        organization: entry.organization,
        request: actor.request.id.clone(),
        details: None,
    };
    let sealed = SealedDetails {
        salt,
        content,
        search_key: fold(&format!("{} {}", details.actor, details.object)),
        hash,
    };
    store::audit::insert(tx, &event, &sealed).await?;
    Ok(())
}
