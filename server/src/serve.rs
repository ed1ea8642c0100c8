//! `usher serve`: opens everything, says where it is, and serves until it is told to stop.

use std::{io::IsTerminal, net::SocketAddr, sync::Arc, time::Duration};

use app::server::Assets;
use axum::middleware::from_fn_with_state;
use backend::Backend;
use tokio::{net::TcpListener, sync::Notify, time};

use crate::{
    assets,
    config::Config,
    daily_backups::DailyBackups,
    listener,
    metrics::{self, Metrics},
    middleware::{self, Leaving, TrustedProxies},
    router::router,
    state::{OpenError, open},
    terminal::say,
};

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error("the demo's passwords are known to everybody, so it listens on loopback only: leave --listen at 127.0.0.1")]
    PublicDemo,
}

pub async fn serve(config: &Config, demo: bool) -> Result<(), ServeError> {
    log_to_stderr("info,sqlx=warn");
    if demo && !is_loopback(config) {
        return Err(ServeError::PublicDemo);
    }
    let backups = DailyBackups::of(config).map_err(OpenError::from)?;
    let opened = open(config).await?;
    let assets = browser_assets().map_err(OpenError::from)?;
    let setup_link = opened.backend.prepare().await.map_err(OpenError::from)?;
    let proxies = TrustedProxies(config.trusted_proxies.clone().into());
    let mut service = router(opened.backend.clone(), assets, proxies);
    if let Some(address) = config.metrics_listen {
        let metrics = Metrics::new(opened.backend.clone());
        service = service.layer(from_fn_with_state(metrics.clone(), metrics::observe));
        let listener = bind(address).await?;
        tracing::info!(address = %listener.local_addr().unwrap_or(address), "metrics are served");
        tokio::spawn(metrics.serve(listener));
    }
    let leaving = Leaving::default();
    let service = service.layer(from_fn_with_state(leaving.clone(), middleware::send_away));
    let listener = bind(config.listen).await?;
    if demo {
        fill_with_demo(&opened.backend).await?;
    }
    say!("Usher is at {}", config.public_url.as_str().trim_end_matches('/'));
    if let Some(link) = setup_link.filter(|_| !demo) {
        say!("Open this link once to make the first Admin:\n  {link}");
    }
    let stop = Arc::new(Stop::default());
    let outbox = tokio::spawn({
        let (backend, stop) = (opened.backend.clone(), Arc::clone(&stop));
        async move { backend.run_outbox(stop.outbox.notified()).await }
    });
    let (sealer_ended, sealing) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let sealer = tokio::spawn({
        let (backend, stop, ended) = (opened.backend.clone(), Arc::clone(&sealing), Arc::clone(&sealer_ended));
        async move {
            backend.run_sealer(stop.notified()).await;
            ended.notify_one();
        }
    });
    let housekeeping = tokio::spawn({
        let backend = opened.backend.clone();
        async move { backend.run_housekeeping().await }
    });
    let sampling = tokio::spawn({
        let backend = opened.backend.clone();
        async move { backend.run_sampling().await }
    });
    let backups = tokio::spawn({
        let clock = opened.backend.clock().clone();
        async move {
            if let Some(backups) = backups {
                backups.run(&clock).await;
            }
        }
    });
    let told = Arc::clone(&stop);
    let drain = Duration::from_secs(config.drain.into());
    let serving = listener::serve(listener, service, listener::TIME_FOR_HEADS, async move {
        tokio::select! {
            () = told_to_stop() => leave(&leaving, drain).await,
            // It has an old key, and must not go on.
            () = sealer_ended.notified() => {}
        }
        told.outbox.notify_one();
        told.grace.notify_one();
    });
    tokio::select! {
        () = serving => {}
        () = grace(&stop.grace) => tracing::warn!("clients that do not finish what they ask are left"),
    }
    housekeeping.abort();
    sampling.abort();
    backups.abort();
    stop.outbox.notify_one();
    if outbox.await.is_err() {
        tracing::error!("the outbox's worker failed");
    }
    // Last, so that what the end itself changed is sealed too.
    sealing.notify_one();
    if sealer.await.is_err() {
        tracing::error!("the audit log's sealer failed");
    }
    // What was left may still hold a connection.
    if time::timeout(TO_CLOSE, opened.store.close()).await.is_err() {
        tracing::warn!("the database is left without a word");
    }
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| ServeError::Listen(address, error))
}

/// Who is told when the server is told to stop. The outbox finishes while the last requests do.
#[derive(Default)]
struct Stop {
    outbox: Notify,
    grace: Notify,
}

/// Requests that are under way at the end get so long; a client that never ends its request ends with it. Together with
/// [`TO_CLOSE`] it is less than the ten seconds after which containers are killed.
const GRACE: Duration = Duration::from_secs(7);

/// How long the database may take to part.
const TO_CLOSE: Duration = Duration::from_secs(1);

/// Goes on until the proxies in front have seen that it leaves; whoever says so twice does not want to wait.
async fn leave(leaving: &Leaving, drain: Duration) {
    leaving.begin();
    if drain.is_zero() {
        return;
    }
    tracing::info!(seconds = drain.as_secs(), "it ends when proxies have left it");
    tokio::select! {
        () = time::sleep(drain) => {}
        () = told_to_stop() => {}
    }
}

async fn grace(told: &Notify) {
    told.notified().await;
    time::sleep(GRACE).await;
}

/// The demo's passwords are known to everybody.
fn is_loopback(config: &Config) -> bool {
    config.listen.ip().is_loopback()
}

async fn fill_with_demo(backend: &Backend) -> Result<(), ServeError> {
    if backend.fill_with_demo().await.map_err(OpenError::from)? {
        say!("The demo is new: 4 tiers, 12 organizations, 400 users, 80 invitations.");
    }
    say!(
        "Sign in to the demo with the password \"{}\" as:",
        backend::demo::PASSWORD
    );
    for (role, email) in backend::demo::SIGN_INS {
        say!("  {:<10} {email}", role.label());
    }
    Ok(())
}

fn browser_assets() -> Result<Assets, assets::AssetError> {
    let paths = assets::paths()?;
    Ok(Assets {
        build: paths.build.clone(),
        script: paths.js.clone(),
        wasm: paths.wasm.clone(),
        areas: paths.areas.clone(),
        style: paths.css.clone(),
        icon: paths.file("icon.svg").map(str::to_owned),
    })
}

/// What `USHER_LOG` names, or else what is `usual`.
pub(crate) fn log_to_stderr(usual: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("USHER_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(usual));
    let logger = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Colours are for terminals: in a file they stand between a name and its value.
        .with_ansi(std::io::stderr().is_terminal())
        // It would be told on standard error too, and panic there: a full disk below the log must end no request.
        .log_internal_errors(false);
    // A second server in one process, as tests have, keeps the first one's.
    let _ = logger.try_init();
}

/// Ctrl-C, or SIGTERM as service managers send it.
async fn told_to_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
