//! Event streams: what a page shows, sent to the browsers that have it open. Public, as the pages are.
//!
//! Events of a stream: `live` carries HTML for the page's live region, `beat` proves that the connection is alive, and
//! `done` says that nothing will follow.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE},
    web,
};
use bytes::Bytes;
use domain::views::job_request;
use futures_util::{Stream, stream};
use tokio::{
    sync::watch,
    time::{self, Instant, Interval},
};

use super::live_fragments::{self, Frame, Seat, Watched, Watching};
use crate::{
    app::App,
    http::error::{Error, PageResult},
    site::job_requests::{id_of, states::Filter},
};

const BEAT_EVERY: Duration = Duration::from_secs(15);
/// A frame is handed to the connection in pieces, each sent before the next, because every connection keeps a buffer
/// as large as the largest piece it was ever given. In bytes.
const PIECE: usize = 4 * 1024;
const BEAT: Bytes = Bytes::from_static(b"event: beat\ndata: beat\n\n");
/// How long a browser that was cut off waits before it comes back, in milliseconds.
const GREETING: Bytes = Bytes::from_static(b"retry: 2000\n\n");

/// `/api/live/job-requests/{pk}/`: the moving part of a job request's page. `?state=` as on the page.
pub async fn job_request(app: App, request: HttpRequest, pk: web::Path<String>) -> PageResult {
    let id = id_of(&pk)?;
    job_request::address(&app.db().await?, id).await?.ok_or(Error::NotFound)?;
    let filter = Filter::from_query(request.query_string());
    let watching = live_fragments::watch(&app, Watched { job_request: id, filter })?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        // Otherwise each stream would be compressed, at 230 KiB of memory a watcher.
        .insert_header((CONTENT_ENCODING, "identity"))
        // Tells nginx not to hold events back.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(events(Watcher::new(watching, app.stopping.clone()))))
}

fn events(watcher: Watcher) -> impl Stream<Item = Result<Bytes, Error>> {
    stream::unfold(watcher, |mut watcher| async move {
        let bytes = watcher.next().await?;
        Some((Ok(bytes), watcher))
    })
}

/// One browser. Dropped when it goes away, which gives up its seat.
struct Watcher {
    frames: watch::Receiver<Option<Frame>>,
    stopping: watch::Receiver<bool>,
    beat: Interval,
    /// What of the newest frame has not been handed over yet.
    rest: Bytes,
    state: State,
    _seat: Seat,
}

#[derive(PartialEq, Eq)]
enum State {
    New,
    Following,
    Done,
}

enum Woken {
    Published,
    Beat,
    /// The server is stopping, or nobody publishes any more.
    Ended,
}

impl Watcher {
    fn new(watching: Watching, stopping: watch::Receiver<bool>) -> Watcher {
        Watcher {
            frames: watching.frames,
            stopping,
            beat: time::interval_at(Instant::now() + BEAT_EVERY, BEAT_EVERY),
            rest: Bytes::new(),
            state: State::New,
            _seat: watching.seat,
        }
    }

    /// What to send next; none ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        if self.state == State::New {
            self.state = State::Following;
            // What was published before this browser came.
            self.take_newest();
            return Some(GREETING);
        }
        while self.rest.is_empty() {
            if self.state == State::Done {
                return None;
            }
            let woken = tokio::select! {
                biased;
                _ = self.stopping.wait_for(|stopping| *stopping) => Woken::Ended,
                changed = self.frames.changed() => if changed.is_ok() { Woken::Published } else { Woken::Ended },
                _ = self.beat.tick() => Woken::Beat,
            };
            match woken {
                Woken::Ended => return None,
                Woken::Beat => return Some(BEAT),
                Woken::Published => self.take_newest(),
            }
        }
        tokio::task::yield_now().await;
        Some(self.rest.split_to(self.rest.len().min(PIECE)))
    }

    fn take_newest(&mut self) {
        if let Some(frame) = self.frames.borrow_and_update().clone() {
            self.rest = frame.bytes;
            if frame.is_last {
                self.state = State::Done;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::StreamExt;

    use super::*;
    use crate::api::live_fragments::LiveFragments;

    fn frame(text: &'static str, is_last: bool) -> Option<Frame> {
        Some(Frame { bytes: Bytes::from_static(text.as_bytes()), is_last })
    }

    fn watcher(frames: watch::Receiver<Option<Frame>>, stopping: watch::Receiver<bool>) -> Watcher {
        let seat = LiveFragments::default().take_seat().unwrap();
        Watcher::new(Watching { frames, seat }, stopping)
    }

    #[tokio::test]
    async fn a_late_comer_sees_what_is_there_and_then_what_changes_until_the_end() {
        let (publish, frames) = watch::channel(frame("one", false));
        let (_stop, stopping) = watch::channel(false);
        let mut events = pin!(events(watcher(frames, stopping)));
        assert_eq!(events.next().await.unwrap().unwrap(), GREETING);
        assert_eq!(&events.next().await.unwrap().unwrap()[..], b"one");
        publish.send_replace(frame("two", false));
        assert_eq!(&events.next().await.unwrap().unwrap()[..], b"two");
        publish.send_replace(frame("three", true));
        drop(publish);
        assert_eq!(&events.next().await.unwrap().unwrap()[..], b"three", "the last frame is not lost");
        assert!(events.next().await.is_none());
    }

    #[tokio::test]
    async fn a_frame_arrives_whole_though_in_pieces() {
        let whole: Bytes = vec![b'x'; 10_000].into();
        let (_publish, frames) = watch::channel(Some(Frame { bytes: whole.clone(), is_last: true }));
        let (_stop, stopping) = watch::channel(false);
        let mut watcher = watcher(frames, stopping);
        assert_eq!(watcher.next().await, Some(GREETING));
        let mut received = Vec::new();
        while let Some(piece) = watcher.next().await {
            assert!(piece.len() <= PIECE);
            received.extend_from_slice(&piece);
        }
        assert_eq!(received, whole);
    }

    #[tokio::test]
    async fn streams_end_when_the_server_stops_or_nobody_publishes_any_more() {
        let (publish, frames) = watch::channel(None);
        let (stop, stopping) = watch::channel(false);
        let mut first = watcher(frames.clone(), stopping.clone());
        let mut second = watcher(frames, stopping);
        assert_eq!((first.next().await, second.next().await), (Some(GREETING), Some(GREETING)));
        drop(publish);
        assert_eq!(first.next().await, None);
        stop.send_replace(true);
        assert_eq!(second.next().await, None);
    }
}
