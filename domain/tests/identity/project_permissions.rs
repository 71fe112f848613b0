//! What a project may use beyond the ordinary, as the RAP controller is told.

use domain::{
    ids::ProjectId,
    project_permissions::{analysis_scope, entries, sqlrunner_permitted},
};
use serde_json::json;

/// `[1-9][0-9]*`, `POS-20[0-9]{2}-[1-9][0-9]{3}`, or the one project that has no number.
fn is_project(identifier: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str| !text.is_empty() && digits(text) && !text.starts_with('0');
    let pos = |text: &str| match text.strip_prefix("POS-20").and_then(|rest| rest.split_once('-')) {
        Some((year, place)) => year.len() == 2 && digits(year) && place.len() == 4 && number(place),
        None => false,
    };
    number(identifier) || pos(identifier) || identifier == "opensafely-internal"
}

#[test]
fn every_entry_of_the_list_names_a_project_and_none_is_there_twice() {
    let mut seen = std::collections::HashSet::new();
    for entry in entries() {
        assert!(is_project(entry.1), "{entry:?}");
        assert!(seen.insert(entry), "{entry:?} is there twice");
    }
}

#[test]
fn the_list_has_as_many_entries_as_were_approved() {
    let count = |key| entries().filter(|entry| entry.0 == key).count();
    let populations = ["include_t1oo", "include_ndoo", "include_gp_unactivated"];
    assert_eq!(populations.map(count), [96, 63, 55]);
    let datasets = entries().filter(|entry| !populations.contains(&entry.0)).collect::<Vec<_>>();
    assert_eq!(datasets.len(), 35);
    let projects = datasets.iter().map(|entry| entry.1).collect::<std::collections::HashSet<_>>();
    assert_eq!(projects.len(), 25);
}

#[test]
fn the_scope_lists_populations_in_their_order_and_datasets_in_the_lists() {
    let numbered = |number| analysis_scope(Some(number), "some-slug");
    assert_eq!(
        numbered("171").to_string(),
        r#"{"population_permissions":["include_ndoo","include_gp_unactivated"],"dataset_permissions":["appointments","ukrr"]}"#
    );
    assert_eq!(
        numbered("9").to_string(),
        r#"{"population_permissions":["include_t1oo"],"dataset_permissions":["isaric"]}"#
    );
    assert_eq!(numbered("POS-2026-3001"), json!({"population_permissions": ["include_ndoo"]}));
    assert_eq!(numbered("999999999999"), json!({}));
}

#[test]
fn only_the_internal_project_goes_by_its_slug_and_only_while_it_has_no_number() {
    let internal = "opensafely-internal";
    let by_slug = analysis_scope(None, internal);
    assert_ne!(by_slug, json!({}));
    assert!(!by_slug.to_string().contains("include_t1oo"), "never without a number");
    assert_eq!(analysis_scope(Some("888888"), internal), json!({}));
    assert_eq!(analysis_scope(None, "171"), json!({}), "a slug that looks like a number is none");
}

#[test]
fn one_project_may_run_sql_runner() {
    assert!(sqlrunner_permitted(ProjectId(28)));
    assert!(!sqlrunner_permitted(ProjectId(27)));
}
