//! Stand-in for the mail relay: takes every mail and delivers none; shows them decoded, as a page at `/` and as JSON at
//! `/mails.json`. Its `Control` governs what it says as a relay, never the pages.

mod mime;
mod session;

use std::{
    net::{SocketAddr, ToSocketAddrs},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use tokio::{net::TcpListener, sync::oneshot};

use super::{control::Control, server::Server};
use crate::{Error, Result};

/// A mail as its reader would see it.
#[derive(Debug, Clone, Serialize)]
pub struct Mail {
    pub at: Timestamp,
    /// The envelope, which alone knows of blind copies.
    pub from: String,
    pub to: Vec<String>,
    pub subject: String,
    /// In the order received, unfolded and decoded.
    pub headers: Vec<(String, String)>,
    pub text: String,
    pub html: Option<String>,
}

impl Mail {
    /// The first header of that name, in whatever case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

pub(super) type Mails = Arc<Mutex<Vec<Mail>>>;

/// A running stand-in; dropping it stops it.
#[derive(Debug)]
pub struct Smtp {
    /// What to give as `SMTP_URL`.
    pub url: String,
    pub control: Control,
    mails: Mails,
    pages: Server,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Starts the relay on `smtp_address` and its pages on `http_address`.
pub fn start(smtp_address: impl ToSocketAddrs, http_address: impl ToSocketAddrs) -> Result<Smtp> {
    let control = Control::sparing_http();
    let mails = Mails::default();
    let data = web::Data::new(mails.clone());
    let pages = Server::start(http_address, &control, move |config| {
        config
            .app_data(data.clone())
            .route("/", web::get().to(page))
            .route("/mails.json", web::get().to(list))
            .route("/mails.json", web::delete().to(clear));
    })?;
    let refuse = |error: std::io::Error| Error::StandIn(format!("the mail relay cannot listen: {error}"));
    let listener = std::net::TcpListener::bind(smtp_address);
    let listener = listener.map_err(refuse)?;
    listener.set_nonblocking(true).map_err(refuse)?;
    let address = listener.local_addr().map_err(refuse)?;
    let (stop, stopped) = oneshot::channel();
    let thread = listen(listener, mails.clone(), control.clone(), stopped)?;
    Ok(Smtp { url: url(address), control, mails, pages, stop: Some(stop), thread: Some(thread) })
}

fn url(address: SocketAddr) -> String {
    format!("smtp://{address}")
}

impl Smtp {
    /// The mails so far, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        copy(&self.mails)
    }

    /// The page that shows them.
    pub fn page_url(&self) -> String {
        self.pages.url()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// Serves on a thread of its own until `stopped` resolves; sessions in progress end with it.
fn listen(
    listener: std::net::TcpListener,
    mails: Mails,
    control: Control,
    stopped: oneshot::Receiver<()>,
) -> Result<JoinHandle<()>> {
    let refuse = |error: std::io::Error| Error::StandIn(format!("the mail relay cannot run: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(refuse)?;
    let listener = {
        let _inside = runtime.enter();
        TcpListener::from_std(listener).map_err(refuse)?
    };
    Ok(std::thread::spawn(move || {
        runtime.block_on(async move {
            tokio::select! {
                _ = stopped => {}
                () = accept(listener, mails, control) => {}
            }
        });
    }))
}

async fn accept(listener: TcpListener, mails: Mails, control: Control) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let (mails, control) = (mails.clone(), control.clone());
                tokio::spawn(async move {
                    if let Err(error) = session::serve(stream, &mails, &control).await {
                        tracing::debug!(%error, "a mail session broke off");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the mail relay cannot accept a connection");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

fn copy(mails: &Mails) -> Vec<Mail> {
    mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

async fn list(mails: web::Data<Mails>) -> HttpResponse {
    HttpResponse::Ok().json(copy(&mails))
}

async fn clear(mails: web::Data<Mails>) -> HttpResponse {
    mails.lock().unwrap_or_else(PoisonError::into_inner).clear();
    HttpResponse::NoContent().finish()
}

async fn page(mails: web::Data<Mails>) -> HttpResponse {
    let mut page = String::from("<!doctype html><meta charset=utf-8><title>Mails</title><h1>Mails</h1>");
    for mail in copy(&mails).iter().rev() {
        page.push_str(&format!(
            "<article><h2>{}</h2><p>{} to {}, <time>{}</time></p><pre>{}</pre></article><hr>",
            escape(&mail.subject),
            escape(&mail.from),
            escape(&mail.to.join(", ")),
            mail.at,
            escape(&mail.text)
        ));
    }
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}

/// For the stand-ins' own pages.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
