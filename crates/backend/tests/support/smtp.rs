//! A small mail server that does what a script says: a real peer over a real connection.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
};

/// What the server does with one connection.
#[derive(Clone, Copy, Debug)]
pub enum Script {
    /// Greets with this line and hangs up.
    Greet(&'static str),
    /// Answers this to RCPT.
    Recipient(&'static str),
    /// Hangs up when it is asked for DATA.
    DropBeforeData,
    /// Hangs up when it has the whole mail, without a word.
    DropAfterData,
    /// Has the whole mail, and never says so.
    TakeWithoutAWord,
    /// Never says anything.
    Silent,
}

/// A mail as it came in.
#[derive(Clone, Debug)]
pub struct Received {
    pub recipient: String,
    /// Headers and parts, dots unstuffed.
    pub content: String,
}

impl Received {
    /// A header's value, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.content.split_once("\r\n\r\n")?;
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let line = head
            .lines()
            .find(|line| line.to_lowercase().starts_with(&format!("{}:", name.to_lowercase())))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    }
}

/// Takes every mail, except where a script says otherwise.
pub struct MailServer {
    pub url: String,
    scripts: Arc<Mutex<VecDeque<Script>>>,
    arrived: mpsc::UnboundedReceiver<Received>,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}?timeout=1", listener.local_addr().unwrap());
        let scripts = Arc::new(Mutex::new(VecDeque::new()));
        let (arrive, arrived) = mpsc::unbounded_channel();
        let for_connections = Arc::clone(&scripts);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let script = for_connections.lock().unwrap().pop_front();
                tokio::spawn(serve(stream, script, arrive.clone()));
            }
        });
        Self { url, scripts, arrived }
    }

    /// What the next connections meet, one script each.
    pub fn will(&self, scripts: impl IntoIterator<Item = Script>) {
        self.scripts.lock().unwrap().extend(scripts);
    }

    /// The next mail that the server took, as soon as it is there.
    pub async fn next(&mut self) -> Received {
        self.arrived.recv().await.unwrap()
    }

    /// The mails that have come in so far.
    pub fn taken(&mut self) -> Vec<Received> {
        std::iter::from_fn(|| self.arrived.try_recv().ok()).collect()
    }
}

struct Peer {
    lines: tokio::io::Lines<BufReader<OwnedReadHalf>>,
    writer: OwnedWriteHalf,
}

impl Peer {
    async fn say(&mut self, line: &str) -> io::Result<()> {
        self.writer.write_all(format!("{line}\r\n").as_bytes()).await
    }
}

async fn serve(stream: TcpStream, script: Option<Script>, arrive: mpsc::UnboundedSender<Received>) -> io::Result<()> {
    let (reader, writer) = stream.into_split();
    let lines = BufReader::new(reader).lines();
    let mut peer = Peer { lines, writer };
    match script {
        Some(Script::Greet(line)) => return peer.say(line).await,
        Some(Script::Silent) => {
            // Until the client has enough of it.
            while peer.lines.next_line().await?.is_some() {}
            return Ok(());
        }
        _ => peer.say("220 mail.example.com ready").await?,
    }
    let mut recipient = String::new();
    while let Some(line) = peer.lines.next_line().await? {
        let command = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        match (command.as_str(), script) {
            ("EHLO", _) => {
                peer.say("250-mail.example.com\r\n250-AUTH PLAIN\r\n250 8BITMIME")
                    .await?
            }
            ("AUTH", _) => peer.say("235 2.7.0 Accepted").await?,
            ("RCPT", Some(Script::Recipient(answer))) => peer.say(answer).await?,
            ("RCPT", _) => {
                recipient = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                peer.say("250 2.1.5 Ok").await?;
            }
            ("DATA", Some(Script::DropBeforeData)) => return Ok(()),
            ("DATA", _) => {
                peer.say("354 Go on").await?;
                let content = read_content(&mut peer).await?;
                let _ = arrive.send(Received {
                    recipient: recipient.clone(),
                    content,
                });
                match script {
                    Some(Script::DropAfterData) => return Ok(()),
                    Some(Script::TakeWithoutAWord) => {
                        while peer.lines.next_line().await?.is_some() {}
                        return Ok(());
                    }
                    _ => {}
                }
                peer.say("250 2.0.0 Ok: queued as 4F2A").await?;
            }
            ("QUIT", _) => return peer.say("221 Bye").await,
            _ => peer.say("250 2.0.0 Ok").await?,
        }
    }
    Ok(())
}

/// Up to the line with a dot alone. A mail without it was never handed over: its sender has died, and comes again.
async fn read_content(peer: &mut Peer) -> io::Result<String> {
    let mut content = String::new();
    while let Some(line) = peer.lines.next_line().await? {
        if line == "." {
            return Ok(content);
        }
        content.push_str(line.strip_prefix('.').unwrap_or(&line));
        content.push_str("\r\n");
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}
