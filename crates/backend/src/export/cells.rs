//! What stands in the cells: the guide's labels over the columns, times as machines read them.

use domain::{page::Page, text::Name, time::Moment, user::UserState};
use store::{
    audit::{Event, Row},
    invitation::ListedInvitation,
    organization::ListedOrganization,
    user::{Line, Lines},
};

use crate::{audit_log::UNREADABLE, error::Error, invitations::delivery, show};

pub(super) const ORGANIZATION: [&str; 6] = ["Name", "Code", "Description", "Tier", "Users", "Created"];
pub(super) const USER: [&str; 7] = [
    "Email",
    "Name",
    "Role",
    "Organization",
    "State",
    "Last sign-in",
    "Created",
];
pub(super) const INVITATION: [&str; 9] = [
    "Email",
    "Role",
    "Organization",
    "Status",
    "Sent",
    "Expires",
    "Accepted",
    "Invited by",
    "Delivery",
];
pub(super) const EVENT: [&str; 11] = [
    "Time",
    "Action",
    "Actor",
    "Object",
    "Kind of object",
    "Object id",
    "Organization id",
    "Address",
    "Request",
    "Before",
    "After",
];

pub(super) fn organization(row: &ListedOrganization) -> [String; 6] {
    let organization = &row.organization;
    [
        organization.name.to_string(),
        organization.code.to_string(),
        organization.description.to_string(),
        name(row.tier_name.as_ref()),
        organization.users.to_string(),
        show::machine(organization.created),
    ]
}

fn user(line: &Line<'_>) -> [String; 7] {
    let state = if line.is_suspended {
        UserState::Suspended
    } else {
        UserState::Active
    };
    let last_sign_in = (line.last_sign_in > 0).then_some(Moment(line.last_sign_in));
    [
        line.email.to_owned(),
        line.name.to_owned(),
        line.role.label().to_owned(),
        line.organization.to_owned(),
        state.label().to_owned(),
        last_sign_in.map(show::machine).unwrap_or_default(),
        show::machine(Moment(line.created)),
    ]
}

pub(super) fn invitation(row: &ListedInvitation, now: Moment) -> [String; 9] {
    let invitation = &row.invitation;
    let delivery = row.mail.as_ref().map_or("", |(state, _)| delivery(*state));
    [
        invitation.email.to_string(),
        invitation.role.label().to_owned(),
        name(row.organization_name.as_ref()),
        invitation.status(now).label().to_owned(),
        show::machine(invitation.sent),
        show::machine(invitation.expires),
        invitation.accepted.map(show::machine).unwrap_or_default(),
        name(row.inviter_name.as_ref()),
        delivery.to_owned(),
    ]
}

pub(super) fn audit_row(row: &Row) -> [String; 11] {
    match row {
        Ok(found) => event(found),
        Err(unreadable) => {
            let mut cells = <[String; 11]>::default();
            cells[0] = show::machine(unreadable.at);
            UNREADABLE.clone_into(&mut cells[1]);
            cells
        }
    }
}

fn event(event: &Event) -> [String; 11] {
    let details = event.details.clone().unwrap_or_default();
    let json = |value: Option<serde_json::Value>| value.map(|value| value.to_string()).unwrap_or_default();
    [
        show::machine(event.at),
        event.action.label().to_owned(),
        details.actor,
        details.object,
        event.object_kind.key().to_owned(),
        event.object.map(|id| id.to_string()).unwrap_or_default(),
        event.organization.map(|id| id.to_string()).unwrap_or_default(),
        details.address,
        event.request.clone(),
        json(details.before),
        json(details.after),
    ]
}

fn name(name: Option<&Name>) -> String {
    name.map(ToString::to_string).unwrap_or_default()
}

/// Lines of CSV as RFC 4180 has them.
pub(super) struct Csv(csv::Writer<Vec<u8>>);

impl Default for Csv {
    fn default() -> Self {
        let mut builder = csv::WriterBuilder::new();
        Self(builder.terminator(csv::Terminator::CRLF).from_writer(Vec::new()))
    }
}

impl Csv {
    pub(super) fn header(&mut self, labels: &[&str]) -> Result<(), Error> {
        self.0.write_record(labels).map_err(internal)
    }

    pub(super) fn rows<T, const N: usize>(
        &mut self,
        page: &Page<T>,
        cells: impl Fn(&T) -> [String; N],
    ) -> Result<(), Error> {
        for row in &page.rows {
            self.0.write_record(cells(row).map(harmless)).map_err(internal)?;
        }
        Ok(())
    }

    pub(super) fn users(&mut self, users: &Lines) -> Result<(), Error> {
        for line in users.rows() {
            self.0.write_record(user(&line?).map(harmless)).map_err(internal)?;
        }
        Ok(())
    }

    pub(super) fn into_bytes(self) -> Result<Vec<u8>, Error> {
        self.0.into_inner().map_err(internal)
    }
}

/// A spreadsheet takes a cell that begins like a formula for one: an apostrophe makes it text.
pub fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell
    }
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use domain::page::{Page, Total};

    use super::{Csv, harmless};

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"] {
            assert_eq!(harmless(cell.to_owned()), format!("'{cell}"));
        }
        assert_eq!(harmless("a=b".to_owned()), "a=b");
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let page = Page {
            rows: vec!["Smith, \"Ann\"\nBerlin", "=1"],
            total: Total::Exact(2),
            first_number: 1,
            has_previous: false,
            has_next: false,
        };
        let mut lines = Csv::default();
        lines.header(&["Name", "Code"]).unwrap();
        lines.rows(&page, |row| [(*row).to_owned(), "A".to_owned()]).unwrap();
        let text = String::from_utf8(lines.into_bytes().unwrap()).unwrap();
        assert_eq!(text, "Name,Code\r\n\"Smith, \"\"Ann\"\"\nBerlin\",A\r\n'=1,A\r\n");
    }
}
