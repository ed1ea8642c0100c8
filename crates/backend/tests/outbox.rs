//! Stories about the outbox, with a mail server that does what mail servers do.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a story that cannot go on ends here"
)]

mod support;

use backend::{mail::Letter, secret::Token};
use domain::role::Role;
use store::mail::MailState;
use support::{
    Installation, START, admin,
    smtp::{MailServer, Script},
};

on_both_engines!(
    a_mail_arrives_with_both_parts,
    a_mail_that_is_put_off_is_sent_later,
    a_refused_mail_fails_for_good_and_its_token_is_wiped,
    a_lost_connection_costs_at_most_a_duplicate_that_can_be_told,
    a_server_that_does_not_answer_delays_only_its_mail,
    after_a_day_a_mail_is_given_up,
    a_link_that_expired_is_not_sent,
    without_a_mail_server_a_mail_is_a_private_file,
    two_servers_send_each_mail_once,
    a_deleted_invitation_takes_its_mail_along,
    a_queued_mail_wakes_the_worker,
    a_name_writes_no_header,
    the_status_tells_how_mail_is_doing,
    the_command_line_hears_the_servers_answer,
);

fn invitation() -> Letter {
    Letter::Invitation {
        organization: Some("Acme".to_owned()),
        inviter: "Ann O'Hara".to_owned(),
        role: Role::OrgAdmin,
        expires: START.plus_seconds(7 * 86_400),
    }
}

async fn a_mail_arrives_with_both_parts(installation: Installation) {
    let mut smtp = MailServer::start().await;
    let backend = installation.server(Some(&smtp.url));
    let token = Token::new().unwrap();
    let id = installation.queue(&invitation(), Some(&token), None).await;

    assert_eq!(backend.send_due_mails().await.unwrap(), 1);
    let mail = smtp.next().await;
    assert_eq!(mail.recipient, "kim@example.com");
    let header = |name| mail.header(name).unwrap_or_default();
    assert_eq!(header("Subject"), "Ann O'Hara invites you to Acme");
    assert_eq!(header("To"), "kim@example.com");
    assert!(header("From").ends_with("<usher@example.com>"), "{}", header("From"));
    assert_eq!(header("Message-ID"), format!("<{id}@usher.example.com>"));
    assert_eq!(header("Date"), "Tue, 24 Nov 2026 03:33:00 +0000");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert!(header("Content-Type").starts_with("multipart/alternative"));
    let link = format!("https://usher.example.com/accept-invitation/{}", token.reveal());
    let parts: Vec<&str> = mail.content.split(&format!("--usher-{id}")).collect();
    for (part, kind) in [(parts[1], "text/plain"), (parts[2], "text/html")] {
        assert!(part.contains(kind) && part.contains(&link), "{part}");
        for fact in ["Acme", "Org Admin", "1 December 2026"] {
            assert!(part.contains(fact), "{fact} in {part}");
        }
    }

    let answer = "250 2.0.0 Ok: queued as 4F2A".to_owned();
    assert_eq!(installation.fate(id).await, Some((MailState::Sent, answer)));
    assert_eq!(installation.sealed_tokens().await, 0);
    assert_eq!(backend.send_due_mails().await.unwrap(), 0);
}

