//! One run of the server's program: started with exactly the environment it is given, its log kept for failures, killed
//! when dropped.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU16, Ordering::Relaxed},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::Said;

const PROGRAM: &str = env!("CARGO_BIN_EXE_job-server");
const STOPS_WITHIN: Duration = Duration::from_secs(20);

/// What a program needs of the machine it runs on, whatever it is told.
const INHERITED: &[&str] = &["PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH", "LLVM_PROFILE_FILE"];

pub type Environment = BTreeMap<String, String>;

pub struct Process {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Process {
    pub fn start(arguments: &[String], environment: &Environment) -> Process {
        let mut child = command(environment)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let stderr = BufReader::new(child.stderr.take().expect("stderr is a pipe"));
        let kept = log.clone();
        let reader = std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        Process { child, log, reader: Some(reader) }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote on standard error so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its exit status, if it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be asked")
    }

    /// As `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        self.finish_log();
    }

    /// Asks it to stop (SIGTERM) and waits until it has; its exit status.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal("TERM");
        let deadline = Instant::now() + STOPS_WITHIN;
        loop {
            if let Some(status) = self.ended() {
                self.finish_log();
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "does not stop within {STOPS_WITHIN:?}:\n{}",
                self.log().join("\n")
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn signal(&self, name: &str) {
        let told = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.id())).status();
        assert!(told.is_ok_and(|status| status.success()), "SIG{name} could not be sent");
    }

    fn finish_log(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.join().ok();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log();
            let last = &log[log.len().saturating_sub(60)..];
            eprintln!("--- the server's log, last lines ---\n{}\n---", last.join("\n"));
        }
    }
}

fn command(environment: &Environment) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear();
    for name in INHERITED {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.envs(environment);
    command
}

/// Runs a command of the program that ends by itself.
pub fn run_to_end(arguments: &[&str], environment: &Environment) -> Said {
    command(environment).args(arguments).output().expect("the program runs").into()
}

/// A port that nobody listens on at this moment, and that no other test is given: below those that the system hands out by
/// itself, each once.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    const FIRST: u16 = 12_000;
    const COUNT: u16 = 20_000;
    let start = u16::try_from(std::process::id() * 911 % u32::from(COUNT)).expect("less than COUNT");
    (0..COUNT)
        .map(|_| FIRST + (start + NEXT.fetch_add(1, Relaxed) % COUNT) % COUNT)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}
