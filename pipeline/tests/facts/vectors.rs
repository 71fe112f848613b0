//! Small projects, each beside what must become of it.

use pipeline::{Error, ErrorKind, Pipeline, parse};

/// A project of one action `a1`, with some parts replaced.
struct Project<'a> {
    version: &'a str,
    expectations: &'a str,
    run: &'a str,
    outputs: &'a str,
    needs: &'a str,
}

impl Default for Project<'_> {
    fn default() -> Self {
        Self {
            version: "4",
            expectations: "",
            run: "python:v2 a.py",
            outputs: "{moderately_sensitive: {x: o/a.csv}}",
            needs: "",
        }
    }
}

impl Project<'_> {
    fn parse(&self) -> Result<Pipeline, Error> {
        parse(&format!(
            "version: {}\n{}\nactions:\n  a1:\n    run: {}\n    outputs: {}\n    needs: {}\n",
            self.version, self.expectations, self.run, self.outputs, self.needs
        ))
    }
}

fn refusal(result: Result<Pipeline, Error>) -> String {
    result.err().map(|error| error.message).unwrap_or_else(|| "accepted".to_owned())
}

fn version(version: &str) -> Result<Pipeline, Error> {
    Project { version, ..Project::default() }.parse()
}

#[test]
fn versions_are_numbers_or_spell_them() {
    for good in ["4", "\"4.0\"", "04", "0o4", "5", "\" 5 \"", "4.5"] {
        assert!(version(good).is_ok(), "{good}");
    }
    for (bad, phrase) in [
        ("6", "The latest version is v5, but got v6.0"),
        ("1e30", "The latest version is v5, but got v1e+30"),
        ("v4", "must be a number between 1 and 5"),
        ("", "must have a `version` attribute"),
        ("\"\"", "must be a number between 1 and 5"),
        ("yes", "must be a number between 1 and 5"),
        ("[4]", "must be a number between 1 and 5"),
        (".nan", "must be a number between 1 and 5"),
        ("2024-05-01", "must be a number between 1 and 5"),
    ] {
        assert!(refusal(version(bad)).contains(phrase), "{bad}: {}", refusal(version(bad)));
    }
}

#[test]
fn odd_versions_below_the_latest_pass_without_expectations() {
    for odd in ["3.5", "0", "-1", "true"] {
        assert!(version(odd).is_ok(), "{odd}: {}", refusal(version(odd)));
    }
}

#[test]
fn expectations_belong_to_version_three() {
    let with =
        |version, expectations| refusal(Project { version, expectations, ..Project::default() }.parse());
    for (version, expectations, phrase) in [
        ("3", "", "Project must include `expectations` section"),
        ("3", "expectations: []", "Project `expectations` section must be a dictionary"),
        ("3", "expectations: {}", "must include `population_size` section"),
        ("3", "expectations: {population_size: test}", "population size must be a number"),
        ("3", "expectations: {population_size: .nan}", "population size must be a number"),
        (
            "3",
            "expectations: {population_size: 1, x: 2}",
            "Unexpected parameters (x) in project `expectations` section",
        ),
        ("3", "expectations: {population_size: 10.7}", "accepted"),
        ("3", "expectations: {population_size: \"10\"}", "accepted"),
        ("3", "expectations: {population_size: true}", "accepted"),
        ("4", "expectations:", "accepted"),
        ("4", "expectations: {}", "Project includes `expectations` section"),
        ("1", "expectations: 7", "accepted"),
    ] {
        let found = with(version, expectations);
        assert!(found.contains(phrase), "{version} {expectations}: {found}");
    }
    let size = |expectations: &str| {
        let text = format!("version: 3\nexpectations: {{population_size: {expectations}}}\nactions: {{}}\n");
        pipeline::report::json("", &text)["expectations"]["population_size"].clone()
    };
    assert_eq!((size("10.7"), size("\"1_0\""), size("true")), (10.into(), 10.into(), 1.into()));
}