async fn a_mail_that_is_put_off_is_sent_later(installation: Installation) {
    let mut smtp = MailServer::start().await;
    let backend = installation.server(Some(&smtp.url));
    smtp.will([
        Script::Recipient("451 4.7.1 Greylisted"),
        Script::Greet("421 4.3.2 Busy"),
    ]);
    let id = installation
        .queue(&invitation(), Some(&Token::new().unwrap()), None)
        .await;

    assert_eq!(backend.send_due_mails().await.unwrap(), 1);
    let greylisted = Some((MailState::Queued, "451 4.7.1 Greylisted".to_owned()));
    assert_eq!(installation.fate(id).await, greylisted);
    installation.clock.advance(29);
    assert_eq!(backend.send_due_mails().await.unwrap(), 0, "not before half a minute");
    installation.clock.advance(8);
    assert_eq!(backend.send_due_mails().await.unwrap(), 1);
    let (state, answer) = installation.fate(id).await.unwrap();
    assert_eq!(state, MailState::Queued);
    assert!(answer.ends_with(": 421 4.3.2 Busy"), "{answer}");
    installation.clock.advance(59);
    assert_eq!(backend.send_due_mails().await.unwrap(), 0, "the wait doubles");
    installation.clock.advance(14);
    assert_eq!(backend.send_due_mails().await.unwrap(), 1);
    assert_eq!(installation.fate(id).await.unwrap().0, MailState::Sent);
    assert_eq!(smtp.taken().len(), 1);
}

async fn a_refused_mail_fails_for_good_and_its_token_is_wiped(installation: Installation) {
    let mut smtp = MailServer::start().await;
    let backend = installation.server(Some(&smtp.url));
    smtp.will([Script::Recipient("550 5.1.1 No such user")]);
    let id = installation
        .queue(&invitation(), Some(&Token::new().unwrap()), None)
        .await;
    assert_eq!(installation.sealed_tokens().await, 1);

    assert_eq!(backend.send_due_mails().await.unwrap(), 1);
    let refused = Some((MailState::Failed, "550 5.1.1 No such user".to_owned()));
    assert_eq!(installation.fate(id).await, refused);
    assert_eq!(installation.sealed_tokens().await, 0);
    installation.clock.advance(86_400);
    assert_eq!(backend.send_due_mails().await.unwrap(), 0);
    assert!(smtp.taken().is_empty());
}

async fn a_lost_connection_costs_at_most_a_duplicate_that_can_be_told(installation: Installation) {
    let mut smtp = MailServer::start().await;
    let backend = installation.server(Some(&smtp.url));
    smtp.will([Script::DropBeforeData, Script::DropAfterData, Script::TakeWithoutAWord]);
    let id = installation
        .queue(&invitation(), Some(&Token::new().unwrap()), None)
        .await;

    for _ in 0..3 {
        assert_eq!(backend.send_due_mails().await.unwrap(), 1);
        assert_eq!(installation.fate(id).await.unwrap().0, MailState::Queued);
        installation.clock.advance(200);
    }
    assert_eq!(backend.send_due_mails().await.unwrap(), 1);
    // The server had it before it hung up, and before it said nothing.
    let mails = smtp.taken();
    assert_eq!(mails.len(), 3);
    for mail in mails {
        assert_eq!(mail.header("Message-ID").unwrap(), format!("<{id}@usher.example.com>"));
        assert_eq!(mail.header("Date").unwrap(), "Tue, 24 Nov 2026 03:33:00 +0000");
    }
}

async fn a_server_that_does_not_answer_delays_only_its_mail(installation: Installation) {
    let mut smtp = MailServer::start().await;
    let backend = installation.server(Some(&smtp.url));
    smtp.will([Script::Silent]);
    let one = installation
        .queue(&invitation(), Some(&Token::new().unwrap()), None)
        .await;
    let other = installation
        .queue(&invitation(), Some(&Token::new().unwrap()), None)
        .await;

    assert_eq!(backend.send_due_mails().await.unwrap(), 2);
    smtp.next().await;
    let fates = [
        installation.fate(one).await.unwrap(),
        installation.fate(other).await.unwrap(),
    ];
    let delayed = fates.iter().find(|(state, _)| *state == MailState::Queued).unwrap();
    assert!(delayed.1.ends_with("did not answer within 1 seconds"), "{delayed:?}");
    assert!(fates.iter().any(|(state, _)| *state == MailState::Sent));
}

