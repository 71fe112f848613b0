//! What Job Server asks of a project beyond the format.
//!
//! The tests are for a word anywhere in the raw `run` text, which is how users know the rules.

use crate::error::Error;
use crate::model::{Action, Pipeline};

impl Pipeline {
    /// Check that no action uses what may not be used here. `sqlrunner_permitted` says whether the project may run SQL
    /// Runner jobs.
    ///
    /// # Errors
    /// The first rule broken, and the line of the first action that breaks it.
    pub fn check_site_rules(&self, sqlrunner_permitted: bool) -> Result<(), Error> {
        let using = |word: &str| self.actions.iter().find(|action: &&Action| action.run.contains(word));
        if let Some(action) = using("cohortextractor") {
            return Err(Error::site_rule(action.at, "Cohort-extractor is no longer supported"));
        }
        match using("sqlrunner") {
            Some(action) if !sqlrunner_permitted => {
                let message = "This project does not have permission to run SQL Runner jobs";
                Err(Error::site_rule(action.at, message))
            }
            _ => Ok(()),
        }
    }
}
