//! From a file to rows, batch by batch, with the reason of each line that becomes none.

use std::{
    collections::{HashMap, HashSet},
    io,
};

use domain::{id::OrganizationId, time::Moment};
use store::bulk::{NewInvitation, NewOrganization, NewUser};
use uuid::Uuid;

use super::{
    Bring, ROWS, Refusal,
    lines::{Followed, Lines, TOO_LONG, TooLong},
    rows::{Columns, Fields, Known},
};

/// Said of a row whose id another row of the file has.
const REPEATED: &str = "a row before has this id";

/// What reading alone makes of a file by its name, where there are these organizations and no tiers: how many rows it has
/// to bring in, and those that it refuses. An error is about the whole file.
pub fn try_out(
    file: &str,
    content: &[u8],
    organizations: HashSet<OrganizationId>,
    now: Moment,
) -> Result<(u64, Vec<Refusal>), String> {
    let known = &Known {
        tiers: HashMap::new(),
        organizations,
        now,
    };
    match file {
        NewOrganization::FILE => tried::<NewOrganization>(content, known),
        NewUser::FILE => tried::<NewUser>(content, known),
        NewInvitation::FILE => tried::<NewInvitation>(content, known),
        _ => Err(format!("nothing is read from {file:?}")),
    }
}

fn tried<R: Bring>(content: &[u8], known: &Known) -> Result<(u64, Vec<Refusal>), String> {
    let (mut taken, mut refused) = (0, Vec::new());
    read::<R>(content, known, |batch| {
        taken += batch.rows.len() as u64;
        refused.extend(batch.refused);
        true
    })?;
    Ok((taken, refused))
}

/// Rows that are brought in together.
pub(super) struct Batch<R> {
    pub(super) rows: Vec<R>,
    /// Where each stands in the file.
    pub(super) lines: Vec<u64>,
    pub(super) refused: Vec<Refusal>,
    /// Bytes of the file that were read.
    pub(super) read: u64,
}

/// Reads a file in batches, until it ends or nobody takes them any more.
pub(super) fn read<R: Bring>(
    file: impl io::Read,
    known: &Known,
    mut take: impl FnMut(Batch<R>) -> bool,
) -> Result<(), String> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .buffer_capacity(1 << 18)
        .from_reader(Followed::new(file));
    let header = reader.byte_headers().cloned();
    let is_too_long = reader.get_ref().too_long().is_some();
    let position = reader.position().byte();
    if is_too_long || reader.get_mut().finish(position).is_err() {
        return Err("its first line is longer than 1 MiB".to_owned());
    }
    let columns = Columns::of::<R>(&header.map_err(|error| error.to_string())?)?;
    let mut record = csv::ByteRecord::new();
    // Two rows with one id would be counted twice: 16 bytes a row are kept to tell.
    let mut ids: HashSet<Uuid> = HashSet::new();
    loop {
        let mut batch = Batch {
            rows: Vec::with_capacity(ROWS),
            lines: Vec::with_capacity(ROWS),
            refused: Vec::new(),
            read: 0,
        };
        let mut is_end = false;
        while batch.rows.len() + batch.refused.len() < ROWS {
            let lines = match reader.read_byte_record(&mut record) {
                Ok(false) => {
                    is_end = true;
                    break;
                }
                Ok(true) => {
                    let position = reader.position().byte();
                    reader.get_mut().finish(position)
                }
                Err(error) => Err(reader.get_ref().too_long().ok_or_else(|| error.to_string())?),
            };
            let lines = match lines {
                Ok(lines) => lines,
                Err(TooLong(line)) => {
                    let (file, reason) = (R::FILE, TOO_LONG.to_owned());
                    batch.refused.push(Refusal { file, line, reason });
                    is_end = true;
                    break;
                }
            };
            let row = Fields::of::<R>(&record, &columns).and_then(|fields| R::parse(&fields, known));
            let row = row.and_then(|row| {
                let is_first = ids.insert(row.id());
                is_first.then_some(row).ok_or_else(|| REPEATED.to_owned())
            });
            match row {
                Ok(row) => {
                    batch.rows.push(row);
                    batch.lines.push(lines.first);
                }
                Err(reason) => batch.refused.push(Refusal {
                    file: R::FILE,
                    line: lines.first,
                    reason: with_lines(reason, lines),
                }),
            }
        }
        batch.read = reader.position().byte();
        let is_empty = batch.rows.is_empty() && batch.refused.is_empty();
        if (!is_empty && !take(batch)) || is_end {
            return Ok(());
        }
    }
}

/// A quote that is not closed makes one row of all lines up to the next quote: whoever reads why it was refused learns
/// of them too.
fn with_lines(reason: String, lines: Lines) -> String {
    if lines.last > lines.first {
        format!("{reason} (one row up to line {}: is a quote not closed?)", lines.last)
    } else {
        reason
    }
}

#[cfg(test)]
mod tests {
    use domain::{id::OrganizationId, time::Moment};
    use uuid::Uuid;

    use super::try_out;

    const ACME: Uuid = Uuid::from_u128(0x018c_03c6_a800_7000_8000_0000_0000_0001);
    const ORGANIZATIONS: &str = "id,name,code,description,tier,created_at";
    const USERS: &str = "id,email,name,role,organization_id,created_at,last_login_at";
    /// All but the last digit of an id.
    const NUMBERED: &str = "018c03c7-d5b2-7000-8000-00000000000";
    const INVITATIONS: &str = "id,organization_id,email,role,invited_by,created_at,expires_at,accepted_at";

