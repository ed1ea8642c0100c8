//! Clients that write at once, and a journal of what was acknowledged: the one thing that no fault may lose.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{sync::mpsc, task::JoinSet, time::timeout};

use crate::client::{Client, Reply};

/// How many write at the same time.
pub const WRITERS: usize = 8;

/// Longer than any answer takes, by far.
pub const FOR_EVER: Duration = Duration::from_secs(120);

/// What became of one write.
pub struct Written {
    /// The code of the organization that it would make.
    pub code: String,
    pub outcome: io::Result<Reply>,
    /// When it was answered.
    pub at: Instant,
}

impl Written {
    /// Whether the client was told that it is done.
    pub fn is_acknowledged(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|reply| reply.status == 200)
    }
}

/// Writers at work: each writes as soon as its last write was answered, until it is told to stop.
pub struct Writers {
    answered: mpsc::UnboundedReceiver<Written>,
    is_over: Arc<AtomicBool>,
    tasks: JoinSet<()>,
    journal: Vec<Written>,
}

impl Writers {
    /// They make organizations whose codes begin with `prefix`. A connection that breaks ends its writer, unless they are
    /// `patient`.
    pub fn start(client: &Client, prefix: &str, patient: bool) -> Self {
        let (tell, answered) = mpsc::unbounded_channel();
        let is_over = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for writer in 0..WRITERS {
            let (client, tell, is_over) = (client.clone(), tell.clone(), Arc::clone(&is_over));
            let prefix = format!("{prefix}-{writer}");
            tasks.spawn(async move {
                for number in 0.. {
                    let code = format!("{prefix}-{number}");
                    let outcome = client
                        .post("/api/organizations/create", &[("name", &code), ("code", &code)])
                        .await;
                    let ends = is_over.load(Ordering::Relaxed) || (outcome.is_err() && !patient);
                    let at = Instant::now();
                    if tell.send(Written { code, outcome, at }).is_err() || ends {
                        return;
                    }
                }
            });
        }
        Self {
            answered,
            is_over,
            tasks,
            journal: Vec::new(),
        }
    }

    /// Waits for the next answer of which this is true.
    pub async fn until(&mut self, is_it: impl Fn(&Written) -> bool) -> &Written {
        loop {
            let answered = timeout(FOR_EVER, self.answered.recv()).await;
            let written = answered
                .expect("nobody is answered any more")
                .expect("all writers have ended");
            let found = is_it(&written);
            self.journal.push(written);
            if found {
                return self.journal.last().unwrap();
            }
        }
    }

    /// Waits for so many more acknowledged writes.
    pub async fn acknowledged(&mut self, number: usize) {
        for _ in 0..number {
            self.until(Written::is_acknowledged).await;
        }
    }

    /// Ends them, and returns the whole journal.
    pub async fn stop(mut self) -> Vec<Written> {
        self.is_over.store(true, Ordering::Relaxed);
        self.tasks.join_all().await;
        while let Ok(written) = self.answered.try_recv() {
            self.journal.push(written);
        }
        self.journal
    }
}

/// Everything that was acknowledged is there. Returns how much it was.
pub async fn find_all(client: &Client, prefix: &str, journal: &[Written]) -> usize {
    let file = client.get(&format!("/organizations.csv?q={prefix}-")).await.unwrap();
    assert_eq!(file.status, 200, "{file:?}");
    let mut found = 0;
    for Written { code, .. } in journal.iter().filter(|written| written.is_acknowledged()) {
        assert!(
            file.body.contains(&format!("{code},{code},")),
            "{code} is lost: {}",
            file.body
        );
        found += 1;
    }
    found
}

/// The total that the list shows, which a counter keeps, is the number of rows. Returns it.
pub async fn count(client: &Client) -> usize {
    let file = client.get("/organizations.csv").await.unwrap();
    let rows = file.body.lines().count() - 1;
    let page = client.get("/organizations").await.unwrap().body;
    assert_eq!(total(&page), rows.to_string());
    rows
}

/// The total that a list's first page shows, "1–25 of 1,000", in digits alone.
pub fn total(page: &str) -> String {
    let (_, total) = page
        .split_once("1–")
        .and_then(|(_, rest)| rest.split_once(" of "))
        .unwrap();
    let total = total.chars().take_while(|c| *c != '<');
    total.filter(char::is_ascii_digit).collect()
}
