//! The log as a CSV file for spreadsheets. A cell that a spreadsheet would compute is marked as text.

use actix_web::HttpResponse;
use domain::views::audit_log::{Event, MOST, names::Names};

use super::sentence;
use crate::http::error::{Error, PageResult};

const HEADINGS: [&str; 10] =
    ["time", "type", "by", "sentence", "user", "about_model", "about_id", "about", "project_id", "changes"];

/// `events` as a file; a last line says so if there were too many of them.
pub fn answer(events: &[Event], names: &Names) -> PageResult {
    let body =
        table(events, names).map_err(|error| Error::Render(format!("an audit log as CSV: {error}")))?;
    Ok(HttpResponse::Ok()
        .insert_header(("Content-Disposition", "attachment; filename=\"audit-log.csv\""))
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("Vary", "Cookie"))
        .content_type("text/csv; charset=utf-8")
        .body(body))
}

fn table(events: &[Event], names: &Names) -> Result<Vec<u8>, String> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(HEADINGS).map_err(|error| error.to_string())?;
    for event in events {
        table.write_record(cells(event, names).map(safe)).map_err(|error| error.to_string())?;
    }
    if i64::try_from(events.len()).is_ok_and(|count| count >= MOST) {
        let mut note = HEADINGS.map(|_| String::new());
        note[3] =
            format!("Only the newest {MOST} events are in this file. Ask for a time to get older ones.");
        table.write_record(note).map_err(|error| error.to_string())?;
    }
    table.into_inner().map_err(|error| error.to_string())
}

fn cells(event: &Event, names: &Names) -> [String; 10] {
    let sentence: String = sentence::parts(event, names).iter().map(|part| part.text.as_str()).collect();
    let changes: Vec<String> = event
        .changes
        .iter()
        .map(|change| format!("{}: {:?} -> {:?}", change.field, change.old, change.new))
        .collect();
    [
        event.at.to_string(),
        event.kind.clone(),
        event.by.clone(),
        sentence,
        event.whom.clone(),
        event.about.model.clone(),
        event.about.id.clone(),
        event.about.label.clone(),
        event.project.map(|id| id.to_string()).unwrap_or_default(),
        changes.join("; "),
    ]
}

/// A spreadsheet takes a cell that begins like this for a formula; an apostrophe before it makes it text.
fn safe(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(safe(cell.to_owned()), format!("'{cell}"));
        }
        assert_eq!(safe("a=1".to_owned()), "a=1");
    }
}
