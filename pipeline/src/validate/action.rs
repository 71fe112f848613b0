//! The rules for one action.

use super::{A_DICTIONARY, A_LIST, A_STRING, Reader, Section, dataset, outputs, shown, wrong_type};
use crate::error::{Error, Position};
use crate::model::{Action, Outputs, RUN_ALL};
use crate::run;
use crate::yaml::{NodeId, Scalar};

/// An action that has passed the rules for one action.
pub(super) struct Draft {
    pub action: Action,
    pub needs: Vec<Need>,
    /// Where the outputs and the command stand.
    pub run_at: Position,
    pub outputs_at: Position,
}

/// An entry of `needs`.
pub(super) enum Need {
    Name {
        name: String,
        at: Position,
    },
    /// A list or mapping, which names no action.
    Collection {
        at: Position,
    },
}

impl Draft {
    /// Make an action of a draft whose needs are known to be names.
    pub(super) fn finish(self) -> Action {
        let name = |need| match need {
            Need::Name { name, .. } => Some(name),
            Need::Collection { .. } => None,
        };
        Action { needs: self.needs.into_iter().filter_map(name).collect(), ..self.action }
    }
}

/// The words of a `run` line that decide something.
struct Command {
    image: String,
    version: String,
    is_database_action: bool,
}

/// The parts of an action as they stand in the document.
struct Parts<'a> {
    run: &'a str,
    run_at: Position,
    levels: &'a [(NodeId, NodeId)],
    outputs_at: Position,
    needs: &'a [NodeId],
    config: Option<NodeId>,
    dummy_data_file: Option<&'a str>,
}

