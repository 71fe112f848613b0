//! `devkit stand-ins`: the outside world alone, for a server that is started by hand.

use std::{process::ExitCode, time::Duration};

use devkit::{
    Result,
    world::{self, World},
};

use super::Endings;

#[derive(clap::Args)]
pub struct Options {
    /// Use the ports after this one, where they are free.
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// Milliseconds between two steps of the RAP controller; a job takes about twenty. 0: jobs move only on
    /// `POST /_control/tick`.
    #[arg(long, default_value_t = PACE)]
    pace: u64,
}

/// A small pipeline then takes about half a minute.
pub const PACE: u64 = 400;

/// What 0 on the command line means.
pub fn pace(milliseconds: u64) -> Option<Duration> {
    (milliseconds > 0).then(|| Duration::from_millis(milliseconds))
}

pub async fn run(options: &Options) -> Result<ExitCode> {
    let mut endings = Endings::watch()?;
    let settings =
        world::Settings { after_port: Some(options.port), pace: pace(options.pace), rap_state_file: None };
    let world = World::start(&settings)?;
    for (name, value) in world.environment() {
        println!("{name}={value}");
    }
    endings.next().await;
    Ok(ExitCode::SUCCESS)
}
