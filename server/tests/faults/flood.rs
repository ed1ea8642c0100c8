//! Everybody signs in at once: whoever cannot be let in is told to come again, the console stays alive for those who are
//! in, memory stays bounded, and an Admin from elsewhere gets in.

use std::{
    collections::BTreeMap,
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::{
    runtime,
    task::{JoinSet, spawn_blocking},
    time::{sleep, timeout},
};

use crate::{
    client::{Client, Reply},
    is_whole_run,
    journal::FOR_EVER,
    percentile,
    usher::{EMAIL, PASSWORD, Usher},
};

const CLIENTS: u8 = 200;
const DURATION: Duration = Duration::from_secs(30);

/// How often the whole run looks at the list before: a slowest hundredth of less is not the same twice.
const IDLE: usize = 5000;

/// In the short run each client asks so often.
const QUESTIONS: usize = 3;

/// Those who flood are elsewhere: what they take of the processors is not to keep the server from answering.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 19;

/// What one hash takes (see `HashCost`), and what may come on top of all of them.
const HASH_KIB: u64 = 19 * 1024;
const REST_KIB: u64 = 16 * 1024;

/// How many times as long the users list may take.
const SLOWER: u32 = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_sign_ins_leaves_the_console_alive() {
    let mut usher = Usher::new("flooded", &[("USHER_TRUSTED_PROXIES", "127.0.0.1")]);
    usher.start().await;
    let admin = usher.admin().await;
    let is_over = Arc::new(AtomicBool::new(false));

    let mut idle = Vec::new();
    for _ in 0..if is_whole_run() { IDLE } else { 20 } {
        idle.push(look(&admin).await);
    }
    let before = memory(&usher);

    let flood = thread::spawn({
        let (address, is_over) = (usher.address, Arc::clone(&is_over));
        move || flood(address, &is_over)
    });
    let started = Instant::now();
    let elsewhere = get_in(Client::new(usher.address).from(from(2, 1)), Arc::clone(&is_over));
    let elsewhere = tokio::spawn(elsewhere);
    let (mut flooded, mut most) = (Vec::new(), before);
    while (is_whole_run() && started.elapsed() < DURATION) || flooded.len() < 20 {
        flooded.push(look(&admin).await);
        most = most.max(memory(&usher));
    }
    if is_whole_run() {
        is_over.store(true, Ordering::Relaxed);
    }
    let elsewhere = timeout(FOR_EVER, elsewhere).await.unwrap().unwrap();
    is_over.store(true, Ordering::Relaxed);
    let answers = spawn_blocking(|| flood.join()).await.unwrap().unwrap();

    let (idle, flooded) = (percentile(&mut idle, 99), percentile(&mut flooded, 99));
    println!(
        "sign-in flood, {CLIENTS} clients, {} s: answers {answers:?}; users list {:.1} ms idle, {:.1} ms flooded (p99); memory \
         {before} KiB before, {most} KiB at most; the Admin from elsewhere is in after (tries, time) {elsewhere:?}",
        started.elapsed().as_secs(),
        in_milliseconds(idle),
        in_milliseconds(flooded),
    );
    assert!(elsewhere.is_some(), "the Admin from elsewhere does not get in");
    // Some were told that the password is wrong, the others to come again.
    assert!(answers.contains_key(&422) && answers.len() > 1, "{answers:?}");
    if is_whole_run() {
        assert!(flooded <= SLOWER * idle, "{idle:?}, {flooded:?}");
        let permits = thread::available_parallelism().map_or(1, |cores| cores.get() as u64 - 1);
        let bound = permits.max(1) * HASH_KIB + REST_KIB;
        assert!(most - before <= bound, "{before} KiB, {most} KiB");
    }
}

/// What is refused without a hash takes a place before the sign-in too: an address that sends nothing else is told to wait
/// before anything is looked up for it, and somebody from elsewhere gets in.
#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_one_address_keep_nobody_out() {
    const CLIENTS: usize = 100;
    const ANSWERS: usize = 5;
    let mut usher = Usher::new("refusals", &[("USHER_TRUSTED_PROXIES", "127.0.0.1")]);
    usher.start().await;
    usher.admin().await;
    let one = Client::new(usher.address).from(from(1, 1));
    let fields = [
        ("email", "nobody@example.com"),
        ("password", "not the password of anybody"),
    ];
    // As often as an address may fail: from then on it is refused without a hash.
    while one.post("/login", &fields).await.unwrap().status == 422 {}
    let is_over = Arc::new(AtomicBool::new(false));
    let mut crowd = JoinSet::new();
    for _ in 0..CLIENTS {
        let (one, is_over) = (one.clone(), Arc::clone(&is_over));
        crowd.spawn(async move {
            let mut answers = Vec::new();
            while answers.len() < ANSWERS || !is_over.load(Ordering::Relaxed) {
                answers.push(one.post("/login", &fields).await.unwrap());
            }
            answers
        });
    }
    let elsewhere = get_in(Client::new(usher.address).from(from(2, 1)), Arc::clone(&is_over));
    let elsewhere = timeout(FOR_EVER, elsewhere).await.unwrap();
    is_over.store(true, Ordering::Relaxed);
    let answers = crowd.join_all().await.concat();
    assert!(elsewhere.is_some());
    // Some were told to wait by a page, and the others by the valve. With time the address may fail once more, and on a machine
    // that is busy with other things all places may be taken for a while.
    for reply in &answers {
        let is_told_to_wait = matches!(reply.status, 429 | 503) && seconds_to_wait(reply) > 0;
        assert!(reply.status == 422 || is_told_to_wait, "{reply:?}");
    }
    let is_of_the_valve = |reply: &&Reply| reply.status == 429 && reply.body.contains("Send again");
    let by_the_valve: Vec<&Reply> = answers.iter().filter(is_of_the_valve).collect();
    assert!(!by_the_valve.is_empty());
    // What was typed is not lost, but for the password.
    for reply in by_the_valve {
        assert!(reply.body.contains("value=\"nobody@example.com\""), "{reply:?}");
        assert!(!reply.body.contains("not the password"), "{reply:?}");
    }
}

