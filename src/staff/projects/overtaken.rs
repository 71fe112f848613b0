//! What to say to somebody who saves a project after somebody else did: field by field, what is stored now.

use domain::{
    edit_project::{Stored, status_label},
    version::is_same_text,
};

use super::edit_page::{Typed, day};
use crate::{http::field_error::FieldError, staff::overtaken::error};

/// One error for each field in which `typed` differs from what is stored, and one for the form.
pub fn errors(stored: &Stored, typed: &Typed) -> Vec<FieldError> {
    let now = Typed::stored(stored);
    let names: Vec<&str> = stored.orgs.iter().map(|org| org.name.as_str()).collect();
    let lead = stored.orgs.iter().find(|org| Some(org.id) == stored.lead).map(|org| org.name.as_str());
    let copilot = stored.copilot.as_ref().map(|copilot| copilot.display_name()).unwrap_or_default();
    let ends_at = stored.copilot_support_ends_at.map(day).unwrap_or_default();
    let mut errors = vec![FieldError::of_form(
        "Somebody else saved this project while you were editing it. Nothing of yours is saved yet.",
    )];
    let fields = [
        ("name", now.name == typed.name, now.name.as_str()),
        ("slug", now.slug == typed.slug, &now.slug),
        ("number", now.number == typed.number, &now.number),
        ("orgs", sorted(&now.orgs) == sorted(&typed.orgs), &names.join(", ")),
        ("lead", typed.lead.is_empty() || now.lead == typed.lead, lead.unwrap_or_default()),
        ("copilot", now.copilot == typed.copilot, &copilot),
        ("copilot_support_ends_at", ends_at == typed.copilot_support_ends_at, &ends_at),
        ("copilot_notes", is_same_text(&now.copilot_notes, &typed.copilot_notes), &now.copilot_notes),
        ("status", now.status == typed.status, status_label(&now.status)),
        (
            "status_description",
            is_same_text(&now.status_description, &typed.status_description),
            &now.status_description,
        ),
    ];
    errors.extend(
        fields.into_iter().filter(|(_, is_same, _)| !is_same).map(|(field, _, text)| error(field, text)),
    );
    errors
}

fn sorted(keys: &[String]) -> Vec<&String> {
    let mut keys: Vec<&String> = keys.iter().collect();
    keys.sort();
    keys.dedup();
    keys
}
