//! The invitations list: what is in it, how many, and a page of them.

use domain::{
    id::{InvitationId, OrganizationId, UserId},
    invitation::{Invitation, InvitationFilter, InvitationSort, InvitationStatus},
    page::{Page, Position, Sort, SortValue, Total},
    role::Role,
    text::{Email, Name},
    time::Moment,
};
use uuid::Uuid;

use super::ACCEPTED;
use crate::{
    Scope,
    counter::{self, Place},
    engine::Tx,
    error::StoreError,
    list::{self, Keyset},
    mail::MailState,
    search::{ADDRESS, Ahead, Asked, Counted, Searched},
    sql::Sql,
    user::{role_from, role_number},
};

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
pub(super) struct InvitationRow {
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

pub(super) const SELECT: &str =
    "select i.id, i.email, i.role, i.organization_id, o.name as organization_name, i.invited_by,
    u.name as inviter_name, i.lifetime_seconds, i.created_at, i.sent_at, i.expires_at, i.accepted_at, i.status_key,
    m.state as mail_state, m.last_answer as mail_answer, i.version ";
pub(super) const FROM: &str = "from invitations i left join organizations o on o.id = i.organization_id
    left join users u on u.id = i.invited_by left join mails m on m.id = i.mail_id where true";
/// Enough to count.
const FROM_ALONE: &str = "from invitations i where true";

pub(crate) const SEARCHED: Searched = Searched {
    select: SELECT,
    in_order: FROM,
    alone: FROM_ALONE,
    // A cross join is SQLite's word for this order of the tables and no other.
    by_fts5: "from invitations_search s
        cross join invitations i indexed by invitations_by_search_number on i.search_number = s.rowid where true",
    by_beginning: (
        "from (select distinct g.doc as number from invitations_search_grams g where g.term >= ",
        ") as s
        cross join invitations i indexed by invitations_by_search_number on i.search_number = s.number where true",
    ),
    // Behind each is the next of three letters that is greater.
    terms: "with recursive begun (term) as (
            select (select g.term from invitations_search_grams g where g.term >= $1 and g.term <= $2 limit 1) union all
            select (select g.term from invitations_search_grams g where g.term >= begun.term || char(1) and g.term <= $2 limit 1)
            from begun where begun.term is not null)
        select term from begun where term is not null limit 65",
    matches: "s.invitations_search match",
    numbered_by: None,
    hits: (
        "from (select h.id, h.email, h.role, h.organization_id, h.sent_at, h.expires_at, h.accepted_at,
            h.status_key
            from invitations h where true",
        " limit all) as i where true",
    ),
    searched: "search_grams(h.search_key, '') @@",
    found: [
        (
            "select i.rowid as place ",
            ") as found cross join invitations i on i.rowid = found.place
        left join organizations o on o.id = i.organization_id left join users u on u.id = i.invited_by
        left join mails m on m.id = i.mail_id",
        ),
        (
            "select i.id ",
            ") as found join invitations i on i.id = found.id
        left join organizations o on o.id = i.organization_id left join users u on u.id = i.invited_by
        left join mails m on m.id = i.mail_id",
        ),
    ],
    beginnings: &[("i.email", ADDRESS)],
    search_key: "i.search_key",
    id: "i.id",
    ahead: [
        Ahead {
            first: "from (select ahead.place from (select i.rowid as place, i.search_key ",
            having: ") as ahead where true",
            search_key: "ahead.search_key",
            beside: ") as found cross join invitations i on i.rowid = found.place
                left join organizations o on o.id = i.organization_id left join users u on u.id = i.invited_by
                left join mails m on m.id = i.mail_id",
        },
        Ahead {
            first: "from (select ahead.* from (select i.* ",
            having: ") as ahead where true",
            search_key: "ahead.search_key",
            beside: ") as i left join organizations o on o.id = i.organization_id
                left join users u on u.id = i.invited_by left join mails m on m.id = i.mail_id",
        },
    ],
    count_among: "select count(*) from (select 1 as one from (select i.search_key ",
    counted: [
        (
            "select i.id, found.hits from (select search_number, count(*) over () as hits from (select i.search_number ",
            ") as found cross join invitations i on i.search_number = found.search_number",
        ),
        ("select id, count(*) over () from (select i.id ", ""),
    ],
    name: "invitations",
    kinds: || counter::invitation_kinds(None, None),
    known: [
        "char(2) || t.search_key || char(1) || '  '",
        "chr(2) || t.search_key || chr(1) || '  '",
    ],
};

/// What the condition on an invitation's status is to a plan.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum StatusKey {
    /// The way to the rows, by an index alone where they are only counted.
    Range,
    /// What is asked of each row on another way, which has the order. The index there holds the key too.
    Test,
}

