//! What the outbox part of the page shows: a selection of what is not delivered, and what can be done about it.

use data_encoding::HEXLOWER;
use domain::{
    outbox::{
        Kind,
        browse::{Heap, Listed, Standing},
    },
    views::PAGE_SIZE,
};
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use crate::http::{
    error::Error,
    form::Fields,
    page_links::{PageLinks, PageNumber, Slice},
    times::Moment,
    words::counted,
};

const KINDS: [Kind; 3] = [Kind::Email, Kind::Slack, Kind::GitHub];

/// Which messages are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    pub standing: Standing,
    pub kind: Option<Kind>,
    is_chosen: bool,
}

impl Selection {
    /// From the pairs `state` and `kind`; names of nothing lead nowhere.
    pub fn from_pairs(pairs: &[(String, String)]) -> Result<Selection, Error> {
        let value = |name: &str| {
            pairs
                .iter()
                .rev()
                .find(|(found, _)| found == name)
                .map(|(_, value)| value)
                .filter(|v| !v.is_empty())
        };
        let standing = match value("state") {
            Some(name) => Some(Standing::from_name(name).ok_or(Error::NotFound)?),
            None => None,
        };
        let kind = match value("kind") {
            Some(name) => Some(kind_of(name).ok_or(Error::NotFound)?),
            None => None,
        };
        Ok(Selection { standing: standing.unwrap_or(Standing::Waiting), kind, is_chosen: standing.is_some() })
    }

    /// Unless somebody has chosen: what needs a person most.
    pub fn or_first_of(self, heaps: &[Heap]) -> Selection {
        let first = [Standing::Dead, Standing::Retrying]
            .into_iter()
            .find(|standing| heaps.iter().any(|heap| heap.standing == *standing));
        match first {
            Some(standing) if !self.is_chosen => Selection { standing, ..self },
            _ => self,
        }
    }

    /// The page that shows what was shown when this form was sent.
    pub fn back(fields: &Fields) -> String {
        let standing = Standing::from_name(fields.text("back_to")).unwrap_or(Standing::Dead);
        Selection { standing, kind: kind_of(fields.text("back_to_kind")), is_chosen: true }
            .address(super::PATH, None)
            + "#outbox"
    }

    pub fn slice(self, page: PageNumber, heaps: &[Heap]) -> Result<Slice, Error> {
        page.slice(self.total(heaps), PAGE_SIZE)
    }

    /// The same, or the last page if there are fewer by now.
    pub fn nearest_slice(self, page: PageNumber, heaps: &[Heap]) -> Result<Slice, Error> {
        match self.slice(page, heaps) {
            Err(Error::NotFound) => {
                self.slice(PageNumber::from_query(&[("page".to_owned(), "last".to_owned())])?, heaps)
            }
            found => found,
        }
    }

    fn holds(self, heap: &Heap) -> bool {
        heap.standing == self.standing && self.kind.is_none_or(|kind| kind == heap.kind)
    }

    fn total(self, heaps: &[Heap]) -> i64 {
        heaps.iter().filter(|heap| self.holds(heap)).map(|heap| heap.count).sum()
    }

    fn address(self, path: &str, page: Option<i64>) -> String {
        format!("{path}?{}", self.query(page))
    }

    fn query(self, page: Option<i64>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("state", self.standing.as_str());
        if let Some(kind) = self.kind {
            query.append_pair("kind", kind.as_str());
        }
        if let Some(page) = page.filter(|page| *page > 1) {
            query.append_pair("page", &page.to_string());
        }
        query.finish()
    }
}

/// The kind of this name.
pub fn kind_of(name: &str) -> Option<Kind> {
    KINDS.into_iter().find(|kind| kind.as_str() == name)
}

#[derive(Serialize)]
pub struct OutboxView {
    /// Where this part is fetched again.
    source: String,
    /// Names what is shown, to be told apart from what is shown next time.
    #[serde(skip)]
    known: String,
    state: &'static str,
    kind: &'static str,
    states: Vec<Chip>,
    kinds: Vec<Chip>,
    oldest: Option<Moment>,
    retry_all: Vec<RetryAll>,
    messages: Vec<MessageLine>,
    pages: PageLinks,
    total: String,
    empty: &'static str,
}

#[derive(Serialize)]
struct Chip {
    text: String,
    href: String,
    is_current: bool,
}