#[test]
fn actions_are_a_mapping_of_mappings() {
    let with = |actions: &str| parse(&format!("version: 4\nactions: {actions}\n"));
    for (actions, phrase) in [
        ("", "Project `actions` section must be a dictionary"),
        ("[]", "Project `actions` section must be a dictionary"),
        ("{a: }", "Configuration for action a must be a dictionary"),
        ("{a: {}}", "Action a must contain a configuration for 'run'"),
        ("{a: {run: x}}", "Action a must contain a configuration for 'outputs'"),
    ] {
        assert!(refusal(with(actions)).contains(phrase), "{actions}: {}", refusal(with(actions)));
    }
    let offered = with("{}").unwrap().offered();
    assert_eq!((offered.len(), offered[0].name.as_str(), offered[0].needs.len()), (1, "run_all", 0));
}

#[test]
fn outputs_need_a_known_level() {
    for (outputs, phrase) in [
        (
            "{}",
            "must specify at least one output of: highly_sensitive, moderately_sensitive, minimally_sensitive",
        ),
        ("{test: {x: o/a.csv}}", "must specify at least one output of"),
        (
            "{highly_sensitive: {x: o/a.csv}, extra: {}}",
            "Unexpected parameters (extra) in `outputs` section for action a1",
        ),
        ("{moderately_sensitive: {}}", "accepted"),
        ("{moderately_sensitive: }", "must specify at least one output of"),
        (
            "{moderately_sensitive: {x: o/a}, highly_sensitive: []}",
            "`highly_sensitive` section for action a1 must be",
        ),
        ("{minimally_sensitive: {x: o/a.pdf}}", "accepted"),
    ] {
        let found = refusal(Project { outputs, ..Project::default() }.parse());
        assert!(found.contains(phrase), "{outputs}: {found}");
    }
}

#[test]
fn needs_are_a_list_of_actions() {
    for (needs, phrase) in [
        ("[zz]", "Action `a1` references an unknown action in its `needs` list: zz"),
        ("a1", "`needs` section for action a1 must be a list"),
        ("[\"x y\"]", "`needs` actions should be separated with commas, but a1 needs `x y`"),
        ("[1]", "not a text"),
        ("[[a1]]", "a list or a mapping"),
        ("", "accepted"),
        ("[a1, a1]", "accepted"),
    ] {
        let found = refusal(Project { needs, ..Project::default() }.parse());
        assert!(found.contains(phrase), "{needs}: {found}");
    }
}

#[test]
fn run_names_an_image_with_a_version() {
    for (run, phrase) in [
        ("\"\"", "run must have a value, a1 has an empty run key"),
        ("\"  \"", "blank"),
        ("python", "Action command python must have a version specified in the form :vN (e.g. python:v2)"),
        ("\"python:\"", "Action command python must have a version"),
        ("test:v1x1", "Action command test must have a version"),
        ("test:v1.2-pre", "accepted"),
        ("\":v1 x\"", "accepted"),
        ("python:v2 'x", "cannot be split into words: a quote is opened and not closed"),
        ("python:v2 x\\", "cannot be split into words: it ends in a backslash"),
    ] {
        let found = refusal(Project { run, ..Project::default() }.parse());
        assert!(found.contains(phrase), "{run}: {found}");
    }
}

#[test]
fn latest_images_end_with_version_five() {
    let with = |version| refusal(Project { version, run: "python:latest", ..Project::default() }.parse());
    assert_eq!(with("4"), "accepted");
    assert!(with("5").contains("uses `python:latest`, which is not supported"));
}

#[test]
fn a_hash_does_not_begin_a_comment_in_a_command() {
    let pipeline = Project { run: "\"python:v2 # c\"", ..Project::default() }.parse().unwrap();
    assert_eq!(pipeline.actions[0].arguments(), ["#", "c"]);
}

fn two_actions(version: &str, runs: [&str; 2], paths: [&str; 2]) -> Result<Pipeline, Error> {
    let action = |name, run, path| {
        format!("  {name}:\n    run: {run}\n    outputs: {{highly_sensitive: {{x: {path}}}}}\n")
    };
    parse(&format!(
        "version: {version}\nactions:\n{}{}",
        action("a", runs[0], paths[0]),
        action("b", runs[1], paths[1])
    ))
}

