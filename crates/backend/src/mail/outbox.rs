//! The worker that empties the outbox. Nothing is sent within a transaction: a mail is claimed for two minutes, sent,
//! and what became of it is noted. A worker that dies in between leaves the mail to the next one.

use std::{pin::pin, time::Duration};

use domain::time::Moment;
use lettre::Message;
use store::mail::ClaimedMail;
use tokio::{
    task::{JoinError, JoinSet},
    time,
};

use super::{Letter, purpose, transport::Outcome};
use crate::{Backend, error::Error, secret::random};

/// So many mails are claimed together and sent at the same time.
const BATCH: i64 = 4;

/// Longer than any mail may take, see the settings' timeout.
const LEASE_SECONDS: i64 = 120;

/// Between tries: doubled each time, up to an hour, with up to a fifth more, so that servers do not try in step.
const FIRST_DELAY_SECONDS: i64 = 30;
const LONGEST_DELAY_SECONDS: i64 = 60 * 60;

/// After a day it is better to say that it failed.
const GIVE_UP_SECONDS: i64 = 24 * 60 * 60;

/// Another server may have queued a mail, which nobody tells us of.
const LONGEST_SLEEP: Duration = Duration::from_secs(15);

/// At the end, mails under way get so long. One that takes longer is sent again by whoever starts next.
const GRACE: Duration = Duration::from_secs(5);

impl Backend {
    /// Tells this process's worker that a mail was queued. Use cases call it after their write.
    pub fn notify_outbox(&self) {
        self.0.mail_queued.notify_one();
    }

    /// Sends mails until `shutdown`, then finishes what is under way.
    pub async fn run_outbox(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        loop {
            let mut batch = pin!(self.send_batch());
            let handled = tokio::select! {
                handled = &mut batch => handled,
                () = &mut shutdown => {
                    if time::timeout(GRACE, batch).await.is_err() {
                        tracing::warn!("mails that were under way at the end are sent again after the next start");
                    }
                    return;
                }
            };
            let sleep = match handled {
                Ok(handled) if handled == BATCH => Duration::ZERO,
                Ok(_) => self.until_next_mail().await,
                Err(error) => {
                    tracing::warn!(%error, "the outbox cannot be read");
                    LONGEST_SLEEP
                }
            };
            tokio::select! {
                biased;
                () = &mut shutdown => return,
                () = self.0.mail_queued.notified() => {}
                () = time::sleep(sleep) => {}
            }
        }
    }

    /// Sends all mails that are due and returns how many were handled, whatever became of them.
    pub async fn send_due_mails(&self) -> Result<i64, Error> {
        let mut all = 0;
        loop {
            let handled = self.send_batch().await?;
            all += handled;
            if handled < BATCH {
                return Ok(all);
            }
        }
    }

    async fn send_batch(&self) -> Result<i64, Error> {
        let now = self.clock().now();
        let lease = now.plus_seconds(LEASE_SECONDS);
        let claimed = self
            .store()
            .write(|mut tx| async move { Ok::<_, Error>(store::mail::claim(&mut tx, now, lease, BATCH).await?) })
            .await?;
        let mut deliveries = JoinSet::new();
        let mut handled = 0;
        for mail in claimed {
            handled += 1;
            let backend = self.clone();
            deliveries.spawn(async move { backend.deliver(mail).await });
        }
        let mut files = Vec::new();
        while let Some(delivery) = deliveries.join_next().await {
            files.extend(or_told(delivery).flatten());
        }
        let backend = self.clone();
        or_told(tokio::spawn(async move { backend.note(&files).await }).await);
        Ok(handled)
    }

    /// Sends one and notes at once what became of it, but for one that was written to a file, which is returned: to write
    /// that again harms nothing, so it is noted together with others.
    async fn deliver(&self, mail: ClaimedMail) -> Result<Option<(ClaimedMail, Outcome)>, Error> {
        // A task of its own, so that a panic ends this try and not the worker.
        let (backend, copy) = (self.clone(), mail.clone());
        let sending = tokio::spawn(async move { backend.send(&copy).await });
        let outcome = sending
            .await
            .unwrap_or_else(|_| Outcome::Delayed("Usher failed while it sent this mail; see its log.".to_owned()));
        let handled = (mail, outcome);
        if matches!(handled.1, Outcome::Written(_)) {
            return Ok(Some(handled));
        }
        self.note(std::slice::from_ref(&handled)).await?;
        Ok(None)
    }

    async fn send(&self, mail: &ClaimedMail) -> Outcome {
        match self.open(mail) {
            Ok(message) => self.0.mailer.deliver(mail.id, &message).await,
            Err(reason) => Outcome::Refused(reason),
        }
    }

