//! Verifying the audit log: each seal anew, each event's details, and what lies outside of the chain.

pub use crate::audit_fault::{Broken, Fault};
use crate::{
    audit::SALT_LENGTH,
    audit_chain::{ChainKey, FormerKey, Head},
    error::Error,
    secret::Key,
};
use domain::time::Moment;
use sha2::{Digest, Sha256};
use store::{
    Store, Tx,
    audit_chain::{self, Found, FoundDetails, SealRow, Stray},
    audit_checkpoint,
};

/// So many seals are read at once.
const BATCH: i64 = 1000;

/// What a check of the whole log found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The end of the chain, as far as it is whole.
    pub head: Head,
    /// Up to which seal the log was pruned; 0 if it is there from its beginning.
    pub pruned: i64,
    /// How many events wait to be sealed.
    pub waiting: i64,
    /// How many sealed events have lost their personal values.
    pub erased: i64,
    /// What the database's engine finds wrong.
    pub engine: Vec<String>,
    /// Nothing if the log is what was sealed. Behind a forged checkpoint, what the log is without it.
    pub broken: Vec<Broken>,
}

/// Checks a database in one snapshot. `expected` is a head that was kept: whoever cuts off the end of the log can't be
/// found without one.
pub async fn check(store: &Store, key: &Key, expected: Option<Head>) -> Result<Report, Error> {
    let mut tx = store.snapshot().await?;
    let engine = store::inspect::faults(&mut tx).await?;
    let (begin, forged) = begin_of_log(&mut tx, key).await?;
    let (head, pruned, erased, broken) = match Walk::from(&mut tx, key, expected, begin).await? {
        Err(broken) => (Head::NONE, 0, 0, Some(broken)),
        Ok(mut walk) => {
            let pruned = walk.head.sequence;
            let broken = match walk.through(&mut tx).await? {
                None => outside(&mut tx, pruned).await?.or_else(|| walk.cut_off()),
                broken => broken,
            };
            (walk.head, pruned, walk.erased, broken)
        }
    };
    Ok(Report {
        head,
        pruned,
        waiting: audit_chain::count_unsealed(&mut tx).await?,
        erased,
        engine,
        broken: forged.into_iter().chain(broken).collect(),
    })
}

/// Where the log begins: at its first event, or at the last checkpoint that was made with the key. With what is wrong, if
/// that is not the last one.
async fn begin_of_log(tx: &mut Tx, key: &Key) -> Result<(Head, Option<Broken>), Error> {
    let key = ChainKey::from(key);
    let mut forged = None;
    let mut next = audit_checkpoint::last(tx).await?;
    while let Some(checkpoint) = next {
        if let Some(head) = key.verify(&checkpoint) {
            return Ok((head, forged));
        }
        let sequence = checkpoint.sequence;
        forged.get_or_insert(Broken::ForgedCheckpoint { sequence });
        next = audit_checkpoint::before(tx, checkpoint.number).await?;
    }
    Ok((Head::NONE, forged))
}

/// On the way along the chain.
pub(crate) struct Walk {
    /// Oldest first.
    former: Vec<FormerKey>,
    key: ChainKey,
    expected: Option<Head>,
    head: Head,
    erased: i64,
}

impl Walk {
    /// Where the log begins: at its first event, or at the checkpoint up to which it was pruned.
    pub(crate) async fn begin(tx: &mut Tx, key: &Key) -> Result<Result<Self, Broken>, Error> {
        match begin_of_log(tx, key).await? {
            (head, None) => Self::from(tx, key, None, head).await,
            (_, Some(forged)) => Ok(Err(forged)),
        }
    }

    async fn from(
        tx: &mut Tx,
        installation: &Key,
        expected: Option<Head>,
        head: Head,
    ) -> Result<Result<Self, Broken>, Error> {
        let key = ChainKey::from(installation);
        let mut former = Vec::new();
        for (last, sealed) in store::sealed::former_keys(tx).await? {
            if last.sequence <= head.sequence {
                continue;
            }
            match FormerKey::open(installation, &last, &sealed) {
                Some(key) => former.push(key),
                None => {
                    let sequence = last.sequence;
                    return Ok(Err(Broken::ForgedKey { sequence }));
                }
            }
        }
        let walk = Self {
            former,
            key,
            expected,
            head,
            erased: 0,
        };
        Ok(walk.compare(&walk.head).map(|()| walk))
    }

    /// Up to where the way was gone.
    pub(crate) fn head(&self) -> Head {
        self.head
    }

    /// What the chain goes on with.
    pub(crate) fn present_key(&self) -> &ChainKey {
        &self.key
    }

