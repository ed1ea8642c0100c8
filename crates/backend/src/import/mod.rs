//! Bringing in many organizations, users and invitations from CSV files, by the command line. What is there already stays
//! as it is, so an import that was interrupted is run again and goes on.

mod lines;
mod pending;
mod reading;
mod rows;

use std::{collections::HashMap, fs::File, io, path::Path};

use domain::{
    audit::{Action, ObjectKind},
    id::UserId,
    problem::Problem,
    time::Moment,
};
use pending::{Invited, Pending};
pub use reading::try_out;
use rows::{Known, Row};
use serde_json::json;
use store::{
    LostRace, StoreError, Tx,
    bulk::{Left, Manner, NewInvitation, NewOrganization, NewUser},
    deferred::Table,
};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    Backend,
    audit::{COMMAND_LINE, Entry, record_by},
    error::Error,
    overview::CHART_DAYS,
    password::NewPassword,
};

/// So many rows are brought in together, or none of them: what an interruption can cost.
pub(crate) const ROWS: usize = 50_000;

/// From this size on, a file's rows come in before the indexes over them are built.
const LARGE: u64 = 1 << 20;

/// How far one file is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub file: &'static str,
    pub rows: u64,
    /// Bytes read, and bytes that it has.
    pub read: u64,
    pub size: u64,
}

/// A row that was not brought in, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub file: &'static str,
    /// From 1; the first has the names of the columns.
    pub line: u64,
    pub reason: String,
}

/// What became of a file's rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub file: &'static str,
    pub brought_in: u64,
    /// They were there already.
    pub known: u64,
    pub refused: u64,
}

/// Who is told while an import goes on.
pub trait Watch {
    fn progress(&mut self, progress: Progress);
    fn refused(&mut self, refusal: Refusal);
}

impl Backend {
    /// Brings in `organizations.csv`, `users.csv` and `invitations.csv` of a folder, as far as they are there. All users
    /// get the password, or recover theirs by mail. The installation is prepared.
    pub async fn import(
        &self,
        folder: &Path,
        password: Option<&str>,
        watch: &mut impl Watch,
    ) -> Result<Vec<Report>, Error> {
        if !folder.is_dir() {
            return Err(refused(format!("There is no folder {}.", folder.display())));
        }
        let hash = match password {
            None => None,
            Some(password) => {
                let password = NewPassword::parse(password, &[]).map_err(Error::Refused)?;
                Some(self.passwords().hash(&password).await?)
            }
        };
        store::bulk::prepare(self.store()).await?;
        let organizations = self.bring::<NewOrganization>(folder, hash.as_deref(), watch).await?;
        let users = self.bring::<NewUser>(folder, hash.as_deref(), watch).await?;
        let invitations = self.bring::<NewInvitation>(folder, hash.as_deref(), watch).await?;
        store::deferred::build(self.store()).await?;
        let reports: Vec<Report> = [organizations, users, invitations].into_iter().flatten().collect();
        if reports.is_empty() {
            return Err(Error::refused(
                "There is no organizations.csv, users.csv or invitations.csv in this folder.",
            ));
        }
        Ok(reports)
    }

    /// One file; None if there is none.
    async fn bring<R: Bring>(
        &self,
        folder: &Path,
        hash: Option<&str>,
        watch: &mut impl Watch,
    ) -> Result<Option<Report>, Error> {
        let file = match File::open(folder.join(R::FILE)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(R::FILE, &error)),
        };
        let size = file.metadata().map_err(|error| unreadable(R::FILE, &error))?.len();
        if let Some(table) = R::TABLE.filter(|_| size > LARGE) {
            store::deferred::put_off(self.store(), table).await?;
        }
        let known = self.known().await?;
        let (sender, mut batches) = mpsc::channel(2);
        // It is read and parsed on a thread of its own while the rows before are written.
        let reading = tokio::task::spawn_blocking(move || {
            reading::read::<R>(file, &known, |batch| sender.blocking_send(batch).is_ok())
        });
        let mut report = Report {
            file: R::FILE,
            ..Report::default()
        };
        let mut rows = 0;
        let mut pending = Pending::default();
        while let Some(mut batch) = batches.recv().await {
            rows += (batch.rows.len() + batch.refused.len()) as u64;
            self.refuse_the_invited(&mut pending, &mut batch).await?;
            let outcome = self.write_batch(&batch.rows, hash).await?;
            let lines: HashMap<Uuid, u64> = if outcome.values().any(|left| *left == Left::Taken) {
                batch.rows.iter().map(R::id).zip(batch.lines.iter().copied()).collect()
            } else {
                HashMap::new()
            };
            report.brought_in += (batch.rows.len() - outcome.len()) as u64;
            report.known += outcome.values().filter(|left| **left == Left::Known).count() as u64;
            let taken = outcome.iter().filter(|(_, left)| **left == Left::Taken);
            let taken = taken.map(|(id, _)| Refusal {
                file: R::FILE,
                line: lines.get(id).copied().unwrap_or_default(),
                reason: R::TAKEN.to_owned(),
            });
            let mut refused: Vec<Refusal> = batch.refused.into_iter().chain(taken).collect();
            refused.sort_by_key(|refusal| refusal.line);
            report.refused += refused.len() as u64;
            refused.into_iter().for_each(|refusal| watch.refused(refusal));
            watch.progress(Progress {
                file: R::FILE,
                rows,
                read: batch.read,
                size,
            });
        }
        let read = reading.await.map_err(|error| Error::Internal(error.to_string()))?;
        read.map_err(|reason| refused(format!("{}: {reason}", R::FILE)))?;
        Ok(Some(report))
    }

    /// What rows may refer to.
    async fn known(&self) -> Result<Known, Error> {
        let mut tx = self.store().read().await?;
        let tiers = store::tier::all(&mut tx).await?;
        Ok(Known {
            tiers: tiers.into_iter().map(|tier| (tier.name.to_string(), tier.id)).collect(),
            organizations: store::bulk::organizations(&mut tx).await?,
            now: self.clock().now(),
        })
    }

    /// Writes rows with the event that tells of them. Mostly nothing stands in the way of any: only where something does,
    /// each is looked at by itself.
    pub(crate) async fn write_batch<R: Bring>(
        &self,
        rows: &[R],
        hash: Option<&str>,
    ) -> Result<store::bulk::Outcome, Error> {
        let mut attempt = self.write_in(Manner::Together, rows, hash).await;
        if matches!(attempt, Err(Failure::Taken)) {
            attempt = self.write_in(Manner::EachByItself, rows, hash).await;
        }
        attempt.map_err(|failure| match failure {
            Failure::Taken => Error::LostRace,
            Failure::Other(error) => error,
        })
    }

    async fn write_in<R: Bring>(
        &self,
        manner: Manner,
        rows: &[R],
        hash: Option<&str>,
    ) -> Result<store::bulk::Outcome, Failure> {
        let now = self.clock().now();
        self.store()
            .write(|mut tx| async move {
                let outcome = R::insert(&mut tx, rows, hash, manner, now).await?;
                let count = rows.len() - outcome.len();
                if count > 0 {
                    let entry = Entry::without_object(Action::ListImported, ObjectKind::List, R::LIST)
                        .after(json!({ "Rows": count }));
                    record_by(&mut tx, COMMAND_LINE, now, entry).await?;
                }
                Ok(outcome)
            })
            .await
    }
}

