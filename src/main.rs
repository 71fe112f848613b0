//! Job Server: reads the command line, then runs one command. Everything else is in the modules below.

mod api;
mod app;
mod code;
mod commands;
mod config;
mod emails;
mod http;
mod logging;
mod outside;
mod routes;
mod schema;
mod server;
mod site;
mod slack;
mod staff;

use std::process::ExitCode;

use clap::Parser;

/// Rendering makes and drops many small strings, on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    commands::run(commands::Cli::parse())
}