    /// How many rows would come in, and what is said of the others; or what is said of the whole file.
    fn read(file: &str, content: &str) -> Result<(u64, Vec<String>), String> {
        let now = Moment(1_795_500_000_000);
        let (taken, refused) = try_out(file, content.as_bytes(), [OrganizationId(ACME)].into(), now)?;
        let told = refused
            .iter()
            .map(|refusal| format!("{}: {}", refusal.line, refusal.reason));
        Ok((taken, told.collect()))
    }

    fn told(taken: u64, refused: &[&str]) -> Result<(u64, Vec<String>), String> {
        Ok((taken, refused.iter().map(|line| (*line).to_owned()).collect()))
    }

    #[test]
    fn a_row_is_refused_by_its_own_line() {
        const BAD: &str = "bad,A,AA,,,2024-01-01T00:00:00Z";
        const REASON: &str = "id is \"bad\", which is no UUID";
        for (end, blank) in [("\n", 0), ("\r\n", 0), ("\r", 0), ("\n", 2), ("\r\n", 2)] {
            let content = [ORGANIZATIONS, end, BAD, end, &end.repeat(blank), BAD].concat();
            let expected = [format!("2: {REASON}"), format!("{}: {REASON}", 3 + blank)];
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            assert_eq!(read("organizations.csv", &content), told(0, &expected), "{content:?}");
        }
    }

    #[test]
    fn what_cannot_have_happened_is_refused() {
        let user =
            |number: u32, times: &str| format!("{NUMBERED}{number},a{number}@example.com,Ann,User,{ACME},{times}\n");
        let users = [
            format!("{USERS}\n"),
            user(1, "2026-01-02T00:00:00Z,2026-01-01T23:59:59Z"),
            user(2, "2026-01-02T00:00:00Z,2026-01-02T00:00:00Z"),
        ];
        let expected = told(1, &["2: it was signed in to before it was made"]);
        assert_eq!(read("users.csv", &users.concat()), expected);

        let invitation =
            |number: u32, times: &str| format!("{NUMBERED}{number},{ACME},g{number}@example.com,User,,{times}\n");
        let invitations = [
            format!("{INVITATIONS}\n"),
            invitation(1, "2026-01-02T00:00:00Z,2026-01-09T00:00:00Z,2026-01-01T23:59:59Z"),
            invitation(2, "2026-01-02T00:00:00Z,2026-01-09T00:00:00Z,2026-01-02T00:00:00Z"),
            invitation(3, "2026-01-02T00:00:00Z,9999-12-31T23:59:59Z,"),
            invitation(4, "2026-01-02T00:00:00Z,9999-12-30T22:00:00Z,"),
            invitation(5, "2026-01-02T00:00:00Z,9999-13-01T00:00:00Z,"),
        ];
        let expected = [
            "2: it was accepted before it was sent",
            "4: expires_at is \"9999-12-31T23:59:59Z\", which is after 9999-12-30T22:00:00.999999999Z",
            "6: expires_at is \"9999-13-01T00:00:00Z\", which is no time like 2026-11-24T08:30:00Z",
        ];
        assert_eq!(read("invitations.csv", &invitations.concat()), told(2, &expected));
    }

    #[test]
    fn fields_that_belong_to_no_column_are_refused() {
        let row = |name: &str| {
            format!("{NUMBERED}1,a@example.com,{name},User,{ACME},2026-01-02T00:00:00Z,2026-01-03T00:00:00Z")
        };
        let content = format!("{USERS}\n{}\n{}\n", row("Ann, Dr."), row("\"Ann, Dr.\""));
        let expected = told(1, &["2: the line has more fields than the first"]);
        assert_eq!(read("users.csv", &content), expected);
        // Some programs end each line with a comma.
        let content = format!("{USERS}\n{},\n", row("Ann"));
        assert_eq!(read("users.csv", &content), told(1, &[]));
    }

    #[test]
    fn a_column_that_is_named_twice_is_no_column() {
        let content = format!("{USERS}, email\n");
        let reason = "its first line names the column email twice";
        assert_eq!(read("users.csv", &content), Err(reason.to_owned()));
        // Nobody reads these.
        assert_eq!(read("users.csv", &format!("{USERS},,,notes,notes\n")), told(0, &[]));
    }

    #[test]
    fn a_row_that_is_too_long_ends_the_file() {
        let long = "x".repeat(1 << 21);
        let row =
            |number: u32| format!("{NUMBERED}{number},a{number}@example.com,Ann,User,{ACME},2026-01-02T00:00:00Z,");
        let content = [USERS, &row(1), "", &row(2).replace("Ann", &long), &row(3)].join("\n");
        let reason = "4: the row is longer than 1 MiB, so the file was read no further: is a quote not closed?";
        assert_eq!(read("users.csv", &content), told(1, &[reason]));
        let reason = "its first line is longer than 1 MiB";
        assert_eq!(read("users.csv", &long), Err(reason.to_owned()));
    }

    /// Gives zeros as long as somebody reads, up to what would fill a machine.
    struct Zeros(u64);

    impl std::io::Read for Zeros {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0 += buffer.len() as u64;
            assert!(self.0 < 1 << 22, "it reads on for ever");
            buffer.fill(0);
            Ok(buffer.len())
        }
    }

    #[test]
    fn a_file_without_an_end_is_left() {
        let known = super::Known {
            tiers: std::collections::HashMap::new(),
            organizations: std::collections::HashSet::new(),
            now: Moment(1_795_500_000_000),
        };
        let read = super::read::<store::bulk::NewUser>(Zeros(0), &known, |_| true);
        assert_eq!(read, Err("its first line is longer than 1 MiB".to_owned()));
    }
}
