//! Two load generators, each on one thread with eight connections: wrk for the server, pgbench for PostgreSQL alone.

use std::{fs, path::Path};

use tokio::process::Command;

use crate::error::{Error, Result};

const CONNECTIONS: &str = "8";

/// What wrk saw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    pub requests: f64,
    /// Requests a second.
    pub rate: f64,
    /// Milliseconds.
    pub p50: f64,
    pub p99: f64,
    /// Answers that were not 2xx or 3xx, and broken connections.
    pub failed: u64,
}

/// What is sent, each time the same.
pub struct Request<'a> {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    /// Posted; none: the request is a GET.
    pub body: Option<&'a str>,
}

/// Sends one request over and over. `scratch` is a folder for the script that a POST needs.
pub async fn wrk(request: &Request<'_>, scratch: &Path, seconds: u32) -> Result<Load> {
    let mut command = Command::new("wrk");
    command.args(["--threads", "1", "--connections", CONNECTIONS, "--latency", "--duration"]);
    command.arg(format!("{seconds}s"));
    for (name, value) in &request.headers {
        command.arg("--header").arg(format!("{name}: {value}"));
    }
    if let Some(body) = request.body {
        let script = scratch.join("post.lua");
        let text = format!("wrk.method = \"POST\"\nwrk.body = [==[{body}]==]\n");
        fs::write(&script, text).map_err(Error::file("write", &script))?;
        command.arg("--script").arg(script);
    }
    let told = output("wrk", command.arg(&request.url)).await?;
    read_wrk(&told).ok_or(Error::ProgramFailed { program: "wrk".to_owned(), told })
}

/// Runs a script over and over and returns how often a second. The statements are prepared, as the server's are.
pub async fn pgbench(url: &str, script: &Path, seconds: u32) -> Result<f64> {
    let mut command = Command::new("pgbench");
    command.args(["--no-vacuum", "--protocol", "prepared", "--jobs", "1", "--client", CONNECTIONS, "--time"]);
    let told = output("pgbench", command.arg(seconds.to_string()).arg("--file").arg(script).arg(url)).await?;
    told.lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
        .ok_or(Error::ProgramFailed { program: "pgbench".to_owned(), told })
}

async fn output(program: &str, command: &mut Command) -> Result<String> {
    let answer = command.kill_on_drop(true).output().await.map_err(Error::program(program))?;
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    if answer.status.success() {
        return Ok(text);
    }
    let told = String::from_utf8_lossy(&answer.stderr).into_owned();
    Err(Error::ProgramFailed { program: program.to_owned(), told })
}

fn read_wrk(text: &str) -> Option<Load> {
    let after = |label: &str| text.lines().find_map(|line| line.trim().strip_prefix(label)).map(str::trim);
    let errors = after("Socket errors:").unwrap_or_default();
    let broken: u64 = errors.split([' ', ',']).filter_map(|word| word.parse::<u64>().ok()).sum();
    let refused: u64 = after("Non-2xx or 3xx responses:").and_then(|count| count.parse().ok()).unwrap_or(0);
    let requests = text.lines().find_map(|line| line.trim().split_once(" requests in ")?.0.parse().ok())?;
    Some(Load {
        requests,
        rate: after("Requests/sec:")?.parse().ok()?,
        p50: milliseconds(after("50%")?)?,
        p99: milliseconds(after("99%")?)?,
        failed: broken + refused,
    })
}

/// Of `812.00us`, `1.23ms`, `1.02s`.
fn milliseconds(text: &str) -> Option<f64> {
    let at = text.find(|character: char| character.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(at);
    let factor = match unit {
        "us" => 0.001,
        "ms" => 1.0,
        "s" => 1_000.0,
        "m" => 60_000.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_wrk_are_understood() {
        let text = "Running 10s test @ http://127.0.0.1:8000/\n  1 threads and 8 connections\n  Latency Distribution\n     50%  812.00us\n     75%    2.05ms\n     90%    4.02ms\n     99%    1.50s \n  18061 requests in 2.00s, 5.01MB read\n  Socket errors: connect 0, read 2, write 0, timeout 1\n  Non-2xx or 3xx responses: 5\nRequests/sec:   9023.45\nTransfer/sec:      2.50MB\n";
        assert_eq!(
            read_wrk(text),
            Some(Load { requests: 18061.0, rate: 9023.45, p50: 0.812, p99: 1500.0, failed: 8 })
        );
    }
}
