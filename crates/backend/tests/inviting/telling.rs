//! What is told of it all: the overview, the audit log and CSV.

use backend::{export::Export, overview::Attention};
use domain::{
    audit::{Action, AuditFilter},
    id::{InvitationId, OrganizationId},
    invitation::{Invitation, InvitationStatus},
    page::{Sort, Total},
    query::{AuditQuery, InvitationQuery, OrganizationQuery, UserQuery},
    role::Role,
    text::Email,
    time::Moment,
};

use crate::{
    guests::invite,
    house::{House, on_both_engines, request},
};

on_both_engines!(
    the_overview_counts_a_scope,
    rates_survive_deletion,
    an_admin_is_told_what_needs_attention,
    the_audit_log_is_a_tenants_own,
    a_list_is_exported_as_it_is_filtered,
    a_long_list_comes_in_chunks,
);

async fn the_overview_counts_a_scope(house: House) {
    let (acme, other) = (
        house.organization("ACME", None).await,
        house.organization("OTHER", None).await,
    );
    let ann = house.management(&house.admin("ann").await).await;
    let olga = house.person("olga", Role::OrgAdmin, Some(acme)).await;
    house.person("una", Role::User, Some(acme)).await;
    house.person("odo", Role::User, Some(other)).await;
    let (_, accepted) = invite(&ann, "one@example.com", Some(acme)).await;
    house.accept(&accepted).await.unwrap();
    invite(&ann, "two@example.com", Some(acme)).await;
    invite(&ann, "three@example.com", Some(other)).await;

    let told = ann.overview().await.unwrap();
    assert_eq!((told.organizations, told.users, told.admins), (Some(2), 5, 1));
    let [pending, accepted, expired] = told.invitations;
    assert_eq!(
        [pending, accepted, expired],
        [
            (InvitationStatus::Pending, 2),
            (InvitationStatus::Accepted, 1),
            (InvitationStatus::Expired, 0)
        ]
    );
    let told = house.management(&olga).await.overview().await.unwrap();
    assert_eq!((told.organizations, told.users, told.admins), (None, 3, 0));
    assert_eq!(told.invitations.map(|(_, number)| number), [1, 1, 0]);
    assert_eq!((told.last_30_days.sent, told.last_30_days.percent()), (2, Some(50)));
    assert_eq!((told.attention.len(), told.expiring.len()), (0, 0));

    // Five days on, one expires soon; ninety days on, nobody of them was seen.
    house.clock.advance(5 * 86_400);
    let anne = house.management(&house.admin("anne").await).await;
    let expiring = anne.overview().await.unwrap().expiring;
    let emails: Vec<&str> = expiring.iter().map(|listed| listed.invitation.email.as_str()).collect();
    assert_eq!(emails.len(), 2);
    assert!(emails.contains(&"two@example.com") && emails.contains(&"three@example.com"));
    house.clock.advance(86 * 86_400);
    let anna = house.management(&house.admin("anna").await).await;
    let told = anna.overview().await.unwrap();
    assert_eq!((told.unseen, told.users), (Total::Exact(5), 7));
    assert_eq!(told.invitations.map(|(_, number)| number), [0, 1, 2]);
}

async fn rates_survive_deletion(house: House) {
    let acme = house.organization("ACME", None).await;
    let ann = house.management(&house.admin("ann").await).await;
    let (first, token) = invite(&ann, "one@example.com", Some(acme)).await;
    let (second, _) = invite(&ann, "two@example.com", Some(acme)).await;
    house.clock.advance(1800);
    house.accept(&token).await.unwrap();
    ann.delete_invitation(first, 2).await.unwrap();
    ann.delete_invitation(second, 1).await.unwrap();

    let told = ann.overview().await.unwrap();
    assert_eq!(told.invitations.map(|(_, number)| number), [0, 0, 0]);
    assert_eq!((told.last_30_days.sent, told.last_30_days.accepted), (2, 1));
    assert_eq!(told.last_30_days.mean_seconds, Some(1800));
    assert_eq!(told.days.len(), 90);
    let today = told.days.last().unwrap();
    assert_eq!((today.day, today.sent, today.accepted), (house.clock.now().day(), 2, 1));

    house.clock.advance(31 * 86_400);
    let told = house
        .management(&house.admin("anne").await)
        .await
        .overview()
        .await
        .unwrap();
    assert_eq!((told.last_30_days.sent, told.last_30_days.percent()), (0, None));
    assert_eq!((told.last_90_days.sent, told.last_90_days.percent()), (2, Some(50)));
}

async fn an_admin_is_told_what_needs_attention(house: House) {
    let cookie = house.admin("ann").await.cookie;
    let told = house
        .access(&cookie)
        .await
        .unwrap()
        .management()
        .unwrap()
        .overview()
        .await
        .unwrap();
    assert_eq!(
        told.attention,
        [Attention::OneAdmin, Attention::NoMailServer, Attention::PlainHttp]
    );
    house.admin("anne").await;
    let backend = house.with_mail_server("https://usher.example");
    let access = backend.access(Some(&cookie), request()).await.unwrap();
    assert_eq!(access.management().unwrap().overview().await.unwrap().attention, []);
}

