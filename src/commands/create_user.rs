//! `job-server create_user`: makes an account or gives one more roles, for the first administrator of an installation and
//! for trials. Running it again changes nothing.

use std::process::ExitCode;

use clap::{Args, builder::PossibleValuesParser};
use domain::{
    audit::{self, About, Event, Kind},
    new_user::{self, NewUser},
    permissions::Role,
};

use super::operator::{self, Operator, Outcome};
use crate::config::Config;

#[derive(Debug, Args)]
pub struct Arguments {
    username: String,
    /// Of a new user; USERNAME@example.com if not given
    #[arg(long)]
    email: Option<String>,
    /// Full name of a new user; the username if not given
    #[arg(long)]
    name: Option<String>,
    /// Let them check and release outputs
    #[arg(short, long)]
    output_checker: bool,
    /// Let them into the staff area
    #[arg(short, long)]
    staff_area_administrator: bool,
    /// Any other role that holds for the whole site; may be given several times
    #[arg(long, value_parser = PossibleValuesParser::new(Role::ALL.iter().filter(|role| role.is_global()).map(|role| role.as_str())))]
    role: Vec<String>,
}

/// Who did it, in the audit log.
const ACTOR: &str = "command:create_user";

pub fn run(config: Config, arguments: Arguments) -> ExitCode {
    operator::run(config, async |operator| create(&operator, &arguments).await)
}

async fn create(operator: &Operator, arguments: &Arguments) -> Outcome {
    let username = &arguments.username;
    let email = arguments.email.clone().unwrap_or_else(|| format!("{username}@example.com"));
    let fullname = arguments.name.as_deref().unwrap_or(username);
    let mut db = operator.db().await?;
    let tx = db.transaction().await.map_err(domain::Error::from)?;
    let user = new_user::ensure(&tx, &NewUser { username, fullname, email: &email }).await?;
    let mut lines = vec![format!("User {username} {}", if user.is_new { "created" } else { "updated" })];
    let event = |kind| Event::new(kind, ACTOR, About::user(user.id, username)).user(username);
    let mut events = Vec::new();
    if user.is_new {
        events.push(event(Kind::UserCreated));
    }
    for role in arguments.roles() {
        lines.push(if new_user::add_role(&tx, user.id, role).await? {
            events.push(event(Kind::UserEdited).change("role", "", role));
            format!("Added {role} global role to user {username}")
        } else {
            format!("User {username} already has role {role}")
        });
    }
    audit::record(&tx, &events).await?;
    tx.commit().await.map_err(domain::Error::from)?;
    println!("{}", lines.join("\n"));
    Ok(())
}

impl Arguments {
    /// Those with an option of their own first.
    fn roles(&self) -> Vec<Role> {
        let own = [
            (self.output_checker, Role::OutputChecker),
            (self.staff_area_administrator, Role::StaffAreaAdministrator),
        ];
        let mut roles: Vec<Role> =
            own.into_iter().filter_map(|(wanted, role)| wanted.then_some(role)).collect();
        for role in Role::ALL {
            if self.role.iter().any(|name| name == role.as_str()) && !roles.contains(role) {
                roles.push(*role);
            }
        }
        roles
    }
}
