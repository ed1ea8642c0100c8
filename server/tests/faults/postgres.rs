//! Postgres goes away while everybody writes, or says nothing: whoever asks is told to come again, nothing acknowledged
//! is lost, and it mends itself.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
    time::{Duration, Instant},
};

use store::testing::fresh_postgres;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    time::timeout,
};

use crate::{
    client::{Client, Reply},
    is_whole_run,
    journal::{FOR_EVER, WRITERS, Writers, Written, count, find_all},
    percentile, rounds,
    usher::Usher,
};

/// How soon it must work again.
const TO_RECOVER: Duration = Duration::from_secs(2);

/// A Postgres of the story's own, which loses nothing that it has committed when it ends without a word.
pub struct OwnPostgres {
    folder: PathBuf,
    pub url: String,
}

impl OwnPostgres {
    pub fn start(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let started = Self::script(&["start", folder.to_str().unwrap(), "--durable"]);
        let url = String::from_utf8(started.stdout).unwrap().trim().to_owned();
        Self { folder, url }
    }

    fn crash(&self) {
        Self::script(&["crash", self.folder.to_str().unwrap()]);
    }

    /// Returns when it takes connections.
    fn resume(&self) {
        Self::script(&["resume", self.folder.to_str().unwrap()]);
    }

    fn script(words: &[&str]) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../script/postgres");
        let done = Command::new(script).args(words).output().unwrap();
        assert!(done.status.success(), "{done:?}");
        done
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        Self::script(&["stop", self.folder.to_str().unwrap()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_postgres_stops() {
    let postgres = OwnPostgres::start("stopped-postgres");
    let mut usher = Usher::on_postgres("beside-a-stopped-postgres", &postgres.url);
    usher.start().await;
    let admin = usher.admin().await;
    let (mut acknowledged, mut refused, mut recovered) = (0, 0, Vec::new());
    let rounds = rounds().div_ceil(10);
    for round in 0..rounds {
        let prefix = format!("R{round}");
        let mut writers = Writers::start(&admin, &prefix, true);
        // Each time at another moment.
        writers.acknowledged(20 + round * 7 % 40).await;
        postgres.crash();
        for _ in 0..WRITERS {
            writers.until(is_refused).await;
        }
        let (page, ready) = (admin.get("/organizations").await, admin.get("/readyz").await);
        for answer in [page.unwrap(), ready.unwrap()] {
            assert_eq!((answer.status, answer.header("retry-after")), (503, Some("2")));
        }
        postgres.resume();
        let returned = Instant::now();
        writers.acknowledged(1).await;
        recovered.push(returned.elapsed());
        writers.acknowledged(WRITERS).await;
        let journal = writers.stop().await;
        refused += only_acknowledged_or_refused(&journal);
        acknowledged += find_all(&admin, &prefix, &journal).await;
    }
    // Whether the last words before the end were written, nobody was told: at most one of a writer and round.
    let found = count(&admin).await;
    assert!((acknowledged..=acknowledged + rounds * WRITERS).contains(&found));
    let (median, slowest) = (percentile(&mut recovered, 50), percentile(&mut recovered, 100));
    println!(
        "Postgres stopped under load: {rounds} times, {acknowledged} writes acknowledged, 0 lost, {refused} refused, no \
         other answer; works again {} ms (median), {} ms (slowest) after its return",
        median.as_millis(),
        slowest.as_millis()
    );
    if is_whole_run() {
        assert!(slowest < TO_RECOVER, "{slowest:?}");
    }
}

/// Whether a call was told, in its own type, to come again.
pub fn is_refused(written: &Written) -> bool {
    let is_typed = |reply: &Reply| reply.body.starts_with("{\"Unavailable\":{\"request\":");
    written
        .outcome
        .as_ref()
        .is_ok_and(|reply| reply.status == 503 && reply.header("retry-after") == Some("2") && is_typed(reply))
}

/// Returns how many were refused.
pub fn only_acknowledged_or_refused(journal: &[Written]) -> usize {
    let refused = journal.iter().filter(|written| !written.is_acknowledged());
    refused
        .inspect(|written| assert!(is_refused(written), "{}: {:?}", written.code, written.outcome))
        .count()
}

/// A network between Usher and Postgres. While it is silent it takes everything and passes nothing on, and what was
/// connected by then stays silent for ever.
struct Network {
    address: SocketAddr,
    silences: Arc<watch::Sender<u32>>,
    is_silent: Arc<watch::Sender<bool>>,
}

impl Network {
    async fn before(postgres: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let network = Self {
            address: listener.local_addr().unwrap(),
            silences: Arc::new(watch::Sender::new(0)),
            is_silent: Arc::new(watch::Sender::new(false)),
        };
        let (silences, is_silent) = (Arc::clone(&network.silences), Arc::clone(&network.is_silent));
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(&postgres).await.unwrap();
                let ((near_reader, near_writer), (far_reader, far_writer)) = (near.into_split(), far.into_split());
                let mut silences = silences.subscribe();
                if *is_silent.borrow() {
                    silences.mark_changed();
                }
                tokio::spawn(pass_on(near_reader, far_writer, silences.clone()));
                tokio::spawn(pass_on(far_reader, near_writer, silences));
            }
        });
        network
    }

