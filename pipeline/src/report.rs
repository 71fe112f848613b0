//! What can be said about a project file, for programs and for people.
//!
//! The JSON form has the members by which readers of the format compare themselves with each other; the text form is for
//! somebody who wrote the file and wants to know whether it will run.

use std::fmt::Write;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

use crate::error::{Error, ErrorKind};
use crate::model::{Action, Outputs, Pipeline, RUN_ALL};
use crate::yaml::{Integer, Plain, python_float};

/// What is made of a text, as one JSON object. Integers beyond 64 bits become floating point numbers, which
/// [`json_line`] avoids.
pub fn json(name: &str, text: &str) -> Value {
    serde_json::to_value(Report { name, result: crate::parse(text) }).unwrap_or_default()
}

/// What is made of a text, as one line of JSON that loses nothing.
pub fn json_line(name: &str, text: &str) -> String {
    serde_json::to_string(&Report { name, result: crate::parse(text) }).unwrap_or_default()
}

struct Report<'a> {
    name: &'a str,
    result: Result<Pipeline, Error>,
}

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", self.name)?;
        map.serialize_entry("ok", &self.result.is_ok())?;
        match &self.result {
            Err(error) => refused(&mut map, error)?,
            Ok(pipeline) => accepted(&mut map, pipeline)?,
        }
        map.end()
    }
}

fn refused<M: SerializeMap>(map: &mut M, error: &Error) -> Result<(), M::Error> {
    map.serialize_entry("error", &error.message)?;
    map.serialize_entry("error_kind", &error.kind)?;
    if let (ErrorKind::Yaml, Some(line), Some(column)) = (error.kind, error.line, error.column) {
        map.serialize_entry("error_line", &line)?;
        map.serialize_entry("error_column", &column)?;
    }
    map.serialize_entry("jobserver_error", &error.message)?;
    map.serialize_entry("jobserver_error_if_sqlrunner_permitted", &error.message)
}

fn accepted<M: SerializeMap>(map: &mut M, pipeline: &Pipeline) -> Result<(), M::Error> {
    let actions: Vec<ActionReport<'_>> = pipeline.actions.iter().map(ActionReport::of).collect();
    let all = pipeline.actions.iter().filter(|action| action.name != RUN_ALL);
    let site_error = |permitted| pipeline.check_site_rules(permitted).err().map(|error| error.message);
    map.serialize_entry("version", &Plain::Float(pipeline.version))?;
    map.serialize_entry("warnings", &warnings(pipeline))?;
    map.serialize_entry(
        "expectations",
        &pipeline.population_size.as_ref().map(|population_size| Expectations { population_size }),
    )?;
    map.serialize_entry("actions", &actions)?;
    map.serialize_entry("all_actions", &all.map(name).collect::<Vec<_>>())?;
    map.serialize_entry("action_images", &images(pipeline))?;
    map.serialize_entry("jobserver_error", &site_error(false))?;
    map.serialize_entry("jobserver_error_if_sqlrunner_permitted", &site_error(true))?;
    map.serialize_entry("jobserver_actions", &offered(pipeline))?;
    let database = pipeline.actions.iter().filter(|action| action.is_database_action());
    map.serialize_entry("jobserver_database_actions", &database.map(name).collect::<Vec<_>>())
}

#[derive(Serialize)]
struct Expectations<'a> {
    population_size: &'a Integer,
}

/// An action as JSON has it. Names keep the type they have in YAML.
#[derive(Serialize)]
struct ActionReport<'a> {
    name: Plain,
    needs: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    needs_as_written: Option<&'a [String]>,
    run: &'a str,
    image: &'a str,
    image_version: &'a str,
    args: Vec<String>,
    is_database_action: bool,
    #[serde(serialize_with = "outputs")]
    outputs: &'a [Outputs],
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<&'a Plain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dummy_data_file: Option<&'a str>,
}

impl<'a> ActionReport<'a> {
    fn of(action: &'a Action) -> Self {
        let needs = action.sorted_needs();
        Self {
            name: name(action),
            needs_as_written: (needs != action.needs).then_some(&action.needs),
            needs,
            run: &action.run,
            image: &action.image,
            image_version: &action.image_version,
            args: action.arguments(),
            is_database_action: action.is_database_action(),
            outputs: &action.outputs,
            config: action.config.as_ref(),
            dummy_data_file: action.dummy_data_file.as_deref(),
        }
    }
}

fn name(action: &Action) -> Plain {
    Plain::from(&action.key)
}

fn outputs<S: Serializer>(outputs: &&[Outputs], serializer: S) -> Result<S::Ok, S::Error> {
    struct Paths<'a>(&'a [(String, String)]);
    impl Serialize for Paths<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().map(|(name, path)| (name, path)))
        }
    }
    serializer.collect_map(outputs.iter().map(|outputs| (outputs.level.as_str(), Paths(&outputs.paths))))
}

