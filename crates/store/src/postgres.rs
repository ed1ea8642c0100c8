//! How a Postgres is reached: what its address says, TLS where it says nothing, and patience while it starts.

mod waiting;

use std::{io, net::IpAddr};

use sqlx::{
    PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};
pub(crate) use waiting::{Wanted, appears};

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
        return Err(sqlx::Error::Protocol(waiting::IS_REPLICA.to_owned()));
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

    use super::{is_checked_unasked, options};

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
