//! A browser without script, over real connections. What breaks off is an error, and no panic.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[derive(Clone)]
pub struct Client {
    address: SocketAddr,
    cookie: String,
    /// Where it comes from, as a proxy tells.
    forwarded_for: String,
}

/// What came back, whole.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            cookie: String::new(),
            forwarded_for: String::new(),
        }
    }

    /// The same browser elsewhere, behind a proxy on this machine. The server must trust it.
    pub fn from(mut self, address: IpAddr) -> Self {
        self.forwarded_for = address.to_string();
        self
    }

    /// A browser at the same place that is not signed in.
    pub fn without_session(mut self) -> Self {
        self.cookie.clear();
        self
    }

    /// Signs in, and keeps the session.
    pub async fn sign_in(&mut self, email: &str, password: &str) {
        let reply = self.try_to_sign_in(email, password).await.unwrap();
        assert_eq!(reply.status, 303, "{reply:?}");
    }

    pub async fn try_to_sign_in(&mut self, email: &str, password: &str) -> io::Result<Reply> {
        let reply = self.post("/login", &[("email", email), ("password", password)]).await?;
        if reply.status == 303 {
            let cookie = reply.header("set-cookie").unwrap();
            self.cookie = cookie.split(';').next().unwrap().to_owned();
        }
        Ok(reply)
    }

    pub async fn get(&self, path: &str) -> io::Result<Reply> {
        self.send(&self.question("GET", path, "", "")).await
    }

    /// Posts a form of our own page.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> io::Result<Reply> {
        let body = serde_urlencoded::to_string(fields).unwrap();
        self.send(&self.question("POST", path, "", &body)).await
    }

    /// A request with one more header, `name: value`, or none.
    pub fn question(&self, method: &str, path: &str, header: &str, body: &str) -> String {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n",
            self.address
        );
        let length = body.len().to_string();
        for (name, value) in [
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("content-length", &length),
            ("cookie", &self.cookie),
            ("x-forwarded-for", &self.forwarded_for),
        ] {
            if !value.is_empty() {
                head += &format!("{name}: {value}\r\n");
            }
        }
        if !header.is_empty() {
            head += &format!("{header}\r\n");
        }
        format!("{head}\r\n{body}")
    }

    async fn send(&self, question: &str) -> io::Result<Reply> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(question.as_bytes()).await?;
        Reply::read(&mut stream).await
    }
}

impl Reply {
    /// Reads until the connection ends. An answer that is cut off is an unexpected end; none at all is another error.
    pub async fn read(stream: &mut TcpStream) -> io::Result<Self> {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        if answer.is_empty() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let cut_off = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let end = answer
            .windows(4)
            .position(|bytes| bytes == b"\r\n\r\n")
            .ok_or_else(cut_off)?;
        let (head, body) = (String::from_utf8_lossy(&answer[..end]), &answer[end + 4..]);
        let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
        let mut reply = Self {
            status: status.ok_or_else(cut_off)?,
            head: head.into_owned(),
            body: String::new(),
        };
        let body = match reply.header("content-length") {
            Some(length) if body.len() == length.parse::<usize>().unwrap() => body.to_vec(),
            Some(_) => return Err(cut_off()),
            None => join_chunks(body).ok_or_else(cut_off)?,
        };
        reply.body = String::from_utf8_lossy(&body).into_owned();
        Ok(reply)
    }

    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| *found == name).map(|(_, value)| value)
    }
}

/// A body that came in chunks, each behind its length; None if the last one is missing. A letter may lie in two of them.
fn join_chunks(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|bytes| bytes == b"\r\n")?;
        let length = usize::from_str_radix(str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        rest = &rest[end + 2..];
        if length == 0 {
            return Some(body);
        }
        body.extend(rest.get(..length)?);
        rest = rest.get(length + 2..)?;
    }
}