async fn the_audit_log_is_a_tenants_own(house: House) {
    let (acme, other) = (
        house.organization("ACME", None).await,
        house.organization("OTHER", None).await,
    );
    let ann = house.management(&house.admin("ann").await).await;
    let olga = house
        .management(&house.person("olga", Role::OrgAdmin, Some(acme)).await)
        .await;
    house.clock.advance(1);
    let (id, _) = invite(&ann, "one@example.com", Some(acme)).await;
    house.clock.advance(1);
    invite(&ann, "two@example.com", Some(other)).await;
    let query = |filter| AuditQuery {
        filter,
        ..AuditQuery::default()
    };
    let all = ann.list_audit(&query(AuditFilter::default())).await.unwrap();
    let newest = all.rows[0].as_ref().unwrap();
    assert_eq!(newest.details.as_ref().unwrap().object, "two@example.com");
    let own = olga.list_audit(&query(AuditFilter::default())).await.unwrap();
    assert!(own.rows.iter().flatten().all(|event| event.organization == Some(acme)));
    assert_eq!(own.rows[0].as_ref().unwrap().object, Some(id.0));
    let foreign = AuditFilter {
        organization: Some(other),
        ..AuditFilter::default()
    };
    assert_eq!(olga.list_audit(&query(foreign)).await.unwrap().rows, []);
    let sent = AuditFilter {
        action: Some(Action::InvitationSent),
        object: Some(id.0),
        ..AuditFilter::default()
    };
    assert_eq!(ann.list_audit(&query(sent)).await.unwrap().total, Total::Exact(1));
}

async fn text_of(mut export: Export) -> (usize, String) {
    let (mut chunks, mut text) = (0, String::new());
    while let Some(chunk) = export.next_chunk().await.unwrap() {
        chunks += 1;
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    (chunks, text)
}

async fn a_list_is_exported_as_it_is_filtered(house: House) {
    let (acme, other) = (
        house.organization("ACME", None).await,
        house.organization("OTHER", None).await,
    );
    let person = house.admin("ann").await;
    let ann = house.management(&person).await;
    let olga = house
        .management(&house.person("olga", Role::OrgAdmin, Some(acme)).await)
        .await;
    house.person("odo", Role::User, Some(other)).await;
    invite(&ann, "+guest@example.com", Some(acme)).await;
    invite(&ann, "foreign@example.com", Some(other)).await;

    let (chunks, users) = text_of(olga.export_users(UserQuery::default()).await.unwrap()).await;
    let expected = "Email,Name,Role,Organization,State,Last sign-in,Created\r\n\
        olga@example.com,olga,Org Admin,ACME,Active,2026-11-24T03:33:00Z,2026-11-24T03:33:00Z\r\n";
    assert_eq!((chunks, users.as_str()), (1, expected));
    let (_, invitations) = text_of(olga.export_invitations(InvitationQuery::default()).await.unwrap()).await;
    let expected = "Email,Role,Organization,Status,Sent,Expires,Accepted,Invited by,Delivery\r\n\
        '+guest@example.com,User,ACME,Pending,2026-11-24T03:33:00Z,2026-12-01T03:33:00Z,,ann,Queued\r\n";
    assert_eq!(invitations, expected);
    assert_eq!(house.noted(Some(acme), Action::ListExported).await.0, 2);
    let (_, audit) = text_of(olga.export_audit(AuditQuery::default()).await.unwrap()).await;
    assert!(
        audit.contains("Exported a list,olga@example.com,Invitations"),
        "{audit}"
    );
    assert!(!audit.contains("foreign@example.com"));

    let access = house.access(&person.cookie).await.unwrap();
    let query = OrganizationQuery {
        search: Some("oth".to_owned()),
        ..OrganizationQuery::default()
    };
    let export = access
        .administration()
        .unwrap()
        .export_organizations(query)
        .await
        .unwrap();
    let (_, organizations) = text_of(export).await;
    let expected = "Name,Code,Description,Tier,Users,Created\r\nOTHER,OTHER,,,1,2026-11-24T03:33:00Z\r\n";
    assert_eq!(organizations, expected);
}

async fn a_long_list_comes_in_chunks(house: House) {
    let acme = house.organization("ACME", None).await;
    let ann = house.management(&house.admin("ann").await).await;
    many_invitations(&house, acme, 2_500).await;
    let query = InvitationQuery {
        sort: Sort::parse("-email").unwrap(),
        ..InvitationQuery::default()
    };
    let (chunks, text) = text_of(ann.export_invitations(query).await.unwrap()).await;
    let emails: Vec<&str> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap())
        .collect();
    assert_eq!((chunks, emails.len()), (3, 2_500));
    assert!(emails.is_sorted_by(|first, second| first > second));
}

async fn many_invitations(house: &House, organization: OrganizationId, number: u64) {
    let now = house.clock.now();
    house
        .write(|mut tx| async move {
            for index in 0..number {
                let invitation = Invitation {
                    id: InvitationId(uuid::Uuid::from_u64_pair(1, index)),
                    email: Email::trusted(format!("guest{index:05}@example.com")),
                    role: Role::User,
                    organization: Some(organization),
                    invited_by: None,
                    sent: now,
                    expires: Moment(now.0 + 1000),
                    accepted: None,
                    version: 1,
                };
                store::invitation::insert(&mut tx, &invitation, 60, &index.to_be_bytes()).await?;
            }
            Ok(())
        })
        .await;
}
