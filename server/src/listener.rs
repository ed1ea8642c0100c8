//! Takes connections. It does what `axum::serve` does, with one thing more: the head of a request has a time to come, so
//! that whoever opens connections and sends by halves, or nothing, holds them for no longer.

use std::{
    io,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo};
use http::Request;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time,
};
use tower::ServiceExt;

/// How long the head of a request may take, counted from the connection's beginning or the answer before.
pub const TIME_FOR_HEADS: Duration = Duration::from_secs(30);

/// Serves until `told_to_stop`, and then until each request that is under way is answered.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    time_for_heads: Duration,
    told_to_stop: impl Future<Output = ()>,
) {
    let (stop, stopping) = watch::channel(());
    // Each connection has a receiver; the sender hears when the last one is gone.
    let (alive, open) = watch::channel(());
    let mut told_to_stop = pin!(told_to_stop);
    loop {
        let (stream, address) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = &mut told_to_stop => break,
        };
        tokio::spawn(answer(
            stream,
            address,
            router.clone(),
            time_for_heads,
            stopping.clone(),
            open.clone(),
        ));
    }
    drop((listener, open));
    let _ = stop.send(());
    alive.closed().await;
}

/// The next connection. A process that has too many files open waits until some are closed.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_the_other_end(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection is taken");
                time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

fn is_of_the_other_end(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// All requests of one connection. `_open` is dropped at its end.
async fn answer(
    stream: TcpStream,
    address: SocketAddr,
    router: Router,
    time_for_heads: Duration,
    mut stopping: watch::Receiver<()>,
    _open: watch::Receiver<()>,
) {
    let has_asked = Arc::new(AtomicBool::new(false));
    let asks = Arc::clone(&has_asked);
    let service = router.map_request(move |request: Request<Incoming>| {
        asks.store(true, Ordering::Relaxed);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(address));
        request
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(time_for_heads);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = pin!(connection);
    // Before the first bytes tell which HTTP it is, no timer of hyper's runs.
    let mut first_head = pin!(time::sleep(time_for_heads));
    let (mut is_told, mut is_over) = (false, false);
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::trace!(%error, "a connection broke off");
                }
                return;
            }
            () = first_head.as_mut(), if !is_over => {
                is_over = true;
                if !has_asked.load(Ordering::Relaxed) {
                    return;
                }
            }
            _ = stopping.changed(), if !is_told => {
                is_told = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, time::Duration};

    use axum::{Router, extract::ConnectInfo, routing::get};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
        sync::oneshot,
        time::timeout,
    };

    use super::serve;

    /// Longer than anything here takes: what never ends fails instead.
    const PATIENCE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn who_sends_half_a_head_is_left() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, told_to_stop) = oneshot::channel::<()>();
        let who = |ConnectInfo(address): ConnectInfo<SocketAddr>| async move { address.ip().to_string() };
        let router = Router::new().route("/", get(who));
        let serving = tokio::spawn(serve(listener, router, Duration::from_millis(100), async {
            let _ = told_to_stop.await;
        }));
        for half in ["", "PRI * HT", "GET / HTTP/1.1\r\nHost: "] {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(half.as_bytes()).await.unwrap();
            let mut said = String::new();
            let left = timeout(PATIENCE, client.read_to_string(&mut said)).await;
            assert!(left.is_ok(), "{half:?} holds its connection");
            assert!(!said.contains("200 OK"), "{said}");
        }
        let mut client = TcpStream::connect(address).await.unwrap();
        let whole = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        client.write_all(whole).await.unwrap();
        let mut said = String::new();
        timeout(PATIENCE, client.read_to_string(&mut said))
            .await
            .unwrap()
            .unwrap();
        assert!(
            said.starts_with("HTTP/1.1 200") && said.ends_with("127.0.0.1"),
            "{said}"
        );
        stop.send(()).unwrap();
        timeout(PATIENCE, serving).await.unwrap().unwrap();
        assert!(TcpStream::connect(address).await.is_err(), "it still listens");
    }
}