/// Goes on with the tables, and what is searched, in `sql`.
pub(super) fn conditions(mut sql: Sql, scope: Scope, filter: &InvitationFilter, status: StatusKey, now: Moment) -> Sql {
    if let Some(own) = scope.organization() {
        // Who runs one organization has nothing to do with Admins, invited ones included.
        sql.and("i.organization_id =", own.0)
            .and("+i.role <", role_number(Role::Admin));
    }
    if filter.global {
        sql.push(" and i.organization_id is null");
    } else if let Some(organization) = filter.organization {
        sql.and("i.organization_id =", organization.0);
    }
    // Values in the text, and a plus, as in the list of users.
    match filter.role {
        None => {}
        Some(Role::User) => {
            sql.push(" and +i.role = 1");
        }
        Some(Role::OrgAdmin) => {
            sql.push(" and i.role = 2");
        }
        Some(Role::Admin) => {
            sql.push(" and i.role = 3");
        }
    }
    match filter.status {
        None => {}
        Some(InvitationStatus::Accepted) => match status {
            StatusKey::Range => {
                sql.and("i.status_key >=", ACCEPTED);
            }
            StatusKey::Test => {
                sql.push(" and i.accepted_at is not null");
            }
        },
        Some(InvitationStatus::Pending) => match status {
            StatusKey::Range => {
                sql.and("i.status_key >=", now.0).and("i.status_key <", ACCEPTED);
            }
            StatusKey::Test => {
                sql.push(" and i.accepted_at is null").and("+i.status_key >=", now.0);
            }
        },
        Some(InvitationStatus::Expired) => match status {
            StatusKey::Range => {
                sql.and("i.status_key <", now.0);
            }
            StatusKey::Test => {
                sql.push(" and i.accepted_at is null").and("+i.status_key <", now.0);
            }
        },
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
) -> Result<Counted, StoreError> {
    let all = count_all(tx, scope, filter, exactly, now).await?;
    let Some(words) = search else {
        return Ok(all.into());
    };
    let conditions = |sql| conditions(sql, scope, filter, StatusKey::Range, now);
    SEARCHED
        .count(tx, words, all, is_whole(scope, filter), exactly, conditions)
        .await
}

/// Whether all invitations are listed.
fn is_whole(scope: Scope, filter: &InvitationFilter) -> bool {
    scope == Scope::All && *filter == InvitationFilter::default()
}

/// How many invitations a filter leaves.
async fn count_all(
    tx: &mut Tx,
    scope: Scope,
    filter: &InvitationFilter,
    exactly: bool,
    now: Moment,
) -> Result<Total, StoreError> {
    let by_time = matches!(
        filter.status,
        Some(InvitationStatus::Pending | InvitationStatus::Expired)
    );
    if by_time && filter.role.is_some() {
        let sql = conditions(Sql::new(FROM_ALONE), scope, filter, StatusKey::Range, now);
        return list::count(tx, &sql, exactly).await;
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
    let pending = conditions(Sql::new(FROM_ALONE), scope, &pending, StatusKey::Range, now).behind("select count(*) ");
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
    counted: &Counted,
    now: Moment,
) -> Result<Page<ListedInvitation>, StoreError> {
    let column = match sort.key {
        InvitationSort::Email => "i.email",
        InvitationSort::Status => "i.status_key",
        InvitationSort::Sent => "i.sent_at",
        // While an invitation is open, its status key is when it expires: one range of one index.
        InvitationSort::Expires
            if matches!(
                filter.status,
                Some(InvitationStatus::Pending | InvitationStatus::Expired)
            ) =>
        {
            "i.status_key"
        }
        InvitationSort::Expires => "i.expires_at",
    };
    let status = match column {
        "i.status_key" => StatusKey::Range,
        _ => StatusKey::Test,
    };
    let conditions = |sql| conditions(sql, scope, filter, status, now);
    let all = async |tx: &mut Tx| count_all(tx, scope, filter, false, now).await;
    let asked = Asked {
        keyset: Keyset {
            column,
            id: "i.id",
            descending: sort.descending,
        },
        position,
        rows,
    };
    let page = SEARCHED.page::<InvitationRow>(tx, search, counted, asked, conditions, all);
    list::try_convert(page.await?, ListedInvitation::try_from)
}

pub(super) async fn first(tx: &mut Tx, sql: Sql) -> Result<Option<ListedInvitation>, StoreError> {
    sql.fetch_all::<InvitationRow>(tx)
        .await?
        .into_iter()
        .next()
        .map(ListedInvitation::try_from)
        .transpose()
}

pub async fn find(tx: &mut Tx, scope: Scope, id: InvitationId) -> Result<Option<ListedInvitation>, StoreError> {
    let mut sql = conditions(
        Sql::new(FROM),
        scope,
        &InvitationFilter::default(),
        StatusKey::Range,
        Moment::default(),
    )
    .behind(SELECT);
    sql.and("i.id =", id.0);
    first(tx, sql).await
}
