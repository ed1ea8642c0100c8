//! The audit log as JSON Lines: each line is an event, with the names that the database has. JSON escapes line breaks, so
//! nothing that somebody typed begins a line.

use serde::Serialize;
use serde_json::Value;
use store::audit::{Details, Row};
use uuid::Uuid;

use crate::{audit_chain::Head, error::Error, show};

#[derive(Serialize)]
struct EventLine {
    id: Uuid,
    time: String,
    action: &'static str,
    actor_id: Option<Uuid>,
    actor: Option<String>,
    object_kind: &'static str,
    object_id: Option<Uuid>,
    object: Option<String>,
    organization_id: Option<Uuid>,
    address: Option<String>,
    request: String,
    before: Option<Value>,
    after: Option<Value>,
    /// Its personal values were erased.
    erased: bool,
}

/// In place of an event that cannot be read.
#[derive(Serialize)]
struct UnreadableLine {
    id: String,
    time: String,
    unreadable: bool,
}

#[derive(Serialize)]
struct HeadLine {
    head: String,
}

pub(super) fn events(rows: &[Row]) -> Result<Vec<u8>, Error> {
    let mut lines = Vec::new();
    for row in rows {
        let event = match row {
            Ok(event) => event,
            Err(found) => {
                let line = UnreadableLine {
                    id: found.id.to_string(),
                    time: show::machine(found.at),
                    unreadable: true,
                };
                write(&mut lines, &line)?;
                continue;
            }
        };
        let erased = event.details.is_none();
        let details = event.details.clone().unwrap_or_default();
        let Details {
            actor, object, address, ..
        } = details;
        let told = |text: String| (!erased).then_some(text);
        let line = EventLine {
            id: event.id.0,
            time: show::machine(event.at),
            action: event.action.key(),
            actor_id: event.actor.map(|id| id.0),
            actor: told(actor),
            object_kind: event.object_kind.key(),
            object_id: event.object,
            object: told(object),
            organization_id: event.organization.map(|id| id.0),
            address: told(address),
            request: event.request.clone(),
            before: details.before,
            after: details.after,
            erased,
        };
        write(&mut lines, &line)?;
    }
    Ok(lines)
}

/// Up to where the log is sealed: to keep, for `usher check --expect-head`.
pub(super) fn head(head: &Head) -> Result<Vec<u8>, Error> {
    let mut line = Vec::new();
    let head = head.to_string();
    write(&mut line, &HeadLine { head })?;
    Ok(line)
}

fn write(lines: &mut Vec<u8>, line: &impl Serialize) -> Result<(), Error> {
    serde_json::to_writer(&mut *lines, line).map_err(|error| Error::Internal(error.to_string()))?;
    lines.push(b'\n');
    Ok(())
}