/// A button for all messages of a kind that were given up.
#[derive(Serialize)]
struct RetryAll {
    id: String,
    kind: &'static str,
    text: String,
    ask: String,
}

#[derive(Serialize)]
struct MessageLine {
    id: i64,
    pill_state: &'static str,
    pill_label: &'static str,
    what: String,
    recipients: Option<String>,
    marker: String,
    attempts: i32,
    queued: Moment,
    next: Next,
    error: String,
    /// The beginning of an error that is too long to be shown at once.
    error_start: Option<String>,
    retry_id: String,
    discard_id: String,
    /// Asked before it is deleted; only what was given up can be.
    discard_title: Option<String>,
}

/// What happens to a message next.
#[derive(Serialize)]
struct Next {
    text: &'static str,
    at: Option<Moment>,
}

impl OutboxView {
    pub fn new(
        selection: Selection,
        heaps: &[Heap],
        messages: &[Listed],
        slice: Slice,
    ) -> Result<OutboxView, Error> {
        let known = fingerprint(selection, heaps, messages, slice)?;
        let chosen = |heap: &&Heap| selection.holds(heap);
        let address = selection.address("/staff/system/outbox/", Some(slice.number));
        let total = selection.total(heaps);
        Ok(OutboxView {
            source: format!("{address}&known={known}"),
            known,
            state: selection.standing.as_str(),
            kind: selection.kind.map_or("", Kind::as_str),
            states: state_chips(selection, heaps),
            kinds: kind_chips(selection, heaps),
            oldest: heaps.iter().filter(chosen).map(|heap| heap.oldest).min().map(Moment::relative),
            retry_all: heaps
                .iter()
                .filter(chosen)
                .filter(|heap| heap.standing == Standing::Dead)
                .map(retry_all)
                .collect(),
            messages: messages.iter().map(line).collect(),
            pages: PageLinks::new(slice, &selection.query(None)),
            total: counted(total, "message", "messages"),
            empty: match selection.standing {
                Standing::Waiting => "No message waits for its first attempt.",
                Standing::Retrying => "No message has failed and is to be tried again.",
                Standing::Dead => "No message was given up.",
            },
        })
    }

    pub fn is_known_as(&self, known: &str) -> bool {
        self.known == known
    }
}

/// Changes whenever what is shown does. Times that pass by themselves do not count.
fn fingerprint(
    selection: Selection,
    heaps: &[Heap],
    messages: &[Listed],
    slice: Slice,
) -> Result<String, Error> {
    let shown = (selection.standing, selection.kind, slice.number, heaps, messages);
    let shown = serde_json::to_vec(&shown).map_err(|error| Error::Render(error.to_string()))?;
    Ok(HEXLOWER.encode(&Sha256::digest(shown)[..8]))
}

fn state_chips(selection: Selection, heaps: &[Heap]) -> Vec<Chip> {
    let chip = |standing: Standing| {
        let other = Selection { standing, ..selection };
        let word = match standing {
            Standing::Waiting => "Waiting",
            Standing::Retrying => "Retrying",
            Standing::Dead => "Dead",
        };
        Chip {
            text: format!("{word} {}", other.total(heaps)),
            href: other.address(super::PATH, None) + "#outbox",
            is_current: standing == selection.standing,
        }
    };
    Standing::ALL.map(chip).into()
}

/// None if there is nothing to tell apart.
fn kind_chips(selection: Selection, heaps: &[Heap]) -> Vec<Chip> {
    let there: Vec<Kind> =
        KINDS.into_iter().filter(|kind| heaps.iter().any(|heap| heap.kind == *kind)).collect();
    if there.len() < 2 && selection.kind.is_none() {
        return Vec::new();
    }
    let chip = |kind: Option<Kind>| {
        let other = Selection { kind, ..selection };
        Chip {
            text: format!("{} {}", kind.map_or("All kinds", kind_name), other.total(heaps)),
            href: other.address(super::PATH, None) + "#outbox",
            is_current: kind == selection.kind,
        }
    };
    std::iter::once(None).chain(there.into_iter().map(Some)).map(chip).collect()
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Email => "E-mail",
        Kind::Slack => "Slack",
        Kind::GitHub => "GitHub",
    }
}

fn retry_all(heap: &Heap) -> RetryAll {
    let (count, name) = (heap.count, kind_name(heap.kind));
    let messages = if count == 1 { "message" } else { "messages" };
    RetryAll {
        id: format!("retry-all-{}", heap.kind.as_str()),
        kind: heap.kind.as_str(),
        text: format!("Retry all: {name} {count}"),
        ask: format!("{count} {name} {messages} that were given up will be sent if they can be."),
    }
}

