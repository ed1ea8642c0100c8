//! Patience at the start: a Postgres that starts beside Usher, or fails over, is not there yet.

use std::{io, time::Duration};

use sqlx::{ConnectOptions as _, Connection as _, postgres::PgConnectOptions};
use tokio::time::{Instant, sleep, timeout};

use super::{require_primary, unreachable};
use crate::error::StoreError;

/// For so long it is waited for.
const TO_APPEAR: Duration = Duration::from_millis(if cfg!(test) { 1_000 } else { 10_000 });

/// One that says nothing for so long will not in this try.
const A_TRY: Duration = Duration::from_millis(if cfg!(test) { 300 } else { 3_000 });
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

pub(super) const IS_REPLICA: &str = "this Postgres is a replica";

/// What sqlx makes of a connection that ends before it is told whether there is TLS, as a proxy ends it that knows no primary.
const ENDS_AT_ONCE: &str = "unexpected response from SSLRequest: 0x00";

/// Who is waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Primary,
    /// A replica will do.
    Any,
}

/// Waits until Postgres takes connections. Fails with what the last try said, and where.
pub(crate) async fn appears(options: &PgConnectOptions, wanted: Wanted) -> Result<(), StoreError> {
    let deadline = Instant::now() + TO_APPEAR;
    let mut is_told = false;
    loop {
        let error = match timeout(A_TRY, greet(options, wanted)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => io::Error::new(io::ErrorKind::TimedOut, "it says nothing").into(),
        };
        let (may_pass, error) = (may_pass(&error, options), with_place(error, options));
        if !may_pass || Instant::now() >= deadline {
            return Err(unreachable(error));
        }
        if !is_told {
            tracing::warn!(%error, "Postgres takes no connection yet: waiting for it");
            is_told = true;
        }
        sleep(BETWEEN_TRIES).await;
    }
}

async fn greet(options: &PgConnectOptions, wanted: Wanted) -> Result<(), sqlx::Error> {
    let mut connection = options.connect().await?;
    if wanted == Wanted::Primary {
        require_primary(&mut connection).await?;
    }
    connection.close().await
}

/// Whether the next try may find it better: its machine, its name or its socket is not there yet, it starts or ends, a proxy
/// in front of it has no primary.
fn may_pass(error: &sqlx::Error, options: &PgConnectOptions) -> bool {
    match error {
        sqlx::Error::Io(error) => match error.kind() {
            // A certificate, or something that speaks otherwise.
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::PermissionDenied => false,
            // Else it is a file that the address names.
            io::ErrorKind::NotFound => socket(options).is_some(),
            _ => true,
        },
        sqlx::Error::Database(error) => {
            // It is told to end, or the connection fails: https://www.postgresql.org/docs/current/errcodes-appendix.html
            let ends = |code: &str| code.starts_with("57P") || code.starts_with("08");
            error.is_transient_in_connect_phase() || error.code().is_some_and(|code| ends(&code))
        }
        sqlx::Error::Protocol(said) => said == IS_REPLICA || said.starts_with(ENDS_AT_ONCE),
        _ => false,
    }
}

/// The folder of its socket, if it is reached by one.
fn socket(options: &PgConnectOptions) -> Option<String> {
    let host = options.get_host();
    let folder = options.get_socket().map(|folder| folder.display().to_string());
    folder.or_else(|| host.starts_with('/').then(|| host.to_owned()))
}

fn with_place(error: sqlx::Error, options: &PgConnectOptions) -> sqlx::Error {
    let place = socket(options).unwrap_or_else(|| format!("{}:{}", options.get_host(), options.get_port()));
    match error {
        sqlx::Error::Io(error) => io::Error::new(error.kind(), format!("{place}: {error}")).into(),
        sqlx::Error::Protocol(said) => sqlx::Error::Protocol(format!("{place}: {said}")),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, copy_bidirectional},
        net::{TcpListener, TcpStream},
        time::Instant,
    };

    use super::{super::options, TO_APPEAR};
    use crate::{Store, testing::fresh_postgres};

    /// A proxy does so that knows no primary: it takes the connection and closes it.
    #[tokio::test]
    async fn a_start_waits_while_connections_are_closed_unanswered() {
        let server = std::env::var("USHER_TEST_POSTGRES_URL").unwrap();
        let url = fresh_postgres(&server, "usher_appears").await.unwrap();
        let postgres = options(&url).unwrap();
        let (host, port) = (postgres.get_host().to_owned(), postgres.get_port());
        let proxy = TcpListener::bind((host.as_str(), 0)).await.unwrap();
        let through = url.replace(
            &format!(":{port}/"),
            &format!(":{}/", proxy.local_addr().unwrap().port()),
        );
        assert_ne!(url, through);
        tokio::spawn(async move {
            for is_read in [true, false, true] {
                let (mut usher, _) = proxy.accept().await.unwrap();
                // What was not read resets the connection, else it ends in good order.
                if is_read {
                    // The request for TLS.
                    usher.read_exact(&mut [0; 8]).await.unwrap();
                }
            }
            loop {
                let (mut usher, _) = proxy.accept().await.unwrap();
                let mut postgres = TcpStream::connect((host.as_str(), port)).await.unwrap();
                tokio::spawn(async move { copy_bidirectional(&mut usher, &mut postgres).await });
            }
        });
        let store = Store::open(&through).await.unwrap();
        store.close().await;
    }

    #[tokio::test]
    async fn who_waits_in_vain_is_told_what_the_last_try_said() {
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        for (url, reason) in [
            (format!("postgres://usher@{nobody}/usher"), "refused"),
            (
                "postgres:///usher?user=usher&host=/nowhere".to_owned(),
                "No such file or directory",
            ),
        ] {
            let began = Instant::now();
            let failed = Store::open(&url).await.err().unwrap().to_string();
            assert!(failed.contains(reason), "{failed}");
            assert!(
                failed.contains("/nowhere: ") || failed.contains(&format!("{nobody}: ")),
                "{failed}"
            );
            assert!(began.elapsed() >= TO_APPEAR, "{url}: not waited for");
        }
        // It takes the connection, and nobody is behind it.
        let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("postgres://usher@{}/usher", mute.local_addr().unwrap());
        let failed = Store::open(&url).await.err().unwrap().to_string();
        assert!(failed.contains("it says nothing"), "{failed}");
        // What is there and does not do as it should is not waited for.
        let began = Instant::now();
        let url = std::env::var("USHER_TEST_POSTGRES_URL").unwrap() + "?sslmode=verify-full&sslrootcert=/nowhere";
        assert!(Store::open(&url).await.is_err() && began.elapsed() < TO_APPEAR);
    }
}
