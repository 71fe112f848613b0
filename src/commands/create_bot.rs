//! `job-server create_bot`: makes a bot, or gives one a new token, and prints the token: the only time that it can be seen.

use std::process::ExitCode;

use clap::Args;
use domain::bots::{self, Token};

use super::operator::{self, Failure, Operator, Outcome};
use crate::config::Config;

#[derive(Debug, Args)]
pub struct Arguments {
    username: String,
    /// Replace the token of a bot that exists
    #[arg(long)]
    rotate: bool,
}

pub fn run(config: Config, arguments: Arguments) -> ExitCode {
    operator::run(config, async |operator| create(&operator, &arguments).await)
}

async fn create(operator: &Operator, arguments: &Arguments) -> Outcome {
    let username = &arguments.username;
    let token = Token::generate().await?;
    let db = operator.db().await?;
    if arguments.rotate {
        if !bots::renew_token(&db, username, &token).await? {
            return Err(Failure::Plain(format!("There is no bot '{username}'")));
        }
    } else if !bots::create(&db, username, &token).await? {
        return Err(Failure::Plain(format!("User '{username}' already exists")));
    }
    // As the header of a request: `Authorization: USERNAME:TOKEN`.
    println!("New token: {username}:{}", token.text);
    Ok(())
}
