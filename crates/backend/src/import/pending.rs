//! Who is invited already: an address has one pending invitation in an organization, and none where it has an account.

use std::collections::HashSet;

use domain::{
    id::{InvitationId, OrganizationId},
    text::Email,
};

use super::{Bring, Refusal, reading::Batch};
use crate::{Backend, error::Error, taken};

/// Where somebody is invited, and their address.
pub(super) type Invited = (Option<OrganizationId>, Email);

const TWICE: &str = "this address has another pending invitation there";

/// The pending invitations; None before the first is looked at.
#[derive(Default)]
pub(super) struct Pending(Option<HashSet<(Option<OrganizationId>, String)>>);

impl Backend {
    /// Takes invitations out of a batch that nobody could have sent. What is there already stays in it, to be told as
    /// such.
    pub(super) async fn refuse_the_invited<R: Bring>(
        &self,
        pending: &mut Pending,
        batch: &mut Batch<R>,
    ) -> Result<(), Error> {
        let now = self.clock().now();
        let invited: Vec<Option<Invited>> = batch.rows.iter().map(|row| row.invites(now)).collect();
        let addresses: Vec<Email> = invited.iter().flatten().map(|(_, email)| email.clone()).collect();
        if addresses.is_empty() {
            return Ok(());
        }
        let mut tx = self.store().read().await?;
        let accounts = store::bulk::accounts_of(&mut tx, &addresses).await?;
        if pending.0.is_none() {
            pending.0 = Some(store::bulk::pending(&mut tx, now).await?.into_iter().collect());
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
        let ids: Vec<InvitationId> = refused
            .iter()
            .filter_map(|(place, _)| batch.rows.get(*place))
            .map(|row| InvitationId(row.id()))
            .collect();
        let known = store::bulk::invitations_there(&mut tx, &ids).await?;
        drop(tx);
        for (place, reason) in refused.into_iter().rev() {
            let is_known = batch
                .rows
                .get(place)
                .is_none_or(|row| known.contains(&InvitationId(row.id())));
            if !is_known {
                batch.rows.remove(place);
                let line = batch.lines.remove(place);
                let file = R::FILE;
                batch.refused.push(Refusal { file, line, reason });
            }
        }
        Ok(())
    }
}
