//! The outbox: mails wait in the database, written in the transaction of what caused them.

use domain::{
    id::{InvitationId, MailId, UserId},
    time::Moment,
};
use uuid::Uuid;

use crate::{
    dialect,
    engine::{Tx, execute, fetch_all, fetch_optional},
    error::StoreError,
    sql::Sql,
};

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    Queued,
    Sent,
    /// There is no mail server: it lies as an .eml file in the data folder, and nobody claims that it was sent.
    Written,
    /// Given up for good. Its link's token is gone, so that trying again means a new link.
    Failed,
}

impl MailState {
    const ALL: [Self; 4] = [Self::Queued, Self::Sent, Self::Written, Self::Failed];

    const fn key(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Written => "written",
            Self::Failed => "failed",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == text)
    }
}

/// A mail to write into the outbox.
#[derive(Clone, Debug)]
pub struct NewMail {
    pub id: MailId,
    pub template: &'static str,
    pub recipient: String,
    /// JSON: what the template needs, without any secret.
    pub context: String,
    /// The link's token, sealed with the installation's key.
    pub sealed_token: Option<Vec<u8>>,
    /// The mail goes when its cause goes.
    pub invitation: Option<InvitationId>,
    pub user: Option<UserId>,
}

/// A mail that was claimed to be sent.
#[derive(Clone, Debug)]
pub struct ClaimedMail {
    pub id: MailId,
    pub template: String,
    pub recipient: String,
    pub context: String,
    pub sealed_token: Option<Vec<u8>>,
    /// How often it was tried, this time included.
    pub attempts: i64,
    pub created: Moment,
}

#[derive(sqlx::FromRow)]
struct ClaimedRow {
    id: Uuid,
    template: String,
    recipient: String,
    context: String,
    sealed_token: Option<Vec<u8>>,
    attempts: i64,
    created_at: i64,
}

/// Queues a mail, to be sent at once.
pub async fn insert(tx: &mut Tx, mail: &NewMail, now: Moment) -> Result<(), StoreError> {
    execute!(
        tx,
        "insert into mails (id, template, recipient, context, sealed_token, state, next_try_at, created_at,
           invitation_id, user_id)
         values ($1, $2, $3, $4, $5, 'queued', $6, $6, $7, $8)",
        mail.id.0,
        mail.template,
        mail.recipient.as_str(),
        mail.context.as_str(),
        mail.sealed_token.as_deref(),
        now.0,
        mail.invitation.map(|id| id.0),
        mail.user.map(|id| id.0)
    )?;
    Ok(())
}

/// Claims mails that are due, each for one worker until `lease`: a worker that dies leaves them to the next.
pub async fn claim(tx: &mut Tx, now: Moment, lease: Moment, limit: i64) -> Result<Vec<ClaimedMail>, StoreError> {
    let mut sql = Sql::new("update mails set attempts = attempts + 1, next_try_at = ");
    sql.bind(lease.0)
        .push(" where id in (select id from mails where state = 'queued' and next_try_at <= ")
        .bind(now.0);
    sql.push(" order by next_try_at limit ")
        .bind(limit)
        .push(dialect::skip_locked(tx.is_postgres()));
    sql.push(") returning id, template, recipient, context, sealed_token, attempts, created_at");
    let rows = sql.fetch_all::<ClaimedRow>(tx).await?;
    Ok(rows
        .into_iter()
        .map(|row| ClaimedMail {
            id: MailId(row.id),
            template: row.template,
            recipient: row.recipient,
            context: row.context,
            sealed_token: row.sealed_token,
            attempts: row.attempts,
            created: Moment(row.created_at),
        })
        .collect())
}

/// When the next mail is due; None when none is queued.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Moment>, StoreError> {
    let row = fetch_optional!(
        tx,
        (i64,),
        "select next_try_at from mails where state = 'queued' order by next_try_at limit 1"
    )?;
    Ok(row.map(|row| Moment(row.0)))
}

/// Notes that the server took the mail, with its answer. The token is wiped.
pub async fn mark_sent(tx: &mut Tx, id: MailId, answer: &str, now: Moment) -> Result<(), StoreError> {
    execute!(
        tx,
        "update mails set state = 'sent', sent_at = $3, last_answer = $2, sealed_token = null where id = $1",
        id.0,
        answer,
        now.0
    )?;
    Ok(())
}

