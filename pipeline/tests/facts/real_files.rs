//! Project files of real studies. They belong to other people, so they are read where they lie and never copied here.

use std::path::PathBuf;

use crate::agreement::differences_in;

/// The folder with the files, if this machine has one.
fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("PROJECT_YAML_DIR").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/project_yaml");
    named.or(Some(beside)).filter(|folder| folder.join("expected.jsonl").is_file())
}

#[test]
fn real_files_are_read_as_the_reference_reads_them() {
    let Some(folder) = folder() else {
        println!("skipped: PROJECT_YAML_DIR names no folder with an expected.jsonl");
        return;
    };
    let (count, differences) = differences_in(&folder);
    assert!(count > 0, "no files were found");
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n\n"));
}
