//! `devkit airlock`: plays Airlock through a whole review against a running server.

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

use devkit::{
    Error, Result,
    airlock::{self, Settings},
    sample::catalogue,
};

#[derive(clap::Args)]
pub struct Options {
    /// Job Server's address
    #[arg(long, default_value = "http://localhost:8000")]
    server: String,
    /// Slug of a sample backend, for its token
    #[arg(long, default_value = "tpp")]
    backend: String,
    /// The token of a backend that is not of the sample
    #[arg(long)]
    backend_token: Option<String>,
    /// Who asks for the release; without a login token they are only authorised, not signed in
    #[arg(long)]
    user: Option<String>,
    /// Their login token from the settings page, three words; asked for if neither this nor --user is given
    #[arg(long)]
    token: Option<String>,
    /// Who checks and releases
    #[arg(long, default_value = "dev-outputchecker")]
    checker: String,
    /// Name of the workspace whose outputs are released
    #[arg(long, default_value = "asthma-reviews-main")]
    workspace: String,
}

const USER: &str = "ada-researcher";

/// Exit status 0 if every answer was as Airlock needs it.
pub async fn run(options: &Options) -> Result<ExitCode> {
    let settings = Settings {
        server: options.server.trim_end_matches('/').to_owned(),
        backend_token: backend_token(options)?,
        user: options.user.clone().unwrap_or_else(|| USER.to_owned()),
        login_token: match (&options.token, &options.user) {
            (Some(token), _) => Some(token.clone()),
            (None, Some(_)) => None,
            (None, None) => ask_for_token(options)?,
        },
        checker: options.checker.clone(),
        workspace: options.workspace.clone(),
    };
    let played = airlock::play(&settings).await?;
    if played.wrong == 0 {
        println!("\nAll {} answers are right. The people concerned have mail.", played.answers);
        return Ok(ExitCode::SUCCESS);
    }
    println!("\n{} of {} answers are wrong.", played.wrong, played.answers);
    Ok(ExitCode::FAILURE)
}

fn backend_token(options: &Options) -> Result<String> {
    if let Some(token) = &options.backend_token {
        return Ok(token.clone());
    }
    let known = catalogue::BACKENDS.iter().find(|backend| backend.slug == options.backend);
    known.map(|backend| backend.token.to_owned()).ok_or_else(|| {
        Error::Usage(format!("{} is no sample backend: give its token with --backend-token", options.backend))
    })
}

/// None: whoever sits there wants to go without, or nobody does.
fn ask_for_token(options: &Options) -> Result<Option<String>> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    println!("Sign in at {}/settings/ as {USER} and generate a login token.", options.server);
    print!("The three words (nothing: go on without signing in): ");
    let unreadable = |error| Error::Usage(format!("the terminal cannot be read: {error}"));
    std::io::stdout().flush().map_err(unreadable)?;
    let mut words = String::new();
    std::io::stdin().read_line(&mut words).map_err(unreadable)?;
    Ok(Some(words.trim().to_owned()).filter(|words| !words.is_empty()))
}
