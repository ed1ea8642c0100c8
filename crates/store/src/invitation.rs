//! Invitations. Their status is derived from time, here as a range of `status_key`.

use domain::{
    id::{InvitationId, MailId, OrganizationId, UserId},
    invitation::{Invitation, InvitationFilter, InvitationSort, InvitationStatus},
    page::{Page, Position, Sort, SortValue, Total},
    role::Role,
    text::{Email, Name},
    time::Moment,
};
use uuid::Uuid;

use crate::{
    Scope,
    counter::{self, Kind, Place},
    engine::{Tx, execute, fetch_optional},
    error::StoreError,
    list::{self, Keyset},
    mail::MailState,
    sql::Sql,
    user::{role_from, role_number},
};

/// Beyond all times in milliseconds: the status key of an accepted invitation is this plus the time of acceptance.
pub(crate) const ACCEPTED: i64 = 1 << 52;

/// An invitation with what lists show beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedInvitation {
    pub invitation: Invitation,
    pub organization_name: Option<Name>,
    /// None when the inviter is gone.
    pub inviter_name: Option<Name>,
    /// The fate of the latest mail about it, with the server's last answer. None when there was no mail.
    pub mail: Option<(MailState, String)>,
    /// How long a new link of it is valid.
    pub lifetime_seconds: i64,
    /// When it was sent for the first time.
    pub created: Moment,
    status_key: i64,
}

#[derive(sqlx::FromRow)]
struct InvitationRow {
    id: Uuid,
    email: String,
    role: i64,
    organization_id: Option<Uuid>,
    organization_name: Option<String>,
    invited_by: Option<Uuid>,
    inviter_name: Option<String>,
    lifetime_seconds: i64,
    created_at: i64,
    sent_at: i64,
    expires_at: i64,
    accepted_at: Option<i64>,
    status_key: i64,
    mail_state: Option<String>,
    mail_answer: Option<String>,
    version: i64,
}

impl TryFrom<InvitationRow> for ListedInvitation {
    type Error = StoreError;

    fn try_from(row: InvitationRow) -> Result<Self, StoreError> {
        let inconsistent = |column| StoreError::Inconsistent {
            table: "invitations",
            column,
            row: row.id.to_string(),
        };
        let mail = match row.mail_state {
            None => None,
            Some(state) => {
                let state = MailState::parse(&state).ok_or_else(|| inconsistent("mail_id"))?;
                Some((state, row.mail_answer.unwrap_or_default()))
            }
        };
        Ok(Self {
            invitation: Invitation {
                id: InvitationId(row.id),
                email: Email::trusted(row.email),
                role: role_from(row.role).ok_or_else(|| inconsistent("role"))?,
                organization: row.organization_id.map(OrganizationId),
                invited_by: row.invited_by.map(UserId),
                sent: Moment(row.sent_at),
                expires: Moment(row.expires_at),
                accepted: row.accepted_at.map(Moment),
                version: row.version,
            },
            organization_name: row.organization_name.map(Name::trusted),
            inviter_name: row.inviter_name.map(Name::trusted),
            mail,
            lifetime_seconds: row.lifetime_seconds,
            created: Moment(row.created_at),
            status_key: row.status_key,
        })
    }
}

impl ListedInvitation {
    /// Where the row stands in an order: what a cursor is made of.
    pub fn place_in(&self, sort: InvitationSort) -> (SortValue, Uuid) {
        let invitation = &self.invitation;
        let value = match sort {
            InvitationSort::Email => SortValue::Text(invitation.email.as_str().to_owned()),
            InvitationSort::Status => SortValue::Number(self.status_key),
            InvitationSort::Sent => SortValue::Number(invitation.sent.0),
            InvitationSort::Expires => SortValue::Number(invitation.expires.0),
        };
        (value, invitation.id.0)
    }
}

const SELECT: &str = "select i.id, i.email, i.role, i.organization_id, o.name as organization_name, i.invited_by,
    u.name as inviter_name, i.lifetime_seconds, i.created_at, i.sent_at, i.expires_at, i.accepted_at, i.status_key,
    m.state as mail_state, m.last_answer as mail_answer, i.version ";
const FROM: &str = "from invitations i left join organizations o on o.id = i.organization_id
    left join users u on u.id = i.invited_by left join mails m on m.id = i.mail_id where true";
/// Enough to count.
const FROM_ALONE: &str = "from invitations i where true";

