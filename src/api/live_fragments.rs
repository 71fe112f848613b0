//! What many browsers share of a job request's page: drawings, kept while they are right, and channels on which new
//! ones are published. For each page that somebody watches one task draws, and all watchers are handed the same bytes.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use domain::{ids::JobRequestId, views::job_request};
use quick_cache::{Weighter, sync::Cache};
use tokio::{sync::watch, time};

use crate::{
    app::App,
    http::error::Error,
    site::job_requests::{
        fixed::Fixed,
        fragment::{self, Fragment, FragmentKey},
        states::Filter,
    },
};

/// A page on which nothing happens is drawn again after this long, so that its time axis grows.
const REDRAW_AFTER: Duration = Duration::from_secs(30);
/// One more watcher than this is told to come back later.
const MOST_WATCHERS: usize = 20_000;
/// What each cache may hold, in bytes.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;
const CACHE_ITEMS: usize = 400;

/// A page that is watched: the job request and which of its jobs are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Watched {
    pub job_request: JobRequestId,
    pub filter: Filter,
}

/// What is sent to every watcher of a page.
#[derive(Debug, Clone)]
pub struct Frame {
    /// One or more server-sent events, complete.
    pub bytes: Bytes,
    /// Nothing follows.
    pub is_last: bool,
}

type Channel = watch::Sender<Option<Frame>>;

pub struct LiveFragments {
    pub drawn: Cache<FragmentKey, Arc<Fragment>, ByWeight>,
    pub fixed: Cache<JobRequestId, Arc<Fixed>, ByWeight>,
    channels: Mutex<HashMap<Watched, Channel>>,
    watchers: Arc<AtomicUsize>,
}

impl Default for LiveFragments {
    fn default() -> Self {
        LiveFragments {
            drawn: Cache::with_weighter(CACHE_ITEMS, CACHE_BYTES, ByWeight),
            fixed: Cache::with_weighter(CACHE_ITEMS, CACHE_BYTES, ByWeight),
            channels: Mutex::default(),
            watchers: Arc::default(),
        }
    }
}

#[derive(Clone)]
pub struct ByWeight;

impl Weighter<FragmentKey, Arc<Fragment>> for ByWeight {
    fn weight(&self, _: &FragmentKey, fragment: &Arc<Fragment>) -> u64 {
        fragment.weight()
    }
}

impl Weighter<JobRequestId, Arc<Fixed>> for ByWeight {
    fn weight(&self, _: &JobRequestId, fixed: &Arc<Fixed>) -> u64 {
        fixed.weight()
    }
}

/// The place of one browser among the watchers; given up when dropped.
pub struct Seat(Arc<AtomicUsize>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A watcher's end of a channel. It ends when the page is final, when drawing fails, and when the server stops.
pub struct Watching {
    pub frames: watch::Receiver<Option<Frame>>,
    pub seat: Seat,
}

impl LiveFragments {
    /// How many browsers watch, all pages together.
    pub fn watchers(&self) -> usize {
        self.watchers.load(Ordering::Relaxed)
    }

    pub(super) fn take_seat(&self) -> Result<Seat, Error> {
        let taken = self.watchers.fetch_add(1, Ordering::Relaxed);
        let seat = Seat(self.watchers.clone());
        if taken < MOST_WATCHERS {
            Ok(seat)
        } else {
            Err(Error::Busy("too many pages are being watched".to_owned()))
        }
    }

    fn channels(&self) -> MutexGuard<'_, HashMap<Watched, Channel>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets a channel. With `only_if_unwatched` it stays when somebody came while it was about to end.
    fn retire(&self, watched: Watched, channel: &Channel, only_if_unwatched: bool) -> bool {
        let mut channels = self.channels();
        if only_if_unwatched && channel.receiver_count() > 0 {
            return false;
        }
        if channels.get(&watched).is_some_and(|known| known.same_channel(channel)) {
            channels.remove(&watched);
        }
        true
    }
}

/// Joins the watchers of a page; the first of them starts the task that draws for all.
pub fn watch(app: &App, watched: Watched) -> Result<Watching, Error> {
    let live = &app.live_fragments;
    let seat = live.take_seat()?;
    let mut channels = live.channels();
    if let Some(channel) = channels.get(&watched) {
        return Ok(Watching { frames: channel.subscribe(), seat });
    }
    let (channel, frames) = watch::channel(None);
    channels.insert(watched, channel.clone());
    let publisher = Publisher { app: app.clone(), watched, channel };
    app.background.spawn(publisher.run());
    Ok(Watching { frames, seat })
}

/// Draws a page again and again for those who watch it.
struct Publisher {
    app: App,
    watched: Watched,
    channel: Channel,
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.app.live_fragments.retire(self.watched, &self.channel, false);
    }
}

