//! Texts made to harm: each must be answered soon, in little memory, without a panic.

use std::fmt::Write;
use std::time::{Duration, Instant};

use pipeline::{ErrorKind, MAX_BYTES, parse};

/// A generous bound for a debug build on a busy machine; what these guard against takes minutes or forever.
const SOON: Duration = Duration::from_secs(60);

fn outcome(text: &str) -> Result<usize, ErrorKind> {
    let started = Instant::now();
    let outcome = parse(text).map(|pipeline| pipeline.actions.len()).map_err(|error| {
        assert!(error.message.chars().count() <= 20_001, "a message of {} bytes", error.message.len());
        error.kind
    });
    assert!(started.elapsed() < SOON, "took {:?}", started.elapsed());
    outcome
}

#[test]
fn deep_nesting_is_refused() {
    for open in ["[", "{a: ", "- ", "? ", "{? ", "[{", "a: [", "&a [", "!x {"] {
        assert_eq!(outcome(&open.repeat(100_000)), Err(ErrorKind::Yaml), "{open}");
    }
    let mut stairs = String::new();
    for depth in 0..2000 {
        let _ = writeln!(stairs, "{}a:", " ".repeat(depth));
    }
    assert_eq!(outcome(&stairs), Err(ErrorKind::Yaml));
    assert_eq!(outcome(&format!("{}{}", "[".repeat(100), "]".repeat(100))), Err(ErrorKind::Internal));
}

/// Actions that all use one aliased value somewhere.
fn actions_with(head: &str, count: usize, action: impl Fn(usize) -> String) -> String {
    let mut text = format!("version: 1\n{head}\nactions:\n");
    for index in 0..count {
        let _ = writeln!(text, "  a{index}: {}", action(index));
    }
    text
}

#[test]
fn aliases_that_multiply_cost_nothing() {
    let mut bomb =
        "version: 1\nactions:\n  a:\n    run: r:v1 x\n    outputs: {highly_sensitive: {}}\n    config:\n"
            .to_owned();
    bomb.push_str("      x0: &x0 [a, b]\n");
    for level in 1..60 {
        let before = level - 1;
        let _ = writeln!(bomb, "      x{level}: &x{level} [*x{before}, *x{before}, *x{before}]");
    }
    assert_eq!(outcome(&bomb), Ok(1));
    assert_eq!(pipeline::report::json("", &bomb)["actions"][0]["config"]["left_out"], "too large or deep");
}

#[test]
fn one_long_list_needed_by_many_actions_is_refused() {
    let names: Vec<String> = (0..20_000).map(|index| format!("a{index}")).collect();
    let first =
        format!("{{run: r:v1 0, outputs: {{highly_sensitive: {{}}}}, needs: &n [{}]}}", names.join(","));
    let text = actions_with("", 20_000, |index| match index {
        0 => first.clone(),
        _ => format!("{{run: r:v1 {index}, outputs: {{highly_sensitive: {{}}}}, needs: *n}}"),
    });
    assert_eq!(outcome(&text), Err(ErrorKind::Internal));
}

#[test]
fn one_long_text_run_by_many_actions_is_refused() {
    let first =
        format!("{{run: &r \"r:v1 {}\", outputs: {{highly_sensitive: {{}}}}}}", "x".repeat(1_000_000));
    let text = actions_with("", 50_000, |index| match index {
        0 => first.clone(),
        _ => "{run: *r, outputs: {highly_sensitive: {}}}".to_owned(),
    });
    assert_eq!(outcome(&text), Err(ErrorKind::Internal));
}

#[test]
fn one_long_name_of_dummy_data_in_many_actions_is_refused() {
    let long = "x".repeat(1_000_000);
    let text = actions_with("", 20_000, |index| {
        let file = if index == 0 { format!("&d {long}") } else { "*d".to_owned() };
        format!("{{run: r:v1 {index}, outputs: {{highly_sensitive: {{}}}}, dummy_data_file: {file}}}")
    });
    assert_eq!(outcome(&text), Err(ErrorKind::Internal));
}