#[test]
fn commands_and_paths_are_not_repeated() {
    let same_run = two_actions("2", ["python:v2 x", "python:v2 x"], ["a.csv", "b.csv"]);
    assert!(refusal(same_run).contains("Action b has the same 'run' command as other actions: a"));
    let same_path =
        |version| refusal(two_actions(version, ["python:v2 x", "python:v2 y"], ["o/a.csv", "o/a.csv"]));
    assert!(same_path("2").contains("Output path o/a.csv is not unique"));
    assert_eq!(same_path("1"), "accepted");
}

#[test]
fn an_action_called_run_all_is_listed_once_or_refused() {
    let with = |version: &str| {
        parse(&format!(
            "version: {version}\nactions:\n  run_all: {{run: r:v1 x, outputs: {{highly_sensitive: {{x: a.csv}}}}}}\n"
        ))
    };
    assert_eq!(with("4").unwrap().offered().len(), 1);
    assert!(refusal(with("5")).contains("`run_all` is a reserved action name"));
}

#[test]
fn datasets_go_where_their_argument_says() {
    let generate = "ehrql:v1 generate-dataset d.py";
    for (run, outputs, phrase) in [
        (format!("{generate} --output o/d.csv"), "{highly_sensitive: {d: o/d.csv}}", "accepted"),
        (
            format!("{generate} --output=o/x.csv"),
            "{highly_sensitive: {d: o/d.csv}}",
            "but was expecting: o/x.csv",
        ),
        (generate.to_owned(), "{highly_sensitive: {d: o/d.csv}}", "does not provide an `--output` argument"),
        (
            format!("{generate} --output="),
            "{highly_sensitive: {d: o/d.csv}}",
            "does not provide an `--output` argument",
        ),
        (generate.to_owned(), "{moderately_sensitive: {d: o/d.csv}}", "must be labelled `highly_sensitive`"),
        (
            format!("{generate} --output outputs:arrow"),
            "{highly_sensitive: {d: outputs/*.arrow}}",
            "accepted",
        ),
        (
            format!("{generate} --output outputs:arrow"),
            "{highly_sensitive: {d: outputs.arrow}}",
            "outputs/:arrow",
        ),
        (format!("{generate} --output out/:csv"), "{highly_sensitive: {d: out/sub/x.csv}}", "accepted"),
        (format!("{generate} --output out/:csv"), "{highly_sensitive: {d: OUT/x.csv}}", "out/:csv"),
        ("ehrql:v1  generate-dataset".to_owned(), "{moderately_sensitive: {d: o/d.csv}}", "accepted"),
        ("ehrql:v1 generate_dataset".to_owned(), "{moderately_sensitive: {d: o/d.csv}}", "must be labelled"),
    ] {
        let found = refusal(Project { run: &run, outputs, ..Project::default() }.parse());
        assert!(found.contains(phrase), "{run} {outputs}: {found}");
    }
}

#[test]
fn only_commands_that_read_patients_data_use_the_database() {
    let uses = |run| {
        let outputs = "{highly_sensitive: {d: o/d.csv}}";
        !Project { run, outputs, ..Project::default() }.parse().unwrap().database_actions().is_empty()
    };
    assert!(uses("sqlrunner:v1 foo"));
    assert!(uses("ehrql:v0 generate-measures x"));
    assert!(uses("ehrql:v0 generate-dataset x --output o/d.csv"));
    assert!(!uses("ehrql:v1"));
    assert!(!uses("ehrql:v1 dump-dataset-sql x"));
    assert!(!uses("python:v2 sqlrunner:v1"));
}

#[test]
fn the_site_forbids_two_words() {
    let check = |run, permitted| {
        let pipeline = Project { run, version: "3.5", ..Project::default() }.parse().unwrap();
        pipeline.check_site_rules(permitted).err().map(|error| (error.message, error.line))
    };
    let retired = Some(("Cohort-extractor is no longer supported".to_owned(), Some(4)));
    let forbidden =
        Some(("This project does not have permission to run SQL Runner jobs".to_owned(), Some(4)));
    assert_eq!(check("r:v1 x.R", false), None);
    assert_eq!(check("r:v1 my_sqlrunner.R", false), forbidden);
    assert_eq!(check("r:v1 my_sqlrunner.R", true), None);
    assert_eq!(check("r:v1 sqlrunner/cohortextractor.R", true), retired);
}

