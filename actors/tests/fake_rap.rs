//! A RAP controller that answers as a test says and remembers what it was asked.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// One request, as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Such as `rap/create/`.
    pub path: String,
    pub body: Value,
}

pub enum Answer {
    Json(u16, Value),
    /// Status, type, body.
    Text(u16, &'static str, &'static str),
    /// None until the test lets go.
    Hang,
}

type Answering = Box<dyn Fn(&Call) -> Answer + Send + Sync>;

#[derive(Clone)]
pub struct FakeRap {
    pub url: String,
    inner: Arc<Inner>,
}

struct Inner {
    answering: Mutex<Answering>,
    calls: Mutex<Vec<Call>>,
    /// True when hanging answers may go.
    open: watch::Sender<bool>,
}

impl FakeRap {
    /// Knows no RAP, creates two jobs for each request, cancels what it is asked to, has no backends.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/controller/v1/", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            answering: Mutex::new(Box::new(usual)),
            calls: Mutex::default(),
            open: watch::Sender::new(false),
        });
        let fake = Self { url, inner };
        let serving = fake.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        fake
    }

    /// From now on answers like this.
    pub fn answer(&self, answering: impl Fn(&Call) -> Answer + Send + Sync + 'static) {
        *self.inner.answering.lock().unwrap() = Box::new(answering);
    }

    /// Answers what hangs, as usual.
    pub fn let_go(&self) {
        self.inner.open.send_replace(true);
    }

    pub fn calls(&self, path: &str) -> Vec<Call> {
        self.inner.calls.lock().unwrap().iter().filter(|call| call.path == path).cloned().collect()
    }

    async fn serve(self, mut stream: TcpStream) {
        let Some(call) = read(&mut stream).await else { return };
        self.inner.calls.lock().unwrap().push(call.clone());
        let mut answer = (self.inner.answering.lock().unwrap())(&call);
        if matches!(answer, Answer::Hang) {
            self.inner.open.subscribe().wait_for(|open| *open).await.unwrap();
            answer = usual(&call);
        }
        let (status, kind, body) = match answer {
            Answer::Json(status, body) => (status, "application/json", body.to_string()),
            Answer::Text(status, kind, body) => (status, kind, body.to_owned()),
            Answer::Hang => return,
        };
        let reply = format!(
            "HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        // The client may have given up.
        stream.write_all(reply.as_bytes()).await.ok();
    }
}

pub fn usual(call: &Call) -> Answer {
    match call.path.as_str() {
        "rap/create/" => {
            Answer::Json(201, json!({"result": "Success", "details": "Jobs created", "count": 2}))
        }
        "rap/cancel/" => Answer::Json(200, json!({"result": "Success", "details": "cancelled", "count": 1})),
        "rap/status/" => Answer::Json(200, json!({"jobs": [], "unrecognised_rap_ids": call.body["rap_ids"]})),
        _ => Answer::Json(200, json!({"backends": []})),
    }
}

/// A job in the controller's form.
pub fn job(rap_id: &str, identifier: &str, status: &str) -> Value {
    let is_over = matches!(status, "failed" | "succeeded");
    json!({
        "identifier": identifier, "rap_id": rap_id, "backend": "tpp", "action": format!("action-{identifier}"),
        "run_command": "python:v2 python analysis/table.py", "status": status, "status_code": status,
        "status_message": "", "created_at": "2025-11-03T09:00:04Z", "updated_at": "2025-11-03T09:06:10Z",
        "started_at": "2025-11-03T09:01:30Z", "completed_at": is_over.then_some("2025-11-03T09:06:10Z"),
        "trace_context": null, "metrics": {}, "requires_db": false,
    })
}

async fn read(stream: &mut TcpStream) -> Option<Call> {
    let mut received = Vec::new();
    loop {
        if let Some(call) = parse(&received) {
            return Some(call);
        }
        if stream.read_buf(&mut received).await.ok()? == 0 {
            return None;
        }
    }
}

/// None while the request is not complete.
fn parse(received: &[u8]) -> Option<Call> {
    let text = std::str::from_utf8(received).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let path = head.split(' ').nth(1)?.trim_start_matches("/controller/v1/").to_owned();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, length)| length.parse().unwrap());
    (body.len() >= length).then(|| Call { path, body: serde_json::from_str(body).unwrap_or(Value::Null) })
}