#[test]
fn merges_that_multiply_are_refused() {
    let keys: Vec<String> = (0..20_000).map(|index| format!("k{index}: 1")).collect();
    let mut text = format!("version: 1\nx: &x {{{}}}\nl:\n", keys.join(", "));
    for _ in 0..20_000 {
        text.push_str("  - {<<: *x}\n");
    }
    assert_eq!(outcome(&text), Err(ErrorKind::Yaml));
    let chain: String = (1..20_000).map(|n| format!("  - &m{n} {{<<: *m{}, k{n}: 1}}\n", n - 1)).collect();
    assert_eq!(outcome(&format!("version: 1\nl:\n  - &m0 {{}}\n{chain}")), Err(ErrorKind::Yaml));
}

#[test]
fn values_that_contain_themselves_are_no_trap() {
    for text in
        ["&a [*a]", "&a {*a : *a}", "&a {x: *a, <<: *a}", "? &a [*a]\n: 1\n? [*a]\n: 2", "&a {? [*a] : 1}"]
    {
        assert!(outcome(text).is_err(), "{text}");
    }
}

#[test]
fn a_glob_that_backtracks_is_bounded() {
    let argument = format!("{}/:csv", "a*".repeat(20_000));
    let text = format!(
        "version: 1\nactions:\n  a:\n    run: ehrql:v1 generate-dataset --output {argument}\n    outputs: {{highly_sensitive: {{x: {}.csv}}}}\n",
        "a".repeat(200_000)
    );
    assert!(outcome(&text).is_err());
}

#[test]
fn long_numbers_are_refused_or_read() {
    for number in [
        "9".repeat(1_000_000),
        format!("0x{}", "f".repeat(1_000_000)),
        format!("0b{}", "1".repeat(1_000_000)),
    ] {
        assert_eq!(outcome(&format!("version: {number}\nactions: {{}}\n")), Err(ErrorKind::Internal));
    }
    let many = format!("[{}]", format!("0x{}, ", "f".repeat(250)).repeat(20_000));
    assert_eq!(outcome(&format!("version: 1\nactions: {many}\n")), Err(ErrorKind::Validation));
}

#[test]
fn monotonous_texts_are_answered_soon() {
    for part in [
        "a",
        " ",
        "\n",
        "#",
        "'",
        "\"",
        ": ",
        "- ",
        "? ",
        "&a ",
        "*a ",
        "!a ",
        "%a\n",
        "---\n",
        "...\n",
        "|\n",
        ">\n ",
        "\\",
        ",",
        "[]",
        "{}",
        "a\n",
        "a: ",
        "a:\n",
        "a: 'b\nc'\n",
        "\"a\n",
        "\r",
        "\t",
        "é",
        "<<: ",
        "a: &a b\n",
        "# c\n",
        "{a: b}, ",
        "x: |\n  y\n",
        "'a' ",
        "=",
    ] {
        let _ = outcome(&part.repeat(400_000 / part.len()));
        let _ = outcome(&format!("version: 1\nactions: {}", part.repeat(100_000 / part.len())));
        let _ = outcome(&format!("version: 1\nactions: [{}", part.repeat(100_000 / part.len())));
    }
}

/// A valid project whose text has exactly so many bytes.
fn project_of(bytes: usize) -> String {
    let mut text = "version: 4\nactions:\n".to_owned();
    let mut index = 0;
    while text.len() + 200 < bytes {
        let _ = write!(
            text,
            "  a{index}:\n    run: python:v2 analysis/{index}.py\n    outputs:\n      moderately_sensitive:\n        x: output/{index}.csv\n"
        );
        index += 1;
    }
    let left = bytes - text.len() - 2;
    let _ = writeln!(text, "#{}", "x".repeat(left));
    text
}

#[test]
fn the_size_limit_is_exact() {
    let largest = project_of(MAX_BYTES);
    assert_eq!(largest.len(), MAX_BYTES);
    assert!(outcome(&largest).is_ok_and(|actions| actions > 50_000));
    assert_eq!(outcome(&format!("{largest} ")), Err(ErrorKind::Yaml));
    let error = parse(&format!("{largest} ")).unwrap_err();
    assert!(error.message.contains("too large"), "{}", error.message);
}

#[test]
fn more_values_than_may_be_are_refused() {
    let text = format!("version: 1\nactions: [{}]\n", "a,".repeat(2_000_000));
    assert_eq!(outcome(&text), Err(ErrorKind::Yaml));
}
