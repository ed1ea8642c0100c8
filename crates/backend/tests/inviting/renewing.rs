use backend::{error::Error, inviting::InvitationInput, mail::Letter};
use domain::{audit::Action, invitation::InvitationStatus, role::Role, time::Moment};
use store::mail::MailState;

use crate::{
    guests::{invite, token_in, token_of, word},
    house::{House, on_both_engines, refusal, request},
};

on_both_engines!(
    resending_makes_a_new_link,
    an_expired_one_comes_back_to_life,
    copying_shows_the_link_and_mails_nothing,
    a_deleted_one_takes_its_mail_along,
    an_accepted_one_is_not_sent_again,
    asking_reaches_only_the_mailbox,
    asking_changes_nothing_where_it_must_not,
    without_a_mail_server_asking_kills_no_link,
    a_mail_that_was_tried_again_is_nobodys_worry,
);

async fn resending_makes_a_new_link(house: House) {
    let acme = house.organization("ACME", None).await;
    let ann = house.management(&house.admin("ann").await).await;
    let (id, old) = invite(&ann, "guest@example.com", Some(acme)).await;
    // The first sending may be repeated at once. The mail that still waits would bring a dead link.
    let new = token_of(&ann.resend_invitation(id, 1).await.unwrap());
    assert_eq!(word(&house.look_up(&old).await), "unknown");
    assert_eq!(word(&house.look_up(&new).await), "open");
    let tokens: Vec<_> = house.mails().await.into_iter().map(|mail| mail.token).collect();
    assert_eq!(tokens, [Some(new)]);

    let wait = ann.resend_invitation(id, 2).await;
    assert!(matches!(wait, Err(Error::TooMany { wait_seconds: 60 })), "{wait:?}");
    let wait = ann.copy_invitation_link(id, 2).await;
    assert!(matches!(wait, Err(Error::TooMany { wait_seconds: 60 })), "{wait:?}");
    house.clock.advance(60);
    let Err(Error::Changed(changed)) = ann.resend_invitation(id, 1).await else {
        panic!("the version is old");
    };
    assert_eq!((changed.version, changed.fields[0].1.as_str()), (2, "Pending"));
    ann.resend_invitation(id, 2).await.unwrap();
    assert_eq!(house.noted(Some(acme), Action::InvitationResent).await.0, 2);
}

async fn an_expired_one_comes_back_to_life(house: House) {
    let acme = house.organization("ACME", None).await;
    let ann = house.admin("ann").await;
    let (id, _) = invite(&house.management(&ann).await, "guest@example.com", Some(acme)).await;
    house.clock.advance(604_801);
    let anne = house.management(&house.admin("anne").await).await;
    assert_eq!(
        house.status(&anne.invitation(id).await.unwrap()),
        InvitationStatus::Expired
    );
    anne.resend_invitation(id, 1).await.unwrap();
    let listed = anne.invitation(id).await.unwrap();
    assert_eq!(house.status(&listed), InvitationStatus::Pending);
    assert_eq!(listed.invitation.expires, house.clock.now().plus_seconds(604_800));

    // Not beside a newer one for the same person.
    house.clock.advance(604_801);
    let anna = house.management(&house.admin("anna").await).await;
    let (newer, _) = invite(&anna, "guest@example.com", Some(acme)).await;
    let again = anna.resend_invitation(id, 2).await;
    assert!(matches!(again, Err(Error::AlreadyInvited { invitation }) if invitation == newer));
}

async fn copying_shows_the_link_and_mails_nothing(house: House) {
    let ann = house.management(&house.admin("ann").await).await;
    let (id, old) = invite(&ann, "guest@example.com", None).await;
    let link = ann.copy_invitation_link(id, 1).await.unwrap();
    assert_eq!(word(&house.look_up(&old).await), "unknown");
    assert_eq!(word(&house.look_up(&token_in(&link)).await), "open");
    assert_eq!(house.mails().await, []);
    assert_eq!(ann.invitation(id).await.unwrap().mail, None);
}

async fn a_deleted_one_takes_its_mail_along(house: House) {
    let ann = house.management(&house.admin("ann").await).await;
    let (id, token) = invite(&ann, "guest@example.com", None).await;
    assert_eq!(ann.invitation(id).await.unwrap().mail.unwrap().0, MailState::Queued);
    assert!(matches!(ann.delete_invitation(id, 7).await, Err(Error::Changed(_))));
    ann.delete_invitation(id, 1).await.unwrap();
    assert_eq!(word(&house.look_up(&token).await), "unknown");
    assert_eq!(house.mails().await, []);
    assert!(matches!(ann.delete_invitation(id, 1).await, Err(Error::NotFound)));
}

async fn an_accepted_one_is_not_sent_again(house: House) {
    let ann = house.management(&house.admin("ann").await).await;
    let (id, token) = invite(&ann, "guest@example.com", None).await;
    house.accept(&token).await.unwrap();
    let told = "This invitation has already been accepted.";
    assert_eq!(refusal(ann.resend_invitation(id, 2).await), told);
    assert_eq!(refusal(ann.copy_invitation_link(id, 2).await), told);
    ann.delete_invitation(id, 2).await.unwrap();

    // An address that got an account in another way.
    let (id, _) = invite(&ann, "other@example.com", None).await;
    house.admin("other").await;
    let told = "This address already has an account.";
    assert_eq!(refusal(ann.resend_invitation(id, 1).await), told);
}

