//! HAProxy from Debian, with the configuration that docs/operations.md shows.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

use tokio::net::TcpStream;

use crate::usher::free_address;

/// Which server an answer is of, also where the proxy had to answer itself.
pub const SERVED_BY: &str = "x-served-by";

/// A proxy that runs until it is dropped.
pub struct Proxy {
    pub address: SocketAddr,
    child: Child,
}

impl Proxy {
    /// In front of these servers, each by its name.
    pub async fn before_usher(name: &str, servers: &[(String, SocketAddr)]) -> Self {
        let each = |suffix: &str, options: &str| {
            let servers = servers.iter();
            let lines = servers.map(|(name, address)| format!("    server {name}{suffix} {address} {options}"));
            lines.collect()
        };
        // The first one stands for all, also among those that are taken when nobody is ready.
        Self::start(name, include_str!("../../../../docs/haproxy.cfg"), |line| {
            if line.contains(" usher1 ") {
                each("", "")
            } else if line.contains(" usher1-anyway ") {
                each("-anyway", "backup no-check")
            } else {
                Vec::new()
            }
        })
        .await
    }

    /// With this configuration, but for where it listens, and for each line `server`. Returns when it takes connections.
    pub async fn start(name: &str, text: &str, servers: impl Fn(&str) -> Vec<String>) -> Self {
        let address = free_address();
        let lines = text.lines().flat_map(|line| match line.split_whitespace().next() {
            Some("bind") => vec![format!("    bind {address}")],
            Some("server") => servers(line),
            // What it did, and why, lies beside its configuration.
            Some("global") => vec![line.to_owned(), "    log stderr format raw local0 info".to_owned()],
            Some("mode") => vec![
                line.to_owned(),
                "    log global".to_owned(),
                format!("    option {}log", line.trim().trim_start_matches("mode ")),
            ],
            Some("option") if line.contains("forwardfor") => vec![
                line.to_owned(),
                format!("    http-after-response set-header {SERVED_BY} %s"),
            ],
            _ => vec![line.to_owned()],
        });
        let text: String = lines.map(|line| line + "\n").collect();
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.cfg"));
        fs::write(&file, text).unwrap();
        let log = fs::File::create(file.with_extension("log")).unwrap();
        let child = Command::new(haproxy())
            .arg("-db")
            .arg("-f")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut proxy = Self { address, child };
        while TcpStream::connect(address).await.is_err() {
            let ended = proxy.child.try_wait().unwrap();
            assert!(ended.is_none(), "haproxy does not start: see {}", file.display());
            tokio::task::yield_now().await;
        }
        proxy
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Debian keeps it where only root's PATH leads.
fn haproxy() -> &'static str {
    const OF_ROOT: &str = "/usr/sbin/haproxy";
    if Path::new(OF_ROOT).exists() {
        OF_ROOT
    } else {
        "haproxy"
    }
}
