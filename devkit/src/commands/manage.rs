//! `devkit manage`: a command of the server, run as the server of the last `devkit up` is.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use devkit::{Error, Result};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use super::exit_code;

#[derive(clap::Args)]
pub struct Options {
    /// The command and its arguments, as the server takes them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<String>,
}

/// The program and the environment of the server that was started last.
#[derive(Serialize, Deserialize)]
struct Remembered {
    program: PathBuf,
    variables: BTreeMap<String, String>,
}

/// Notes how the server is started, for `run`.
pub fn remember(private: &Path, program: &Path, variables: &[(&'static str, String)]) -> Result<()> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let remembered = Remembered { program: program.to_owned(), variables };
    let json = serde_json::to_string_pretty(&remembered).map_err(|error| Error::Usage(error.to_string()))?;
    let path = file(private);
    fs::write(&path, json).map_err(Error::file("write", &path))
}

pub async fn run(private: &Path, options: &Options) -> Result<ExitCode> {
    let text = fs::read_to_string(file(private))
        .map_err(|_| Error::Usage("nothing is known of a server: start one with `devkit up`".to_owned()))?;
    let Remembered { program, variables } = serde_json::from_str(&text)
        .map_err(|error| Error::Usage(format!("{}: {error}", file(private).display())))?;
    let status = Command::new(&program).envs(variables).args(&options.command).status().await;
    Ok(exit_code(status.map_err(Error::program(program.display().to_string()))?))
}

fn file(private: &Path) -> PathBuf {
    private.join("server.json")
}
