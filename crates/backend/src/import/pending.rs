//! Who is invited already, and by whom: an address has one pending invitation in an organization, and none where it has an
//! account; whoever is said to have sent one has an account.

use std::collections::HashSet;

use domain::{
    id::{InvitationId, OrganizationId, UserId},
    text::Email,
};
use store::Tx;

use super::{Bring, Refusal, reading::Batch};
use crate::{Backend, error::Error, taken};

/// Where somebody is invited, and their address.
pub(super) type Invited = (Option<OrganizationId>, Email);

const TWICE: &str = "this address has another pending invitation there";

/// The pending invitations; None before the first is looked at.
#[derive(Default)]
pub(super) struct Pending(Option<HashSet<(Option<OrganizationId>, String)>>);

impl Backend {
    /// Takes invitations out of a batch that nobody could have sent, and those of nobody who is known. What is there already
    /// stays in it, to be told as such.
    pub(super) async fn refuse_the_invited<R: Bring>(
        &self,
        pending: &mut Pending,
        batch: &mut Batch<R>,
    ) -> Result<(), Error> {
        if R::INVITES {
            let mut tx = self.store().read().await?;
            refuse_without_inviter(&mut tx, batch).await?;
            self.refuse_twice_invited(&mut tx, pending, batch).await?;
        }
        Ok(())
    }

    async fn refuse_twice_invited<R: Bring>(
        &self,
        tx: &mut Tx,
        pending: &mut Pending,
        batch: &mut Batch<R>,
    ) -> Result<(), Error> {
        let now = self.clock().now();
        let invited: Vec<Option<Invited>> = batch.rows.iter().map(|row| row.invites(now)).collect();
        let addresses: Vec<Email> = invited.iter().flatten().map(|(_, email)| email.clone()).collect();
        if addresses.is_empty() {
            return Ok(());
        }
        let accounts = store::bulk::accounts_of(tx, &addresses).await?;
        if pending.0.is_none() {
            pending.0 = Some(store::bulk::pending(tx, now).await?.into_iter().collect());
        }
        let Some(pending) = &mut pending.0 else { return Ok(()) };
        let mut refused: Vec<(usize, String)> = Vec::new();
        for (place, invited) in invited.into_iter().enumerate() {
            let Some((organization, email)) = invited else { continue };
            let email = email.to_string();
            if accounts.contains(&email) {
                refused.push((place, taken::TAKEN.0.to_string()));
            } else if !pending.insert((organization, email)) {
                refused.push((place, TWICE.to_owned()));
            }
        }
        take_out(tx, batch, refused).await
    }
}

async fn refuse_without_inviter<R: Bring>(tx: &mut Tx, batch: &mut Batch<R>) -> Result<(), Error> {
    // A few have sent them all, mostly.
    let inviters: HashSet<UserId> = batch.rows.iter().filter_map(R::invited_by).collect();
    let inviters: Vec<UserId> = inviters.into_iter().collect();
    let there = store::bulk::users_there(tx, &inviters).await?;
    let places = batch.rows.iter().enumerate();
    let missing = places.filter_map(|(place, row)| Some((place, row.invited_by().filter(|id| !there.contains(id))?)));
    let refused = missing.map(|(place, id)| (place, format!("invited_by is {id}, and there is no such user")));
    let refused = refused.collect();
    take_out(tx, batch, refused).await
}

/// Refuses the rows at these places, in their order, but for those that are there already.
async fn take_out<R: Bring>(tx: &mut Tx, batch: &mut Batch<R>, refused: Vec<(usize, String)>) -> Result<(), Error> {
    if refused.is_empty() {
        return Ok(());
    }
    let ids: Vec<InvitationId> = refused
        .iter()
        .filter_map(|(place, _)| batch.rows.get(*place))
        .map(|row| InvitationId(row.id()))
        .collect();
    let known = store::bulk::invitations_there(tx, &ids).await?;
    let mut reasons = refused.into_iter().peekable();
    let (rows, lines) = (std::mem::take(&mut batch.rows), std::mem::take(&mut batch.lines));
    for (place, (row, line)) in rows.into_iter().zip(lines).enumerate() {
        let refused = reasons.next_if(|(refused, _)| *refused == place);
        match refused.filter(|_| !known.contains(&InvitationId(row.id()))) {
            Some((_, reason)) => {
                let file = R::FILE;
                batch.refused.push(Refusal { file, line, reason });
            }
            None => {
                batch.rows.push(row);
                batch.lines.push(line);
            }
        }
    }
    Ok(())
}
