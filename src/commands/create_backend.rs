//! `job-server create_backend`: makes or renames a backend and prints its token, which a script may read from the last line.

use std::process::ExitCode;

use clap::Args;
use domain::{
    audit::{self, About, Event, Kind},
    new_backend, users,
};

use super::operator::{self, Failure, Operator, Outcome};
use crate::config::Config;

#[derive(Debug, Args)]
pub struct Arguments {
    slug: String,
    /// What people read; the slug if not given
    #[arg(long)]
    name: Option<String>,
    /// Username of somebody who shall be able to use the backend
    #[arg(long)]
    user: Option<String>,
    /// Print the token and nothing else
    #[arg(long)]
    quiet: bool,
}

/// Who did it, in the audit log.
const ACTOR: &str = "command:create_backend";

pub fn run(config: Config, arguments: Arguments) -> ExitCode {
    operator::run(config, async |operator| create(&operator, &arguments).await)
}

async fn create(operator: &Operator, arguments: &Arguments) -> Outcome {
    let mut db = operator.db().await?;
    let tx = db.transaction().await.map_err(domain::Error::from)?;
    let backend = new_backend::ensure(&tx, &arguments.slug, arguments.name.as_deref()).await?;
    let called =
        if backend.is_new { &backend.name } else { arguments.name.as_ref().unwrap_or(&arguments.slug) };
    let mut lines = vec![format!("{} backend {called}", if backend.is_new { "Created" } else { "Updated" })];
    let event = |kind| Event::new(kind, ACTOR, About::backend(backend.id, &backend.name));
    let kind = if backend.is_new { Kind::BackendCreated } else { Kind::BackendEdited };
    let mut events = vec![event(kind)];
    if let Some(username) = &arguments.user {
        let user = users::find_by_username(&tx, username).await?;
        let user = user.ok_or_else(|| Failure::refused(format!("User '{username}' does not exist")))?;
        if new_backend::add_member(&tx, backend.id, user.id).await? {
            lines.push(format!("User {username} added to backend"));
            events.push(event(Kind::BackendMemberAdded).user(username));
        }
    }
    audit::record(&tx, &events).await?;
    tx.commit().await.map_err(domain::Error::from)?;
    if !arguments.quiet {
        println!("{}", lines.join("\n"));
    }
    println!("{}", backend.token);
    Ok(())
}