impl<'a> Reader<'a, '_> {
    /// Read an action.
    ///
    /// # Errors
    /// The first rule broken.
    pub(super) fn action(&mut self, key: NodeId, id: NodeId) -> Result<Draft, Error> {
        let document = self.document;
        let (name, at) = (shown(document, key), document.at(key));
        if self.version >= 5.0 && document.text(key) == Some(RUN_ALL) {
            let text =
                format!("`{RUN_ALL}` is a reserved action name and is not allowed for user-defined actions.");
            return Err(Error::validation(Some(at), text));
        }
        let parts = self.parts(&name, at, id)?;
        let (run, run_at) = (parts.run, parts.run_at);
        let outputs = outputs::read(self, parts.levels, &name, parts.outputs_at)?;
        let command = self.command(&name, run, run_at)?;
        let needs = parts.needs.iter().map(|need| self.need(&name, *need)).collect::<Result<Vec<_>, _>>()?;
        self.check_outputs_of_command(&name, run, &outputs, run_at)?;

        let action = Action {
            name,
            needs: Vec::new(),
            run: run.to_owned(),
            image: command.image,
            image_version: command.version,
            outputs,
            line: at.line as usize,
            at,
            key: document.scalar(key).map_or(Scalar::Null, |scalar| scalar.clone().into_owned()),
            config: parts.config.map(|config| self.plain.copy(document, config)),
            dummy_data_file: parts.dummy_data_file.map(str::to_owned),
            is_database_action: command.is_database_action,
        };
        Ok(Draft { action, needs, run_at, outputs_at: parts.outputs_at })
    }

    /// Find the parts of the action called `name`, each of its type.
    fn parts(&mut self, name: &str, at: Position, id: NodeId) -> Result<Parts<'a>, Error> {
        let document = self.document;
        let what = format!("Configuration for action {name}");
        let pairs = document.mapping(id).ok_or_else(|| wrong_type(at, &what, A_DICTIONARY))?;
        self.budget.steps(pairs.len(), at)?;
        let required = |wanted: &str| {
            let found = pairs.iter().find(|(key, _)| document.text(*key) == Some(wanted));
            found.map(|(_, value)| *value).ok_or_else(|| {
                let text = format!("Action {name} must contain a configuration for '{wanted}'");
                Error::validation(Some(at), text)
            })
        };
        let (run_id, outputs_id) = (required("run")?, required("outputs")?);
        let section = Section::read(document, pairs, &format!("action {name}"))?;
        if section.get("action_id").is_some() {
            let message = format!("`action_id` is not a parameter of an action, but action {name} has it.");
            return Err(Error::internal(Some(at), message));
        }
        section.refuse_unknown(
            &["run", "outputs", "needs", "config", "dummy_data_file"],
            &format!("in action {name}"),
        )?;

        let of = |part: &str| format!("`{part}` section for action {name}");
        let levels =
            document.mapping(outputs_id).ok_or_else(|| wrong_type(at, &of("outputs"), A_DICTIONARY))?;
        let run_at = document.at(run_id);
        let run = document.text(run_id).ok_or_else(|| wrong_type(run_at, &of("run"), A_STRING))?;
        let needs = match section.optional("needs") {
            None => &[][..],
            Some(needs) => document
                .sequence(needs)
                .ok_or_else(|| wrong_type(document.at(needs), &of("needs"), A_LIST))?,
        };
        let config = section.optional("config");
        if let Some(config) = config.filter(|config| document.mapping(*config).is_none()) {
            return Err(wrong_type(document.at(config), &of("config"), A_DICTIONARY));
        }
        let dummy_data_file = match section.optional("dummy_data_file") {
            None => None,
            Some(file) => Some(
                document
                    .text(file)
                    .ok_or_else(|| wrong_type(document.at(file), &of("dummy_data_file"), A_STRING))?,
            ),
        };
        // The line is read several times over.
        self.budget.steps(run.len() * 4, run_at)?;
        self.budget.entry(dummy_data_file.unwrap_or_default(), at)?;
        let outputs_at = document.at(outputs_id);
        Ok(Parts { run, run_at, levels, outputs_at, needs, config, dummy_data_file })
    }

    /// Read the `run` line.
    fn command(&self, name: &str, run: &str, at: Position) -> Result<Command, Error> {
        if run.is_empty() {
            return Err(Error::validation(
                Some(at),
                format!("run must have a value, {name} has an empty run key"),
            ));
        }
        let words = || run::words(run);
        if let Some(error) = words().find_map(Result::err) {
            let message = format!("The `run` line of action {name} cannot be split into words: {error}.");
            return Err(Error::internal(Some(at), message));
        }
        let mut words = words().flatten();
        let Some(first) = words.next() else {
            return Err(Error::internal(Some(at), format!("The `run` line of action {name} is blank.")));
        };
        let (image, version) = run::image(&first);
        if !run::is_version(version) {
            let text = format!(
                "Action command {image} must have a version specified in the form :vN (e.g. {image}:v2)"
            );
            return Err(Error::validation(Some(at), text));
        }
        let is_database_action = run::is_database_command(image, words.next().as_deref());
        Ok(Command { image: image.to_owned(), version: version.to_owned(), is_database_action })
    }

    fn need(&mut self, name: &str, id: NodeId) -> Result<Need, Error> {
        let document = self.document;
        let at = document.at(id);
        match (document.text(id), document.scalar(id)) {
            (Some(need), _) => {
                self.budget.entry(need, at)?;
                if need.contains(' ') {
                    let text =
                        format!("`needs` actions should be separated with commas, but {name} needs `{need}`");
                    return Err(Error::validation(Some(at), text));
                }
                Ok(Need::Name { name: need.to_owned(), at })
            }
            (None, Some(_)) => {
                let shown = shown(document, id);
                let message = format!(
                    "The `needs` of action {name} must be names of actions, but {shown} is not a text; put quotes \
                     around it if an action has this name in quotes."
                );
                Err(Error::internal(Some(at), message))
            }
            (None, None) => {
                self.budget.entry("", at)?;
                Ok(Need::Collection { at })
            }
        }
    }

    fn check_outputs_of_command(
        &mut self,
        name: &str,
        run: &str,
        outputs: &[Outputs],
        at: Position,
    ) -> Result<(), Error> {
        let budget = &mut self.budget;
        dataset::check(name, run, outputs, at, &mut |steps| budget.steps(steps, at))
    }
}
