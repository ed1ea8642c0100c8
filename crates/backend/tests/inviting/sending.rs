use backend::{error::Error, inviting::InvitationInput, mail::Letter};
use domain::{
    audit::Action,
    invitation::{InvitationFilter, InvitationStatus},
    page::Total,
    query::InvitationQuery,
    role::Role,
};
use store::mail::MailState;

use crate::{
    guests::{input, invite, word},
    house::{House, on_both_engines, problem_of, refusal},
};

on_both_engines!(
    an_invitation_is_sent,
    with_a_mail_server_no_link_is_shown,
    every_field_has_its_problem,
    an_account_is_told_without_where_and_noted,
    a_pending_invitation_offers_itself,
    nobody_invites_above_or_outside,
    an_admin_invitation_is_nothing_to_an_org_admin,
    seats_are_counted_with_pending_invitations,
    one_recipient_is_not_flooded,
);

async fn an_invitation_is_sent(house: House) {
    let acme = house.organization("ACME", None).await;
    let ann = house.management(&house.admin("ann").await).await;
    let (id, token) = invite(&ann, " Guest@Example.COM ", Some(acme)).await;

    let listed = ann.invitation(id).await.unwrap();
    assert_eq!(listed.invitation.email.as_str(), "guest@example.com");
    assert_eq!(house.status(&listed), InvitationStatus::Pending);
    assert_eq!(listed.invitation.expires, house.clock.now().plus_seconds(604_800));
    assert_eq!(listed.inviter_name.unwrap().as_str(), "ann");
    assert_eq!(listed.mail.unwrap().0, MailState::Queued);
    assert_eq!(word(&house.look_up(&token).await), "open");

    let mails = house.mails().await;
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!(
        (mail.recipient.as_str(), mail.token.as_deref()),
        ("guest@example.com", Some(token.as_str()))
    );
    assert_eq!(
        mail.letter,
        Letter::Invitation {
            organization: Some("ACME".to_owned()),
            inviter: "ann".to_owned(),
            role: Role::User,
            expires: listed.invitation.expires,
        }
    );
    let (number, event) = house.noted(Some(acme), Action::InvitationSent).await;
    assert_eq!(number, 1);
    let event = event.unwrap();
    assert_eq!(event.object, Some(id.0));
    assert!(!format!("{event:?}").contains(&token));
}

async fn with_a_mail_server_no_link_is_shown(house: House) {
    let cookie = house.admin("ann").await.cookie;
    let backend = house.with_mail_server("https://usher.example");
    let access = backend.access(Some(&cookie), crate::house::request()).await.unwrap();
    let ann = access.management().unwrap();
    let sent = ann
        .send_invitation(&input("guest@example.com", Role::Admin, None))
        .await;
    assert_eq!(sent.unwrap().link, None);
}

async fn every_field_has_its_problem(house: House) {
    let ann = house.management(&house.admin("ann").await).await;
    let wrong = InvitationInput {
        email: "guest".to_owned(),
        role: "root".to_owned(),
        organization: "x".to_owned(),
        expires_in_seconds: "59".to_owned(),
    };
    let Err(Error::Invalid(errors)) = ann.send_invitation(&wrong).await else {
        panic!("it worked");
    };
    let fields: Vec<&str> = errors.0.keys().map(String::as_str).collect();
    assert_eq!(fields, ["email", "expires_in_seconds", "organization", "role"]);

    let nowhere = ann.send_invitation(&input("guest@example.com", Role::User, None)).await;
    assert_eq!(
        problem_of("organization", nowhere),
        "Choose an organization, or invite as Admin."
    );
    let gone = domain::id::OrganizationId(uuid::Uuid::nil());
    let gone = ann
        .send_invitation(&input("guest@example.com", Role::User, Some(gone)))
        .await;
    assert_eq!(
        problem_of("organization", gone),
        "This organization no longer exists. Choose another."
    );
}

async fn an_account_is_told_without_where_and_noted(house: House) {
    let (acme, other) = (
        house.organization("ACME", None).await,
        house.organization("OTHER", None).await,
    );
    house.person("known", Role::User, Some(other)).await;
    let olga = house
        .management(&house.person("olga", Role::OrgAdmin, Some(acme)).await)
        .await;
    let told = "This address already has an account.";
    for _ in 0..20 {
        let sent = olga
            .send_invitation(&input("known@example.com", Role::User, None))
            .await;
        assert_eq!(problem_of("email", sent), told);
    }
    assert_eq!(house.noted(Some(acme), Action::AccessRefused).await.0, 20);
    // From now on nothing is told, about nobody.
    for email in ["known@example.com", "unknown@example.com"] {
        let sent = olga.send_invitation(&input(email, Role::User, None)).await;
        assert!(matches!(sent, Err(Error::TooMany { .. })), "{email}");
    }
}