#[test]
fn actions_that_wait_for_each_other_are_found() {
    let cycle = |needs: [&str; 3]| {
        let action = |(index, needs): (usize, &&str)| {
            let name = ["a", "b", "c"][index];
            format!(
                "  {name}: {{run: r:v1 {name}, needs: {needs}, outputs: {{highly_sensitive: {{x: {name}.csv}}}}}}\n"
            )
        };
        let actions: String = needs.iter().enumerate().map(action).collect();
        parse(&format!("version: 4\nactions:\n{actions}")).unwrap().cycle()
    };
    assert_eq!(cycle(["[]", "[a]", "[a, b]"]), None);
    assert_eq!(cycle(["[]", "[b]", "[]"]), Some(vec!["b".to_owned()]));
    assert_eq!(cycle(["[c]", "[a]", "[b]"]), Some(vec!["a".to_owned(), "c".to_owned(), "b".to_owned()]));
}

#[test]
fn the_first_broken_rule_is_reported_with_its_line() {
    let error = parse("version: 5\nactions:\n  a:\n    run: python\n    needs: [x y]\n    outputs: {highly_sensitive: {x: a.csv}}\n")
        .unwrap_err();
    assert_eq!((error.kind, error.line, error.column), (ErrorKind::Validation, Some(4), Some(10)));
    let error =
        parse("version: 5\nactions:\n  a:\n    run: r:v1 x\n    outputs: {highly_sensitive: {x: /a.csv}}\n");
    assert_eq!(error.unwrap_err().line, Some(5));
}

#[test]
fn tabs_are_refused_where_the_runner_refuses_them() {
    let line = |text: &str| {
        parse(text).err().filter(|error| error.kind == ErrorKind::Yaml).and_then(|error| error.line)
    };
    assert_eq!(line("version: 5\nactions:\t{}\n"), Some(2));
    assert_eq!(line("version: 5\t\nactions: {}\n"), Some(1));
    assert_eq!(line("version: 5 #\tcomment\nactions: {}\n"), None);
    assert_eq!(line("version: \"5\t\"\nactions: {\t}\n"), None);
    assert_eq!(line("version: 5\nactions: {a\tb: c}\n"), Some(2));
}

#[test]
fn quoted_texts_may_go_on_without_indentation() {
    let text = "version: 5\nactions:\n  a:\n    run: \"r:v1 a.R\n  --one\n--two\"\n    outputs: {highly_sensitive: {x: 'o/\na.csv'}}\n";
    let pipeline = parse(text).unwrap();
    assert_eq!(pipeline.actions[0].run, "r:v1 a.R --one --two");
    let error = parse("version: 5\nactions:\n  a:\n    run: \"r:v1 a.R\n    outputs: {}\n").unwrap_err();
    assert!(error.message.contains("begins at line 4, column 10"), "{}", error.message);
    assert!(error.line.is_some_and(|line| line >= 5));
}

#[test]
fn merge_keys_take_what_a_mapping_lacks() {
    let text = "version: 4
actions:
  one: &one {run: r:v1 a, outputs: &o {highly_sensitive: {x: a.csv}}}
  two: {<<: [{run: r:v1 b}, *one], outputs: {<<: *o, highly_sensitive: {x: b.csv}}}
";
    let pipeline = parse(text).unwrap();
    assert_eq!((pipeline.actions[1].run.as_str(), pipeline.actions[1].line), ("r:v1 b", 4));
    assert_eq!(pipeline.actions[1].outputs[0].paths, [("x".to_owned(), "b.csv".to_owned())]);
}

#[test]
fn a_key_given_twice_is_named_with_both_places() {
    let error = parse("version: 5\nactions:\n  a: {}\n  b: {}\n  a: {}\n").unwrap_err();
    assert_eq!((error.kind, error.line, error.column), (ErrorKind::Yaml, Some(5), Some(3)));
    assert!(error.message.contains("'a'") && error.message.contains("line 3, column 3"), "{}", error.message);
    // Of equal text but another type.
    assert!(
        parse("version: 5\nactions: {}\n1: x\n'1': y\n")
            .is_err_and(|error| error.kind == ErrorKind::Internal)
    );
}