fn conditions(from: &'static str, scope: Scope, search: Option<&str>, filter: &InvitationFilter, now: Moment) -> Sql {
    let mut sql = Sql::new(from);
    if let Some(own) = scope.organization() {
        // Who runs one organization has nothing to do with Admins, invited ones included.
        sql.and("i.organization_id =", own.0)
            .and("i.role <", role_number(Role::Admin));
    }
    if filter.global {
        sql.push(" and i.organization_id is null");
    } else if let Some(organization) = filter.organization {
        sql.and("i.organization_id =", organization.0);
    }
    if let Some(role) = filter.role {
        sql.and("i.role =", role_number(role));
    }
    match filter.status {
        None => {}
        Some(InvitationStatus::Accepted) => {
            sql.and("i.status_key >=", ACCEPTED);
        }
        Some(InvitationStatus::Pending) => {
            sql.and("i.status_key >=", now.0).and("i.status_key <", ACCEPTED);
        }
        Some(InvitationStatus::Expired) => {
            sql.and("i.status_key <", now.0);
        }
    }
    if let Some(search) = search {
        sql.and_contains("i.search_key like", search);
    }
    sql
}

/// How many invitations match.
pub async fn count(
    tx: &mut Tx,
    scope: Scope,
    search: Option<&str>,
    filter: &InvitationFilter,
    exactly: bool,
    now: Moment,
) -> Result<Total, StoreError> {
    let by_time = matches!(
        filter.status,
        Some(InvitationStatus::Pending | InvitationStatus::Expired)
    );
    if search.is_some() || (by_time && filter.role.is_some()) {
        return list::count(tx, &conditions(FROM_ALONE, scope, search, filter, now), exactly).await;
    }
    let Some(place) = list::place(scope, filter.organization, filter.global) else {
        return Ok(Total::Exact(0));
    };
    let kinds = |accepted| {
        let mut kinds = counter::invitation_kinds(filter.role.map(role_number), accepted);
        kinds.retain(|kind| scope == Scope::All || !kind.is_about_admins());
        kinds
    };
    let pending = InvitationFilter {
        status: Some(InvitationStatus::Pending),
        ..filter.clone()
    };
    // A range of an index.
    let pending = conditions(FROM_ALONE, scope, None, &pending, now).behind("select count(*) ");
    let total = match filter.status {
        None => counter::total(tx, place, &kinds(None)).await?,
        Some(InvitationStatus::Accepted) => counter::total(tx, place, &kinds(Some(true))).await?,
        Some(InvitationStatus::Pending) => pending.fetch_number(tx).await?,
        Some(InvitationStatus::Expired) => {
            counter::total(tx, place, &kinds(Some(false))).await? - pending.fetch_number(tx).await?
        }
    };
    Ok(Total::Exact(total.unsigned_abs()))
}

/// How many invitations of a place are pending, for whatever role: a range of an index.
pub(crate) async fn count_pending(tx: &mut Tx, place: Place, now: Moment) -> Result<i64, StoreError> {
    let mut sql = Sql::new("select count(*) from invitations where true");
    match place {
        Place::Installation => {}
        Place::Organization(Some(id)) => {
            sql.and("organization_id =", id.0);
        }
        Place::Organization(None) => {
            sql.push(" and organization_id is null");
        }
    }
    sql.and("status_key >=", now.0).and("status_key <", ACCEPTED);
    sql.fetch_number(tx).await
}

/// One page of the invitations list.
#[expect(clippy::too_many_arguments, reason = "a list is asked this much")]
pub async fn page(
    tx: &mut Tx,
    scope: Scope,
    search: Option<&str>,
    filter: &InvitationFilter,
    sort: Sort<InvitationSort>,
    position: &Position,
    rows: u32,
    total: Total,
    now: Moment,
) -> Result<Page<ListedInvitation>, StoreError> {
    let column = match sort.key {
        InvitationSort::Email => "i.email",
        InvitationSort::Status => "i.status_key",
        InvitationSort::Sent => "i.sent_at",
        InvitationSort::Expires => "i.expires_at",
    };
    let keyset = Keyset {
        column,
        id: "i.id",
        descending: sort.descending,
    };
    let base = conditions(FROM, scope, search, filter, now).behind(SELECT);
    let page = list::page::<InvitationRow>(tx, &base, keyset, position, rows, total).await?;
    list::try_convert(page, ListedInvitation::try_from)
}

async fn first(tx: &mut Tx, sql: Sql) -> Result<Option<ListedInvitation>, StoreError> {
    sql.fetch_all::<InvitationRow>(tx)
        .await?
        .into_iter()
        .next()
        .map(ListedInvitation::try_from)
        .transpose()
}

pub async fn find(tx: &mut Tx, scope: Scope, id: InvitationId) -> Result<Option<ListedInvitation>, StoreError> {
    let mut sql = conditions(FROM, scope, None, &InvitationFilter::default(), Moment::default()).behind(SELECT);
    sql.and("i.id =", id.0);
    first(tx, sql).await
}

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
    let mut sql = conditions(FROM, Scope::All, None, &filter, now).behind(SELECT);
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
    let mut sql = conditions(FROM, scope, None, &filter, now).behind(SELECT);
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