/// Images and versions of all actions, sorted; the version `latest` means `v1`.
fn images(pipeline: &Pipeline) -> Vec<String> {
    let version = |action: &Action| match action.image_version.as_str() {
        "latest" => "v1".to_owned(),
        version => version.to_owned(),
    };
    let mut images: Vec<String> =
        pipeline.actions.iter().map(|action| format!("{}:{}", action.image, version(action))).collect();
    images.sort();
    images.dedup();
    images
}

#[derive(Serialize)]
struct Offered {
    name: Plain,
    needs: Vec<Plain>,
}

/// What is offered, as [`Pipeline::offered`] has it but with names of their own type.
fn offered(pipeline: &Pipeline) -> Vec<Offered> {
    let texts = |needs: Vec<String>| needs.into_iter().map(Plain::Text).collect();
    let offer = |action: &Action| Offered { name: name(action), needs: texts(action.sorted_needs()) };
    let mut offered: Vec<Offered> = pipeline.actions.iter().map(offer).collect();
    if !pipeline.defines_run_all() {
        let needs = pipeline.actions.iter().map(name).collect();
        offered.push(Offered { name: Plain::Text(RUN_ALL.to_owned()), needs });
    }
    offered
}

fn warnings(pipeline: &Pipeline) -> Vec<String> {
    let mut warnings = Vec::new();
    if pipeline.version < 5.0 {
        warnings.push(format!(
            "ProjectWarning: Your project file is using an old version ({}); consider updating to version 5",
            python_float(pipeline.version)
        ));
    }
    if pipeline.defines_run_all() {
        warnings.push(format!(
            "ProjectWarning: `{RUN_ALL}` is a reserved action name; user-defined actions with this name are ignored \
             and will raise an error in later versions."
        ));
    }
    warnings
}

/// What is made of a text, in lines for people. It ends with a line break.
pub fn text(name: &str, text: &str) -> String {
    let mut report = String::new();
    // Writing to a string cannot fail.
    let _ = match crate::parse(text) {
        Ok(pipeline) => write_accepted(&mut report, name, text, &pipeline),
        Err(error) => {
            writeln!(report, "{name}: not valid").and_then(|()| write_error(&mut report, &error, text))
        }
    };
    report
}

fn write_accepted(report: &mut String, name: &str, text: &str, pipeline: &Pipeline) -> std::fmt::Result {
    let count = pipeline.actions.len();
    let actions = if count == 1 { "action" } else { "actions" };
    writeln!(report, "{name}: valid, format version {}, {count} {actions}", pipeline.version)?;
    if pipeline.version < 5.0 {
        writeln!(report, "  Note: this format version is old; 5 is the latest.")?;
    }
    if let Some(cycle) = pipeline.cycle() {
        let circle: Vec<&str> = cycle.iter().chain(cycle.first()).map(String::as_str).collect();
        writeln!(
            report,
            "  Warning: these actions wait for each other and can never run: {}",
            circle.join(" → ")
        )?;
    }
    for path in pipeline.paths_outside() {
        writeln!(report, "  Warning: the output path {path} lies outside the workspace.")?;
    }
    if let Err(error) = pipeline.check_site_rules(false) {
        writeln!(report, "  Job Server will not run it:")?;
        write_error(report, &error, text)?;
    }
    for action in &pipeline.actions {
        let database = if action.is_database_action() { " (uses the database)" } else { "" };
        let needs = match action.needs.as_slice() {
            [] => String::new(),
            _ => format!(", needs {}", action.sorted_needs().join(", ")),
        };
        writeln!(report, "  line {:>5}: {}{database}{needs}", action.line, action.name)?;
    }
    Ok(())
}

/// The message, and the line it is about with a mark under the place.
fn write_error(report: &mut String, error: &Error, text: &str) -> std::fmt::Result {
    for line in error.message.lines() {
        writeln!(report, "  {}", line.trim_end())?;
    }
    let (Some(number), Some(column)) = (error.line, error.column) else { return Ok(()) };
    let Some(line) = text.lines().nth(number.saturating_sub(1)) else { return Ok(()) };
    let line = line.strip_prefix('\u{feff}').unwrap_or(line);
    let excerpt = Excerpt::around(line, column);
    writeln!(report, "\n  {number:>6} | {}", excerpt.text)?;
    writeln!(report, "         | {}^", " ".repeat(excerpt.column.saturating_sub(1)))
}

/// The part of a line that fits on a screen.
struct Excerpt {
    text: String,
    /// Where the place is in the part, from 1.
    column: usize,
}

impl Excerpt {
    fn around(line: &str, column: usize) -> Self {
        const WIDTH: usize = 100;
        let skipped = if column > WIDTH { column - WIDTH / 2 } else { 0 };
        let shown = |c: char| if c.is_control() { ' ' } else { c };
        Self { text: line.chars().skip(skipped).take(WIDTH).map(shown).collect(), column: column - skipped }
    }
}
