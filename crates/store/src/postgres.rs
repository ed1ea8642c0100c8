//! How a Postgres is reached: what its address says, TLS where it says nothing, and patience while it starts.

use std::{io, net::IpAddr, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};
use tokio::time::{Instant, sleep, timeout_at};

use crate::error::StoreError;

/// Reads `postgres://…`. To another machine the connection is encrypted and its certificate checked, unless the address
/// says otherwise by `sslmode`: what an installation keeps never travels in the clear by accident.
pub(crate) fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options: PgConnectOptions = url.parse().map_err(|_| StoreError::Address)?;
    let is_settled = names_mode(url) || is_local(options.get_host());
    Ok(if is_settled {
        options
    } else {
        options.ssl_mode(PgSslMode::VerifyFull)
    })
}

/// Whether the certificate is checked though the address does not say so. Postgres' own programs would not.
pub(crate) fn is_checked_unasked(url: &str) -> Result<bool, StoreError> {
    Ok(!names_mode(url) && matches!(options(url)?.get_ssl_mode(), PgSslMode::VerifyFull))
}

/// For so long a start waits for a Postgres that is not there yet: it starts beside Usher, or fails over.
const TO_APPEAR: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 10 });
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

const IS_REPLICA: &str = "this Postgres is a replica";

/// Who is waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Primary,
    /// A replica will do.
    Any,
}

/// Waits until Postgres takes connections. Fails with what the last try said.
pub(crate) async fn appears(options: &PgConnectOptions, wanted: Wanted) -> Result<(), StoreError> {
    let deadline = Instant::now() + TO_APPEAR;
    let mut last = None;
    loop {
        let Ok(tried) = timeout_at(deadline, greet(options, wanted)).await else {
            let silence = || io::Error::from(io::ErrorKind::TimedOut).into();
            return Err(unreachable(last.unwrap_or_else(silence)));
        };
        match tried {
            Ok(()) => return Ok(()),
            // What fails at once is never too late for the timeout.
            Err(error) if may_pass(&error, options) && Instant::now() < deadline => {
                if last.is_none() {
                    tracing::warn!(%error, "Postgres takes no connection yet: waiting for it");
                }
                last = Some(error);
            }
            Err(error) => return Err(unreachable(error)),
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
            io::ErrorKind::NotFound => options.get_socket().is_some() || options.get_host().starts_with('/'),
            _ => true,
        },
        sqlx::Error::Database(error) => {
            // It is told to end, or the connection fails: https://www.postgresql.org/docs/current/errcodes-appendix.html
            let ends = |code: &str| code.starts_with("57P") || code.starts_with("08");
            error.is_transient_in_connect_phase() || error.code().is_some_and(|code| ends(&code))
        }
        sqlx::Error::Protocol(said) => said == IS_REPLICA,
        _ => false,
    }
}

/// The failure of a first connection, with what to do about it.
pub(crate) fn unreachable(error: sqlx::Error) -> StoreError {
    let is_distrust = match &error {
        sqlx::Error::Tls(_) => true,
        // What rustls says of a certificate.
        sqlx::Error::Io(error) => error.kind() == io::ErrorKind::InvalidData,
        _ => false,
    };
    if is_distrust {
        StoreError::Encryption(error)
    } else {
        error.into()
    }
}

/// Fails on a replica, which takes no writes.
pub(crate) async fn require_primary(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let is_replica: bool = sqlx::query_scalar("select pg_is_in_recovery()")
        .fetch_one(connection)
        .await?;
    if is_replica {
        return Err(sqlx::Error::Protocol(IS_REPLICA.to_owned()));
    }
    Ok(())
}

fn names_mode(url: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query
        .split('&')
        .any(|word| word.starts_with("sslmode=") || word.starts_with("ssl-mode="))
}

/// Whether nothing leaves this machine: by a socket, or by the loopback.
pub(crate) fn is_local(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.starts_with('/') || host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use sqlx::postgres::PgSslMode;
    use tokio::{
        io::copy_bidirectional,
        net::{TcpListener, TcpStream},
    };

    use super::{Instant, TO_APPEAR, is_checked_unasked, options};
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
            for _ in 0..3 {
                drop(proxy.accept().await.unwrap());
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
            assert!(began.elapsed() >= TO_APPEAR, "{url}: not waited for");
        }
        // What is there and does not do as it should is not waited for.
        let began = Instant::now();
        let url = std::env::var("USHER_TEST_POSTGRES_URL").unwrap() + "?sslmode=verify-full&sslrootcert=/nowhere";
        assert!(Store::open(&url).await.is_err() && began.elapsed() < TO_APPEAR);
    }

    #[test]
    fn a_postgres_elsewhere_is_asked_for_its_certificate() {
        for (url, is_checked) in [
            ("postgres://usher@db.example.com/usher", true),
            ("postgres://usher:secret@192.0.2.7:5433/usher?application_name=x", true),
            ("postgres://usher@[2001:db8::1]/usher", true),
            ("postgres://usher@localhost/usher", false),
            ("postgres://usher@127.0.0.1/usher", false),
            ("postgres://usher@[::1]/usher", false),
            ("postgres://usher@%2Fvar%2Frun%2Fpostgresql/usher", false),
            ("postgres:///usher?host=/var/run/postgresql", false),
            ("postgres://usher@db.example.com/usher?sslmode=disable", false),
            ("postgres://usher@db.example.com/usher?a=b&sslmode=require", false),
        ] {
            let mode = options(url).unwrap().get_ssl_mode();
            assert_eq!(matches!(mode, PgSslMode::VerifyFull), is_checked, "{url}");
            assert_eq!(is_checked_unasked(url).unwrap(), is_checked, "{url}");
        }
    }
}