/// Why rows were not written.
enum Failure {
    /// Something stands in the way of one of them.
    Taken,
    Other(Error),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken(_) => Self::Taken,
            other => Self::Other(other.into()),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl LostRace for Failure {
    fn lost_race(&self) -> bool {
        matches!(self, Self::Other(error) if error.lost_race())
    }
}

/// What differs between the files.
pub(crate) trait Bring: Row {
    const FILE: &'static str;
    /// What the list is called.
    const LIST: &'static str;
    /// Whose indexes may be built afterwards.
    const TABLE: Option<Table>;
    /// Said of a row whose unique value another has.
    const TAKEN: &'static str;

    fn id(&self) -> Uuid;

    /// Whether its rows are invitations.
    const INVITES: bool = false;

    /// Whom a row invites at this moment, and where.
    fn invites(&self, _now: Moment) -> Option<Invited> {
        None
    }

    fn invited_by(&self) -> Option<UserId> {
        None
    }

    async fn insert(
        tx: &mut Tx,
        rows: &[Self],
        hash: Option<&str>,
        manner: Manner,
        now: Moment,
    ) -> Result<store::bulk::Outcome, StoreError>;
}

impl Bring for NewOrganization {
    const FILE: &'static str = "organizations.csv";
    const LIST: &'static str = "Organizations";
    const TABLE: Option<Table> = None;
    const TAKEN: &'static str = "another organization has this code";

    fn id(&self) -> Uuid {
        self.id.0
    }

    async fn insert(
        tx: &mut Tx,
        rows: &[Self],
        _: Option<&str>,
        _: Manner,
        _: Moment,
    ) -> Result<store::bulk::Outcome, StoreError> {
        store::bulk::insert_organizations(tx, rows).await
    }
}

impl Bring for NewUser {
    const FILE: &'static str = "users.csv";
    const LIST: &'static str = "Users";
    const TABLE: Option<Table> = Some(Table::Users);
    const TAKEN: &'static str = "another user has this address";

    fn id(&self) -> Uuid {
        self.id.0
    }

    async fn insert(
        tx: &mut Tx,
        rows: &[Self],
        hash: Option<&str>,
        manner: Manner,
        _: Moment,
    ) -> Result<store::bulk::Outcome, StoreError> {
        store::bulk::insert_users(tx, rows, hash, manner).await
    }
}

impl Bring for NewInvitation {
    const FILE: &'static str = "invitations.csv";
    const LIST: &'static str = "Invitations";
    const TABLE: Option<Table> = Some(Table::Invitations);
    const TAKEN: &'static str = "another invitation is the same";
    const INVITES: bool = true;

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn invites(&self, now: Moment) -> Option<Invited> {
        let is_pending = self.accepted.is_none() && self.expires > now;
        is_pending.then(|| (self.organization, self.email.clone()))
    }

    fn invited_by(&self) -> Option<UserId> {
        self.invited_by
    }

    async fn insert(
        tx: &mut Tx,
        rows: &[Self],
        _: Option<&str>,
        manner: Manner,
        now: Moment,
    ) -> Result<store::bulk::Outcome, StoreError> {
        let outcome = store::bulk::insert_invitations(tx, rows, manner).await?;
        // Nobody is shown the days before, and all of them together cost an import a few per cent.
        let since = now.day() - CHART_DAYS;
        store::bulk::tally_invitations(tx, rows, &outcome, since).await?;
        Ok(outcome)
    }
}

fn unreadable(file: &str, error: &io::Error) -> Error {
    refused(format!("{file} cannot be read: {error}"))
}

fn refused(text: String) -> Error {
    Error::Refused(Problem(text.into()))
}
