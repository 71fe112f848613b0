//! Runs one stand-in's HTTP server on a thread of its own, so that it can be started from any runtime or none.

use std::{
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    sync::mpsc,
    thread::JoinHandle,
};

use actix_web::{
    App, HttpServer,
    dev::ServerHandle,
    middleware,
    web::{self, ServiceConfig},
};

use super::control::{self, Control};
use crate::{Error, Result};

/// A running server; dropping it stops it.
#[derive(Debug)]
pub(super) struct Server {
    pub address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on the first of `address` that is free (port 0: any) with the routes of `configure` and those of `control`.
    pub fn start(
        address: impl ToSocketAddrs,
        control: &Control,
        configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Result<Server> {
        let refuse = |error: std::io::Error| Error::StandIn(format!("a stand-in cannot listen: {error}"));
        let listener = TcpListener::bind(address).map_err(refuse)?;
        let address = listener.local_addr().map_err(refuse)?;
        let control = web::Data::new(control.clone());
        let (tell, told) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(control.clone())
                        .app_data(web::PayloadConfig::new(16 << 20))
                        .app_data(web::FormConfig::default().limit(16 << 20))
                        .wrap(middleware::from_fn(control::misbehave))
                        .configure(control::routes)
                        .configure(configure.clone())
                })
                .workers(1)
                .disable_signals()
                .listen(listener);
                match server {
                    Err(error) => drop(tell.send(Err(error))),
                    Ok(server) => {
                        let running = server.run();
                        drop(tell.send(Ok(running.handle())));
                        if let Err(error) = running.await {
                            tracing::error!(%error, "a stand-in's server ended");
                        }
                    }
                }
            });
        });
        let listening =
            told.recv().map_err(|_| Error::StandIn("a stand-in's thread ended early".to_owned()))?;
        let handle = listening.map_err(refuse)?;
        Ok(Server { address, handle, thread: Some(thread) })
    }

    /// Without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The order is given at once; the returned future only tells of its completion, as does the thread's end.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
