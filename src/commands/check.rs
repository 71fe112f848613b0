//! `job-server check`: what the parser makes of `project.yaml` files.

use std::{fs, path::PathBuf, process::ExitCode};

/// Prints a verdict for each file. Exit status 0 if all are accepted, 1 if one is not or cannot be read.
pub fn run(files: &[PathBuf], as_json: bool) -> ExitCode {
    let mut all_good = true;
    for path in files {
        let shown = path.display().to_string();
        let name = path.file_name().map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
        match fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()) {
            Err(error) => {
                all_good = false;
                eprintln!("{shown}: {error}");
            }
            Ok(text) => {
                all_good &= pipeline::parse(&text).is_ok();
                if as_json {
                    println!("{}", pipeline::report::json_line(&name, &text));
                } else {
                    print!("{}", pipeline::report::text(&shown, &text));
                }
            }
        }
    }
    if all_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