    /// The mail as it goes out, or why it never can.
    fn open(&self, mail: &ClaimedMail) -> Result<Message, String> {
        let letter: Letter = serde_json::from_str(&mail.context).map_err(|error| error.to_string())?;
        if letter
            .link_expires(mail.created)
            .is_some_and(|expires| expires < self.clock().now())
        {
            return Err("The link expired before the mail could be sent.".to_owned());
        }
        let token = match &mail.sealed_token {
            Some(sealed) => {
                let opened = self.key().open(sealed, &purpose(mail.id));
                Some(opened.ok_or("The link was sealed with another key than this installation has now.")?)
            }
            None => None,
        };
        let path = letter.path(token.as_ref()).ok_or("The link is missing.")?;
        let content = letter.write(self.link(&path));
        self.message(mail.id, mail.created, &mail.recipient, &content)
    }

    /// Notes what became of some mails, in one transaction.
    async fn note(&self, handled: &[(ClaimedMail, Outcome)]) -> Result<(), Error> {
        if handled.is_empty() {
            return Ok(());
        }
        let now = self.clock().now();
        let mut fates = Vec::new();
        for (mail, outcome) in handled {
            let id = mail.id;
            match outcome {
                Outcome::Sent(answer) | Outcome::Written(answer) => tracing::info!(mail = %id, answer, "a mail left"),
                Outcome::Delayed(answer) => tracing::warn!(mail = %id, answer, "a mail is delayed"),
                Outcome::Refused(answer) => tracing::warn!(mail = %id, answer, "a mail failed for good"),
            }
            fates.push((id, outcome, next_try(mail, now, random()?)));
        }
        let fates = &fates;
        self.store()
            .write(|mut tx| async move {
                for (id, outcome, next_try) in fates {
                    match (outcome, next_try) {
                        (Outcome::Sent(answer), _) => store::mail::mark_sent(&mut tx, *id, answer, now).await?,
                        (Outcome::Written(answer), _) => store::mail::mark_written(&mut tx, *id, answer).await?,
                        (Outcome::Delayed(answer), Some(next_try)) => {
                            store::mail::mark_delayed(&mut tx, *id, answer, *next_try).await?;
                        }
                        (Outcome::Refused(answer) | Outcome::Delayed(answer), _) => {
                            store::mail::mark_failed(&mut tx, *id, answer).await?;
                        }
                    }
                }
                Ok(())
            })
            .await
    }

    /// How long the worker may sleep.
    async fn until_next_mail(&self) -> Duration {
        let due = match self.store().read().await {
            Ok(mut tx) => store::mail::next_due(&mut tx).await,
            Err(error) => Err(error),
        };
        match due {
            Ok(Some(due)) => {
                let wait = (due.0 - self.clock().now().0).max(0);
                Duration::from_millis(wait.unsigned_abs()).min(LONGEST_SLEEP)
            }
            _ => LONGEST_SLEEP,
        }
    }
}

/// What a task came to; where it failed, or panicked, that is told.
fn or_told<T>(task: Result<Result<T, Error>, JoinError>) -> Option<T> {
    let done = task.map_err(|error| Error::Internal(error.to_string())).flatten();
    done.inspect_err(|error| tracing::warn!(%error, "what became of a mail could not be noted, it is tried again"))
        .ok()
}

/// When a delayed mail is tried again; None when it was tried long enough.
fn next_try(mail: &ClaimedMail, now: Moment, chance: [u8; 1]) -> Option<Moment> {
    let doublings = u32::try_from(mail.attempts - 1).unwrap_or(0).min(16);
    let delay = (FIRST_DELAY_SECONDS << doublings).min(LONGEST_DELAY_SECONDS);
    let jitter = delay * i64::from(chance[0]) / (5 * 255);
    let next = now.plus_seconds(delay + jitter);
    (next <= mail.created.plus_seconds(GIVE_UP_SECONDS)).then_some(next)
}

#[cfg(test)]
mod tests {
    use domain::{id::MailId, time::Moment};
    use store::mail::ClaimedMail;

    use super::next_try;

    fn tried(attempts: i64) -> ClaimedMail {
        ClaimedMail {
            id: MailId::new(Moment(0), [0; 10]),
            template: "test".to_owned(),
            recipient: "kim@example.com".to_owned(),
            context: String::new(),
            sealed_token: None,
            attempts,
            created: Moment(0),
        }
    }

    #[test]
    fn tries_drift_apart_up_to_an_hour_and_end_within_a_day() {
        let mut now = Moment(0);
        let mut delays = Vec::new();
        while let Some(next) = next_try(&tried(delays.len() as i64 + 1), now, [0]) {
            delays.push(next.seconds_since(now));
            now = next;
        }
        assert_eq!(delays[..8], [30, 60, 120, 240, 480, 960, 1920, 3600]);
        assert!(delays[8..].iter().all(|delay| *delay == 3600));
        assert!(now <= Moment(0).plus_seconds(86_400) && now > Moment(0).plus_seconds(82_000));
    }

    #[test]
    fn chance_only_ever_adds_up_to_a_fifth() {
        let delays = [0, 128, 255].map(|chance| next_try(&tried(1), Moment(0), [chance]).unwrap().0 / 1000);
        assert_eq!(delays, [30, 33, 36]);
    }
}
