//! Runs one stand-in's HTTP server on a thread of its own, so that it can be started from any runtime or none.

use std::{
    net::{SocketAddr, ToSocketAddrs},
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
    /// Listens on `address` (port 0: any free one) with the routes of `configure` and those of `control`.
    pub fn start(
        address: impl ToSocketAddrs,
        control: &Control,
        configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Result<Server> {
        let addresses: Vec<SocketAddr> = address
            .to_socket_addrs()
            .map_err(|error| Error::StandIn(format!("not an address to listen on: {error}")))?
            .collect();
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
                .bind(addresses.as_slice());
                match server {
                    Err(error) => drop(tell.send(Err(error))),
                    Ok(server) => {
                        let address = server.addrs().first().copied();
                        let running = server.run();
                        drop(tell.send(Ok((address, running.handle()))));
                        if let Err(error) = running.await {
                            tracing::error!(%error, "a stand-in's server ended");
                        }
                    }
                }
            });
        });
        let listening = told.recv().map_err(|_| Error::StandIn("a stand-in's thread ended early".to_owned()))?;
        let (address, handle) =
            listening.map_err(|error| Error::StandIn(format!("a stand-in cannot listen: {error}")))?;
        let address = address.ok_or_else(|| Error::StandIn("a stand-in listens nowhere".to_owned()))?;
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
