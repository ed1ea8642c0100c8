//! From a line of a file to a row, or to the reason why it is none.

use std::collections::{HashMap, HashSet};

use csv::ByteRecord;
use domain::{
    id::{OrganizationId, TierId},
    organization::OrganizationDraft,
    role::Role,
    text::{Code, Description, Email, Name},
    time::Moment,
};
use jiff::{Timestamp, fmt::temporal::Pieces};
use store::bulk::{NewInvitation, NewOrganization, NewUser};
use uuid::Uuid;

/// What rows may refer to.
pub(crate) struct Known {
    pub(super) tiers: HashMap<String, TierId>,
    pub(super) organizations: HashSet<OrganizationId>,
    /// Nothing has happened after it.
    pub(super) now: Moment,
}

/// What a file's line becomes.
pub(crate) trait Row: Sized + Send + Sync + 'static {
    /// The names of the columns that it needs; others are passed over.
    const COLUMNS: &'static [&'static str];

    fn parse(fields: &Fields<'_>, known: &Known) -> Result<Self, String>;
}

/// What a file's first line says.
pub(super) struct Columns {
    /// Where each needed column stands.
    places: Vec<usize>,
    /// How many there are.
    count: usize,
}

impl Columns {
    /// One that is needed stands there once: of two, nobody could tell which is meant.
    pub(super) fn of<R: Row>(header: &ByteRecord) -> Result<Self, String> {
        let find = |name: &&str| {
            let is_meant = |found: &(usize, &[u8])| found.1.trim_ascii() == name.as_bytes();
            let mut found = header.iter().enumerate().filter(is_meant).map(|(place, _)| place);
            let place = found
                .next()
                .ok_or_else(|| format!("its first line names no column {name}"))?;
            match found.next() {
                None => Ok(place),
                Some(_) => Err(format!("its first line names the column {name} twice")),
            }
        };
        Ok(Self {
            places: R::COLUMNS.iter().map(find).collect::<Result<_, String>>()?,
            count: header.len(),
        })
    }
}

/// The fields of one line, in the order of [`Row::COLUMNS`].
pub(crate) struct Fields<'a> {
    record: &'a ByteRecord,
    places: &'a [usize],
    names: &'static [&'static str],
}

impl<'a> Fields<'a> {
    /// A comma that should have stood between quotes moves what comes behind it, so a line with more fields than the first is
    /// refused, unless nothing is in them.
    pub(super) fn of<R: Row>(record: &'a ByteRecord, columns: &'a Columns) -> Result<Self, String> {
        let mut more = record.iter().skip(columns.count);
        if more.any(|field| !field.trim_ascii().is_empty()) {
            return Err("the line has more fields than the first".to_owned());
        }
        Ok(Self {
            record,
            places: &columns.places,
            names: R::COLUMNS,
        })
    }

    fn text(&self, column: usize) -> Result<&'a str, String> {
        let bytes = self.places.get(column).and_then(|place| self.record.get(*place));
        let bytes = bytes.ok_or("the line has fewer fields than the first")?;
        std::str::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8", self.name_of(column)))
    }

    fn name_of(&self, column: usize) -> &'static str {
        self.names.get(column).copied().unwrap_or_default()
    }

    /// Empty is None.
    fn optional(&self, column: usize) -> Result<Option<&'a str>, String> {
        Ok(Some(self.text(column)?).filter(|text| !text.is_empty()))
    }

    fn id(&self, column: usize) -> Result<Uuid, String> {
        let text = self.text(column)?;
        let id = Uuid::parse_str(text)
            .map_err(|_| format!("{} is {}, which is no UUID", self.name_of(column), quoted(text)))?;
        // Totals are kept under these two.
        if id.is_nil() || id.is_max() {
            return Err(format!("{} is {text}, which is nobody's id", self.name_of(column)));
        }
        Ok(id)
    }

    fn moment(&self, column: usize) -> Result<Moment, String> {
        let text = self.text(column)?;
        let time: Timestamp = text.parse().map_err(|_| {
            let name = self.name_of(column);
            if is_beyond(text) {
                format!("{name} is {}, which is after {}", quoted(text), Timestamp::MAX)
            } else {
                let text = quoted(text);
                format!("{name} is {text}, which is no time like 2026-11-24T08:30:00Z")
            }
        })?;
        let moment = Moment(time.as_millisecond());
        if moment.0 > 0 {
            Ok(moment)
        } else {
            Err(format!(
                "{} is {}, which is before 1970",
                self.name_of(column),
                quoted(text)
            ))
        }
    }

    /// A time at which something happened.
    fn past(&self, column: usize, known: &Known) -> Result<Moment, String> {
        let moment = self.moment(column)?;
        if moment <= known.now {
            Ok(moment)
        } else {
            let text = quoted(self.text(column)?);
            Err(format!("{} is {text}, which lies in the future", self.name_of(column)))
        }
    }

    fn optional_past(&self, column: usize, known: &Known) -> Result<Option<Moment>, String> {
        self.optional(column)?.map(|_| self.past(column, known)).transpose()
    }

    fn email(&self, column: usize) -> Result<Email, String> {
        Email::parse(self.text(column)?).map_err(|problem| problem.to_string())
    }

    fn name(&self, column: usize) -> Result<Name, String> {
        Name::parse(self.text(column)?).map_err(|problem| problem.to_string())
    }

    /// A role by its name or its key.
    fn role(&self, column: usize) -> Result<Role, String> {
        let text = self.text(column)?;
        let is_meant = |role: &Role| role.label() == text || role.key() == text;
        Role::ALL
            .into_iter()
            .find(is_meant)
            .ok_or_else(|| format!("{} is no role", quoted(text)))
    }

    /// An organization that exists; none only for an Admin.
    fn organization(&self, column: usize, role: Role, known: &Known) -> Result<Option<OrganizationId>, String> {
        if self.optional(column)?.is_none() {
            let is_allowed = role == Role::Admin;
            return if is_allowed {
                Ok(None)
            } else {
                Err("only an Admin has no organization".to_owned())
            };
        }
        let id = OrganizationId(self.id(column)?);
        if known.organizations.contains(&id) {
            Ok(Some(id))
        } else {
            Err(format!("there is no organization {id}"))
        }
    }
}

