//! Several servers on one Postgres behind a real proxy, killed, ended and added while people work: nobody meets a failure
//! but those whose request the killed one had, each mail arrives, and limits are those of all together.

mod failover;
mod load;
mod mails;
mod proxy;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Instant,
};

use store::testing::fresh_postgres;
use tokio::time::timeout;

use crate::{
    client::{Client, Reply},
    journal::FOR_EVER,
    rounds,
    smtp::MailServer,
    usher::{EMAIL, PASSWORD, Usher},
};
use load::{Asked, Kind, Load};
use mails::{Arrived, every_mail};
use proxy::{Proxy, SERVED_BY};

const MOST_SERVERS: usize = 4;

/// Longer than the proxy takes to see that a server leaves, see docs/haproxy.cfg.
const DRAIN: &str = "2";

/// Refused sign-ins that one address has at once, and in how many seconds it gets another one: docs/security.md.
const REFUSED_AT_ONCE: usize = 20;
const SECONDS_FOR_ONE_MORE: usize = 5;

/// Installations on one database, not all of which run, and the proxy in front of them.
struct Cluster {
    servers: Vec<Usher>,
    proxy: Proxy,
}

/// One server's end by kill -9.
struct Kill {
    server: String,
    begun: Instant,
    ended: Instant,
}

impl Cluster {
    async fn new(name: &str, database: &str, smtp: &str) -> Self {
        let mut servers = Vec::new();
        for number in 0..MOST_SERVERS {
            let name = format!("{name}-{}", name_of(number));
            // The first one makes the tables and the Admin.
            servers.push(if number == 0 {
                Usher::on_postgres(&name, database)
            } else {
                Usher::bare_on_postgres(&name, database)
            });
        }
        let addresses: Vec<(String, SocketAddr)> =
            (0..).map(name_of).zip(servers.iter().map(|it| it.address)).collect();
        let proxy = Proxy::before_usher(name, &addresses).await;
        for server in &mut servers {
            server.set("USHER_PUBLIC_URL", &format!("http://{}", proxy.address));
            server.set("USHER_TRUSTED_PROXIES", "127.0.0.1");
            server.set("USHER_DRAIN", DRAIN);
            server.set("USHER_SMTP_URL", smtp);
            server.set("USHER_MAIL_FROM", "Usher <usher@example.com>");
        }
        Self { servers, proxy }
    }

    /// Starts the first so many, and returns when the proxy leads to each of them: until it has asked them how they are, it
    /// knows nobody who answers.
    async fn start(&mut self, number: usize) {
        for server in &mut self.servers[..number] {
            server.start().await;
        }
        let client = self.client();
        let seen = async {
            let mut missing: Vec<String> = (0..number).map(name_of).collect();
            while !missing.is_empty() {
                let reply = client.get("/readyz").await.unwrap();
                missing.retain(|name| reply.header(SERVED_BY) != Some(name));
            }
        };
        timeout(FOR_EVER, seen).await.expect("the proxy sees nobody");
    }

    fn kill(&mut self, number: usize) -> Kill {
        let begun = Instant::now();
        self.servers[number].kill();
        Kill {
            server: name_of(number),
            begun,
            ended: Instant::now(),
        }
    }

    /// Tells it to end, as for an upgrade, and waits until it has.
    async fn end(&mut self, number: usize) {
        let server = &mut self.servers[number];
        server.terminate();
        let status = server.wait().await;
        assert!(status.success(), "{status}: {}", server.logged());
    }

    fn client(&self) -> Client {
        Client::new(self.proxy.address)
    }
}

/// What the proxy calls it.
fn name_of(number: usize) -> String {
    format!("usher{}", number + 1)
}

