//! A Postgres that fails over, by Patroni from Debian: run by hand with `script/test --failover`. Usher's servers reach the
//! primary through a proxy that asks Patroni who that is. The primary is killed, or hands over in good order, while
//! everybody writes.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use super::{Cluster, proxy::Proxy};
use crate::{
    journal::{WRITERS, Writers, Written, count},
    postgres::{is_refused, only_acknowledged_or_refused},
    usher::{EMAIL, PASSWORD},
};

/// How often the primary is killed, and how often it hands over.
const ROUNDS: usize = 3;

/// A cluster of two nodes that ends when it is dropped.
struct Patroni {
    folder: PathBuf,
    /// For each node its name, and the ports of its Postgres and of its Patroni.
    nodes: Vec<(String, u16, u16)>,
}

impl Patroni {
    fn start(name: &str, options: &[&str]) -> Self {
        let options: Vec<String> = options.iter().map(ToString::to_string).collect();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let said = run(&folder, "start", &options);
        let nodes = said.lines().map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            (
                words[0].to_owned(),
                words[1].parse().unwrap(),
                words[2].parse().unwrap(),
            )
        });
        let nodes = nodes.collect();
        Self { folder, nodes }
    }

    /// A proxy whose connections lead to the primary.
    async fn proxy(&self, name: &str) -> Proxy {
        let servers = self.nodes.iter();
        let servers = servers.map(|(node, postgres, api)| format!("    server {node} 127.0.0.1:{postgres} port {api}"));
        let servers: Vec<String> = servers.collect();
        let text = include_str!("../../../../docs/haproxy-postgres.cfg");
        Proxy::start(name, text, |line| {
            // The first one stands for all.
            if line.contains(" node1 ") {
                servers.clone()
            } else {
                Vec::new()
            }
        })
        .await
    }

    async fn run(&self, word: &'static str, node: &[&str]) -> String {
        let folder = self.folder.clone();
        let node: Vec<String> = node.iter().map(ToString::to_string).collect();
        let running = move || run(&folder, word, &node);
        tokio::task::spawn_blocking(running).await.unwrap()
    }
}

impl Drop for Patroni {
    fn drop(&mut self) {
        run(&self.folder, "stop", &[]);
    }
}

fn run(folder: &Path, word: &str, rest: &[String]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../script/patroni");
    let done = Command::new(script).arg(word).arg(folder).args(rest).output().unwrap();
    assert!(done.status.success(), "{word} {rest:?}: {done:?}");
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes, and Patroni and etcd: script/test --failover"]
async fn nothing_acknowledged_is_lost_when_postgres_fails_over() {
    let patroni = Patroni::start("failover-patroni", &[]);
    let lost = fail_over_again_and_again(&patroni, "failover").await;
    assert_eq!(lost, 0);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes, and Patroni and etcd: script/test --failover"]
async fn usher_goes_on_when_a_postgres_fails_over_that_did_not_wait_for_its_replica() {
    let patroni = Patroni::start("failover-asynchronous-patroni", &["--asynchronous"]);
    // What the replica did not have yet is lost, which is what was chosen.
    fail_over_again_and_again(&patroni, "failover-asynchronous").await;
}

/// Returns how much of what was acknowledged is lost.
async fn fail_over_again_and_again(patroni: &Patroni, name: &str) -> usize {
    let database = patroni.proxy(&format!("{name}-postgres")).await;
    let url = format!("postgres://postgres@{}/postgres", database.address);
    let mut cluster = Cluster::new(name, &url, "smtp://127.0.0.1:9").await;
    // All that the proxy knows: while no server is ready it tries any of them, and one that does not run says nothing.
    cluster.start(4).await;
    let mut admin = cluster.client();
    admin.sign_in(EMAIL, PASSWORD).await;
    let (mut acknowledged, mut lost, mut refused, mut gaps) = (0, 0, 0, Vec::new());
    for round in 0..2 * ROUNDS {
        let prefix = format!("R{round}");
        let mut writers = Writers::start(&admin, &prefix, true);
        writers.acknowledged(50 + round * 7 % 40).await;
        let how = if round % 2 == 0 {
            let primary = patroni.run("leader", &[]).await;
            patroni.run("kill", &[&primary]).await;
            writers.until(is_refused).await;
            writers.acknowledged(WRITERS).await;
            patroni.run("resume", &[&primary]).await;
            "killed"
        } else {
            patroni.run("switch", &[]).await;
            "handed over"
        };
        writers.acknowledged(WRITERS).await;
        let journal = writers.stop().await;
        refused += only_acknowledged_or_refused(&journal);
        gaps.push(format!("{how} {:.1} s", longest_gap(&journal).as_secs_f32()));
        let found = admin.get(&format!("/organizations.csv?q={prefix}-")).await.unwrap();
        assert_eq!(found.status, 200, "{found:?}");
        for Written { code, .. } in journal.iter().filter(|written| written.is_acknowledged()) {
            acknowledged += 1;
            lost += usize::from(!found.body.contains(&format!("{code},{code},")));
        }
    }
    count(&admin).await;
    println!(
        "{name}: {ROUNDS} primaries killed and {ROUNDS} handed over under load; {acknowledged} writes acknowledged, \
         {lost} lost, {refused} refused, no other answer; the longest time without a write: {}",
        gaps.join(", ")
    );
    lost
}

/// How long nobody could write.
fn longest_gap(journal: &[Written]) -> Duration {
    let good = journal.iter().filter(|written| written.is_acknowledged());
    let mut moments: Vec<Instant> = good.map(|written| written.at).collect();
    moments.sort_unstable();
    let gaps = moments.windows(2).map(|pair| pair[1] - pair[0]);
    gaps.max().unwrap_or_default()
}
