//! A Postgres that is reached by TLS: only one whose certificate is vouched for is spoken to.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use store::testing::tamper;

use crate::postgres::OwnPostgres;

#[tokio::test]
async fn a_postgres_with_a_bad_certificate_is_not_spoken_to() {
    let postgres = OwnPostgres::start("encrypted-postgres");
    let by_name = postgres.url.replace("127.0.0.1", "localhost");
    let checked = |url: &str, roots: &str| format!("{url}?sslmode=verify-full&sslrootcert={roots}");
    let certificate = |name: &str| rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let (own, other) = (certificate("localhost"), certificate("localhost"));
    let (own_file, other_file) = (file("own.pem", &own.cert.pem()), file("other.pem", &other.cert.pem()));

    // It does not speak TLS yet.
    is_refused(&migrate(&checked(&by_name, &own_file)));

    for (name, content) in [
        ("server.crt", own.cert.pem()),
        ("server.key", own.signing_key.serialize_pem()),
    ] {
        // Written by Postgres itself, so that it owns them. Its working directory is that of its data.
        let lines = content.trim().replace('\n', "'), ('");
        let write = format!("copy (values ('{lines}')) to program 'umask 077; cat > {name}'");
        tamper(&postgres.url, &write).await.unwrap();
    }
    tamper(&postgres.url, "alter system set ssl = on").await.unwrap();
    tamper(&postgres.url, "select pg_reload_conf()").await.unwrap();

    // Nobody it knows vouches for it, or it has another name.
    is_refused(&migrate(&checked(&by_name, &other_file)));
    is_refused(&migrate(&checked(&postgres.url, &own_file)));
    let accepted = migrate(&checked(&by_name, &own_file));
    assert!(accepted.status.success(), "{accepted:?}");
}

fn file(name: &str, content: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("encrypted-postgres-{name}"));
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn migrate(url: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_usher"))
        .arg("migrate")
        .env_clear()
        .env("USHER_DATA_DIR", env!("CARGO_TARGET_TMPDIR"))
        .env("USHER_DATABASE_URL", url)
        .env("USHER_SECRET_KEY_FILE", file("key", &URL_SAFE_NO_PAD.encode([7; 32])))
        .output()
        .unwrap()
}

#[track_caller]
fn is_refused(migrated: &Output) {
    let words = String::from_utf8_lossy(&migrated.stderr);
    assert!(
        !migrated.status.success() && words.contains("the connection to Postgres cannot be trusted"),
        "{migrated:?}"
    );
}
