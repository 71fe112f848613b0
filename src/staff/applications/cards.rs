//! The pages of an application as cards: what was asked and answered, and the review of each.

use domain::{
    applications::{
        Compared, StoredPage, applicable,
        catalogue::{Page, RESEARCHERS},
    },
    views::staff_applications::ResearcherLine,
};
use serde::Serialize;
use serde_json::Value;

use super::{
    sent::{Sent, SentPage},
    site_url, staff_url,
};
use crate::http::times::Moment;

#[derive(Serialize)]
pub struct Card {
    key: &'static str,
    title: &'static str,
    decision: DecisionBadge,
    site_url: String,
    /// Whether it lists the researchers.
    is_researchers: bool,
    researchers: Vec<Researcher>,
    /// None: the applicant has not come to this page.
    started: Option<Started>,
}

#[derive(Serialize)]
struct Started {
    groups: Vec<Group>,
    #[serde(flatten)]
    review: Review,
}

/// Questions and their answers.
#[derive(Serialize)]
struct Group {
    heading: &'static str,
    answers: Vec<Answer>,
}

#[derive(Serialize)]
struct Answer {
    label: &'static str,
    text: String,
}

#[derive(Serialize)]
struct Review {
    notes: String,
    says_yes: bool,
    says_no: bool,
    version: String,
    reviewed: Option<Moment>,
    reviewed_by: String,
    /// The applicant saved the page since.
    is_outdated: bool,
    error: Option<String>,
}

#[derive(Serialize)]
struct Researcher {
    name: String,
    email: String,
    github_username: String,
    daa: Option<String>,
    edit_url: String,
    site_url: String,
}

#[derive(Clone, Copy, Serialize)]
struct DecisionBadge {
    text: &'static str,
    tone: &'static str,
}

/// Something wrong with a review, for the summary on top of the page.
#[derive(Serialize)]
pub struct Problem {
    field: String,
    text: String,
}

/// A card for each page that applies. What was sent and could not be stored stands in the cards' fields.
pub fn cards(id: i32, stored: Vec<StoredPage>, researchers: Vec<ResearcherLine>, sent: &Sent) -> Vec<Card> {
    let mut researchers = Some(researchers);
    applicable(stored)
        .into_iter()
        .map(|(page, stored)| {
            let is_researchers = page.key == RESEARCHERS;
            let listed = researchers.take_if(|_| is_researchers).unwrap_or_default();
            Card {
                key: page.key,
                title: page.title,
                decision: badge(stored.as_ref().and_then(|stored| stored.decision)),
                site_url: format!("{}page/{}/", site_url(id), page.key),
                is_researchers,
                researchers: listed.into_iter().map(|listed| researcher(id, listed)).collect(),
                started: stored.as_ref().map(|stored| Started {
                    groups: groups(page, stored),
                    review: review(stored, sent.about(stored)),
                }),
            }
        })
        .collect()
}

/// What is wrong with the cards' fields.
pub fn problems(cards: &[Card]) -> Vec<Problem> {
    cards
        .iter()
        .filter_map(|card| {
            let error = card.started.as_ref()?.review.error.as_ref()?;
            Some(Problem { field: format!("{}-notes", card.key), text: format!("{}: {error}", card.title) })
        })
        .collect()
}

fn badge(decision: Option<bool>) -> DecisionBadge {
    match decision {
        Some(true) => DecisionBadge { text: "Approved", tone: "success" },
        Some(false) => DecisionBadge { text: "Not approved", tone: "danger" },
        None => DecisionBadge { text: "Not approved yet", tone: "" },
    }
}

fn groups(page: &'static Page, stored: &StoredPage) -> Vec<Group> {
    let mut answers =
        stored.answers().map(|(field, answer)| Answer { label: field.label, text: text(answer) });
    page.groups
        .iter()
        .map(|group| Group {
            heading: group.heading,
            answers: answers.by_ref().take(group.fields.len()).collect(),
        })
        .collect()
}

fn text(answer: &Value) -> String {
    match answer {
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::String(text) => text.clone(),
        _ => String::new(),
    }
}

fn review(stored: &StoredPage, sent: Option<&SentPage>) -> Review {
    let (mut notes, mut decision) = (stored.notes.clone(), stored.decision);
    let mut error = None;
    if let Some(sent) = sent {
        let compared = sent.review.compared(stored);
        if compared != Compared::Same || sent.problem.is_some() {
            notes = sent.review.notes.clone().unwrap_or(notes);
            decision = sent.review.decision.unwrap_or(decision);
        }
        error = sent.problem.clone();
        if compared == Compared::Overtaken {
            let meanwhile = meanwhile(stored);
            error = Some(error.map_or(meanwhile.clone(), |error| format!("{error} {meanwhile}")));
        }
    }
    Review {
        notes,
        says_yes: decision == Some(true),
        says_no: decision == Some(false),
        version: stored.version(),
        reviewed: stored.last_reviewed_at.map(Moment::date_and_time),
        reviewed_by: stored.reviewed_by.clone().unwrap_or_else(|| "Not yet reviewed".to_owned()),
        is_outdated: stored.was_saved_after_review(),
        error,
    }
}

/// What is stored now, for who is about to replace it.
fn meanwhile(stored: &StoredPage) -> String {
    let notes = match stored.notes.as_str() {
        "" => "without notes".to_owned(),
        notes => format!("with the notes “{notes}”"),
    };
    let decision = badge(stored.decision).text.to_lowercase();
    format!(
        "Somebody changed this page meanwhile. It is {decision} now, {notes}. Submit again to replace that."
    )
}

fn researcher(id: i32, listed: ResearcherLine) -> Researcher {
    let at_site = format!("{}researchers/{}/", site_url(id), listed.id);
    let back =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("next", &staff_url(id)).finish();
    Researcher {
        edit_url: format!("{}researchers/{}/edit/", staff_url(id), listed.id),
        site_url: format!("{at_site}?{back}"),
        name: listed.name,
        email: listed.email,
        github_username: if listed.github_username.is_empty() {
            "-".to_owned()
        } else {
            listed.github_username
        },
        daa: listed.daa.filter(|daa| !daa.is_empty()),
    }
}