fn line(message: &Listed) -> MessageLine {
    let (pill_state, pill_label) = match message.standing {
        Standing::Waiting => ("pending", "Waiting"),
        Standing::Retrying => ("warning", "Retrying"),
        Standing::Dead => ("failed", "Dead"),
    };
    let name = kind_name(message.kind);
    let error = message.last_error.as_deref().unwrap_or_default();
    MessageLine {
        id: message.id,
        pill_state,
        pill_label,
        what: match (&message.what, message.kind) {
            (Some(channel), Kind::Slack) => format!("{name} #{channel}"),
            (Some(what), _) => format!("{name} {}", what.replace('_', " ")),
            (None, _) => name.to_owned(),
        },
        recipients: message.recipients.map(|count| match count {
            1 => "1 recipient".to_owned(),
            count => format!("{count} recipients"),
        }),
        marker: message.marker.clone(),
        attempts: message.attempts,
        queued: Moment::relative(message.created_at),
        next: next(message),
        error_start: start_of(error),
        error: error.to_owned(),
        retry_id: format!("retry-{}", message.id),
        discard_id: format!("discard-{}", message.id),
        discard_title: (message.standing == Standing::Dead).then(|| format!("Delete {}?", message.marker)),
    }
}

/// The first words of a text that is too long for a line of a table.
fn start_of(text: &str) -> Option<String> {
    const LONGEST: usize = 160;
    const START: usize = 120;
    let is_long = text.chars().nth(LONGEST).is_some();
    is_long.then(|| text.chars().take(START).chain(['…']).collect())
}

fn next(message: &Listed) -> Next {
    match (message.dead_at, message.standing) {
        (Some(dead_at), _) => Next { text: "given up", at: Some(Moment::relative(dead_at)) },
        (None, _) if message.is_held_back => Next { text: "waits for an older one", at: None },
        (None, Standing::Retrying) => {
            Next { text: "next attempt", at: Some(Moment::date_and_time(message.due_at)) }
        }
        (None, _) if message.due_at > Timestamp::now() => {
            Next { text: "not before", at: Some(Moment::date_and_time(message.due_at)) }
        }
        (None, _) => Next { text: "as soon as possible", at: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heap(kind: Kind, standing: Standing, count: i64) -> Heap {
        Heap { kind, standing, count, oldest: Timestamp::UNIX_EPOCH, newest: Timestamp::UNIX_EPOCH }
    }

    fn selection(pairs: &[(&str, &str)]) -> Result<Selection, Error> {
        let pairs: Vec<_> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Selection::from_pairs(&pairs)
    }

    #[test]
    fn without_a_choice_what_needs_somebody_most_is_shown() {
        let dead = heap(Kind::Email, Standing::Dead, 1);
        let retrying = heap(Kind::Slack, Standing::Retrying, 2);
        let standing = |heaps: &[Heap]| selection(&[]).unwrap().or_first_of(heaps).standing;
        assert_eq!(standing(&[retrying.clone(), dead.clone()]), Standing::Dead);
        assert_eq!(standing(&[retrying]), Standing::Retrying);
        assert_eq!(standing(&[]), Standing::Waiting);
        let chosen = selection(&[("state", "waiting")]).unwrap().or_first_of(&[dead]);
        assert_eq!(chosen.standing, Standing::Waiting);
    }

    #[test]
    fn names_of_nothing_lead_nowhere() {
        for pair in [("state", "lost"), ("kind", "pigeon")] {
            assert!(matches!(selection(&[pair]), Err(Error::NotFound)), "{pair:?}");
        }
        assert_eq!(selection(&[("state", ""), ("kind", "")]).unwrap().kind, None);
    }

    #[test]
    fn a_page_that_is_there_no_longer_gives_way_to_the_last_one() {
        let third = PageNumber::from_query(&[("page".to_owned(), "3".to_owned())]).unwrap();
        let chosen = selection(&[("state", "dead")]).unwrap();
        let heaps = [heap(Kind::Email, Standing::Dead, 26)];
        assert!(chosen.slice(third, &heaps).is_err());
        assert_eq!(chosen.nearest_slice(third, &heaps).unwrap().number, 2);
    }
}
