//! Commands of the program that end by themselves, and what they say.

use std::process::Output;

use super::{TestApp, process::run_to_end};

/// What a command printed, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    pub code: Option<i32>,
    pub lines: Vec<String>,
    /// Whole, with the log.
    pub errors: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Said {
        Said {
            code: output.status.code(),
            lines: String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect(),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Said {
    /// The lines that it printed; the test fails unless it succeeded.
    #[track_caller]
    pub fn done(self) -> Vec<String> {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.lines
    }

    /// The test fails unless it failed with status 1, printed nothing, and gave this as its reason.
    #[track_caller]
    pub fn failed(self, text: &str) {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert!(self.lines.is_empty(), "{self:?}");
        let last = self.errors.lines().last().unwrap_or_default();
        assert_eq!(last, text, "{self:?}");
    }

    /// The test fails unless it was refused for what stands on the command line.
    #[track_caller]
    pub fn misused(self) {
        assert_eq!(self.code, Some(2), "{self:?}");
        assert!(self.lines.is_empty() && !self.errors.is_empty(), "{self:?}");
    }

    /// All that it wrote.
    pub fn text(&self) -> String {
        format!("{}\n{}", self.lines.join("\n"), self.errors)
    }
}

impl TestApp {
    /// Runs a command in the environment of this server.
    pub fn run(&self, arguments: &[&str]) -> Said {
        run_to_end(arguments, &self.environment)
    }
}
