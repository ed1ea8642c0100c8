//! The real binary in a process of its own: started, killed, started again.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    time::{Duration, Instant},
};

use crate::client::Client;

pub const EMAIL: &str = "ada@example.com";
pub const PASSWORD: &str = "correct horse battery staple";

/// An installation on this machine, whether or not it runs at the moment.
pub struct Usher {
    pub folder: PathBuf,
    pub address: SocketAddr,
    settings: Vec<(&'static str, String)>,
    process: Option<Running>,
}

struct Running {
    child: Child,
    /// Open as long as the process lives: nobody writes to a pipe without a reader.
    _stdout: BufReader<ChildStdout>,
}

impl Usher {
    /// A new one with one Admin, not started yet, in a folder of that name.
    pub fn new(name: &str, settings: &[(&'static str, &str)]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults").join(name);
        let _ = fs::remove_dir_all(&folder);
        Self::in_folder(folder, settings)
    }

    pub fn in_folder(folder: PathBuf, settings: &[(&'static str, &str)]) -> Self {
        let usher = Self::bare(folder, settings);
        let mut create = usher.command(["admin", "create", "--password-stdin", "--name", "Ada", "--email", EMAIL]);
        let mut create = create.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        create.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        assert!(create.wait().unwrap().success());
        usher
    }

    /// One without an Admin and, on Postgres, without tables.
    pub fn bare(folder: PathBuf, settings: &[(&'static str, &str)]) -> Self {
        lay_bundle();
        fs::create_dir_all(&folder).unwrap();
        let address = free_address();
        let settings = settings.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let mut usher = Self {
            folder,
            address,
            settings: settings.collect(),
            process: None,
        };
        usher.set("USHER_PUBLIC_URL", &format!("http://{address}"));
        usher
    }

    /// The same on a database of Postgres.
    pub fn on_postgres(name: &str, database: &str) -> Self {
        Self::new(name, &Self::postgres(database, &shared_key()))
    }

    pub fn bare_on_postgres(name: &str, database: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults").join(name);
        Self::bare(folder, &Self::postgres(database, &shared_key()))
    }

    fn postgres<'a>(database: &'a str, key: &'a str) -> [(&'static str, &'a str); 2] {
        [("USHER_DATABASE_URL", database), ("USHER_SECRET_KEY_FILE", key)]
    }

    /// Changes a setting from the next start on.
    pub fn set(&mut self, name: &'static str, value: &str) {
        self.settings.retain(|(known, _)| *known != name);
        self.settings.push((name, value.to_owned()));
    }

    /// The binary with this installation's settings and no other.
    pub fn command(&self, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        self.command_by(Command::new(binary()), words)
    }

    /// The same through a program that starts what it is given.
    fn command_by(&self, mut command: Command, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        command
            .args(words)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("USHER_DATA_DIR", &self.folder)
            .env("USHER_LISTEN", self.address.to_string())
            // What loads it asks as one person.
            .env("USHER_REQUESTS_PER_MINUTE", u32::MAX.to_string())
            .envs(self.settings.iter().map(|(name, value)| (*name, value)));
        command
    }

    /// Starts it and returns how long it took until it was ready.
    pub async fn start(&mut self) -> Duration {
        assert!(self.process.is_none(), "it runs already");
        let started = Instant::now();
        // A limit on the size of files then is an error to the process, and does not end it.
        let mut ignoring = Command::new("env");
        ignoring.arg("--ignore-signal=XFSZ").arg(binary());
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let mut child = self
            .command_by(ignoring, ["serve"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        stdout.read_line(&mut said).unwrap();
        self.process = Some(Running { child, _stdout: stdout });
        assert!(said.starts_with("Usher is at"), "it does not serve: {}", self.logged());
        let ready = Client::new(self.address).get("/readyz").await.unwrap();
        assert_eq!(ready.status, 200);
        started.elapsed()
    }

    pub fn id(&self) -> u32 {
        self.process.as_ref().unwrap().child.id()
    }

    /// kill -9.
    pub fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.child.kill().unwrap();
        process.child.wait().unwrap();
    }

    /// Asks it to end, as service managers do. See [`Self::wait`].
    pub fn terminate(&self) {
        let id = self.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
    }

    /// Until it has ended by itself, while whoever asks it something goes on.
    pub async fn wait(&mut self) -> ExitStatus {
        let mut process = self.process.take().unwrap();
        tokio::task::spawn_blocking(move || process.child.wait().unwrap())
            .await
            .unwrap()
    }

    /// Who is signed in as the Admin.
    pub async fn admin(&self) -> Client {
        let mut client = Client::new(self.address);
        client.sign_in(EMAIL, PASSWORD).await;
        client
    }

    /// What it wrote to standard error since the installation was made.
    pub fn logged(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Beside the folder, so that a full disk does not end the log.
    pub fn log(&self) -> PathBuf {
        let name = self.folder.file_name().unwrap().to_string_lossy();
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("faults-{name}.log"))
    }
}

impl Drop for Usher {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.child.kill();
            let _ = process.child.wait();
        }
    }
}

/// The debug build that cargo made for this test, or the release, where it is given.
fn binary() -> PathBuf {
    std::env::var_os("USHER_BINARY").map_or_else(|| env!("CARGO_BIN_EXE_usher").into(), PathBuf::from)
}

/// A debug build reads the browser's bundle from a folder and does not start without. Where it was not built, the
/// console works without script, which is how these stories use it.
fn lay_bundle() {
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site-dev");
    let manifest = site.join("assets.json");
    if manifest.exists() {
        return;
    }
    fs::create_dir_all(&site).unwrap();
    let part = site.join(format!("assets.json.{}", std::process::id()));
    fs::write(
        &part,
        r#"{"build":"none","js":"","wasm":"","css":"","areas":{},"files":{}}"#,
    )
    .unwrap();
    fs::rename(part, manifest).unwrap();
}

/// A port that is free, below those that the system gives to outgoing connections: it stays free between two starts. No
/// two calls get the same one.
pub fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Tests that begin together have numbers close to each other; each finds some ports of its own.
    let first = u16::try_from(std::process::id().wrapping_mul(37) % 8000).unwrap();
    std::iter::repeat_with(|| first + NEXT.fetch_add(1, Ordering::Relaxed))
        .map(|number| SocketAddr::from(([127, 0, 0, 1], 12_000 + number % 8000)))
        .find(|address| TcpListener::bind(address).is_ok())
        .unwrap()
}

/// The file of a key that servers on Postgres share: 32 bytes of zero.
fn shared_key() -> String {
    let key = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults.key");
    fs::write(&key, "A".repeat(43)).unwrap();
    key.to_str().unwrap().to_owned()
}
