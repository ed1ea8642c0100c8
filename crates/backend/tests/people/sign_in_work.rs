//! A refused sign-in is as much work whatever the reason: the same statements, in the same order, and one hash.

use std::sync::{Arc, Mutex};

use backend::inviting::InvitationInput;
use domain::{role::Role, user::UserState};
use tracing::{Event, Subscriber, field::Visit};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt, registry};

use crate::house::{House, PASSWORD, on_both_engines, refusal, request};

on_both_engines!(every_refused_sign_in_is_the_same_work);

/// What a process does, step by step: statements of the database, and hashes.
#[derive(Clone, Default)]
struct Work(Arc<Mutex<Vec<String>>>);

impl Work {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl<S: Subscriber> Layer<S> for Work {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        match event.metadata().target() {
            "sqlx::query" => self.0.lock().unwrap().push(text.summary),
            "backend::password" => self.0.lock().unwrap().push(text.message),
            _ => {}
        }
    }
}

#[derive(Default)]
struct Text {
    summary: String,
    message: String,
}

impl Visit for Text {
    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        if field.name() == "summary" {
            self.summary = value.to_owned();
        }
    }

    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        }
    }
}

async fn every_refused_sign_in_is_the_same_work(house: House) {
    let ada = house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let cid = house.person("Cid", Role::User, Some(acme)).await;
    let management = house.management(&ada).await;
    let version = management.user(cid.id).await.unwrap().user.version;
    (management.set_user_state(cid.id, version, UserState::Suspended).await).unwrap();
    let invitation = InvitationInput {
        email: "invited@example.com".to_owned(),
        role: "user".to_owned(),
        organization: acme.to_string(),
        ..InvitationInput::default()
    };
    management.send_invitation(&invitation).await.unwrap();

    // One process a test: nobody else's work is counted.
    let work = Work::default();
    tracing::subscriber::set_global_default(registry().with(work.clone())).unwrap();
    let mut known = None;
    let too_long = "a".repeat(300);
    for (who, email, password) in [
        ("wrong password", bea.email.as_str(), "wrong"),
        ("password that is too long", &bea.email, &too_long),
        ("unknown address", "nobody@example.com", PASSWORD),
        ("malformed address", "nobody", PASSWORD),
        ("suspended", &cid.email, PASSWORD),
        ("never accepted", "invited@example.com", PASSWORD),
    ] {
        work.take();
        let refused = house.backend.sign_in(email, password, &request()).await;
        assert_eq!(refusal(refused), "E-mail address or password is wrong.", "{who}");
        let done = work.take();
        let hashes = done.iter().filter(|step| *step == "a password is hashed").count();
        assert_eq!(hashes, 1, "{who}: {done:#?}");
        // Postgres is given the event and what goes with it at once.
        let audits = |step: &String| step.starts_with("insert into audit_events") || step.starts_with("with event as");
        assert!(done.iter().any(audits), "{done:#?}");
        match &known {
            None => known = Some(done),
            Some(known) => assert_eq!(known, &done, "{who}"),
        }
    }
}
