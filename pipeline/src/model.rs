//! A project as its file describes it: actions, what they need, what they write.
//!
//! Values of these types have passed every check of the format. What the site adds to the format is in `site_rules`.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::error::Position;
use crate::run;
use crate::yaml::{Integer, Plain, Scalar};

/// The name under which all actions can be asked for at once.
pub(crate) const RUN_ALL: &str = "run_all";

/// A valid project.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The version of the file format, 1 to 5 in practice.
    pub version: f64,
    /// The actions, in file order.
    pub actions: Vec<Action>,
    /// How many patients dummy data has, in formats that ask for it.
    pub(crate) population_size: Option<Integer>,
}

/// One step of a project.
#[derive(Clone, Debug)]
pub struct Action {
    /// The name as shown. Names that are numbers, dates or the like in YAML are written as text.
    pub name: String,
    /// The names of the actions that must succeed before, as written.
    pub needs: Vec<String>,
    /// The command as the file gives it, line breaks included.
    pub run: String,
    /// The first word of the command up to its colon.
    pub image: String,
    /// What follows that colon.
    pub image_version: String,
    /// What the action writes.
    pub outputs: Vec<Outputs>,
    /// Where the name stands, counted from 1.
    pub line: usize,
    pub(crate) at: Position,
    pub(crate) key: Scalar<'static>,
    pub(crate) config: Option<Plain>,
    pub(crate) dummy_data_file: Option<String>,
    pub(crate) is_database_action: bool,
}

/// The outputs of an action that share a privacy level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outputs {
    /// Who may see them.
    pub level: PrivacyLevel,
    /// Names and patterns of paths, in file order.
    pub paths: Vec<(String, String)>,
}

/// Who may see an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivacyLevel {
    /// Nobody: it stays in the backend.
    Highly,
    /// Researchers who may log in to the backend.
    Moderately,
    /// Anybody, once it is released.
    Minimally,
}

/// An action that may be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfferedAction {
    /// Its name.
    pub name: String,
    /// The names of the actions it needs: sorted, but those of `run_all` in file order.
    pub needs: Vec<String>,
}

impl PrivacyLevel {
    /// All levels, in the order in which they are checked.
    pub const ALL: [Self; 3] = [Self::Highly, Self::Moderately, Self::Minimally];

    /// The word for it in a project file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Highly => "highly_sensitive",
            Self::Moderately => "moderately_sensitive",
            Self::Minimally => "minimally_sensitive",
        }
    }
}

impl Action {
    /// Whether the action reads the database of a backend.
    pub fn is_database_action(&self) -> bool {
        self.is_database_action
    }

    /// The words of the command after the image.
    pub fn arguments(&self) -> Vec<String> {
        run::words(&self.run).skip(1).flatten().map(|word| word.into_owned()).collect()
    }

    /// The names of the actions it needs, sorted by code point.
    pub fn sorted_needs(&self) -> Vec<String> {
        let mut needs = self.needs.clone();
        needs.sort();
        needs
    }
}

impl Pipeline {
    /// The actions that may be asked for: all in file order, then `run_all` unless the file has one of its own.
    pub fn offered(&self) -> Vec<OfferedAction> {
        let offer =
            |action: &Action| OfferedAction { name: action.name.clone(), needs: action.sorted_needs() };
        let mut offered: Vec<OfferedAction> = self.actions.iter().map(offer).collect();
        if !self.defines_run_all() {
            let needs = self.actions.iter().map(|action| action.name.clone()).collect();
            offered.push(OfferedAction { name: RUN_ALL.to_owned(), needs });
        }
        offered
    }

    /// Whether an action of the file is called `run_all`, as early formats allow.
    pub(crate) fn defines_run_all(&self) -> bool {
        self.actions.iter().any(|action| action.name == RUN_ALL)
    }

    /// The names of the actions that read the database, in file order.
    pub fn database_actions(&self) -> Vec<&str> {
        let database = self.actions.iter().filter(|action| action.is_database_action);
        database.map(|action| action.name.as_str()).collect()
    }

    /// Paths of outputs that lead out of the workspace. The format takes them; they deserve a warning.
    pub fn paths_outside(&self) -> Vec<&str> {
        let paths = self.actions.iter().flat_map(|action| &action.outputs).flat_map(|outputs| &outputs.paths);
        paths.map(|(_, path)| path.as_str()).filter(|path| path.starts_with("../")).collect()
    }

    /// Actions that wait for each other and so can never run: the first such circle, each action needing the next and
    /// the last needing the first. The format allows circles, so this is for a warning.
    pub fn cycle(&self) -> Option<Vec<String>> {
        let index: HashMap<&str, usize> =
            self.actions.iter().enumerate().map(|(index, action)| (action.name.as_str(), index)).collect();
        let mut finished: HashSet<usize> = HashSet::new();
        for start in 0..self.actions.len() {
            if finished.contains(&start) {
                continue;
            }
            // The way down from the start: an action, and how many of its needs have been followed.
            let mut way: Vec<(usize, usize)> = vec![(start, 0)];
            let mut on_way: HashSet<usize> = HashSet::from([start]);
            while let Some((action, followed)) = way.last_mut() {
                let needs = self.actions.get(*action).map_or(&[][..], |action| &action.needs);
                let Some(need) = needs.get(*followed) else {
                    on_way.remove(action);
                    finished.insert(*action);
                    way.pop();
                    continue;
                };
                *followed += 1;
                let Some(next) = index.get(need.as_str()).copied() else { continue };
                if on_way.contains(&next) {
                    let circle = way.iter().map(|(action, _)| *action).skip_while(|action| *action != next);
                    return Some(circle.filter_map(|i| Some(self.actions.get(i)?.name.clone())).collect());
                }
                if !finished.contains(&next) {
                    on_way.insert(next);
                    way.push((next, 0));
                }
            }
        }
        None
    }
}
