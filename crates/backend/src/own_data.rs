//! Everything that an installation keeps about whoever asks, as JSON, chunk by chunk. Secrets are not in it, nor what others
//! are called: an event that somebody else caused tells what was done to the own account, not by whom or from where.

use domain::{
    audit::{Action, AuditFilter, ObjectKind},
    page::{Position, Total},
    time::Moment,
};
use serde_json::{Map, Value, json};
use store::{
    Scope, Tx,
    audit::{self, Event},
    invitation::ListedInvitation,
};
use uuid::Uuid;

use crate::{
    access::Account,
    error::Error,
    export::{ROWS, after},
    show,
};

/// On its way out.
pub struct OwnData {
    account: Account,
    now: Moment,
    next: Option<Part>,
    /// Whether the list that is being written has an item already.
    is_behind_another: bool,
}

/// What is written next: four parts, the long ones in pieces.
enum Part {
    Account,
    InvitationsSent(Uuid),
    Done(Position),
    Suffered(Position),
}

impl Account {
    /// Notes it before a byte leaves, as it is with every file.
    pub async fn export_own_data(&self) -> Result<OwnData, Error> {
        self.caller.require_settled()?;
        let now = self.backend.clock().now();
        self.backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                self.record(&mut tx, now, Action::OwnDataDownloaded, None, None).await
            })
            .await?;
        Ok(OwnData {
            account: self.clone(),
            now,
            next: Some(Part::Account),
            is_behind_another: false,
        })
    }
}

impl OwnData {
    /// The next piece of the text; None at its end.
    pub async fn next_chunk(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let mut text = String::new();
        match self.next.take() {
            None => return Ok(None),
            Some(Part::Account) => {
                text.push_str(&self.beginning().await?);
                text.push_str(",\n\"invitations_sent\": [");
                self.next = Some(Part::InvitationsSent(Uuid::nil()));
            }
            Some(Part::InvitationsSent(last)) => {
                let mut tx = self.account.backend.store().read().await?;
                let user = self.account.caller.user.id;
                let rows = store::invitation::sent_by(&mut tx, user, last, i64::from(ROWS)).await?;
                for row in &rows {
                    self.item(&mut text, &Value::Object(invitation(row, self.now)));
                }
                self.next = match rows.last() {
                    Some(row) => Some(Part::InvitationsSent(row.invitation.id.0)),
                    None => Some(self.begin_list(&mut text, "events_by_you", Part::Done(Position::First))),
                };
            }
            Some(Part::Done(position)) => {
                let next = self.events(&mut text, &position, Whose::Done).await?;
                self.next = match next {
                    Some(position) => Some(Part::Done(position)),
                    None => Some(self.begin_list(&mut text, "events_about_you", Part::Suffered(Position::First))),
                };
            }
            Some(Part::Suffered(position)) => {
                let next = self.events(&mut text, &position, Whose::Suffered).await?;
                if next.is_none() {
                    text.push_str("\n]}\n");
                }
                self.next = next.map(Part::Suffered);
            }
        }
        Ok(Some(text.into_bytes()))
    }

    /// All that is short. The object stays open.
    async fn beginning(&self) -> Result<String, Error> {
        let (user, organization) = self.account.me();
        let mut tx = self.account.backend.store().read().await?;
        let accepted = store::invitation::accepted_by(&mut tx, user).await?;
        let since = store::second_factor::since(&mut tx, user.id).await?;
        drop(tx);
        let sessions = self.account.sessions().await?;
        let account = json!({
            "email": user.email,
            "name": user.name,
            "role": user.role.label(),
            "organization": organization,
            "state": user.state.label(),
            "created": show::machine(user.created),
            "changed": show::machine(user.updated),
            "last_sign_in": user.last_sign_in.map(show::machine),
        });
        let second_factor = json!({ "is_set_up": since.is_some(), "since": since.map(show::machine) });
        let sessions: Vec<Value> = sessions
            .into_iter()
            .map(|own| {
                json!({
                    "signed_in": show::machine(own.session.created),
                    "last_used": show::machine(own.session.last_seen),
                    "address": own.session.address,
                    "browser": own.session.user_agent,
                    "is_this_one": own.is_current,
                })
            })
            .collect();
        let accepted = accepted.map(|found| {
            let mut fields = invitation(&found, self.now);
            fields.insert("organization".to_owned(), json!(found.organization_name));
            fields
        });
        Ok(format!(
            "{{\"account\": {account},\n\"second_factor\": {second_factor},\n\"sessions\": {},\n\
             \"invitation_accepted\": {}",
            Value::from(sessions),
            Value::from(accepted),
        ))
    }

    /// Ends one list and begins another.
    fn begin_list(&mut self, text: &mut String, name: &str, part: Part) -> Part {
        text.push_str(&format!("\n],\n\"{name}\": ["));
        self.is_behind_another = false;
        part
    }

    fn item(&mut self, text: &mut String, value: &Value) {
        text.push_str(if self.is_behind_another { ",\n" } else { "\n" });
        text.push_str(&value.to_string());
        self.is_behind_another = true;
    }

    /// A page of events, and where the next one begins.
    async fn events(
        &mut self,
        text: &mut String,
        position: &Position,
        whose: Whose,
    ) -> Result<Option<Position>, Error> {
        let me = self.account.caller.user.id;
        let filter = match whose {
            Whose::Done => AuditFilter {
                actor: Some(me),
                ..AuditFilter::default()
            },
            Whose::Suffered => AuditFilter {
                object: Some(me.0),
                ..AuditFilter::default()
            },
        };
        let mut tx: Tx = self.account.backend.store().read().await?;
        let total = Total::Exact(0);
        let page = audit::page(&mut tx, Scope::All, None, &filter, false, position, ROWS, total).await?;
        drop(tx);
        for row in &page.rows {
            match row {
                // What one did to oneself was told before.
                Ok(event) if whose == Whose::Suffered && event.actor == Some(me) => {}
                Ok(event) => self.item(text, &told(event, me.0, whose)),
                Err(found) => self.item(text, &json!({ "time": show::machine(found.at), "unreadable": true })),
            }
        }
        Ok(after(&page, audit::place))
    }
}

/// Two lists of events, each by an index of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Done,
    Suffered,
}

/// What changed is told of the own account alone, where one was from the own events alone.
fn told(event: &Event, me: Uuid, whose: Whose) -> Value {
    let mut fields = Map::new();
    let mut put = |label: &str, value: Value| fields.insert(label.to_owned(), value);
    put("time", show::machine(event.at).into());
    put("action", event.action.key().into());
    put("object_kind", event.object_kind.key().into());
    if let Some(details) = &event.details {
        if whose == Whose::Done {
            put("address", details.address.as_str().into());
        }
        if event.object_kind == ObjectKind::User && event.object == Some(me) {
            put("before", details.before.clone().into());
            put("after", details.after.clone().into());
        }
    }
    put("erased", event.details.is_none().into());
    Value::Object(fields)
}

/// Without the address that it went to, and the organization that it led to: those are others', whom one may have no part in
/// any more.
fn invitation(found: &ListedInvitation, now: Moment) -> Map<String, Value> {
    let invitation = &found.invitation;
    let fields = [
        ("role", invitation.role.label().to_owned().into()),
        ("status", invitation.status(now).label().to_owned().into()),
        ("sent", show::machine(invitation.sent).into()),
        ("expires", show::machine(invitation.expires).into()),
        ("accepted", json!(invitation.accepted.map(show::machine))),
    ];
    fields
        .into_iter()
        .map(|(label, value)| (label.to_owned(), value))
        .collect()
}
