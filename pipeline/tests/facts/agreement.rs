//! Compares what this crate says about a file with what the format's reference library says.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// Cases whose expected answer is an accident of the reference; refusing them is fine as well.
const MAY_BE_REFUSED: [&str; 2] = ["quirk_aliases_that_multiply.yaml", "quirk_alias_inside_itself.yaml"];

/// Compare every file that `expected.jsonl` of a folder names. Returns how many were compared, and what differs.
pub fn differences_in(folder: &Path) -> (usize, Vec<String>) {
    let expected = fs::read_to_string(folder.join("expected.jsonl")).expect("expected.jsonl is readable");
    let mut differences = Vec::new();
    let mut count = 0;
    for line in expected.lines() {
        let expected: Value = serde_json::from_str(line).expect("a line of expected.jsonl is JSON");
        let name = expected["name"].as_str().expect("a line names its file");
        let text = fs::read_to_string(folder.join(name)).expect("the file is readable");
        let found = pipeline::report::json(name, &text);
        differences.extend(compare(name, &expected, &found));
        count += 1;
    }
    (count, differences)
}

/// What differs between the two answers about a file.
fn compare(name: &str, expected: &Value, found: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let mut differ = |member: &str, expected: &Value, found: &Value| {
        differences.push(format!("{name}: {member} is\n  {found}\nand should be\n  {expected}"));
    };
    if expected["ok"] != found["ok"] {
        if !(MAY_BE_REFUSED.contains(&name) && found["ok"] == Value::Bool(false)) {
            differ("ok", expected, found);
        }
        return differences;
    }
    if expected["ok"] == Value::Bool(true) {
        let members = expected.as_object().into_iter().flatten();
        for (member, value) in members {
            if found.get(member) != Some(value) {
                differ(member, value, &found[member]);
            }
        }
        return differences;
    }
    if expected["error_kind"] != found["error_kind"] {
        differ("error_kind", &expected["error_kind"], &found["error_kind"]);
    }
    match expected["error_kind"].as_str() {
        Some("validation") if !says_the_same(expected, found) => {
            differ("error", &expected["error"], &found["error"]);
        }
        Some("yaml") => {
            let (line, found_line) = (expected["error_line"].as_i64(), found["error_line"].as_i64());
            let is_near = |line: i64| found_line.is_some_and(|found| (found - line).abs() <= 1);
            if !line.is_none_or(is_near) {
                differ("error_line", &expected["error_line"], found);
            }
        }
        _ => {}
    }
    if found["error"].as_str().is_none_or(str::is_empty) {
        differ("error", &expected["error"], &found["error"]);
    }
    differences
}

/// Whether the texts of two errors are equal, in any order of lines where the order is not fixed.
fn says_the_same(expected: &Value, found: &Value) -> bool {
    match expected.get("error_order_varies") {
        Some(_) => sorted_lines(&expected["error"]) == sorted_lines(&found["error"]),
        None => expected["error"] == found["error"],
    }
}

fn sorted_lines(text: &Value) -> Vec<&str> {
    let mut lines: Vec<&str> = text.as_str().unwrap_or_default().lines().collect();
    lines.sort_unstable();
    lines
}
