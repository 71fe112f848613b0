//! A mail relay that keeps what it is given, or refuses it, or does what no relay should.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// How a relay behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Answers each recipient with this, such as `250 OK` or `550 no such user`.
    Recipients(&'static str),
    /// Answers the mail with this, after every recipient was welcome.
    Mail(&'static str),
    /// Greets with this.
    Greeting(&'static str),
    /// Says nothing from the start.
    Mute,
    /// Says nothing any more once it has the mail.
    MuteAtTheEnd,
    /// Has the mail and hangs up instead of saying so.
    HangsUpAtTheEnd,
    /// Takes a mail, says so, and hangs up.
    OneMailEach,
}

pub struct Relay {
    pub url: String,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    /// `verdict` answers each recipient, such as `250 OK` or `550 no such user`.
    pub async fn start(verdict: &'static str) -> Relay {
        Relay::with(Manner::Recipients(verdict)).await
    }

    pub async fn with(manner: Manner) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let lines = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn({
            let lines = lines.clone();
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, manner, lines.clone()));
                }
            }
        });
        Relay { url, lines }
    }

    /// Everything said to the relay, commands and message.
    pub fn heard(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }
}

async fn serve(stream: TcpStream, manner: Manner, heard: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    match manner {
        Manner::Mute => return std::future::pending().await,
        Manner::Greeting(greeting) => stream.write_all(format!("{greeting}\r\n").as_bytes()).await?,
        _ => stream.write_all(b"220 relay\r\n").await?,
    }
    let (mut line, mut in_message) = (String::new(), false);
    while stream.read_line(&mut line).await? > 0 {
        let said = line.trim_end().to_owned();
        line.clear();
        heard.lock().unwrap().push(said.clone());
        let reply = match (in_message, said.as_str(), manner) {
            (true, ".", Manner::MuteAtTheEnd) => return std::future::pending().await,
            (true, ".", Manner::HangsUpAtTheEnd) => return Ok(()),
            (true, ".", Manner::Mail(verdict)) => verdict,
            (true, ".", Manner::OneMailEach) => return stream.write_all(b"250 kept\r\n").await,
            (true, ".", _) => "250 kept",
            (true, _, _) => continue,
            (false, "DATA", _) => "354 go on",
            (false, said, Manner::Recipients(verdict)) if said.starts_with("RCPT") => verdict,
            (false, _, _) => "250 OK",
        };
        in_message = reply.starts_with("354");
        stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
    Ok(())
}
