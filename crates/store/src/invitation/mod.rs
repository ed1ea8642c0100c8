//! Invitations. Their status is derived from time, here as a range of `status_key`.

mod list;

use domain::{
    id::{InvitationId, MailId, OrganizationId, UserId},
    invitation::{Invitation, InvitationFilter, InvitationStatus},
    text::Email,
    time::Moment,
};
pub(crate) use list::SEARCHED;
pub(crate) use list::count_pending;
use list::{FROM, InvitationRow, SELECT, StatusKey, conditions, first};
pub use list::{ListedInvitation, count, find, page};
use uuid::Uuid;

use crate::{
    Scope,
    counter::{self, Kind},
    engine::{Tx, execute, fetch_optional},
    error::StoreError,
    sql::Sql,
    user::role_number,
};

/// Beyond all times in milliseconds: the status key of an accepted invitation is this plus the time of acceptance.
pub(crate) const ACCEPTED: i64 = 1 << 52;

/// The invitation of a link, whatever its status.
pub async fn find_by_token(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<ListedInvitation>, StoreError> {
    let row = fetch_optional!(
        tx,
        (Uuid,),
        "select id from invitations where token_hash = $1",
        token_hash
    )?;
    match row {
        None => Ok(None),
        Some((id,)) => find(tx, Scope::All, InvitationId(id)).await,
    }
}

/// Whether an invitation has a link: one that came by an import has none before it is sent again.
pub async fn has_link(tx: &mut Tx, id: InvitationId) -> Result<bool, StoreError> {
    let row = fetch_optional!(
        tx,
        (Uuid,),
        "select id from invitations where id = $1 and token_hash is not null",
        id.0
    )?;
    Ok(row.is_some())
}

/// The pending invitation of an address in an organization (or none). Call it with that organization locked.
pub async fn find_pending(
    tx: &mut Tx,
    email: &Email,
    organization: Option<OrganizationId>,
    now: Moment,
) -> Result<Option<ListedInvitation>, StoreError> {
    let filter = InvitationFilter {
        global: organization.is_none(),
        organization,
        ..InvitationFilter::default()
    };
    let mut sql = conditions(Sql::new(FROM), Scope::All, &filter, StatusKey::Range, now).behind(SELECT);
    sql.and("i.email =", email.as_str().to_owned())
        .and("i.status_key >=", now.0)
        .and("i.status_key <", ACCEPTED);
    first(tx, sql).await
}

/// The latest pending invitation of an address, in whatever organization.
pub async fn find_latest_pending(
    tx: &mut Tx,
    email: &Email,
    now: Moment,
) -> Result<Option<ListedInvitation>, StoreError> {
    let mut sql = Sql::new(FROM).behind(SELECT);
    sql.and("i.email =", email.as_str().to_owned())
        .and("i.status_key >=", now.0)
        .and("i.status_key <", ACCEPTED);
    sql.push(" order by i.sent_at desc limit 1");
    first(tx, sql).await
}

/// The invitation by which somebody got their account. Another one of the same address was somebody else's before.
pub async fn accepted_by(tx: &mut Tx, user: &domain::user::User) -> Result<Option<ListedInvitation>, StoreError> {
    let mut sql = Sql::new(FROM).behind(SELECT);
    sql.and("i.email =", user.email.as_str().to_owned())
        .and("i.accepted_at =", user.created.0);
    first(tx, sql).await
}

/// What somebody sent, behind an id, in the order of ids.
pub async fn sent_by(tx: &mut Tx, user: UserId, after: Uuid, limit: i64) -> Result<Vec<ListedInvitation>, StoreError> {
    let mut sql = Sql::new(FROM).behind(SELECT);
    sql.and("i.invited_by =", user.0).and("i.id >", after);
    sql.push(" order by i.id limit ").bind(limit);
    sql.fetch_all::<InvitationRow>(tx)
        .await?
        .into_iter()
        .map(ListedInvitation::try_from)
        .collect()
}

/// Pending invitations of a scope that expire first.
pub async fn expiring(
    tx: &mut Tx,
    scope: Scope,
    now: Moment,
    until: Moment,
    limit: i64,
) -> Result<Vec<ListedInvitation>, StoreError> {
    let filter = InvitationFilter {
        status: Some(InvitationStatus::Pending),
        ..InvitationFilter::default()
    };
    let mut sql = conditions(Sql::new(FROM), scope, &filter, StatusKey::Range, now).behind(SELECT);
    sql.and("i.status_key <=", until.0)
        .push(" order by i.status_key, i.id limit ")
        .bind(limit);
    sql.fetch_all::<InvitationRow>(tx)
        .await?
        .into_iter()
        .map(ListedInvitation::try_from)
        .collect()
}

/// A new invitation with the hash of its link's token.
pub async fn insert(
    tx: &mut Tx,
    invitation: &Invitation,
    lifetime_seconds: i64,
    token_hash: &[u8],
) -> Result<(), StoreError> {
    execute!(
        tx,
        "insert into invitations (id, email, role, organization_id, invited_by, token_hash, lifetime_seconds, created_at,
           sent_at, expires_at, status_key, search_key)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $9, $10)",
        invitation.id.0,
        invitation.email.as_str(),
        role_number(invitation.role),
        invitation.organization.map(|organization| organization.0),
        invitation.invited_by.map(|user| user.0),
        token_hash,
        lifetime_seconds,
        invitation.sent.0,
        invitation.expires.0,
        invitation.email.search_key()
    )?;
    let kind = Kind::Invitations {
        role: role_number(invitation.role),
        accepted: false,
    };
    counter::add(tx, invitation.organization, kind, invitation.id.0, 1).await
}

