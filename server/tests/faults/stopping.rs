//! SIGTERM: what is under way is answered, nothing new is begun, and the process ends by itself.

use std::{io, net::SocketAddr, time::Duration, time::Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    client::{Client, Reply},
    is_whole_run,
    journal::{FOR_EVER, Writers},
    rounds,
    usher::Usher,
};

/// What each client in flight has begun to ask.
const IN_FLIGHT: usize = 16;

/// A request whose head the server has read and whose body it waits for.
struct Begun {
    stream: TcpStream,
    body: String,
}

impl Begun {
    async fn new(address: SocketAddr, client: &Client, code: &str) -> Self {
        let body = serde_urlencoded::to_string([("name", code), ("code", code)]).unwrap();
        let question = client.question("POST", "/api/organizations/create", "expect: 100-continue", &body);
        let (head, body) = question.split_once("\r\n\r\n").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("{head}\r\n\r\n").as_bytes()).await.unwrap();
        // It is said once a handler asks for the body: from then on the request is in flight.
        let expected = b"HTTP/1.1 100 Continue\r\n\r\n";
        let mut answer = vec![0; expected.len()];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, expected);
        Self {
            stream,
            body: body.to_owned(),
        }
    }

    async fn finish(mut self) -> io::Result<Reply> {
        self.stream.write_all(self.body.as_bytes()).await?;
        Reply::read(&mut self.stream).await
    }
}

/// Until nobody new is let in: by then the signal has been heard.
async fn until_it_refuses(address: SocketAddr) {
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_is_in_flight_is_answered_before_it_ends() {
    let mut usher = Usher::new("terminated", &[]);
    usher.start().await;
    let admin = usher.admin().await;
    let mut begun = Vec::new();
    for number in 0..IN_FLIGHT {
        begun.push(Begun::new(usher.address, &admin, &format!("CODE-{number}")).await);
    }
    usher.terminate();
    until_it_refuses(usher.address).await;
    for begun in begun {
        let reply = begun.finish().await.unwrap();
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    let status = usher.wait().await;
    assert!(status.success(), "{status}: {}", usher.logged());
}

#[tokio::test]
async fn a_client_that_never_ends_its_request_keeps_nobody_from_stopping() {
    let mut usher = Usher::new("kept", &[]);
    usher.start().await;
    let admin = usher.admin().await;
    let _begun = Begun::new(usher.address, &admin, "CODE").await;
    let started = Instant::now();
    usher.terminate();
    let status = usher.wait().await;
    let took = started.elapsed();
    assert!(status.success(), "{status}: {}", usher.logged());
    println!(
        "SIGTERM with a request that never ends: ended after {} ms",
        took.as_millis()
    );
    if is_whole_run() {
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
}

#[tokio::test]
async fn no_answer_is_cut_off_when_it_is_told_to_stop_under_load() {
    let mut usher = Usher::new("terminated-under-load", &[]);
    let (mut answered, mut slowest) = (0, Duration::ZERO);
    for round in 0..rounds().div_ceil(10) {
        usher.start().await;
        let admin = usher.admin().await;
        let mut writers = Writers::start(&admin, &format!("R{round}"), false);
        writers.acknowledged(20).await;
        let started = Instant::now();
        usher.terminate();
        assert!(usher.wait().await.success());
        slowest = slowest.max(started.elapsed());
        for written in writers.stop().await {
            match written.outcome {
                Ok(reply) => assert_eq!(reply.status, 200, "{reply:?}"),
                // It came too late, and was told nothing: the server never read it.
                Err(error) => assert_ne!(
                    error.kind(),
                    io::ErrorKind::UnexpectedEof,
                    "{} was cut off",
                    written.code
                ),
            }
            answered += 1;
        }
    }
    println!(
        "SIGTERM under load: {answered} answered, 0 cut off; ended after {} ms (slowest)",
        slowest.as_millis()
    );
    if is_whole_run() {
        assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    }
}

#[tokio::test]
async fn a_server_that_leaves_says_so_and_goes_on_until_proxies_have_seen_it() {
    // Longer than anybody waits: it is told a second time, which ends it at once.
    let mut usher = Usher::new("leaving", &[("USHER_DRAIN", "600")]);
    usher.start().await;
    let admin = usher.admin().await;
    usher.terminate();
    let leaving = async {
        while admin.get("/readyz").await.unwrap().status != 503 {
            tokio::task::yield_now().await;
        }
    };
    timeout(FOR_EVER, leaving).await.expect("nobody is told that it leaves");
    for path in ["/healthz", "/organizations"] {
        assert_eq!(admin.get(path).await.unwrap().status, 200, "{path}");
    }
    usher.terminate();
    let status = timeout(FOR_EVER, usher.wait()).await.unwrap();
    assert!(status.success(), "{status}: {}", usher.logged());
}