fn from(network: u8, number: u8) -> IpAddr {
    Ipv4Addr::new(203, 0, 113 + network, number).into()
}

/// Returns how many answers there were of each status.
fn flood(address: SocketAddr, is_over: &Arc<AtomicBool>) -> BTreeMap<u16, usize> {
    #[cfg(target_os = "linux")]
    rustix::process::setpriority_process(None, NICENESS).unwrap();
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let of_all = runtime.block_on(async {
        let mut clients = JoinSet::new();
        for number in 0..CLIENTS {
            let client = Client::new(address).from(from(1, number));
            clients.spawn(sign_in_again_and_again(client, number, Arc::clone(is_over)));
        }
        clients.join_all().await
    });
    let mut answers = BTreeMap::new();
    for status in of_all.into_iter().flatten() {
        *answers.entry(status).or_default() += 1;
    }
    answers
}

async fn sign_in_again_and_again(mut client: Client, number: u8, is_over: Arc<AtomicBool>) -> Vec<u16> {
    let mut answers = Vec::new();
    while !is_over.load(Ordering::Relaxed) && (is_whole_run() || answers.len() < QUESTIONS) {
        let email = format!("nobody{number}@example.com");
        let reply = client
            .try_to_sign_in(&email, "not the password of anybody")
            .await
            .unwrap();
        match reply.status {
            422 => {}
            429 | 503 => assert!(seconds_to_wait(&reply) > 0),
            _ => panic!("{reply:?}"),
        }
        answers.push(reply.status);
    }
    answers
}

fn seconds_to_wait(reply: &Reply) -> u64 {
    reply.header("retry-after").unwrap().parse().unwrap()
}

/// Signs in, and comes again when told to. Returns how many tries and how long it took; None if the flood was over before.
async fn get_in(mut client: Client, is_over: Arc<AtomicBool>) -> Option<(usize, Duration)> {
    let (started, mut tries) = (Instant::now(), 0);
    loop {
        tries += 1;
        let reply = client.try_to_sign_in(EMAIL, PASSWORD).await.unwrap();
        if reply.status == 303 {
            return Some((tries, started.elapsed()));
        }
        assert!(matches!(reply.status, 429 | 503), "{reply:?}");
        if is_over.load(Ordering::Relaxed) {
            return None;
        }
        sleep(Duration::from_secs(seconds_to_wait(&reply))).await;
    }
}

fn in_milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// How long the users list takes.
async fn look(admin: &Client) -> Duration {
    let started = Instant::now();
    let page = admin.get("/users").await.unwrap();
    let took = started.elapsed();
    assert_eq!(page.status, 200, "{page:?}");
    took
}

/// What the process holds of the machine's memory, in KiB.
fn memory(usher: &Usher) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", usher.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
