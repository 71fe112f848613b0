//! As whom PostgreSQL runs. Its programs refuse root, so root lends them an ordinary account; anybody else runs them as
//! themselves.

use std::{
    os::unix::{fs as unix_fs, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
};

use crate::{Error, Result};

/// The account to switch to, if any.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    switch_to: Option<(u32, u32)>,
}

impl Account {
    /// `postgres`, else `nobody`, when we are root; otherwise ourselves.
    pub fn suitable() -> Result<Account> {
        if own_user_id()? != 0 {
            return Ok(Account { switch_to: None });
        }
        let passwd =
            std::fs::read_to_string("/etc/passwd").map_err(Error::file("read", Path::new("/etc/passwd")))?;
        let ids = ["postgres", "nobody"].iter().find_map(|name| ids_of(&passwd, name));
        match ids {
            Some(ids) => Ok(Account { switch_to: Some(ids) }),
            None => Err(Error::Postgres(
                "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody` to run it as: \
                 start this as an ordinary user"
                    .to_owned(),
            )),
        }
    }

    /// A command that runs as this account, in a process group of its own, so that a Ctrl-C in the terminal
    /// reaches us and not it.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.switch_to {
            command.uid(user).gid(group);
        }
        command.process_group(0).current_dir("/").stdin(Stdio::null());
        command
    }

    /// Makes `path` belong to this account.
    pub fn own(&self, path: &Path) -> Result<()> {
        let Some((user, group)) = self.switch_to else { return Ok(()) };
        unix_fs::chown(path, Some(user), Some(group)).map_err(Error::file("give away", path))
    }

    /// Whether this account can get into `folder`: a checkout under /root is closed to all but root.
    pub fn can_enter(&self, folder: &Path) -> bool {
        let Some(_) = self.switch_to else { return true };
        let mut probe = self.command(Path::new("/bin/sh"));
        probe.args(["-c", r#"cd "$1""#, "sh"]).arg(folder).stdout(Stdio::null()).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    }
}

fn own_user_id() -> Result<u32> {
    let answer = Command::new("id").arg("-u").output().map_err(Error::program("id"))?;
    let text = String::from_utf8_lossy(&answer.stdout);
    text.trim()
        .parse()
        .map_err(|_| Error::Postgres(format!("`id -u` answered {text:?} instead of a user id")))
}

/// User and group id from the lines of a passwd file.
fn ids_of(passwd: &str, name: &str) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (user_name, _password, user, group) =
            (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        if user_name == name { Some((user.parse().ok()?, group.parse().ok()?)) } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_by_the_whole_name() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\npostgres2:x:7:8::/:/bin/sh\npostgres:x:101:104:admin,,,:/var:/bin/bash\n";
        assert_eq!(ids_of(passwd, "postgres"), Some((101, 104)));
        assert_eq!(ids_of(passwd, "nobody"), None);
    }
}
