//! Which data a project may use beyond the ordinary: what the RAP controller gets as `analysis_scope`.
//! The lists are decided by information governance and change only by a reviewed change of `data/project_permissions.tsv`;
//! nothing here can be edited at run time.

use std::{collections::HashMap, sync::LazyLock};

use serde_json::{Map, Value};

use crate::ids::ProjectId;

const LIST: &str = include_str!("../data/project_permissions.tsv");

/// Permissions about whose records are included, in the order in which the controller gets them.
/// Every other key of the list is a permission to use a dataset.
const POPULATION_KEYS: [&str; 3] = ["include_t1oo", "include_ndoo", "include_gp_unactivated"];

/// Held only by projects that have a number.
const NUMBERED_ONLY: &str = "include_t1oo";

/// The one project that is known by its slug. Without this a project could take the slug of digits that is the number
/// of another one, and its permissions with it.
const UNNUMBERED_PROJECT: &str = "opensafely-internal";

/// The one project that may run SQL Runner actions.
const SQLRUNNER_PROJECT: ProjectId = ProjectId(28);

/// Permission keys by project identifier, in the order of the list.
static KEYS: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut keys: HashMap<_, Vec<_>> = HashMap::new();
    for (key, project) in entries() {
        keys.entry(project).or_default().push(key);
    }
    keys
});

/// Every entry of the list as (permission key, project number or slug).
pub fn entries() -> impl Iterator<Item = (&'static str, &'static str)> {
    LIST.lines().skip(1).filter_map(|line| line.split_once('\t'))
}

/// The `analysis_scope` of a project: its permissions as the create call of the RAP API wants them. A project is known
/// by its number; the internal one, while it has none, by its slug.
pub fn analysis_scope(number: Option<&str>, slug: &str) -> Value {
    let identifier = number.or((slug == UNNUMBERED_PROJECT).then_some(slug));
    let held = identifier.and_then(|identifier| KEYS.get(identifier)).map(Vec::as_slice).unwrap_or_default();
    let populations = POPULATION_KEYS
        .into_iter()
        .filter(|key| held.contains(key) && (number.is_some() || *key != NUMBERED_ONLY))
        .map(Value::from)
        .collect::<Vec<_>>();
    let datasets = held
        .iter()
        .filter(|key| !POPULATION_KEYS.contains(key))
        .map(|key| Value::from(*key))
        .collect::<Vec<_>>();
    let mut scope = Map::new();
    for (name, keys) in [("population_permissions", populations), ("dataset_permissions", datasets)] {
        if !keys.is_empty() {
            scope.insert(name.to_owned(), Value::Array(keys));
        }
    }
    Value::Object(scope)
}

/// Whether the pipelines of this project may contain SQL Runner actions.
pub fn sqlrunner_permitted(project: ProjectId) -> bool {
    project == SQLRUNNER_PROJECT
}
