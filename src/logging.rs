//! Log lines on standard error, for people or as JSON for machines. A panic is one line, not a trace of sixty.

use std::panic;

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::Log;

/// `RUST_LOG`, if set, wins over the configured level.
pub fn start(log: &Log, with_time: bool) {
    let level = match log.level.as_str() {
        "WARNING" => "warn".to_owned(),
        level => level.to_lowercase(),
    };
    let default = format!(
        "{level},handlebars=warn,hyper=warn,reqwest=warn,lettre=warn,actix_server=warn,tokio_postgres=warn,refinery_core=warn,h2=warn,rustls=warn"
    );
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    match (log.json, with_time) {
        (true, _) => lines.json().flatten_event(true).init(),
        (false, true) => lines.with_ansi(false).init(),
        (false, false) => lines.with_ansi(false).without_time().init(),
    }
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let text = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, "panic: {text}");
    }));
}
