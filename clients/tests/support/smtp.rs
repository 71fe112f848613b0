//! A mail relay that keeps what it is given, or refuses it.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

pub struct Relay {
    pub url: String,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    /// `verdict` answers each recipient, such as `250 OK` or `550 no such user`.
    pub async fn start(verdict: &'static str) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let lines = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn({
            let lines = lines.clone();
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, verdict, lines.clone()));
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

async fn serve(
    stream: TcpStream,
    verdict: &'static str,
    heard: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 relay\r\n").await?;
    let (mut line, mut in_message) = (String::new(), false);
    while stream.read_line(&mut line).await? > 0 {
        let said = line.trim_end().to_owned();
        line.clear();
        heard.lock().unwrap().push(said.clone());
        let reply = match (in_message, said.as_str()) {
            (true, ".") => "250 kept",
            (true, _) => continue,
            (false, "DATA") => "354 go on",
            (false, said) if said.starts_with("RCPT") => verdict,
            (false, _) => "250 OK",
        };
        in_message = reply.starts_with("354");
        stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
    Ok(())
}
