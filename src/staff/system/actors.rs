//! All actors of all processes: which there are, which should be there, in which order they are shown.

use std::time::Duration;

use actors::Actors;
use domain::actor_health::Reported;
use jiff::Timestamp;
use serde::Serialize;

use super::{
    actor_card::ActorCard,
    cell::{Cell, State},
};
use crate::http::error::Error;

/// A process that has not written for this long is shown as missing. It writes every five seconds.
const MISSING_AFTER: Duration = Duration::from_secs(30);

/// What is known of an actor before it says anything.
pub struct Duty {
    /// Its name in health cells.
    pub name: &'static str,
    pub title: &'static str,
    pub about: &'static str,
}

/// The actors that some process must run, in the order of the page.
const DUTIES: &[Duty] = &[
    Duty {
        name: "RapStatus",
        title: "RAP status",
        about: "Asks the RAP controller about all active job requests. One process at a time.",
    },
    Duty {
        name: "Notifications",
        title: "E-mails",
        about: "Delivers the e-mails of the outbox, and sweeps away what is old.",
    },
    Duty { name: "SlackPosts", title: "Slack posts", about: "Posts the Slack messages of the outbox." },
    Duty {
        name: "GitHubIssues",
        title: "GitHub issues",
        about: "Creates, comments on and closes the issues of release requests, in order for each request.",
    },
    Duty {
        name: "RapController",
        title: "RAP controller calls",
        about: "Asks the RAP controller to create and cancel jobs, in order for each job request.",
    },
    Duty {
        name: "BackendStatus",
        title: "Backend status",
        about: "Reads last contact and maintenance of every backend. One process at a time.",
    },
    Duty {
        name: "ReleaseUploads",
        title: "Release uploads",
        about: "Keeps the files that Airlock uploads, in order for each release.",
    },
    Duty {
        name: "UploadSweep",
        title: "Upload sweep",
        about: "Removes what uploads that broke off have left behind.",
    },
    Duty {
        name: "LiveUpdates",
        title: "Live updates",
        about: "Hears what has changed and tells the browsers that watch.",
    },
];

/// Reports on the others; when it fails, its whole process is missing elsewhere.
const REPORTER: &str = "HealthReport";

#[derive(Serialize)]
pub struct ActorsView {
    processes: Vec<String>,
    /// One sentence; read out when it changes.
    summary: String,
    is_well: bool,
    cards: Vec<ActorCard>,
}

/// An actor in a process.
pub struct Seen {
    pub name: String,
    pub process: String,
    /// None if it cannot be read.
    pub cell: Option<Cell>,
    /// When it was last heard of, if that is too long ago.
    pub missing_since: Option<Timestamp>,
}

impl ActorsView {
    /// The cells of this process as they are now, those of others as they were written down last.
    pub fn new(own: &Actors, elsewhere: Vec<Reported>) -> Result<ActorsView, Error> {
        let mut seen = Vec::new();
        for snapshot in own.health.snapshot() {
            let cell = serde_json::to_value(&snapshot).and_then(serde_json::from_value);
            let cell = cell.map_err(|error| Error::Render(format!("a health cell: {error}")))?;
            let (name, process) = (snapshot.name.to_owned(), own.process.to_string());
            seen.push(Seen { name, process, cell: Some(cell), missing_since: None });
        }
        seen.extend(elsewhere.into_iter().map(Seen::reported));
        Ok(Self::of(seen))
    }

    fn of(mut seen: Vec<Seen>) -> ActorsView {
        seen.retain(|actor| actor.name != REPORTER);
        seen.sort_by_cached_key(|actor| {
            (actor.place(), actor.missing_since.is_some(), actor.stands_by(), actor.process.clone())
        });
        let mut processes: Vec<String> = seen
            .iter()
            .filter(|actor| actor.missing_since.is_none())
            .map(|actor| actor.process.clone())
            .collect();
        processes.sort();
        processes.dedup();
        let mut cards: Vec<ActorCard> = Vec::new();
        for duty in DUTIES {
            let doing: Vec<&Seen> = seen.iter().filter(|actor| actor.name == duty.name).collect();
            if doing.is_empty() {
                cards.push(ActorCard::absent(duty));
            }
            cards.extend(doing.into_iter().map(|actor| ActorCard::new(Some(duty), actor)));
        }
        let others = seen.iter().filter(|actor| actor.place() == DUTIES.len());
        cards.extend(others.map(|actor| ActorCard::new(None, actor)));
        let troubled: Vec<String> = cards.iter().filter_map(ActorCard::trouble).collect();
        let is_well = troubled.is_empty();
        let summary = if is_well {
            "All actors are well.".to_owned()
        } else {
            format!("Needs attention: {}.", troubled.join(", "))
        };
        let has_several = seen.iter().any(|actor| actor.process != seen[0].process);
        for (number, card) in cards.iter_mut().enumerate() {
            card.id = format!("actor-{number}");
            card.names_process = has_several && !card.process.is_empty();
        }
        ActorsView { processes, summary, is_well, cards }
    }
}