async fn a_pending_invitation_offers_itself(house: House) {
    let (acme, other) = (
        house.organization("ACME", None).await,
        house.organization("OTHER", None).await,
    );
    let ann = house.management(&house.admin("ann").await).await;
    let (id, _) = invite(&ann, "guest@example.com", Some(acme)).await;
    let again = ann
        .send_invitation(&input("GUEST@example.com", Role::OrgAdmin, Some(acme)))
        .await;
    assert!(matches!(again, Err(Error::AlreadyInvited { invitation }) if invitation == id));
    // Another tenant knows nothing of it.
    invite(&ann, "guest@example.com", Some(other)).await;
    // Nor is an expired one in the way.
    house.clock.advance(604_801);
    let ann = house.management(&house.admin("anne").await).await;
    invite(&ann, "guest@example.com", Some(acme)).await;
}

async fn nobody_invites_above_or_outside(house: House) {
    let (acme, other) = (
        house.organization("ACME", None).await,
        house.organization("OTHER", None).await,
    );
    let olga = house
        .management(&house.person("olga", Role::OrgAdmin, Some(acme)).await)
        .await;
    let above = olga
        .send_invitation(&input("guest@example.com", Role::Admin, None))
        .await;
    assert_eq!(
        problem_of("role", above),
        "As Org Admin you cannot give the role Admin."
    );
    let outside = olga
        .send_invitation(&input("guest@example.com", Role::User, Some(other)))
        .await;
    assert!(matches!(outside, Err(Error::NotFound)));
    // An Org Admin's organization need not be said.
    let sent = olga
        .send_invitation(&input("guest@example.com", Role::OrgAdmin, None))
        .await
        .unwrap();
    let own = olga.invitation(sent.id).await.unwrap();
    assert_eq!(own.invitation.organization, Some(acme));

    let oleg = house
        .management(&house.person("oleg", Role::OrgAdmin, Some(other)).await)
        .await;
    assert!(matches!(oleg.invitation(sent.id).await, Err(Error::NotFound)));
    assert!(matches!(oleg.resend_invitation(sent.id, 1).await, Err(Error::NotFound)));
    assert!(matches!(
        oleg.copy_invitation_link(sent.id, 1).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(oleg.delete_invitation(sent.id, 1).await, Err(Error::NotFound)));
    assert_eq!(
        oleg.list_invitations(&InvitationQuery::default()).await.unwrap().rows,
        []
    );
}

async fn an_admin_invitation_is_nothing_to_an_org_admin(house: House) {
    let acme = house.organization("ACME", None).await;
    let ann = house.management(&house.admin("ann").await).await;
    let olga = house
        .management(&house.person("olga", Role::OrgAdmin, Some(acme)).await)
        .await;
    let id = ann
        .send_invitation(&input("chief@example.com", Role::Admin, Some(acme)))
        .await
        .unwrap()
        .id;
    invite(&ann, "guest@example.com", Some(acme)).await;

    for status in [None, Some(InvitationStatus::Pending), Some(InvitationStatus::Expired)] {
        let query = InvitationQuery {
            filter: InvitationFilter {
                status,
                ..InvitationFilter::default()
            },
            ..InvitationQuery::default()
        };
        let number = u64::from(status != Some(InvitationStatus::Expired));
        let page = olga.list_invitations(&query).await.unwrap();
        assert_eq!((page.total, page.rows.len() as u64), (Total::Exact(number), number));
        let page = ann.list_invitations(&query).await.unwrap();
        assert_eq!(
            (page.total, page.rows.len() as u64),
            (Total::Exact(2 * number), 2 * number)
        );
    }
    assert!(matches!(olga.copy_invitation_link(id, 1).await, Err(Error::NotFound)));
    let again = olga
        .send_invitation(&input("chief@example.com", Role::User, None))
        .await;
    assert_eq!(
        problem_of("email", again),
        "This address already has a pending invitation here."
    );
}

async fn seats_are_counted_with_pending_invitations(house: House) {
    let tier = house.tier("Tiny", 2).await;
    let acme = house.organization("ACME", Some(tier)).await;
    let ann = house.management(&house.admin("ann").await).await;
    house.person("known", Role::User, Some(acme)).await;
    let (first, _) = invite(&ann, "one@example.com", Some(acme)).await;
    let full = "All 2 seats of the tier Tiny are taken (1 user, 1 pending invitation).";
    let sent = ann
        .send_invitation(&input("two@example.com", Role::User, Some(acme)))
        .await;
    assert_eq!(refusal(sent), full);

    // What has expired takes no seat, until it is sent again.
    house.clock.advance(604_801);
    let ann = house.management(&house.admin("anne").await).await;
    let (second, _) = invite(&ann, "two@example.com", Some(acme)).await;
    assert_eq!(refusal(ann.resend_invitation(first, 1).await), full);
    ann.delete_invitation(second, 1).await.unwrap();
    ann.resend_invitation(first, 1).await.unwrap();
}

async fn one_recipient_is_not_flooded(house: House) {
    let acme = house.organization("ACME", None).await;
    let ann = house.management(&house.admin("ann").await).await;
    for _ in 0..5 {
        let (id, _) = invite(&ann, "guest@example.com", Some(acme)).await;
        ann.delete_invitation(id, 1).await.unwrap();
    }
    let sent = ann
        .send_invitation(&input("guest@example.com", Role::User, Some(acme)))
        .await;
    assert!(matches!(sent, Err(Error::TooMany { wait_seconds: 500 })), "{sent:?}");
    invite(&ann, "somebody@example.com", Some(acme)).await;
}
