//! The rules for commands that extract patients' data: where their outputs must go.
//!
//! They apply by the raw start of the `run` line, with exactly one space after the image, as the runner decides it.

use super::Error;
use crate::error::Position;
use crate::model::{Outputs, PrivacyLevel};
use crate::paths::{self, OutputArgument};
use crate::run;

/// Steps of a comparison are charged through a function of this kind.
type Charge<'a> = dyn FnMut(usize) -> Result<(), Error> + 'a;

/// Check the outputs of an action against its command.
///
/// # Errors
/// The first rule broken, or one of `charge`.
pub(super) fn check(
    action: &str,
    run: &str,
    outputs: &[Outputs],
    at: Position,
    charge: &mut Charge<'_>,
) -> Result<(), Error> {
    let broken = |text: String| Err(Error::validation(Some(at), text));
    match Extraction::of(run) {
        Some(Extraction::Dataset) => dataset(action, run, outputs, charge)?.map_or(Ok(()), broken),
        Some(Extraction::Cohort) => cohort(action, run, outputs).map_or(Ok(()), broken),
        None => Ok(()),
    }
}

enum Extraction {
    Dataset,
    Cohort,
}

impl Extraction {
    fn of(run: &str) -> Option<Self> {
        let (image, rest) = run.split_once(':')?;
        let version = rest.find(char::is_whitespace)?;
        let (version, command) = rest.split_at_checked(version)?;
        let command = command.strip_prefix(' ')?;
        let generates = |what: &[&str]| what.iter().any(|what| command.starts_with(what));
        match image {
            _ if version.is_empty() => None,
            "ehrql" | "databuilder" => {
                generates(&["generate-dataset", "generate_dataset"]).then_some(Self::Dataset)
            }
            "cohortextractor" => generates(&["generate_cohort"]).then_some(Self::Cohort),
            _ => None,
        }
    }
}

/// What is wrong with the outputs of an ehrQL dataset, if anything.
fn dataset(
    action: &str,
    run: &str,
    outputs: &[Outputs],
    mut charge: &mut Charge<'_>,
) -> Result<Option<String>, Error> {
    let is_exposed = |outputs: &Outputs| outputs.level != PrivacyLevel::Highly && !outputs.paths.is_empty();
    if outputs.iter().any(is_exposed) {
        return Ok(Some(format!(
            "`{action}` action uses `generate-dataset` and so all outputs must be labelled `highly_sensitive`"
        )));
    }
    let Some(argument) = output_argument(run) else {
        return Ok(Some(format!(
            "`{action}` action does not provide an `--output` argument specifying where the results of \
             `generate-dataset` should be stored"
        )));
    };
    let highly = outputs.iter().filter(|outputs| outputs.level == PrivacyLevel::Highly);
    let patterns: Vec<String> =
        highly.flat_map(|outputs| &outputs.paths).map(|(_, path)| path.clone()).collect();
    let argument = OutputArgument::read(&argument);
    if argument.is_met_by(&patterns, &mut charge)? {
        return Ok(None);
    }
    Ok(Some(format!(
        "output specification must match the `--output` argument in the `run` command\n              got: {}\nbut was \
         expecting: {}",
        // The format pads every pattern but the last.
        patterns.join("                   \n"),
        argument.expected()
    )))
}

/// The value of the first `--output` in a `run` line, unless it is empty.
fn output_argument(run: &str) -> Option<String> {
    let mut words = run::words(run).flatten();
    while let Some(word) = words.next() {
        if word == "--output" {
            return words.next().map(|word| word.into_owned()).filter(|value| !value.is_empty());
        }
        if let Some(value) = word.strip_prefix("--output=") {
            return (!value.is_empty()).then(|| value.to_owned());
        }
    }
    None
}

/// What is wrong with the outputs of a cohort, if anything.
fn cohort(action: &str, run: &str, outputs: &[Outputs]) -> Option<String> {
    if outputs.len() != 1 {
        return Some(format!(
            "A `generate_cohort` action must have exactly one output; {action} had {}",
            outputs.len()
        ));
    }
    if run::words(run).flatten().any(|word| word == "--output-dir" || word.starts_with("--output-dir=")) {
        return None;
    }
    let paths = outputs.iter().flat_map(|outputs| &outputs.paths);
    let mut folders: Vec<String> = paths.map(|(_, path)| paths::parent(path).into_owned()).collect();
    folders.sort();
    folders.dedup();
    if folders.len() < 2 {
        return None;
    }
    let list: String = folders.iter().map(|folder| format!("\n - {folder}/")).collect();
    Some(format!(
        "generate_cohort command should produce output in only one directory, found {}:{list}",
        folders.len()
    ))
}
