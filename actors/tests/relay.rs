//! A mail relay that keeps what it is given, or refuses it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

#[derive(Clone)]
pub struct Relay {
    pub url: String,
    mails: Arc<Mutex<Vec<String>>>,
    /// How many more mails are turned away for the moment.
    busy: Arc<AtomicUsize>,
}

impl Relay {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let relay = Self { url, mails: Arc::default(), busy: Arc::default() };
        let serving = relay.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        relay
    }

    /// Says "not now" to this many mails.
    pub fn turn_away(&self, mails: usize) {
        self.busy.store(mails, Ordering::SeqCst);
    }

    /// Headers and bodies.
    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }

    /// The header of every mail, sorted.
    pub fn headers(&self, name: &str) -> Vec<String> {
        let prefix = format!("{name}: ");
        let value =
            |mail: &String| mail.lines().find_map(|line| line.strip_prefix(&prefix).map(str::to_owned));
        let mut values: Vec<String> = self.mails().iter().filter_map(value).collect();
        values.sort();
        values
    }

    async fn serve(self, stream: TcpStream) -> Option<()> {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        writer.write_all(b"220 relay\r\n").await.ok()?;
        while let Some(line) = lines.next_line().await.ok()? {
            let reply = match line.split(' ').next() {
                Some("DATA") => {
                    writer.write_all(b"354 go on\r\n").await.ok()?;
                    let mut mail = String::new();
                    loop {
                        match lines.next_line().await.ok()?? {
                            end if end == "." => break,
                            line => mail.push_str(&format!("{line}\n")),
                        }
                    }
                    let take_one = |busy: usize| busy.checked_sub(1);
                    if self.busy.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take_one).is_ok() {
                        "451 not now"
                    } else {
                        self.mails.lock().unwrap().push(mail);
                        "250 taken"
                    }
                }
                Some("QUIT") => "221 bye",
                _ => "250 relay",
            };
            writer.write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
        }
        Some(())
    }
}