/// Notes that the mail was written to a file instead. The token is wiped, it stands in the file.
pub async fn mark_written(tx: &mut Tx, id: MailId, answer: &str) -> Result<(), StoreError> {
    execute!(
        tx,
        "update mails set state = 'written', last_answer = $2, sealed_token = null where id = $1",
        id.0,
        answer
    )?;
    Ok(())
}

/// Notes a failure that may pass.
pub async fn mark_delayed(tx: &mut Tx, id: MailId, answer: &str, next_try: Moment) -> Result<(), StoreError> {
    execute!(
        tx,
        "update mails set last_answer = $2, next_try_at = $3 where id = $1 and state = 'queued'",
        id.0,
        answer,
        next_try.0
    )?;
    Ok(())
}

/// Gives up. The token is wiped, so that a retry needs a new link. What another worker sent meanwhile stays sent.
pub async fn mark_failed(tx: &mut Tx, id: MailId, answer: &str) -> Result<(), StoreError> {
    execute!(
        tx,
        "update mails set state = 'failed', last_answer = $2, sealed_token = null
         where id = $1 and state = 'queued'",
        id.0,
        answer
    )?;
    Ok(())
}

/// One mail's fate, for whoever caused it.
pub async fn fate(tx: &mut Tx, id: MailId) -> Result<Option<(MailState, String)>, StoreError> {
    let row = fetch_optional!(
        tx,
        (String, String),
        "select state, last_answer from mails where id = $1",
        id.0
    )?;
    row.map(|(state, answer)| {
        let inconsistent = || StoreError::Inconsistent {
            table: "mails",
            column: "state",
            row: id.to_string(),
        };
        Ok((MailState::parse(&state).ok_or_else(inconsistent)?, answer))
    })
    .transpose()
}

/// How the outbox is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboxSummary {
    pub queued: i64,
    pub failed: i64,
    /// What the mail server, or whatever stood in its way, answered to the newest mail that was tried.
    pub last_answer: Option<String>,
    /// When the newest mail that was sent was sent.
    pub last_sent: Option<Moment>,
}

pub async fn summary(tx: &mut Tx) -> Result<OutboxSummary, StoreError> {
    let counts = fetch_all!(
        tx,
        (String, i64),
        // A mail whose invitation was sent again since is nobody's worry any more.
        "select state, count(*) from mails where state in ('queued', 'failed')
           and (template <> 'invitation' or exists (select 1 from invitations where invitations.mail_id = mails.id))
         group by state"
    )?;
    let number = |state: MailState| {
        counts
            .iter()
            .find(|(key, _)| key == state.key())
            .map_or(0, |(_, number)| *number)
    };
    let last_answer = fetch_optional!(
        tx,
        (String,),
        "select last_answer from mails where last_answer <> '' order by created_at desc limit 1"
    )?;
    let last_sent = fetch_optional!(
        tx,
        (Option<i64>,),
        "select sent_at from mails where state = 'sent' order by created_at desc limit 1"
    )?;
    Ok(OutboxSummary {
        queued: number(MailState::Queued),
        failed: number(MailState::Failed),
        last_answer: last_answer.map(|row| row.0),
        last_sent: last_sent.and_then(|row| row.0).map(Moment),
    })
}

/// Forgets mails that were sent, written to a file, or failed, before, but for those whose fate an invitation shows.
pub async fn sweep(tx: &mut Tx, before: Moment) -> Result<u64, StoreError> {
    execute!(
        tx,
        "delete from mails where state in ('sent', 'written', 'failed') and created_at < $1
           and not exists (select 1 from invitations where invitations.mail_id = mails.id)",
        before.0
    )
}

/// How many links' tokens still lie in the outbox.
#[cfg(feature = "testing")]
pub async fn count_sealed_tokens(tx: &mut Tx) -> Result<i64, StoreError> {
    let row = fetch_optional!(tx, (i64,), "select count(*) from mails where sealed_token is not null")?;
    Ok(row.map_or(0, |row| row.0))
}