impl Publisher {
    async fn run(self) {
        // Subscribed before the first drawing, so that no change falls in between.
        let mut changes = self.app.actors.live.subscribe(self.watched.job_request);
        let mut stopping = self.app.stopping.clone();
        loop {
            match self.publish().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(%error, job_request = self.watched.job_request.0, "a watched page cannot be drawn");
                    return;
                }
            }
            let unwatched = tokio::select! {
                changed = changes.changed() => match changed {
                    Ok(()) => false,
                    Err(_) => return,
                },
                () = time::sleep(REDRAW_AFTER) => false,
                () = self.channel.closed() => true,
                _ = stopping.wait_for(|stopping| *stopping) => return,
            };
            if unwatched && self.app.live_fragments.retire(self.watched, &self.channel, true) {
                return;
            }
        }
    }

    /// Draws once. False when nothing more will follow.
    async fn publish(&self) -> Result<bool, Error> {
        let db = self.app.db().await?;
        let Some(request) = job_request::find_by_id(&db, self.watched.job_request).await? else {
            return Ok(false);
        };
        let fragment = fragment::of(&self.app, &db, &request, self.watched.filter).await?;
        self.channel.send_replace(Some(frame(&fragment)));
        Ok(!fragment.is_final)
    }
}

fn frame(fragment: &Fragment) -> Frame {
    let mut text = event("live", &[&fragment.live, &fragment.elsewhere]);
    if fragment.is_final {
        text.push_str(&event("done", &["done"]));
    }
    Frame { bytes: Bytes::from(text), is_last: fragment.is_final }
}

/// One server-sent event. Line breaks of any kind in its data would end a line of the protocol, so each line of the
/// data gets its own.
fn event(name: &str, data: &[&str]) -> String {
    let mut text = format!("event: {name}\n");
    for part in data {
        for line in part.trim_end().replace("\r\n", "\n").split(['\n', '\r']) {
            text.push_str("data: ");
            text.push_str(line);
            text.push('\n');
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_break_stays_inside_the_event() {
        assert_eq!(
            event("live", &["<p>a\r\nb\rc</p>\n", "d"]),
            "event: live\ndata: <p>a\ndata: b\ndata: c</p>\ndata: d\n\n"
        );
    }

    #[test]
    fn the_last_frame_tells_browsers_to_stop() {
        let fragment = |is_final| Fragment { live: "x".to_owned(), elsewhere: "y".to_owned(), is_final };
        assert_eq!(&frame(&fragment(false)).bytes[..], b"event: live\ndata: x\ndata: y\n\n");
        let last = b"event: live\ndata: x\ndata: y\n\nevent: done\ndata: done\n\n";
        assert_eq!(&frame(&fragment(true)).bytes[..], last);
    }

    #[test]
    fn a_seat_is_given_up_when_its_browser_leaves() {
        let live = LiveFragments::default();
        let seat = live.take_seat();
        assert_eq!(live.watchers(), 1);
        drop(seat);
        assert_eq!(live.watchers(), 0);
    }

    #[test]
    fn a_channel_stays_if_somebody_came_while_it_was_ending() {
        let live = LiveFragments::default();
        let watched = Watched { job_request: JobRequestId(1), filter: Filter::default() };
        let (channel, frames) = watch::channel(None);
        live.channels().insert(watched, channel.clone());
        assert!(!live.retire(watched, &channel, true));
        drop(frames);
        assert!(live.retire(watched, &channel, true));
        assert!(live.channels().is_empty());
    }
}
