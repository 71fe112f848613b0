//! The rules that concern several actions.

use std::collections::{HashMap, HashSet};

use super::action::{Draft, Need};
use crate::error::Error;
use crate::run;
use crate::yaml::Scalar;

/// Check all actions against each other.
///
/// # Errors
/// The first rule broken.
pub(super) fn check(drafts: &[Draft], version: f64) -> Result<(), Error> {
    refuse_retired_images(drafts, version)?;
    refuse_repeated_commands(drafts)?;
    if version >= 2.0 {
        refuse_repeated_paths(drafts)?;
    }
    refuse_unknown_needs(drafts)
}

fn refuse_retired_images(drafts: &[Draft], version: f64) -> Result<(), Error> {
    let using = |wrong: fn(&str) -> bool| {
        drafts
            .iter()
            .find(|draft| run::words(&draft.action.run).flatten().next().is_some_and(|word| wrong(&word)))
    };
    let is_retired = |word: &str| word.starts_with("cohortextractor");
    let is_latest = |word: &str| word.ends_with(":latest");
    if version >= 4.0
        && let Some(Draft { action, run_at, .. }) = using(is_retired)
    {
        let text = format!(
            "Action {} uses cohortextractor actions, which are not supported in this version.",
            action.name
        );
        return Err(Error::validation(Some(*run_at), text));
    }
    if version >= 5.0
        && let Some(Draft { action, run_at, .. }) = using(is_latest)
    {
        let text = format!(
            "Action {} uses `{}:latest`, which is not supported. Provide a version e.g. `:v2` instead",
            action.name, action.image
        );
        return Err(Error::validation(Some(*run_at), text));
    }
    Ok(())
}

fn refuse_repeated_commands(drafts: &[Draft]) -> Result<(), Error> {
    let mut seen: HashMap<&str, &str> = HashMap::with_capacity(drafts.len());
    for Draft { action, run_at, .. } in drafts {
        if let Some(first) = seen.insert(&action.run, &action.name) {
            let text = format!("Action {} has the same 'run' command as other actions: {first}", action.name);
            return Err(Error::validation(Some(*run_at), text));
        }
    }
    Ok(())
}

fn refuse_repeated_paths(drafts: &[Draft]) -> Result<(), Error> {
    let mut seen: HashSet<&str> = HashSet::new();
    for Draft { action, outputs_at, .. } in drafts {
        for (_, path) in action.outputs.iter().flat_map(|outputs| &outputs.paths) {
            if !seen.insert(path) {
                return Err(Error::validation(
                    Some(*outputs_at),
                    format!("Output path {path} is not unique"),
                ));
            }
        }
    }
    Ok(())
}

fn refuse_unknown_needs(drafts: &[Draft]) -> Result<(), Error> {
    let is_text = |draft: &&Draft| matches!(draft.action.key, Scalar::Text(_));
    let names: HashSet<&str> =
        drafts.iter().filter(is_text).map(|draft| draft.action.name.as_str()).collect();
    for Draft { action, needs, .. } in drafts {
        for need in needs {
            match need {
                Need::Name { name, .. } if names.contains(name.as_str()) => {}
                Need::Name { name, at } => {
                    let text = format!(
                        "Action `{}` references an unknown action in its `needs` list: {name}",
                        action.name
                    );
                    return Err(Error::validation(Some(*at), text));
                }
                Need::Collection { at } => {
                    let message = format!(
                        "The `needs` of action {} must be names of actions, but one of them is a list or a mapping.",
                        action.name
                    );
                    return Err(Error::internal(Some(*at), message));
                }
            }
        }
    }
    Ok(())
}
