//! `job-server inflate_release_files`: puts something in the place of every released file that should be in the storage and
//! is not, as after the restore of a dump. For development; what the database says of the files stays as it is.

use std::process::ExitCode;

use clap::Args;
use domain::stored_files::{self, StoredFile};
use jiff::Timestamp;

use super::operator::{self, Failure, Operator, Outcome};
use crate::{config::Config, outside};

#[derive(Debug, Args)]
pub struct Arguments {}

const ROWS: usize = 100;

pub fn run(config: Config, _: Arguments) -> ExitCode {
    operator::run(config, async |operator| inflate(&operator).await)
}

async fn inflate(operator: &Operator) -> Outcome {
    let storage = outside::Clients::new(&operator.config).map_err(Failure::setup)?.storage;
    let expected = stored_files::expected(&operator.db().await?).await?;
    let mut written = 0;
    for file in &expected {
        if storage.open(&file.path).await.map_err(Failure::plain)?.is_some() {
            continue;
        }
        match dummy(file) {
            Some(text) => {
                storage.put(&file.path, text.into()).await.map_err(Failure::plain)?;
                written += 1;
            }
            None => eprintln!("Skipped {}: there is no dummy for this kind of file", file.path),
        }
    }
    tracing::info!(expected = expected.len(), written, "release files were missing");
    Ok(())
}

/// Something that a viewer of files of this kind can show.
fn dummy(file: &StoredFile) -> Option<String> {
    let StoredFile { id, release, workspace, .. } = file;
    let now = Timestamp::now();
    let rows = 1..=ROWS;
    let (_, kind) = file.path.rsplit_once('.')?;
    Some(match kind.to_ascii_lowercase().as_str() {
        "csv" => {
            let rows = rows.map(|row| format!("{row},{now},{workspace},{release}\n"));
            format!("id,created_at,workspace_name,release_id\n{}", rows.collect::<String>())
        }
        "html" => {
            let rows = rows.map(|row| format!("<tr><td>{row}</td><td>{now}</td></tr>\n"));
            format!(
                "<!doctype html>\n<meta charset=\"utf-8\">\n<title>{id}</title>\n\
                 <table>\n<tr><th>id</th><th>created_at</th></tr>\n{}</table>\n",
                rows.collect::<String>()
            )
        }
        "json" => {
            let row = |row| serde_json::json!({"id": row, "created_at": now, "workspace_name": workspace});
            format!("{:#}\n", rows.map(row).collect::<serde_json::Value>())
        }
        "svg" => format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"60\">\
             <text x=\"10\" y=\"35\" font-family=\"monospace\">{id}</text></svg>\n"
        ),
        "txt" => format!("A dummy in the place of {id}.\n"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dummy_of(path: &str) -> Option<String> {
        let text = |text: &str| text.to_owned();
        dummy(&StoredFile { id: text("F1"), path: text(path), release: text("R1"), workspace: text("ws") })
    }

    #[test]
    fn there_is_a_dummy_for_what_viewers_show_as_text() {
        assert_eq!(dummy_of("a/b.csv").unwrap().lines().count(), ROWS + 1);
        let values: Vec<serde_json::Value> = serde_json::from_str(&dummy_of("b.JSON").unwrap()).unwrap();
        assert_eq!(values.len(), ROWS);
        for path in ["b.html", "b.svg", "b.txt"] {
            assert!(dummy_of(path).unwrap().contains("F1"), "{path}");
        }
        for path in ["b.png", "b", "b.csv.gz"] {
            assert_eq!(dummy_of(path), None, "{path}");
        }
    }
}
