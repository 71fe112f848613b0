//! Checks a request body as the controller's JSON schema does and words the first fault as its validator does.

use serde_json::{Map, Value};

/// What one member of the body must be.
struct Rule {
    name: &'static str,
    is_required: bool,
    kind: Kind,
}

enum Kind {
    Text,
    /// The regular expression as quoted in the message, and what it tests.
    Pattern(&'static str, fn(&str) -> bool),
    OneOf(&'static [&'static str]),
    Boolean,
    Texts {
        may_be_empty: bool,
    },
    Ids,
    Scope,
}

const RAP_ID: Kind = Kind::Pattern("^[a-z0-9]{16}$", is_rap_id);

const CREATE: &[Rule] = &[
    required("backend", Kind::Text),
    required("rap_id", RAP_ID),
    required("workspace", Kind::Pattern("[a-zA-Z0-9_-]+", has_name_character)),
    required("repo_url", Kind::Text),
    required("branch", Kind::Text),
    required("commit", Kind::Pattern("^[0-9a-f]{40}$", is_commit)),
    required("database_name", Kind::OneOf(&["default"])),
    required("requested_actions", Kind::Texts { may_be_empty: false }),
    required("codelists_ok", Kind::Boolean),
    required("force_run_dependencies", Kind::Boolean),
    required("created_by", Kind::Text),
    required("project", Kind::Text),
    required("orgs", Kind::Texts { may_be_empty: true }),
    Rule { name: "analysis_scope", is_required: false, kind: Kind::Scope },
];

const CANCEL: &[Rule] =
    &[required("rap_id", RAP_ID), required("actions", Kind::Texts { may_be_empty: false })];

const STATUS: &[Rule] = &[required("rap_ids", Kind::Ids)];

/// Members of `analysis_scope` whose values are checked, with what each may hold.
const SCOPE: &[(&str, &[&str])] = &[
    (
        "dataset_permissions",
        &[
            "appointments",
            "icnarc",
            "isaric",
            "open_prompt",
            "ukrr",
            "waiting_list",
            "sgss_covid_all_tests",
            "occupation_on_covid_vaccine_record",
            "covid_therapeutics",
        ],
    ),
    ("population_permissions", &["include_ndoo", "include_t1oo", "include_gp_unactivated"]),
    ("component_access", &["event_level_data"]),
];

const fn required(name: &'static str, kind: Kind) -> Rule {
    Rule { name, is_required: true, kind }
}

/// A fault: where (a JSON path below the body) and what.
struct Fault {
    path: String,
    what: String,
}

type Checked = Result<(), Fault>;

pub(super) fn check_create(body: &Value) -> Result<(), String> {
    check(body, CREATE)
}

pub(super) fn check_cancel(body: &Value) -> Result<(), String> {
    check(body, CANCEL)
}

pub(super) fn check_status(body: &Value) -> Result<(), String> {
    check(body, STATUS)
}

/// The whole `details` of the 400, if something is wrong.
fn check(body: &Value, rules: &[Rule]) -> Result<(), String> {
    members(body, rules).map_err(|fault| {
        let place = if fault.path.is_empty() { String::new() } else { format!(" at $.{}", fault.path) };
        format!("Invalid request body received{place}: {}", fault.what)
    })
}

fn members(body: &Value, rules: &[Rule]) -> Checked {
    let object = object(body, "")?;
    for rule in rules.iter().filter(|rule| rule.is_required) {
        if !object.contains_key(rule.name) {
            return fault("", format!("'{}' is a required property", rule.name));
        }
    }
    rules.iter().filter_map(|rule| Some((rule, object.get(rule.name)?))).try_for_each(|(rule, value)| {
        match rule.kind {
            Kind::Text => text(value, rule.name).map(|_| ()),
            Kind::Pattern(pattern, test) => matching(value, rule.name, pattern, test),
            Kind::OneOf(choices) => one_of(value, rule.name, choices),
            Kind::Boolean if value.is_boolean() => Ok(()),
            Kind::Boolean => wrong_type(value, rule.name, "boolean"),
            Kind::Texts { may_be_empty } => {
                let items = list(value, rule.name)?;
                if items.is_empty() && !may_be_empty {
                    return fault(rule.name, "[] should be non-empty".to_owned());
                }
                each(items, rule.name, |item, path| text(item, path).map(|_| ()))
            }
            Kind::Ids => {
                let Kind::Pattern(pattern, test) = RAP_ID else { return Ok(()) };
                each(list(value, rule.name)?, rule.name, |item, path| matching(item, path, pattern, test))
            }
            Kind::Scope => scope(value, rule.name),
        }
    })
}

