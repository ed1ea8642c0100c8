//! Postgres' own way to take many rows: COPY, which neither plans nor answers row by row.

use std::collections::HashSet;

use domain::text::fold;
use uuid::Uuid;

use super::{NewInvitation, NewUser, there};
use crate::{
    engine::{Connection, Tx, execute},
    error::StoreError,
    user,
};

/// So much is sent at once.
const PIECE: usize = 1 << 20;

/// So many ids are asked for at once.
const IDS: usize = 1000;

pub(super) async fn users(tx: &mut Tx, rows: &[NewUser], password_hash: Option<&str>) -> Result<(), StoreError> {
    const COPY: &str = "copy users (id, email, name, name_key, search_key, role, organization_id, suspended,
        password_hash, must_change_password, created_at, updated_at, last_sign_in_at) from stdin";
    copy(tx, COPY, rows, |row, line| {
        line.id(Some(row.id.0));
        line.text(row.email.as_str());
        line.text(row.name.as_str());
        line.text(&fold(row.name.as_str()));
        line.text(&user::search_key(&row.email, &row.name));
        line.number(Some(user::role_number(row.role)));
        line.id(row.organization.map(|organization| organization.0));
        line.text("false");
        match password_hash {
            Some(hash) => line.text(hash),
            None => line.null(),
        }
        line.text("false");
        line.number(Some(row.created.0));
        line.number(Some(row.created.0));
        line.number(Some(row.last_sign_in.unwrap_or_default().0));
    })
    .await
}

pub(super) async fn invitations(tx: &mut Tx, rows: &[NewInvitation]) -> Result<(), StoreError> {
    const COPY: &str = "copy invitations (id, email, role, organization_id, invited_by, lifetime_seconds, created_at,
        sent_at, expires_at, accepted_at, status_key, search_key) from stdin";
    let inviters: HashSet<Uuid> = rows
        .iter()
        .filter_map(|row| row.invited_by)
        .map(|user| user.0)
        .collect();
    let inviters: Vec<Uuid> = inviters.into_iter().collect();
    let mut users = HashSet::new();
    for ids in inviters.chunks(IDS) {
        users.extend(there(tx, "users", ids).await?);
    }
    copy(tx, COPY, rows, |row, line| {
        line.id(Some(row.id.0));
        line.text(row.email.as_str());
        line.number(Some(user::role_number(row.role)));
        line.id(row.organization.map(|organization| organization.0));
        line.id(row.invited_by.map(|user| user.0).filter(|user| users.contains(user)));
        line.number(Some(row.lifetime()));
        line.number(Some(row.created.0));
        line.number(Some(row.created.0));
        line.number(Some(row.expires.0));
        line.number(row.accepted.map(|moment| moment.0));
        line.number(Some(row.status_key()));
        line.text(&row.email.search_key());
    })
    .await
}

async fn copy<R>(
    tx: &mut Tx,
    statement: &'static str,
    rows: &[R],
    write: impl Fn(&R, &mut Lines),
) -> Result<(), StoreError> {
    // All rows are one statement, which takes as long as it takes.
    execute!(tx, "set local statement_timeout = 0")?;
    let Connection::Postgres(connection) = tx.connection()? else {
        return Ok(());
    };
    let mut copy = connection.copy_in_raw(statement).await?;
    let mut lines = Lines::default();
    for row in rows {
        write(row, &mut lines);
        lines.end();
        if lines.0.len() >= PIECE {
            copy.send(lines.0.as_slice()).await?;
            lines.0.clear();
        }
    }
    copy.send(lines.0.as_slice()).await?;
    copy.finish().await?;
    Ok(())
}

/// Rows as COPY reads them by itself: a line each, tabs between the values.
#[derive(Default)]
struct Lines(Vec<u8>);

impl Lines {
    fn id(&mut self, id: Option<Uuid>) {
        let Some(id) = id else { return self.null() };
        self.0
            .extend_from_slice(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
        self.0.push(b'\t');
    }

    fn number(&mut self, number: Option<i64>) {
        let Some(number) = number else { return self.null() };
        self.0.extend_from_slice(number.to_string().as_bytes());
        self.0.push(b'\t');
    }

    fn text(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                b'\\' => self.0.extend_from_slice(b"\\\\"),
                b'\t' => self.0.extend_from_slice(b"\\t"),
                b'\n' => self.0.extend_from_slice(b"\\n"),
                b'\r' => self.0.extend_from_slice(b"\\r"),
                other => self.0.push(other),
            }
        }
        self.0.push(b'\t');
    }

    fn null(&mut self) {
        self.0.extend_from_slice(b"\\N\t");
    }

    fn end(&mut self) {
        // The tab behind the last value becomes the end of the line.
        if let Some(last) = self.0.last_mut() {
            *last = b'\n';
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::Lines;

    #[test]
    fn a_value_never_ends_a_value_or_a_line() {
        let mut lines = Lines::default();
        lines.text("a\tb\nc\rd\\N");
        lines.number(Some(-7));
        lines.null();
        lines.end();
        lines.id(Some(Uuid::nil()));
        lines.text("");
        lines.end();
        let expected = "a\\tb\\nc\\rd\\\\N\t-7\t\\N\n00000000-0000-0000-0000-000000000000\t\n";
        assert_eq!(String::from_utf8(lines.0).unwrap(), expected);
    }
}