async fn asking_reaches_only_the_mailbox(house: House) {
    let mailing = house.with_mail_server("http://usher.example");
    let acme = house.organization("ACME", None).await;
    let ann = house.management(&house.admin("ann").await).await;
    let (_, old) = invite(&ann, "guest@example.com", Some(acme)).await;
    house.mails().await;
    house.clock.advance(604_801);
    assert_eq!(word(&house.look_up(&old).await), "expired");
    mailing.ask_for_renewal(&old, &request()).await.unwrap();

    let mails = house.mails().await;
    let invitation = mails.iter().find(|mail| mail.recipient == "guest@example.com").unwrap();
    assert_eq!(word(&house.look_up(invitation.token.as_ref().unwrap()).await), "open");
    let note = mails.iter().find(|mail| mail.recipient == "ann@example.com").unwrap();
    assert_eq!(
        note.letter,
        Letter::InvitationRenewed {
            invitee: "guest@example.com".to_owned(),
            organization: Some("ACME".to_owned()),
        }
    );
    assert_eq!((mails.len(), &note.token), (2, &None));
    let (number, event) = house.noted(Some(acme), Action::InvitationRenewalAsked).await;
    assert_eq!((number, event.unwrap().actor), (1, None));
    assert_eq!(word(&house.look_up(&old).await), "unknown");
}

async fn asking_changes_nothing_where_it_must_not(house: House) {
    let mailing = house.with_mail_server("http://usher.example");
    let tier = house.tier("Tiny", 1).await;
    let acme = house.organization("ACME", Some(tier)).await;
    let ann = house.management(&house.admin("ann").await).await;
    let (_, pending) = invite(&ann, "pending@example.com", None).await;
    let (_, full) = invite(&ann, "full@example.com", Some(acme)).await;
    house.clock.advance(604_801);
    house.person("somebody", Role::User, Some(acme)).await;
    house.mails().await;
    let anne = house.management(&house.admin("anne").await).await;
    let (_, fresh) = invite(&anne, "fresh@example.com", None).await;
    // It was replaced by another invitation meanwhile.
    invite(&anne, "pending@example.com", None).await;
    house.mails().await;
    for token in [pending.as_str(), &full, &fresh, "nonsense"] {
        mailing.ask_for_renewal(token, &request()).await.unwrap();
    }
    assert_eq!(house.mails().await, []);
    assert_eq!(word(&house.look_up(&fresh).await), "open");
    // Each question counts, so that it tells nothing.
    for _ in 4..10 {
        mailing.ask_for_renewal("nonsense", &request()).await.unwrap();
    }
    let asked = mailing.ask_for_renewal("nonsense", &request()).await;
    assert!(matches!(asked, Err(Error::TooMany { .. })));
}

async fn without_a_mail_server_asking_kills_no_link(house: House) {
    let ann = house.management(&house.admin("ann").await).await;
    let (_, old) = invite(&ann, "guest@example.com", None).await;
    house.clock.advance(604_801);
    assert_eq!(word(&house.look_up(&old).await), "expired");
    house.mails().await;
    for token in [old.as_str(), "nonsense"] {
        let asked = refusal(house.backend.ask_for_renewal(token, &request()).await);
        assert_eq!(
            asked,
            "This installation sends no e-mail. Ask whoever invited you for a new link."
        );
    }
    assert_eq!(house.mails().await, []);
    assert_eq!(word(&house.look_up(&old).await), "expired");
}

async fn a_mail_that_was_tried_again_is_nobodys_worry(house: House) {
    let house = house.mailing();
    let ann = house.admin("ann").await;
    let administration = house.access(&ann.cookie).await.unwrap().administration().unwrap();
    let ann = house.management(&ann).await;
    let input = InvitationInput {
        email: "guest@example.com".to_owned(),
        role: "admin".to_owned(),
        ..InvitationInput::default()
    };
    let id = ann.send_invitation(&input).await.unwrap().id;
    assert_eq!(administration.mail_status().await.unwrap().queued, 1);
    for (tries, version) in [(1, 1), (2, 2)] {
        house
            .write(|mut tx| async move {
                let mails = store::mail::claim(&mut tx, Moment(i64::MAX / 2), Moment(i64::MAX), 10).await?;
                for mail in mails {
                    store::mail::mark_failed(&mut tx, mail.id, "550 Gone").await?;
                }
                Ok(())
            })
            .await;
        let status = administration.mail_status().await.unwrap();
        assert_eq!((status.failed, status.queued), (1, 0), "after {tries} tries");
        house.clock.advance(61);
        ann.resend_invitation(id, version).await.unwrap();
        let status = administration.mail_status().await.unwrap();
        assert_eq!((status.failed, status.queued), (0, 1), "the next try counts instead");
    }
}
