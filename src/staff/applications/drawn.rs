//! The cards of an application as HTML. Drawing them takes most of the time of their page, so what was drawn is kept. It is
//! found by a digest of all that it shows: it is never out of date.

use std::sync::Arc;

use domain::version::Version;
use serde::Serialize;

use super::cards::Card;
use crate::{app::App, http::error::Error};

/// Applications whose cards are kept; some 40 kB each.
pub const KEPT: usize = 200;

pub struct Drawn {
    /// All cards, for the review form.
    pub cards: String,
    /// A line for each, with a link to it.
    pub index: String,
}

#[derive(Serialize)]
struct Cards<'a> {
    cards: &'a [Card],
}

pub fn drawn(app: &App, cards: &[Card]) -> Result<Arc<Drawn>, Error> {
    let key = Version::of(&cards).as_str().to_owned();
    if let Some(drawn) = app.staff.application_cards.get(&key) {
        return Ok(drawn);
    }
    let view = Cards { cards };
    let drawn = Arc::new(Drawn {
        cards: app.templates.render("staff/applications/cards", &view)?,
        index: app.templates.render("staff/applications/index", &view)?,
    });
    app.staff.application_cards.insert(key, drawn.clone());
    Ok(drawn)
}
