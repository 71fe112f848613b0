//! A peer that answers what the test wrote down and remembers what it was asked.

pub mod smtp;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::Url;

/// One answer of the script, in the order of the requests.
pub enum Answer {
    Full {
        status: u16,
        headers: String,
        body: Vec<u8>,
    },
    /// Never comes.
    Silence,
    /// Promises more than it sends.
    CutOff(&'static str),
    /// 200, and this many bytes of `[0,0,…`.
    Huge(usize),
}

pub fn json(status: u16, body: &str) -> Answer {
    answer(status, "Content-Type: application/json\r\n", body)
}

pub fn answer(status: u16, headers: &str, body: &str) -> Answer {
    Answer::Full { status, headers: headers.to_owned(), body: body.as_bytes().to_vec() }
}

#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    /// Path and query.
    pub target: String,
    headers: String,
    pub body: String,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        let of_name = |line: &&str| line.split(':').next().is_some_and(|key| key.eq_ignore_ascii_case(name));
        self.headers.lines().find(of_name).and_then(|line| line.split_once(": ")).map(|(_, value)| value)
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }
}

pub struct Peer {
    pub url: Url,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Peer {
    pub async fn start(script: Vec<Answer>) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(Mutex::new(VecDeque::from(script)));
        tokio::spawn({
            let asked = asked.clone();
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, asked.clone(), script.clone()));
                }
            }
        });
        Peer { url, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The only request there was.
    pub fn only(&self) -> Asked {
        let asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked[0].clone()
    }
}

/// An address that nobody listens on.
pub async fn nobody() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
}

async fn serve(
    mut stream: TcpStream,
    asked: Arc<Mutex<Vec<Asked>>>,
    script: Arc<Mutex<VecDeque<Answer>>>,
) -> std::io::Result<()> {
    let request = read(&mut stream).await?;
    asked.lock().unwrap().push(request);
    let next = script.lock().unwrap().pop_front();
    match next.unwrap_or_else(|| answer(599, "", "the script is at its end")) {
        Answer::Full { status, headers, body } => {
            let head = format!(
                "HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&body).await
        }
        Answer::Silence => std::future::pending().await,
        Answer::CutOff(body) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len() * 2);
            stream.write_all(head.as_bytes()).await
        }
        Answer::Huge(length) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n[");
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&b"0,".repeat(length / 2)).await
        }
    }
}

async fn read(stream: &mut TcpStream) -> std::io::Result<Asked> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut words = head.split_whitespace();
    let mut asked = Asked {
        method: words.next().unwrap_or_default().to_owned(),
        target: words.next().unwrap_or_default().to_owned(),
        headers: head.clone(),
        body: String::new(),
    };
    let length: usize = asked.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        stream.read_buf(&mut body).await?;
    }
    asked.body = String::from_utf8(body).unwrap();
    Ok(asked)
}
