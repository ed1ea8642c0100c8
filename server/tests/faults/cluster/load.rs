//! People at work behind a proxy: they look at lists, invite and sign in, each as soon as the last answer has come, and
//! everything that they were told is kept.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use tokio::{sync::mpsc, task::JoinSet, time::timeout};

use crate::{
    client::{Client, Reply},
    journal::FOR_EVER,
    usher::{EMAIL, PASSWORD},
};

/// How many do each kind of work at the same time.
const EACH: [(Kind, usize); 3] = [(Kind::Look, 3), (Kind::Invite, 3), (Kind::SignIn, 1)];

/// An organization sends 500 invitations at once, and then one every other second.
const INVITATIONS_OF_ONE: usize = 400;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Look,
    Invite,
    SignIn,
    /// Makes an organization to invite into.
    Found,
}

/// One request and what became of it.
#[derive(Debug)]
pub struct Asked {
    pub kind: Kind,
    /// The address that was invited.
    pub guest: String,
    pub begun: Instant,
    pub ended: Instant,
    pub outcome: io::Result<Reply>,
}

impl Asked {
    /// Whether it was answered as it is on a good day.
    pub fn is_good(&self) -> bool {
        let status = if self.kind == Kind::SignIn { 303 } else { 200 };
        self.outcome.as_ref().is_ok_and(|reply| reply.status == status)
    }

    pub fn is_acknowledged_invitation(&self) -> bool {
        self.kind == Kind::Invite && self.is_good()
    }
}

pub struct Load {
    answered: mpsc::UnboundedReceiver<Asked>,
    is_over: Arc<AtomicBool>,
    tasks: JoinSet<()>,
    journal: Vec<Asked>,
}

impl Load {
    /// They work at this client's address; who invites does it by its session. `prefix` is a word of the story's own.
    pub fn start(admin: &Client, prefix: &str) -> Self {
        let (tell, answered) = mpsc::unbounded_channel();
        let is_over = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for (kind, number) in EACH {
            for person in 0..number {
                let worker = Worker {
                    client: admin.clone(),
                    name: format!("{prefix}-{person}"),
                    tell: tell.clone(),
                };
                tasks.spawn(worker.work(kind, Arc::clone(&is_over)));
            }
        }
        Self {
            answered,
            is_over,
            tasks,
            journal: Vec::new(),
        }
    }

    /// Waits for so many more good answers of this kind.
    pub async fn until(&mut self, kind: Kind, number: usize) {
        let mut left = number;
        while left > 0 {
            let answered = timeout(FOR_EVER, self.answered.recv()).await;
            let asked = answered.expect("nobody is answered any more").unwrap();
            left -= usize::from(asked.kind == kind && asked.is_good());
            self.journal.push(asked);
        }
    }

    /// Ends it, and returns everything that was asked.
    pub async fn stop(mut self) -> Vec<Asked> {
        self.is_over.store(true, Ordering::Relaxed);
        self.tasks.join_all().await;
        while let Ok(asked) = self.answered.try_recv() {
            self.journal.push(asked);
        }
        self.journal
    }
}

struct Worker {
    client: Client,
    name: String,
    tell: mpsc::UnboundedSender<Asked>,
}

impl Worker {
    async fn work(self, kind: Kind, is_over: Arc<AtomicBool>) {
        let mut code = String::new();
        for number in 0.. {
            if is_over.load(Ordering::Relaxed) {
                return;
            }
            match kind {
                Kind::Invite => {
                    if number % INVITATIONS_OF_ONE == 0 {
                        code = self.found(number, &is_over).await;
                    }
                    self.invite(number, &code).await;
                }
                Kind::SignIn => {
                    // Another browser: signing in ends the session that the same one had.
                    let mut browser = self.client.clone().without_session();
                    let asking = async move { browser.try_to_sign_in(EMAIL, PASSWORD).await };
                    self.note(Kind::SignIn, String::new(), asking).await;
                }
                _ => {
                    let path = ["/users", "/organizations", "/invitations"][number % 3];
                    self.note(Kind::Look, String::new(), self.client.get(path)).await;
                }
            }
        }
    }

    /// An organization, whatever it takes. Returns its code.
    async fn found(&self, number: usize, is_over: &AtomicBool) -> String {
        for again in 0.. {
            let code = format!("{}-{number}-{again}", self.name);
            let fields = [("name", code.as_str()), ("code", &code)];
            let asking = self.client.post("/api/organizations/create", &fields);
            if self.note(Kind::Found, String::new(), asking).await || is_over.load(Ordering::Relaxed) {
                return code;
            }
        }
        unreachable!()
    }

    async fn invite(&self, number: usize, code: &str) {
        let guest = format!("{}-{number}@example.com", self.name).to_lowercase();
        let fields = [("email", guest.as_str()), ("role", "user"), ("organization", code)];
        let asking = self.client.post("/api/invitations/send", &fields);
        self.note(Kind::Invite, guest.clone(), asking).await;
    }

    /// Waits for the answer, and returns whether it was a good one.
    async fn note(&self, kind: Kind, guest: String, asking: impl Future<Output = io::Result<Reply>>) -> bool {
        let begun = Instant::now();
        let outcome = asking.await;
        let asked = Asked {
            kind,
            guest,
            begun,
            ended: Instant::now(),
            outcome,
        };
        let is_good = asked.is_good();
        let _ = self.tell.send(asked);
        is_good
    }
}