    fn fall_silent(&self) {
        self.is_silent.send_replace(true);
        self.silences.send_modify(|count| *count += 1);
    }

    fn speak(&self) {
        self.is_silent.send_replace(false);
    }
}

/// Until the first silence; from then on everything is taken and nothing passed on.
async fn pass_on(mut reader: OwnedReadHalf, mut writer: OwnedWriteHalf, mut silences: watch::Receiver<u32>) {
    let mut bytes = vec![0; 16 * 1024];
    let mut is_silent = false;
    loop {
        tokio::select! {
            biased;
            _ = silences.changed(), if !is_silent => is_silent = true,
            read = reader.read(&mut bytes) => match read {
                Ok(0) | Err(_) => return,
                Ok(_) if is_silent => {}
                Ok(length) => {
                    if writer.write_all(&bytes[..length]).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_ever_for_a_postgres_that_says_nothing() {
    let server = std::env::var("USHER_TEST_POSTGRES_URL").unwrap();
    let database = fresh_postgres(&server, "usher_silent").await.unwrap();
    let (_, place) = database.split_once('@').unwrap();
    let (postgres, name) = place.split_once('/').unwrap();
    let network = Network::before(postgres.to_owned()).await;
    let mut usher = Usher::on_postgres(
        "beside-a-silent-postgres",
        &format!("postgres://postgres@{}/{name}", network.address),
    );
    usher.start().await;
    let admin = usher.admin().await;
    let mut writers = Writers::start(&admin, "R0", true);
    writers.acknowledged(20).await;

    network.fall_silent();
    let silent = Instant::now();
    timeout(FOR_EVER, everybody_is_refused(&mut writers, &admin))
        .await
        .expect("somebody waits for ever");
    let longest = silent.elapsed();

    network.speak();
    let returned = Instant::now();
    writers.acknowledged(1).await;
    let recovered = returned.elapsed();
    writers.acknowledged(WRITERS).await;
    let journal = writers.stop().await;
    let refused = only_acknowledged_or_refused(&journal);
    let acknowledged = find_all(&admin, "R0", &journal).await;
    println!(
        "Postgres says nothing: {refused} refused, the last of those under way after {} ms, no other answer; works again \
         {} ms after it speaks; {acknowledged} writes acknowledged, 0 lost",
        longest.as_millis(),
        recovered.as_millis()
    );
    if is_whole_run() {
        assert!(recovered < TO_RECOVER, "{recovered:?}");
    }
}

/// Those who write and those who read. A writer that was answered asks again, so this takes in each that was under way.
async fn everybody_is_refused(writers: &mut Writers, admin: &Client) {
    let mut refused = std::collections::HashSet::new();
    while refused.len() < WRITERS {
        let Written { code, .. } = writers.until(is_refused).await;
        refused.insert(code.rsplit_once('-').unwrap().0.to_owned());
    }
    for path in ["/organizations", "/users.csv", "/readyz"] {
        assert_eq!(admin.get(path).await.unwrap().status, 503, "{path}");
    }
}