    /// To the end, or to the first seal that does not hold.
    async fn through(&mut self, tx: &mut Tx) -> Result<Option<Broken>, Error> {
        loop {
            let rows = audit_chain::seals(tx, self.head.sequence, BATCH).await?;
            if rows.is_empty() {
                return Ok(None);
            }
            for row in &rows {
                if let Err(broken) = self.step(row) {
                    return Ok(Some(broken));
                }
            }
        }
    }

    /// At the end of a chain that is whole: whether it was longer once.
    fn cut_off(&self) -> Option<Broken> {
        let found = self.head.sequence;
        // A rotation notes the end of the chain too.
        let noted = self.former.last().map(|former| former.last.sequence);
        let expected = noted.max(self.expected.map(|expected| expected.sequence))?;
        (expected > found).then_some(Broken::CutOff { found, expected })
    }

    fn compare(&self, head: &Head) -> Result<(), Broken> {
        match self.expected {
            Some(expected) if expected.sequence == head.sequence && expected != *head => Err(Broken::Rewritten {
                sequence: head.sequence,
            }),
            _ => Ok(()),
        }
    }

    /// One seal further.
    pub(crate) fn step(&mut self, row: &SealRow) -> Result<(), Broken> {
        let broken = |fault| at_event(&row.stray(), Some(row.sequence), fault);
        let next = self.head.sequence + 1;
        if row.sequence != next {
            return Err(broken(Fault::SealMissing(next)));
        }
        let event = match row.event() {
            Found::Event(event) => event,
            Found::Unreadable => return Err(broken(Fault::Unreadable)),
            Found::Gone if row.event_id.readable().is_none() => return Err(broken(Fault::Unreadable)),
            Found::Gone => return Err(broken(Fault::Deleted)),
        };
        let former = self.former.iter().find(|former| next <= former.last.sequence);
        let key = former.map_or(&self.key, |former| &former.key);
        let seal = key.seal(&self.head, &event);
        if seal.mac.as_slice() != row.mac {
            return Err(broken(Fault::Changed));
        }
        match row.details() {
            FoundDetails::Erased => self.erased += 1,
            FoundDetails::Details { salt, content } if is_sealed_by(&event.details_hash, salt, content) => {}
            FoundDetails::Details { .. } | FoundDetails::Unreadable => return Err(broken(Fault::DetailsChanged)),
        }
        if former.is_some_and(|former| former.last.sequence == next && former.last != seal) {
            return Err(Broken::Rewritten { sequence: next });
        }
        self.compare(&seal)?;
        self.head = seal;
        Ok(())
    }
}

/// Whether an event's details are those that its hash is of. The hash does not tell where the salt ends, so the salt must
/// have the length that Usher gives it: else bytes could be moved into it from the content.
fn is_sealed_by(hash: &[u8], salt: &[u8], content: &str) -> bool {
    let found = Sha256::new().chain_update(salt).chain_update(content).finalize();
    salt.len() == SALT_LENGTH && found.as_slice() == hash
}

fn at_event(stray: &Stray, sequence: Option<i64>, fault: Fault) -> Broken {
    Broken::Event {
        id: stray.event_id.clone(),
        at: stray.created_at.map(Moment),
        action: stray.action().map(str::to_owned),
        sequence,
        fault,
    }
}

/// What no seal vouches for.
async fn outside(tx: &mut Tx, pruned: i64) -> Result<Option<Broken>, Error> {
    let broken = |stray: Stray, fault| Ok(Some(at_event(&stray, None, fault)));
    if let Some(stray) = audit_checkpoint::left_behind(tx, pruned).await? {
        return broken(stray, Fault::Pruned);
    }
    if let Some(stray) = audit_chain::forged(tx).await? {
        return broken(stray, Fault::Forged);
    }
    if let Some(stray) = audit_chain::queued_twice(tx).await? {
        return broken(stray, Fault::QueuedTwice);
    }
    if let Some(stray) = audit_chain::lost(tx).await? {
        return broken(stray, Fault::DeletedUnsealed);
    }
    if let Some(stray) = unreadable_unsealed(tx).await? {
        return broken(stray, Fault::UnreadableUnsealed);
    }
    match audit_chain::details_alone(tx).await? {
        Some(stray) => broken(stray, Fault::DetailsAlone),
        None => Ok(None),
    }
}

/// The first event that waits to be sealed, and cannot be read. The sealer passes it over.
async fn unreadable_unsealed(tx: &mut Tx) -> Result<Option<Stray>, Error> {
    let mut last = None;
    loop {
        let rows = audit_chain::unsealed(tx, last.as_ref(), BATCH).await?;
        if let Some(row) = rows.iter().find(|row| row.event().is_none()) {
            return Ok(Some(row.stray()));
        }
        match rows.into_iter().next_back() {
            None => return Ok(None),
            Some(row) => last = Some(row.id),
        }
    }
}
