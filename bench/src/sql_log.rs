//! The statements of one request, with the values they were sent with, from PostgreSQL's own log, as a script that
//! pgbench can run.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use crate::error::{Error, Result};

/// Settings of a connection whose statements are to be logged, for the `options` of a connection URL.
pub const OPTIONS: &str = "-c log_statement=all -c statement_timeout=20000 -c TimeZone=UTC";

/// The log of a server, read from where it ended when this was made.
pub struct SqlLog {
    path: PathBuf,
    read_until: u64,
}

impl SqlLog {
    pub fn from_now(data_folder: &Path) -> Result<SqlLog> {
        let path = data_folder.join("server.log");
        let read_until = std::fs::metadata(&path).map_err(Error::file("read", &path))?.len();
        Ok(SqlLog { path, read_until })
    }

    /// The statements since the last call, without those that a driver sends for itself.
    pub fn take(&mut self) -> Result<Vec<String>> {
        let text = self.new_text().map_err(Error::file("read", &self.path))?;
        self.read_until += text.len() as u64;
        let statements = statements(&String::from_utf8_lossy(&text));
        let is_ours = |sql: &String| !sql.contains("pg_catalog.") && !sql.starts_with("LISTEN");
        Ok(statements.into_iter().filter(is_ours).collect())
    }

    fn new_text(&self) -> std::io::Result<Vec<u8>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.read_until))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        Ok(text)
    }
}

/// All in one pipeline: nothing that asks these questions can be quicker.
pub fn script(statements: &[String]) -> String {
    format!("\\startpipeline\n{};\n\\endpipeline\n", statements.join(";\n"))
}

fn statements(log: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for entry in entries(log) {
        if let Some((_, sql)) = entry.split_once("LOG:  execute ") {
            // After the name of the prepared statement.
            found.extend(sql.split_once(": ").map(|(_, sql)| sql.trim_end().to_owned()));
        } else if let Some((_, list)) =
            split_at_any(&entry, &["DETAIL:  parameters: ", "DETAIL:  Parameters: "])
        {
            if let Some(statement) = found.last_mut() {
                *statement = filled_in(statement, &parameters(list));
            }
        } else if let Some((_, sql)) = entry.split_once("LOG:  statement: ") {
            found.extend(Some(sql.trim_end().trim_end_matches(';').to_owned()).filter(|sql| !sql.is_empty()));
        }
    }
    found
}

fn split_at_any<'a>(text: &'a str, separators: &[&str]) -> Option<(&'a str, &'a str)> {
    separators.iter().find_map(|separator| text.split_once(separator))
}

/// A line, with those that follow it if they begin with a tab, which is how the log breaks an entry.
fn entries(log: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for line in log.lines() {
        match (line.strip_prefix('\t'), entries.last_mut()) {
            (Some(more), Some(entry)) => {
                entry.push('\n');
                entry.push_str(more);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    entries
}

/// The values of `$1 = 'it''s', $2 = NULL`, in order; none for NULL.
fn parameters(list: &str) -> Vec<Option<String>> {
    let mut values = Vec::new();
    let mut rest = list;
    while let Some((_, value)) = rest.split_once(" = ") {
        let Some(quoted) = value.strip_prefix('\'') else {
            values.push(None);
            rest = value;
            continue;
        };
        let mut text = String::new();
        let mut characters = quoted.char_indices().peekable();
        let mut end = quoted.len();
        while let Some((at, character)) = characters.next() {
            if character != '\'' {
                text.push(character);
            } else if characters.next_if(|(_, next)| *next == '\'').is_some() {
                text.push('\'');
            } else {
                end = at;
                break;
            }
        }
        values.push(Some(text));
        rest = &quoted[end..];
    }
    values
}

/// `sql` with its `$1` replaced by literals. What stands in quotes is left alone.
fn filled_in(sql: &str, values: &[Option<String>]) -> String {
    let mut filled = String::with_capacity(sql.len());
    let mut is_quoted = false;
    let mut characters = sql.chars().peekable();
    while let Some(character) = characters.next() {
        is_quoted ^= character == '\'';
        if character != '$' || is_quoted {
            filled.push(character);
            continue;
        }
        let mut number = String::new();
        while let Some(digit) = characters.next_if(char::is_ascii_digit) {
            number.push(digit);
        }
        match number.parse::<usize>().ok().and_then(|number| values.get(number.checked_sub(1)?)) {
            Some(value) => filled.push_str(&literal(value.as_deref())),
            None => {
                filled.push('$');
                filled.push_str(&number);
            }
        }
    }
    filled
}

/// Colons are escaped because pgbench takes words behind them for its own variables.
fn literal(value: Option<&str>) -> String {
    match value {
        None => "NULL".to_owned(),
        Some(text) => {
            let text =
                text.replace('\\', "\\\\").replace('\'', "''").replace(':', "\\x3a").replace('\n', "\\n");
            format!("E'{text}'")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_read_with_their_values() {
        let log = "2026-01-01 10:00:00.000 UTC [1] LOG:  execute s1: SELECT a\n\tFROM t\n\tWHERE b = $1 AND c = '$2' AND d = $2\n\
                   2026-01-01 10:00:00.000 UTC [1] DETAIL:  parameters: $1 = 'it''s\n\t10:30', $2 = NULL\n\
                   2026-01-01 10:00:00.000 UTC [1] LOG:  execute s2: SELECT 1\n\
                   2026-01-01 10:00:00.000 UTC [1] LOG:  statement: \n";
        assert_eq!(
            statements(log),
            ["SELECT a\nFROM t\nWHERE b = E'it''s\\n10\\x3a30' AND c = '$2' AND d = NULL", "SELECT 1"]
        );
    }
}
