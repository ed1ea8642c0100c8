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
    rows::{self, Fields, Known},
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
        .from_reader(io::BufReader::with_capacity(1 << 20, file));
    let columns = rows::columns::<R>(reader.byte_headers().map_err(|error| error.to_string())?)?;
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
            if !reader
                .read_byte_record(&mut record)
                .map_err(|error| error.to_string())?
            {
                is_end = true;
                break;
            }
            let line = record.position().map_or(0, csv::Position::line);
            let row = R::parse(&Fields::of::<R>(&record, &columns), known);
            let row = row.and_then(|row| {
                let is_first = ids.insert(row.id());
                is_first.then_some(row).ok_or_else(|| REPEATED.to_owned())
            });
            match row {
                Ok(row) => {
                    batch.rows.push(row);
                    batch.lines.push(line);
                }
                Err(reason) => batch.refused.push(Refusal {
                    file: R::FILE,
                    line,
                    reason: with_lines(reason, line, reader.position().line()),
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
fn with_lines(reason: String, first: u64, next: u64) -> String {
    match next.saturating_sub(1) {
        last if last > first => format!("{reason} (one row up to line {last}: is a quote not closed?)"),
        _ => reason,
    }
}