fn scope(value: &Value, path: &str) -> Checked {
    let object = object(value, path)?;
    for (name, choices) in SCOPE {
        let Some(value) = object.get(*name) else { continue };
        let path = format!("{path}.{name}");
        each(list(value, &path)?, &path, |item, path| one_of(item, path, choices))?;
    }
    Ok(())
}

fn each(items: &[Value], path: &str, check: impl Fn(&Value, &str) -> Checked) -> Checked {
    items.iter().enumerate().try_for_each(|(index, item)| check(item, &format!("{path}[{index}]")))
}

fn matching(value: &Value, path: &str, pattern: &str, test: fn(&str) -> bool) -> Checked {
    if test(text(value, path)?) {
        return Ok(());
    }
    fault(path, format!("{} does not match '{pattern}'", python(value)))
}

fn one_of(value: &Value, path: &str, choices: &[&str]) -> Checked {
    if value.as_str().is_some_and(|text| choices.contains(&text)) {
        return Ok(());
    }
    let choices: Vec<String> = choices.iter().map(|choice| format!("'{choice}'")).collect();
    fault(path, format!("{} is not one of [{}]", python(value), choices.join(", ")))
}

fn text<'a>(value: &'a Value, path: &str) -> Result<&'a str, Fault> {
    value.as_str().ok_or_else(|| type_fault(value, path, "string"))
}

fn list<'a>(value: &'a Value, path: &str) -> Result<&'a [Value], Fault> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| type_fault(value, path, "array"))
}

fn object<'a>(value: &'a Value, path: &str) -> Result<&'a Map<String, Value>, Fault> {
    value.as_object().ok_or_else(|| type_fault(value, path, "object"))
}

fn wrong_type(value: &Value, path: &str, wanted: &str) -> Checked {
    Err(type_fault(value, path, wanted))
}

fn type_fault(value: &Value, path: &str, wanted: &str) -> Fault {
    Fault { path: path.to_owned(), what: format!("{} is not of type '{wanted}'", python(value)) }
}

fn fault(path: &str, what: String) -> Checked {
    Err(Fault { path: path.to_owned(), what })
}

/// A value in Python's notation, which the controller's messages use.
fn python(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.contains('\'') && !text.contains('"') => format!("\"{text}\""),
        Value::String(text) => {
            format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n"))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(name, value)| format!("'{name}': {}", python(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}

fn is_rap_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn has_name_character(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn faults_are_worded_as_the_validator_words_them() {
        let refused = |body| check_status(&body).unwrap_err();
        assert_eq!(refused(json!({})), "Invalid request body received: 'rap_ids' is a required property");
        assert_eq!(
            refused(json!({"rap_ids": ["ok34567890123456", "short"]})),
            "Invalid request body received at $.rap_ids[1]: 'short' does not match '^[a-z0-9]{16}$'"
        );
        assert_eq!(
            refused(json!({"rap_ids": null})),
            "Invalid request body received at $.rap_ids: None is not of type 'array'"
        );
        assert!(check_status(&json!({"rap_ids": []})).is_ok());
        assert_eq!(
            check_cancel(&json!({"rap_id": "k3jq7xw2mzdn5p6a", "actions": []})).unwrap_err(),
            "Invalid request body received at $.actions: [] should be non-empty"
        );
    }
}
