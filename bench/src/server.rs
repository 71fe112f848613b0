//! The server under measurement: the release build, as a process of its own on a free port of this machine, which ends
//! with us. Everything outside is a dead address, but for a stand-in of GitHub.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::{Child, Command},
    time,
};

use crate::{
    cpu,
    error::{Error, Result},
};

pub const SECRET_KEY: &str = "only-for-measuring";
const READY_LIMIT: Duration = Duration::from_secs(20);
const ASK_AGAIN: Duration = Duration::from_millis(1);
/// The discard port, where nobody listens: what asks there is told so at once.
const NOWHERE: &str = "http://127.0.0.1:9/";

pub struct Server {
    process: Child,
    pub url: String,
    /// From the start of the process to its first 200 at `/health-check/`.
    pub ready_after: Duration,
}

/// Where the parts are.
pub struct Place<'a> {
    /// Of the checkout.
    pub root: &'a Path,
    /// For logs and the like.
    pub scratch: &'a Path,
    pub program: &'a Path,
    pub github_url: &'a str,
}

impl Server {
    /// The pages' process (`serve`): a status loop would change the data that is being measured.
    pub async fn start(place: &Place<'_>, database_url: &str, log_name: &str) -> Result<Server> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let url = format!("http://{address}");
        let log_file = place.scratch.join(log_name);
        let log = fs::File::create(&log_file).map_err(Error::file("write", &log_file))?;
        let started = Instant::now();
        let process = Command::new(place.program)
            .arg("serve")
            .env_clear()
            .env("SECRET_KEY", SECRET_KEY)
            .env("DATABASE_URL", database_url)
            .env("BASE_URL", &url)
            .env("BIND", &address)
            .env("STATIC_ROOT", place.root.join("static"))
            .env("MEDIA_STORAGE", place.scratch.join("uploads"))
            .env("RELEASE_STORAGE", place.scratch.join("releases"))
            .env("EMAIL_BACKEND", "none")
            .env("GITHUB_URL", place.github_url)
            .env("GITHUB_API_URL", place.github_url)
            .env("JOBSERVER_GITHUB_TOKEN", "bench")
            .env("SOCIAL_AUTH_GITHUB_KEY", "bench")
            .env("SOCIAL_AUTH_GITHUB_SECRET", "bench")
            .env("SLACK_API_URL", NOWHERE)
            .env("OPENCODELISTS_API_URL", NOWHERE)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::from(log))
            .kill_on_drop(true)
            .spawn()
            .map_err(Error::program("job-server"))?;
        let mut server = Server { process, url, ready_after: Duration::ZERO };
        server.wait_until_ready(&address, started, &log_file).await?;
        server.ready_after = started.elapsed();
        Ok(server)
    }

    async fn wait_until_ready(&mut self, address: &str, started: Instant, log: &Path) -> Result<()> {
        while !is_healthy(address).await {
            let has_ended = self.process.try_wait().map_err(Error::program("job-server"))?.is_some();
            if has_ended || started.elapsed() > READY_LIMIT {
                return Err(Error::ProgramFailed {
                    program: "job-server".to_owned(),
                    told: fs::read_to_string(log).unwrap_or_default(),
                });
            }
            time::sleep(ASK_AGAIN).await;
        }
        Ok(())
    }

    /// Processor time that it has used so far, in milliseconds.
    pub fn cpu(&self) -> Option<f64> {
        cpu::of_process(self.process.id()?)
    }

    /// Resident memory in megabytes (of a million bytes).
    pub fn memory(&self) -> Result<f64> {
        let gone = || Error::Unmeasurable("the server has ended".to_owned());
        let file = format!("/proc/{}/status", self.process.id().ok_or_else(gone)?);
        let text = fs::read_to_string(&file).map_err(Error::file("read", Path::new(&file)))?;
        let kibibytes = text
            .lines()
            .find_map(|line| {
                line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok()
            })
            .ok_or_else(gone)?;
        Ok(kibibytes * 1_024.0 / 1e6)
    }

    pub async fn stop(mut self) -> Result<()> {
        self.process.kill().await.map_err(Error::program("job-server"))
    }
}

async fn is_healthy(address: &str) -> bool {
    let asking = async {
        let mut stream = TcpStream::connect(address).await?;
        stream
            .write_all(b"GET /health-check/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .await?;
        let mut first_line = [0; 12];
        stream.read_exact(&mut first_line).await?;
        Ok::<_, std::io::Error>(&first_line == b"HTTP/1.1 200")
    };
    matches!(time::timeout(Duration::from_secs(3), asking).await, Ok(Ok(true)))
}
