//! Sees to it that PostgreSQL never outlives us. A small shell waits at the end of a pipe that we hold open; when we close
//! it, or die in whatever way, the pipe ends and the shell stops the server and clears up.

use std::{
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
};

use crate::{Error, Result};

/// SIGINT is PostgreSQL's fast stop: sessions are cut off, data is flushed. It removes `postmaster.pid` when done.
const SCRIPT: &str = r#"
pid=$1 data=$2 socket=$3 afterwards=$4
cat > /dev/null
kill -INT "$pid" 2> /dev/null
waited=0
while [ -e "$data/postmaster.pid" ] && [ "$waited" -lt 300 ]; do sleep 0.05; waited=$((waited + 1)); done
rm -rf "$socket"
if [ "$afterwards" = remove ]; then rm -rf "$data"; fi
"#;

#[derive(Debug)]
pub(super) struct Watchdog {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    /// Watches over the server `pid`. After its end the socket folder is removed, and the data too if `remove_data`.
    pub fn over(pid: u32, data: &Path, socket: &Path, remove_data: bool) -> Result<Watchdog> {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "postgres-watchdog"])
            .arg(pid.to_string())
            .args([data, socket])
            .arg(if remove_data { "remove" } else { "keep" })
            .process_group(0)
            .current_dir("/")
            .stdin(Stdio::piped())
            // An inherited output would keep a caller waiting who reads ours to its end.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::program("/bin/sh"))?;
        let pipe = shell.stdin.take();
        Ok(Watchdog { shell, pipe })
    }

    /// Begins the stop, as our death would.
    pub fn release(&mut self) {
        self.pipe.take();
    }

    /// Waits until the stop is complete.
    pub fn wait(&mut self) {
        if let Err(error) = self.shell.wait() {
            tracing::warn!(%error, "cannot wait for PostgreSQL's watchdog");
        }
    }
}
