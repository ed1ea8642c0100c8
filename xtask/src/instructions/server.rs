//! An installation of the release binary, prepared once and copied for each run, and what is asked of it.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use super::{Kind, profile};
use crate::files;
use crate::workspace::{run, target};

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery staple";

/// One who signs in, an organization to invite into, and links that can be accepted.
pub struct Installation {
    binary: PathBuf,
    folder: PathBuf,
    /// The same for all runs: the session's cookie is named by the port.
    address: SocketAddr,
    cookie: String,
    links: Vec<String>,
}

impl Installation {
    pub fn prepare() -> Result<Self> {
        let binary = std::env::var_os("USHER_BINARY").map_or_else(|| target().join("dist/usher"), PathBuf::from);
        if !binary.exists() {
            bail!("{} is missing: `cargo xtask dist` makes it", binary.display());
        }
        let folder = target().join("instructions");
        let _ = fs::remove_dir_all(&folder);
        let prepared = folder.join("prepared");
        fs::create_dir_all(&prepared).with_context(|| format!("making {}", prepared.display()))?;
        let mut installation = Self {
            binary,
            folder,
            address: TcpListener::bind("127.0.0.1:0")?.local_addr()?,
            cookie: String::new(),
            links: Vec::new(),
        };

        let words = ["admin", "create", "--password-stdin", "--name", "Ada", "--email", EMAIL];
        let mut create = installation.usher(Command::new(&installation.binary), &prepared, &words);
        let mut create = create.stdin(Stdio::piped()).spawn().context("starting usher")?;
        create
            .stdin
            .take()
            .context("no input")?
            .write_all(PASSWORD.as_bytes())?;
        if !create.wait()?.success() {
            bail!("no Admin could be made");
        }
        let words = [
            "seed",
            "--users",
            "2000",
            "--organizations",
            "20",
            "--invitations",
            "200",
        ];
        run(installation
            .usher(Command::new(&installation.binary), &prepared, &words)
            .stdout(Stdio::null()))?;

        let server = installation.serve(Command::new(&installation.binary), &prepared)?;
        let answer = server.ask("POST", "/login", "", &format!("email={EMAIL}&password={PASSWORD}"), 303)?;
        let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: "));
        let cookie = cookie.and_then(|cookie| cookie.split(';').next());
        installation.cookie = cookie.context("no session")?.to_owned();
        for number in 0..Kind::Accept.to_warm() + Kind::Accept.counted() {
            let body = format!("email=guest{number}@example.org&role=admin");
            let answer = server.ask("POST", "/api/invitations/send", &installation.cookie, &body, 200)?;
            let link = answer.split_once("/accept-invitation/").map(|(_, rest)| rest);
            let token = link
                .and_then(|rest| rest.split('"').next())
                .context("no link is shown")?;
            installation.links.push(token.to_owned());
        }
        server.end()?;
        Ok(installation)
    }

    /// How many instructions it takes from its start to its end to get warm, and to answer those of one kind.
    pub fn run(&self, kind: Option<Kind>) -> Result<u64> {
        let name = kind.map_or("nothing", Kind::name);
        let data = self.folder.join(name);
        fs::create_dir_all(&data)?;
        for file in files::list(&self.folder.join("prepared"))? {
            fs::copy(&file, data.join(file.file_name().unwrap_or_default()))?;
        }
        let profile = self.folder.join(format!("{name}.callgrind"));
        let mut valgrind = Command::new("valgrind");
        valgrind.args([
            "--quiet",
            "--tool=callgrind",
            "--compress-strings=no",
            "--compress-pos=no",
        ]);
        valgrind.arg(format!("--callgrind-out-file={}", profile.display()));
        valgrind.arg(&self.binary);
        let server = self.serve(valgrind, &data)?;
        for kind in Kind::ALL {
            self.ask(&server, kind, 0..kind.to_warm())?;
        }
        if let Some(kind) = kind {
            self.ask(&server, kind, kind.to_warm()..kind.to_warm() + kind.counted())?;
        }
        server.end()?;
        profile::without_hashing(&files::read_text(&profile)?)
    }

    fn ask(&self, server: &Server, kind: Kind, numbers: std::ops::Range<usize>) -> Result<()> {
        for number in numbers {
            match kind {
                Kind::List => server.ask("GET", "/users", &self.cookie, "", 200)?,
                Kind::Create => {
                    let body = format!("name=Made+{number}&code=MADE-{number}");
                    server.ask("POST", "/api/organizations/create", &self.cookie, &body, 200)?
                }
                Kind::Accept => {
                    let token = self.links.get(number).context("no link is left")?;
                    let body = format!("token={token}&name=Guest&password=seven+blue+lamps+on+a+hill");
                    server.ask("POST", "/api/invitation/accept", "", &body, 200)?
                }
            };
        }
        Ok(())
    }

    fn serve(&self, command: Command, data: &Path) -> Result<Server> {
        let address = self.address;
        let mut command = self.usher(command, data, &["serve"]);
        command
            .env("USHER_LISTEN", address.to_string())
            .env("USHER_PUBLIC_URL", format!("http://{address}"))
            // How often one thread wakes another is a matter of chance.
            .env("TOKIO_WORKER_THREADS", "1")
            .stdout(Stdio::piped())
            .stderr(fs::File::create(data.with_extension("log"))?);
        let mut child = command.spawn().with_context(|| format!("starting {command:?}"))?;
        let mut output = BufReader::new(child.stdout.take().context("no output")?);
        let mut said = String::new();
        output.read_line(&mut said)?;
        if !said.starts_with("Usher is at") {
            bail!("it does not serve: see {}", data.with_extension("log").display());
        }
        Ok(Server {
            address,
            child,
            _output: output,
        })
    }

    fn usher(&self, mut command: Command, data: &Path, words: &[impl AsRef<OsStr>]) -> Command {
        command.args(words).env("USHER_DATA_DIR", data);
        command
    }
}

struct Server {
    address: SocketAddr,
    child: Child,
    /// Open as long as the process lives: nobody writes to a pipe without a reader.
    _output: BufReader<std::process::ChildStdout>,
}

impl Server {
    /// Asks, and returns the whole answer, whose status must be this.
    fn ask(&self, method: &str, path: &str, cookie: &str, body: &str, status: u16) -> Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        let (address, length) = (self.address, body.len());
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nsec-fetch-site: same-origin\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\ncookie: {cookie}\r\n\r\n{body}"
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        if !answer.starts_with(&format!("HTTP/1.1 {status} ")) {
            bail!("{method} {path}: {answer}");
        }
        Ok(answer)
    }

    /// Tells it to end, and waits until it has.
    fn end(mut self) -> Result<()> {
        run(Command::new("kill").arg(self.child.id().to_string()))?;
        let status = self.child.wait()?;
        if !status.success() {
            bail!("it ended badly: {status}");
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