impl Seen {
    fn reported(report: Reported) -> Seen {
        let cell = serde_json::from_value(report.snapshot).inspect_err(
            |error| tracing::debug!(%error, actor = report.actor, "a health cell cannot be read"),
        );
        Seen {
            name: report.actor,
            process: report.process,
            cell: cell.ok(),
            missing_since: (report.age > MISSING_AFTER).then_some(report.seen_at),
        }
    }

    fn place(&self) -> usize {
        DUTIES.iter().position(|duty| duty.name == self.name).unwrap_or(DUTIES.len())
    }

    fn stands_by(&self) -> bool {
        self.cell.as_ref().is_some_and(|cell| matches!(cell.state, State::StandingBy { .. }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seen(name: &str, process: &str, state: serde_json::Value, age: u64) -> Seen {
        let mut snapshot = json!({"since": Timestamp::now(), "last_success": null, "last_failure": null});
        for (key, value) in state.as_object().unwrap() {
            snapshot[key] = value.clone();
        }
        Seen::reported(Reported {
            process: process.to_owned(),
            actor: name.to_owned(),
            snapshot,
            seen_at: Timestamp::now(),
            age: Duration::from_secs(age),
        })
    }

    fn titles(view: &ActorsView) -> Vec<(&str, &str, &str)> {
        view.cards.iter().map(|card| (card.title.as_str(), card.process.as_str(), card.pill.label)).collect()
    }

    fn all_idle() -> Vec<Seen> {
        let idle = json!({"state": "idle", "next_at": null});
        DUTIES.iter().map(|duty| seen(duty.name, "web@a:1", idle.clone(), 0)).collect()
    }

    #[test]
    fn when_every_duty_is_done_all_is_well() {
        let view = ActorsView::of(all_idle());
        assert_eq!((view.summary.as_str(), view.processes.len()), ("All actors are well.", 1));
        assert_eq!(view.cards.len(), DUTIES.len());
    }

    #[test]
    fn an_actor_that_nobody_runs_is_missed() {
        let mut actors = all_idle();
        actors.retain(|actor| actor.name != "RapStatus");
        let view = ActorsView::of(actors);
        assert_eq!(titles(&view)[0], ("RAP status", "", "Not running"));
        assert_eq!(view.summary, "Needs attention: RAP status (not running).");
    }

    #[test]
    fn a_process_that_died_is_shown_as_missing_after_its_successor() {
        let mut actors = all_idle();
        actors.retain(|actor| actor.name != "RapStatus");
        actors.push(seen("RapStatus", "rapstatus@a:1", json!({"state": "running", "what": "asking"}), 31));
        actors.push(seen(
            "RapStatus",
            "rapstatus@b:2",
            json!({"state": "standing_by", "next_at": Timestamp::now()}),
            1,
        ));
        actors.push(seen("RapStatus", "rapstatus@c:3", json!({"state": "running", "what": "asking"}), 1));
        let view = ActorsView::of(actors);
        assert_eq!(
            titles(&view)[..3],
            [
                ("RAP status", "rapstatus@c:3", "Running"),
                ("RAP status", "rapstatus@b:2", "Standing by"),
                ("RAP status", "rapstatus@a:1", "Not seen"),
            ]
        );
        assert_eq!(view.processes, ["rapstatus@b:2", "rapstatus@c:3", "web@a:1"]);
        assert_eq!(view.summary, "Needs attention: RAP status (not seen).");
    }

    #[test]
    fn an_actor_of_another_version_is_shown_under_its_own_name() {
        let mut actors = all_idle();
        actors.push(seen("Dreams", "web@a:1", json!({"state": "dreaming"}), 0));
        actors.push(Seen { cell: None, ..seen("Riddle", "web@a:1", json!({"state": "idle"}), 0) });
        let view = ActorsView::of(actors);
        assert_eq!(
            titles(&view)[DUTIES.len()..],
            [("Dreams", "web@a:1", "Unknown"), ("Riddle", "web@a:1", "Unknown")]
        );
    }
}
