//! Sees to it that a process of ours never outlives us. A small shell waits at the end of a pipe that we hold open; when
//! we close it, or die in whatever way, the pipe ends and the shell sends the signal and clears up.

use std::{
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
};

use crate::{Error, Result};

const SCRIPT: &str = r#"
pid=$1 signal=$2 until_gone=$3
shift 3
cat > /dev/null
kill -s "$signal" "$pid" 2> /dev/null
waited=0
while [ -n "$until_gone" ] && [ -e "$until_gone" ] && [ "$waited" -lt 400 ]; do
  sleep 0.05
  waited=$((waited + 1))
done
[ $# -eq 0 ] || rm -rf -- "$@"
"#;

/// What happens when the leash is let go.
#[derive(Debug, Default)]
pub struct Ending {
    /// Such as `INT`.
    pub signal: &'static str,
    /// A file whose disappearance means that the process has ended; waited for, for at most 20 seconds.
    pub until_gone: Option<PathBuf>,
    /// Files and folders to remove then.
    pub remove: Vec<PathBuf>,
}

/// The hold on one process. Dropping it lets go without waiting.
#[derive(Debug)]
pub struct Leash {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Leash {
    /// Binds process `pid` to us.
    pub fn on(pid: u32, ending: &Ending) -> Result<Leash> {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "devkit-leash"])
            .arg(pid.to_string())
            .arg(ending.signal)
            .arg(ending.until_gone.as_deref().unwrap_or(Path::new("")))
            .args(&ending.remove)
            // A Ctrl-C in the terminal is for us to answer, in our order.
            .process_group(0)
            .current_dir("/")
            .stdin(Stdio::piped())
            // An inherited output would keep a caller waiting who reads ours to its end.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::program("/bin/sh"))?;
        let pipe = shell.stdin.take();
        Ok(Leash { shell, pipe })
    }

    /// Sends the signal, as our death would. Does not wait.
    pub fn let_go(&mut self) {
        self.pipe.take();
    }

    /// Waits until everything is cleared up, after `let_go`.
    pub fn wait(&mut self) {
        if let Err(error) = self.shell.wait() {
            tracing::warn!(%error, "cannot wait for the shell that holds a process");
        }
    }

    /// For a process that has ended by itself: its number may soon be another's, so nothing must be signalled.
    pub fn forget(mut self) {
        if let Err(error) = self.shell.kill().and_then(|()| self.shell.wait().map(|_| ())) {
            tracing::warn!(%error, "cannot end the shell that held a process");
        }
    }
}