/// Notes the mail whose fate the list shows.
pub async fn set_mail(tx: &mut Tx, id: InvitationId, mail: MailId) -> Result<(), StoreError> {
    execute!(tx, "update invitations set mail_id = $2 where id = $1", id.0, mail.0)?;
    Ok(())
}

/// Replaces an open invitation's link: the old one dies, and so does a mail that still waits to bring it. False when
/// the invitation was accepted, deleted or renewed meanwhile.
pub async fn renew(
    tx: &mut Tx,
    before: &Invitation,
    token_hash: &[u8],
    now: Moment,
    expires: Moment,
) -> Result<bool, StoreError> {
    let changed = execute!(
        tx,
        "update invitations set token_hash = $3, sent_at = $4, expires_at = $5, status_key = $5, mail_id = null,
           version = version + 1
         where id = $1 and version = $2 and accepted_at is null",
        before.id.0,
        before.version,
        token_hash,
        now.0,
        expires.0
    )?;
    execute!(
        tx,
        "delete from mails where invitation_id = $1 and state = 'queued' and sealed_token is not null",
        before.id.0
    )?;
    Ok(changed == 1)
}

/// Marks a pending invitation accepted, if the token is still its own. Of several that try, one gets true. The token's
/// hash stays, so that the link can say what became of it.
pub async fn accept(tx: &mut Tx, invitation: &Invitation, token_hash: &[u8], now: Moment) -> Result<bool, StoreError> {
    let changed = execute!(
        tx,
        "update invitations set accepted_at = $3, status_key = $4, version = version + 1
         where id = $1 and token_hash = $2 and accepted_at is null and expires_at >= $3",
        invitation.id.0,
        token_hash,
        now.0,
        ACCEPTED + now.0
    )?;
    if changed == 1 {
        let role = role_number(invitation.role);
        let open = Kind::Invitations { role, accepted: false };
        counter::add(tx, invitation.organization, open, invitation.id.0, -1).await?;
        let accepted = Kind::Invitations { role, accepted: true };
        counter::add(tx, invitation.organization, accepted, invitation.id.0, 1).await?;
    }
    Ok(changed == 1)
}

/// False when it is gone already, or was accepted or renewed since `before.version`. Its mail goes along.
pub async fn delete(tx: &mut Tx, before: &Invitation) -> Result<bool, StoreError> {
    let deleted = execute!(
        tx,
        "delete from invitations where id = $1 and version = $2",
        before.id.0,
        before.version
    )? == 1;
    if deleted {
        let kind = Kind::Invitations {
            role: role_number(before.role),
            accepted: before.accepted.is_some(),
        };
        counter::add(tx, before.organization, kind, before.id.0, -1).await?;
    }
    Ok(deleted)
}