async fn after_a_day_a_mail_is_given_up(installation: Installation) {
    let smtp = MailServer::start().await;
    let backend = installation.server(Some(&smtp.url));
    smtp.will([Script::Recipient("451 Later"), Script::Recipient("452 Still later")]);
    let id = installation
        .queue(&invitation(), Some(&Token::new().unwrap()), None)
        .await;

    backend.send_due_mails().await.unwrap();
    assert_eq!(installation.fate(id).await.unwrap().0, MailState::Queued);
    installation.clock.advance(86_400);
    backend.send_due_mails().await.unwrap();
    let given_up = Some((MailState::Failed, "452 Still later".to_owned()));
    assert_eq!(installation.fate(id).await, given_up);
    assert_eq!(installation.sealed_tokens().await, 0);
}

async fn a_link_that_expired_is_not_sent(installation: Installation) {
    let mut smtp = MailServer::start().await;
    let backend = installation.server(Some(&smtp.url));
    let letter = Letter::Recovery { name: "Kim".to_owned() };
    let id = installation.queue(&letter, Some(&Token::new().unwrap()), None).await;

    installation.clock.advance(601);
    assert_eq!(backend.send_due_mails().await.unwrap(), 1);
    assert_eq!(installation.fate(id).await.unwrap().0, MailState::Failed);
    assert!(smtp.taken().is_empty());
}

async fn without_a_mail_server_a_mail_is_a_private_file(installation: Installation) {
    use std::os::unix::fs::PermissionsExt;

    let backend = installation.server(None);
    assert!(!backend.has_mail_server());
    let token = Token::new().unwrap();
    let id = installation.queue(&invitation(), Some(&token), None).await;

    assert_eq!(backend.send_due_mails().await.unwrap(), 1);
    let path = installation.data_dir.join(format!("mail/{id}.eml"));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_to_string(&path).unwrap().contains(&token.reveal()));
    let written = format!("No mail server is configured; written to mail/{id}.eml");
    assert_eq!(installation.fate(id).await, Some((MailState::Written, written)));
    assert_eq!(installation.sealed_tokens().await, 0);
}

async fn two_servers_send_each_mail_once(installation: Installation) {
    let mut smtp = MailServer::start().await;
    let one = installation.server(Some(&smtp.url));
    let other = installation.second_server(&smtp.url).await;
    let mut queued = Vec::new();
    for _ in 0..30 {
        let id = installation
            .queue(&invitation(), Some(&Token::new().unwrap()), None)
            .await;
        queued.push(format!("<{id}@usher.example.com>"));
    }

    let (by_one, by_other) = tokio::join!(one.send_due_mails(), other.send_due_mails());
    assert_eq!(by_one.unwrap() + by_other.unwrap(), 30);
    let mut arrived: Vec<String> = smtp
        .taken()
        .iter()
        .filter_map(|mail| mail.header("Message-ID"))
        .collect();
    arrived.sort();
    queued.sort();
    assert_eq!(arrived, queued);
}

async fn a_deleted_invitation_takes_its_mail_along(installation: Installation) {
    let mut smtp = MailServer::start().await;
    let backend = installation.server(Some(&smtp.url));
    let invitation_row = &domain::invitation::Invitation {
        id: domain::id::InvitationId::new(START, [1; 10]),
        email: domain::text::Email::parse("kim@example.com").unwrap(),
        role: Role::Admin,
        organization: None,
        invited_by: None,
        sent: START,
        expires: START.plus_seconds(604_800),
        accepted: None,
        version: 1,
    };
    let token = &Token::new().unwrap();
    installation
        .store
        .write(|mut tx| async move { store::invitation::insert(&mut tx, invitation_row, 604_800, &token.hash()).await })
        .await
        .unwrap();
    let id = installation
        .queue(&invitation(), Some(token), Some(invitation_row.id))
        .await;

    let deleted = installation
        .store
        .write(|mut tx| async move { store::invitation::delete(&mut tx, invitation_row).await });
    assert!(deleted.await.unwrap());
    assert_eq!(installation.fate(id).await, None);
    assert_eq!(backend.send_due_mails().await.unwrap(), 0);
    assert!(smtp.taken().is_empty());
}