async fn database(name: &str) -> String {
    let server = std::env::var("USHER_TEST_POSTGRES_URL").unwrap();
    fresh_postgres(&server, name).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_behind_a_proxy_may_be_killed_ended_and_added_under_load() {
    let database = database("usher_cluster").await;
    let mut smtp = MailServer::start().await;
    let mut cluster = Cluster::new("cluster", &database, &smtp.url).await;
    cluster.start(2).await;
    let mut admin = cluster.client();
    admin.sign_in(EMAIL, PASSWORD).await;
    let (mut journal, mut kills) = (Vec::new(), Vec::new());

    let mut moment = 0;
    for running in [2, MOST_SERVERS] {
        let mut load = Load::start(&admin, &format!("of-{running}"));
        for number in 2..running {
            cluster.servers[number].start().await;
        }
        for round in 0..rounds().div_ceil(20) {
            let (killed, ended) = (round % running, (round + 1) % running);
            // Each time at another moment.
            moment += 1;
            load.until(Kind::Invite, 5 + moment * 7 % 20).await;
            kills.push(cluster.kill(killed));
            load.until(Kind::Invite, 10).await;
            load.until(Kind::SignIn, 1).await;
            cluster.servers[killed].start().await;
            load.until(Kind::Invite, 10).await;
            cluster.end(ended).await;
            load.until(Kind::Look, 10).await;
            cluster.servers[ended].start().await;
        }
        load.until(Kind::Invite, 10).await;
        journal.extend(load.stop().await);
    }

    let failed = only_in_flight_on_the_killed(&journal, &kills);
    let invited = journal.iter().filter(|asked| asked.is_acknowledged_invitation());
    let invited: Vec<&str> = invited.map(|asked| asked.guest.as_str()).collect();
    for number in 0..MOST_SERVERS {
        assert!(
            is_served_by(&journal, &name_of(number)),
            "nobody came to {}",
            name_of(number)
        );
    }
    let Arrived { mails, doubled } = every_mail(&mut cluster, &database, &mut smtp, &invited, kills.len()).await;
    println!(
        "two and four servers behind a proxy: {} kill -9, {} SIGTERM, {} requests, {failed} of them failed, all in flight \
         on a killed one; {} invitations acknowledged, {mails} mails arrived, 0 lost, {doubled} twice with the same \
         Message-ID",
        kills.len(),
        kills.len(),
        journal.len(),
        invited.len(),
    );
}

fn is_served_by(journal: &[Asked], server: &str) -> bool {
    journal
        .iter()
        .filter_map(|asked| asked.outcome.as_ref().ok())
        .any(|reply| reply.header(SERVED_BY) == Some(server))
}

/// Whoever was not answered well had asked before a server was killed, and asked that one. Returns how many they were.
fn only_in_flight_on_the_killed(journal: &[Asked], kills: &[Kill]) -> usize {
    let failed = journal.iter().filter(|asked| !asked.is_good());
    failed
        .inspect(|asked| {
            let killed = kills
                .iter()
                .find(|kill| asked.begun <= kill.ended && asked.ended >= kill.begun);
            let killed = killed.unwrap_or_else(|| panic!("nothing was killed meanwhile: {asked:?}"));
            match &asked.outcome {
                // The proxy's own word for an answer that never came.
                Ok(reply) => assert_eq!(
                    (reply.status, reply.header(SERVED_BY)),
                    (502, Some(killed.server.as_str())),
                    "{asked:?}"
                ),
                // An answer that had begun.
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof, "{asked:?}"),
            }
        })
        .count()
}

#[tokio::test]
async fn refused_sign_ins_count_together_whoever_answers() {
    let database = database("usher_cluster_limits").await;
    let mut cluster = Cluster::new("cluster-limits", &database, "smtp://127.0.0.1:9").await;
    cluster.start(2).await;
    let address = IpAddr::from(Ipv4Addr::new(203, 0, 113, 9));
    let began = Instant::now();
    let refused = guess_until_refused(&mut cluster.client().from(address), "anyone").await;
    // Neither of them alone had refused so many.
    for server in [0, 1].map(name_of) {
        let by_one = refused.iter().filter(|reply| reply.header(SERVED_BY) == Some(&server));
        assert!(by_one.count() < REFUSED_AT_ONCE, "{server}: {refused:?}");
    }
    let mut refused = refused.len();
    // Both keep to it, and somebody from elsewhere is let in by both.
    for (number, server) in cluster.servers[..2].iter().enumerate() {
        let mut guesser = Client::new(server.address).from(address);
        refused += guess_until_refused(&mut guesser, &name_of(number)).await.len();
        Client::new(server.address).sign_in(EMAIL, PASSWORD).await;
    }
    let more = began.elapsed().as_secs() as usize / SECONDS_FOR_ONE_MORE;
    assert!(
        (REFUSED_AT_ONCE..=REFUSED_AT_ONCE + more).contains(&refused),
        "{refused}, {more} more"
    );
}

/// The answers that refused a password, each of another address of mail, until this address of
/// the net has to wait.
async fn guess_until_refused(guesser: &mut Client, name: &str) -> Vec<Reply> {
    let mut refused = Vec::new();
    let began = Instant::now();
    loop {
        let email = format!("{name}{}@example.com", refused.len());
        let reply = guesser.try_to_sign_in(&email, "not the password").await.unwrap();
        match reply.status {
            422 => refused.push(reply),
            429 => return refused,
            // A machine that is busy with other things.
            503 => {}
            _ => panic!("{reply:?}"),
        }
        assert!(began.elapsed() < FOR_EVER, "{} refused, and no end", refused.len());
    }
}
