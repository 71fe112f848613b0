//! Reports on one file, for programs and for people.

const VALID: &str = "version: 4
actions:
  a:
    run: ehrql:v1 generate-dataset analysis/a.py --output output/a.csv
    outputs: {highly_sensitive: {x: output/a.csv}}
  b:
    run: r:v2 analysis/b.R
    needs: [a, b]
    outputs: {moderately_sensitive: {x: ../b.csv}}
";

#[test]
fn people_see_actions_warnings_and_lines() {
    let report = pipeline::report::text("project.yaml", VALID);
    assert!(report.starts_with("project.yaml: valid, format version 4, 2 actions\n"), "{report}");
    assert!(report.contains("line     3: a (uses the database)\n"), "{report}");
    assert!(report.contains("line     6: b, needs a, b\n"), "{report}");
    assert!(report.contains("can never run: b → b\n"), "{report}");
    assert!(report.contains("../b.csv lies outside the workspace"), "{report}");
    assert!(report.contains("this format version is old"), "{report}");
}

#[test]
fn people_see_where_an_error_is() {
    let report = pipeline::report::text("p.yaml", "version: 5\nactions:\n  a:\n    run: @x\n");
    assert!(report.starts_with("p.yaml: not valid\n"), "{report}");
    assert!(report.contains("       4 |     run: @x\n         |          ^\n"), "{report}");
    let rule = pipeline::report::text("p.yaml", "version: 5\nactions:\n  a: {run: x}\n");
    assert!(
        rule.contains("Invalid project:\n  Action a must contain a configuration for 'outputs'\n"),
        "{rule}"
    );
    assert!(rule.contains("       3 |   a: {run: x}\n         |   ^\n"), "{rule}");
}

#[test]
fn a_line_of_json_keeps_wide_integers() {
    let text = "version: 3\nexpectations: {population_size: 123456789012345678901234567890}\nactions: {}\n";
    let line = pipeline::report::json_line("x.yaml", text);
    assert!(line.contains("\"population_size\":123456789012345678901234567890"), "{line}");
    assert!(!line.contains('\n'));
}

#[test]
fn only_yaml_errors_have_a_line_in_json() {
    let yaml = pipeline::report::json("x", "a: b: c\n");
    assert_eq!((&yaml["error_kind"], &yaml["error_line"]), (&"yaml".into(), &1.into()));
    let rule = pipeline::report::json("x", "version: 5\n");
    assert_eq!(rule["error_kind"], "validation");
    assert!(rule.get("error_line").is_none());
}
