//! What a person asked for, and everything that is wrong with it. Nothing of it is lost when the form is shown again.

use std::collections::HashSet;

use data_encoding::HEXLOWER;
use domain::views::run_jobs::Backend;
use pipeline::Pipeline;

use super::gate::Open;
use crate::{
    code::Codelists,
    http::{field_error::FieldError, form::Fields},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// Slug.
    pub backend: String,
    /// As posted: in order, with repeats.
    pub actions: Vec<String>,
    pub force_run_dependencies: bool,
    pub will_notify: bool,
    /// Makes a second submission of the same form harmless.
    pub form_token: String,
}

impl Entered {
    /// An untouched form.
    pub fn untouched(open: &Open) -> Entered {
        Entered {
            backend: match open.backends.as_slice() {
                [only] => only.slug.clone(),
                _ => String::new(),
            },
            actions: Vec::new(),
            force_run_dependencies: false,
            will_notify: open.workspace.should_notify,
            form_token: new_token(),
        }
    }

    pub fn posted(fields: &Fields) -> Entered {
        let token = fields.text("form_token");
        let is_ours = token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
        Entered {
            backend: fields.text("backend").to_owned(),
            actions: fields.all("requested_actions").into_iter().map(str::to_owned).collect(),
            force_run_dependencies: fields.flag("force_run_dependencies"),
            will_notify: fields.flag("will_notify"),
            form_token: if is_ours { token.to_owned() } else { new_token() },
        }
    }

    /// The backend that was chosen, if it can be.
    pub fn backend<'a>(&self, offered: &'a [Backend]) -> Option<&'a Backend> {
        offered.iter().find(|backend| backend.slug == self.backend)
    }

    /// Everything wrong with it; the form can be sent if that is nothing.
    pub fn errors(
        &self,
        backends: &[Backend],
        pipeline: &Pipeline,
        codelists: &Codelists,
    ) -> Vec<FieldError> {
        let offered = pipeline.offered();
        let offered: HashSet<&str> = offered.iter().map(|action| action.name.as_str()).collect();
        let mut errors = Vec::new();
        if let Some(unknown) = self.actions.iter().find(|action| !offered.contains(action.as_str())) {
            errors.push(FieldError::new("requested_actions", invalid_choice(unknown)));
        } else if self.actions.is_empty() {
            errors.push(FieldError::new("requested_actions", "Select at least one action."));
        }
        if self.backend.is_empty() {
            errors.push(FieldError::new("backend", "Choose a backend."));
        } else if self.backend(backends).is_none() {
            errors.push(FieldError::new("backend", invalid_choice(&self.backend)));
        }
        let blocked = self.blocked(pipeline, codelists);
        if !blocked.is_empty() {
            errors.push(FieldError::new("requested_actions", why_blocked(codelists, &blocked)));
        }
        errors
    }

    /// The requested actions that read the database while the codelists are not in order. What is needed by them, or by
    /// `run_all`, may have succeeded already: only the controller knows whether it would run again, and judges that.
    fn blocked<'a>(&'a self, pipeline: &'a Pipeline, codelists: &Codelists) -> Vec<&'a str> {
        if codelists.is_ok() {
            return Vec::new();
        }
        let database = pipeline.database_actions();
        let mut blocked: Vec<&str> = Vec::new();
        for action in self.actions.iter().map(String::as_str) {
            if database.contains(&action) && !blocked.contains(&action) {
                blocked.push(action);
            }
        }
        blocked
    }
}

/// 128 random bits.
pub fn new_token() -> String {
    HEXLOWER.encode(&rand::random::<[u8; 16]>())
}

fn invalid_choice(value: &str) -> String {
    let value: String = value.chars().filter(|c| !c.is_control()).take(100).collect();
    format!("Select a valid choice. {value} is not one of the available choices.")
}

fn why_blocked(codelists: &Codelists, blocked: &[&str]) -> String {
    let actions = blocked.join(", ");
    match codelists {
        Codelists::Unknown(_) => format!(
            "These actions read the database and cannot be requested while codelists cannot be checked: {actions}. \
             Try again in a few minutes."
        ),
        _ => format!(
            "These actions read the database and cannot be requested with codelists that are out of date: {actions}. \
             Run opensafely codelists update, then commit and push the result."
        ),
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::BackendId;

    use super::*;

    const PROJECT: &str = r#"
version: "4.0"
actions:
  dataset:
    run: ehrql:v1 generate-dataset a.py --output output/a.csv.gz
    outputs: {highly_sensitive: {a: output/a.csv.gz}}
  table:
    run: python:v2 python table.py
    needs: [dataset]
    outputs: {moderately_sensitive: {t: output/t.csv}}
"#;

    fn backends() -> Vec<Backend> {
        vec![Backend {
            id: BackendId(1),
            slug: "tpp".to_owned(),
            name: "TPP".to_owned(),
            is_active: true,
            last_seen_at: None,
            is_missing: false,
            is_in_maintenance: false,
            jobs_running: 0,
            jobs_pending: 0,
        }]
    }

    fn errors(backend: &str, actions: &[&str], codelists: Codelists) -> Vec<(Option<&'static str>, String)> {
        let entered = Entered {
            backend: backend.to_owned(),
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
            force_run_dependencies: false,
            will_notify: false,
            form_token: new_token(),
        };
        let errors = entered.errors(&backends(), &pipeline::parse(PROJECT).unwrap(), &codelists);
        errors.into_iter().map(|error| (error.field, error.text)).collect()
    }

    #[test]
    fn a_complete_form_has_no_errors() {
        assert_eq!(errors("tpp", &["table", "dataset", "table"], Codelists::Ok), []);
        assert_eq!(errors("tpp", &["run_all"], Codelists::Ok), []);
        assert_eq!(errors("tpp", &["table"], Codelists::OutOfDate), [], "it only needs a database action");
    }

    #[test]
    fn every_error_is_told_at_once() {
        let fields: Vec<_> = errors("", &[], Codelists::Ok).into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, [Some("requested_actions"), Some("backend")]);
        let texts: Vec<_> =
            errors("emis", &["no\0pe"], Codelists::Ok).into_iter().map(|(_, text)| text).collect();
        assert_eq!(
            texts,
            [
                "Select a valid choice. nope is not one of the available choices.",
                "Select a valid choice. emis is not one of the available choices."
            ]
        );
    }

    #[test]
    fn database_actions_that_are_asked_for_need_codelists_in_order() {
        for codelists in [Codelists::OutOfDate, Codelists::Unknown("away".to_owned())] {
            for actions in [&["dataset"][..], &["run_all", "dataset"]] {
                let errors = errors("tpp", actions, codelists.clone());
                assert_eq!(errors.len(), 1);
                assert!(errors[0].1.contains(": dataset."), "{}", errors[0].1);
            }
            assert!(errors("tpp", &["run_all"], codelists).is_empty());
        }
    }
}