async fn a_queued_mail_wakes_the_worker(installation: Installation) {
    let mut smtp = MailServer::start().await;
    let backend = installation.server(Some(&smtp.url));
    let administration = admin(&backend).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let worker = backend.clone();
    let worker = tokio::spawn(async move {
        worker
            .run_outbox(async {
                let _ = stopped.await;
            })
            .await;
    });

    for _ in 0..2 {
        administration.send_test_mail().await.unwrap();
        assert_eq!(smtp.next().await.recipient, "ann@example.com");
    }
    stop.send(()).unwrap();
    worker.await.unwrap();
    let status = administration.mail_status().await.unwrap();
    assert_eq!((status.queued, status.failed), (0, 0), "what was under way was noted");
}

async fn a_name_writes_no_header(installation: Installation) {
    let mut smtp = MailServer::start().await;
    let backend = installation.server(Some(&smtp.url));
    let letter = Letter::InvitationAccepted {
        invitee: "kim@example.com".to_owned(),
        name: "Kim\r\nBcc: eve@example.com\r\n\r\nHello".to_owned(),
        organization: None,
    };
    installation.queue(&letter, None, None).await;

    backend.send_due_mails().await.unwrap();
    let mail = smtp.next().await;
    assert_eq!(mail.header("Bcc"), None);
    assert!(mail.header("Subject").unwrap().contains("Bcc: eve@example.com"));
    assert!(
        mail.header("Content-Type")
            .unwrap()
            .starts_with("multipart/alternative")
    );
}

async fn the_status_tells_how_mail_is_doing(installation: Installation) {
    let smtp = MailServer::start().await;
    let with_password = smtp.url.replace("smtp://", "smtp://ann:secret@");
    let administration = admin(&installation.server(Some(&with_password))).await;
    let status = administration.mail_status().await.unwrap();
    let address = smtp.url.split('?').next().map(str::to_owned);
    assert_eq!(status.transport, address);
    assert_eq!((status.queued, status.failed, status.last_sent), (0, 0, None));

    administration.send_test_mail().await.unwrap();
    assert_eq!(administration.mail_status().await.unwrap().queued, 1);
    installation.clock.advance(5);
    installation.server(Some(&smtp.url)).send_due_mails().await.unwrap();
    let status = administration.mail_status().await.unwrap();
    assert_eq!((status.queued, status.failed), (0, 0));
    assert_eq!(status.last_sent, Some(START.plus_seconds(5)));
    assert_eq!(status.last_answer.unwrap(), "250 2.0.0 Ok: queued as 4F2A");

    smtp.will([Script::Recipient("550 Gone")]);
    administration.send_test_mail().await.unwrap();
    installation.server(Some(&smtp.url)).send_due_mails().await.unwrap();
    let status = administration.mail_status().await.unwrap();
    assert_eq!((status.failed, status.last_answer.as_deref()), (1, Some("550 Gone")));
    assert_eq!(status.last_sent, Some(START.plus_seconds(5)));
}

async fn the_command_line_hears_the_servers_answer(installation: Installation) {
    let mut smtp = MailServer::start().await;
    let backend = installation.server(Some(&smtp.url));
    let answer = backend.send_test_now("kim@example.com").await.unwrap();
    assert_eq!(answer, "250 2.0.0 Ok: queued as 4F2A");
    assert_eq!(smtp.next().await.header("Subject").unwrap(), "Test e-mail from Usher");

    smtp.will([Script::Recipient("550 5.1.1 No such user")]);
    let refused = backend.send_test_now("kim@example.com").await.unwrap_err();
    assert_eq!(refused.to_string(), "refused: 550 5.1.1 No such user");
    assert!(backend.send_test_now("kim").await.is_err());
    assert!(
        installation
            .server(None)
            .send_test_now("kim@example.com")
            .await
            .is_err()
    );
}
