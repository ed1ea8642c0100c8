//! Many questions at one moment, each over a connection of its own.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::support::{Visitor, is_session, link_in};

pub const CLIENTS: usize = 64;

/// What one of many sends.
pub struct Question {
    path: String,
    fields: Vec<(&'static str, String)>,
    cookie: String,
}

impl Question {
    pub fn new(visitor: &Visitor, path: impl Into<String>, fields: &[(&'static str, &str)]) -> Self {
        let mut path = path.into();
        let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let mut fields: Vec<_> = fields.collect();
        // The form of a link's page posts the token.
        if let Some((link, page)) = link_in(&path) {
            fields.push(("token", link.rsplit('/').next().unwrap_or_default().to_owned()));
            path = page;
        }
        Self {
            path,
            fields,
            cookie: visitor.cookie_header(),
        }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// The session's cookie that it sets, as a browser sends it back.
    pub cookie: Option<String>,
}

/// Sends all of them at the same moment, each over a connection that stands already.
pub async fn at_once(address: SocketAddr, questions: Vec<Question>) -> Vec<Reply> {
    let mut connected = Vec::new();
    for question in questions {
        connected.push((TcpStream::connect(address).await.unwrap(), question));
    }
    let mut asked = JoinSet::new();
    for (stream, question) in connected {
        asked.spawn(ask(stream, question));
    }
    asked.join_all().await
}

async fn ask(mut stream: TcpStream, question: Question) -> Reply {
    let body = serde_urlencoded::to_string(&question.fields).unwrap();
    let (path, cookie, length) = (question.path, question.cookie, body.len());
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: usher.localhost\r\nconnection: close\r\nsec-fetch-site: same-origin\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\ncookie: {cookie}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    let head = answer.split("\r\n\r\n").next().unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut cookies = head.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    let session = cookies.find(|cookie| is_session(cookie.split('=').next().unwrap()));
    Reply {
        status,
        cookie: session.map(|cookie| cookie.split(';').next().unwrap().to_owned()),
    }
}

#[track_caller]
pub fn won(replies: &[Reply]) -> usize {
    // Whoever loses is told why. Some are told to come again: so many passwords are not hashed at once.
    let failed = replies
        .iter()
        .filter(|reply| reply.status >= 500 && reply.status != 503)
        .count();
    assert_eq!(failed, 0, "{replies:?}");
    replies.iter().filter(|reply| matches!(reply.status, 200 | 303)).count()
}
