//! The made-up files, each for one rule.

use std::path::Path;

use crate::agreement::differences_in;

#[test]
fn every_case_is_read_as_the_reference_reads_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let (count, differences) = differences_in(&folder);
    assert!(count > 100, "only {count} cases were found");
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n\n"));
}

#[test]
fn every_file_of_the_cases_has_an_expected_answer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let expected = std::fs::read_to_string(folder.join("expected.jsonl")).unwrap();
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let count = files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).count();
    assert_eq!(count, expected.lines().count());
}