/// Whether a time that cannot be kept lies after all that can.
fn is_beyond(text: &str) -> bool {
    Pieces::parse(text).is_ok_and(|time| {
        let is_whole = time.time().is_some() && time.offset().is_some();
        is_whole && i64::from(time.date().year()) >= 9999
    })
}

/// What stands in a field, as far as a line of a report should repeat it: a quote that is not closed makes a field of the
/// rest of the file.
fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

impl Row for NewOrganization {
    const COLUMNS: &'static [&'static str] = &["id", "name", "code", "description", "tier", "created_at"];

    fn parse(fields: &Fields<'_>, known: &Known) -> Result<Self, String> {
        let tier = fields.optional(4)?.map(|name| {
            let found = known.tiers.get(name).copied();
            found.ok_or_else(|| format!("there is no tier {}", quoted(name)))
        });
        Ok(Self {
            id: OrganizationId(fields.id(0)?),
            draft: OrganizationDraft {
                name: fields.name(1)?,
                code: Code::parse(fields.text(2)?).map_err(|problem| problem.to_string())?,
                description: Description::parse(fields.text(3)?).map_err(|problem| problem.to_string())?,
                tier: tier.transpose()?,
            },
            created: fields.past(5, known)?,
        })
    }
}

impl Row for NewUser {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "email",
        "name",
        "role",
        "organization_id",
        "created_at",
        "last_login_at",
    ];

    fn parse(fields: &Fields<'_>, known: &Known) -> Result<Self, String> {
        let role = fields.role(3)?;
        let (created, last_sign_in) = (fields.past(5, known)?, fields.optional_past(6, known)?);
        if last_sign_in.is_some_and(|seen| seen < created) {
            return Err("it was signed in to before it was made".to_owned());
        }
        Ok(Self {
            id: domain::id::UserId(fields.id(0)?),
            email: fields.email(1)?,
            name: fields.name(2)?,
            role,
            organization: fields.organization(4, role, known)?,
            created,
            last_sign_in,
        })
    }
}

impl Row for NewInvitation {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "organization_id",
        "email",
        "role",
        "invited_by",
        "created_at",
        "expires_at",
        "accepted_at",
    ];

    fn parse(fields: &Fields<'_>, known: &Known) -> Result<Self, String> {
        let role = fields.role(3)?;
        let (created, expires) = (fields.past(5, known)?, fields.moment(6)?);
        if expires <= created {
            return Err("it expires before it is sent".to_owned());
        }
        let accepted = fields.optional_past(7, known)?;
        if accepted.is_some_and(|accepted| accepted < created) {
            return Err("it was accepted before it was sent".to_owned());
        }
        Ok(Self {
            id: domain::id::InvitationId(fields.id(0)?),
            organization: fields.organization(1, role, known)?,
            email: fields.email(2)?,
            role,
            invited_by: match fields.optional(4)? {
                Some(_) => Some(domain::id::UserId(fields.id(4)?)),
                None => None,
            },
            created,
            expires,
            accepted,
        })
    }
}
