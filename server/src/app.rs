//! The only place where things are built and joined.

use crate::api;
use crate::background;
use crate::cause::Caused;
use crate::config::Config;
use crate::data_folder::{FolderError, FolderLock};
use crate::dav;
use crate::health;
use crate::http::compress::Compress;
use crate::http::correlation::Correlate;
use crate::http::serve::{bind, serve_with};
use crate::pages;
use crate::services::{BuildError, Services};
use crate::web;
use crate::well_known;
use futures_util::future::BoxFuture;
use poem::{Endpoint, EndpointExt, Response, Route, get};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error("cannot listen on {listen}: {source}")]
    Listen { listen: String, source: io::Error },
}

/// A server that answers.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    stop: CancellationToken,
    connections: JoinHandle<()>,
    work: background::Work,
    services: Arc<Services>,
    /// Given back last, when nothing touches the folder any more.
    lock: FolderLock,
}

/// Opens the data, starts the background and answers. Boxed, so that everything below is compiled
/// here and not once more with each program that starts a server.
/// # Errors
/// [`StartError`]; nothing keeps running then.
pub fn start(config: Config) -> BoxFuture<'static, Result<Running, StartError>> {
    Box::pin(start_here(config))
}

async fn start_here(config: Config) -> Result<Running, StartError> {
    let folder = crate::data_folder::prepare(&config.data)?;
    let lock = FolderLock::take(&folder)?;
    let services = Arc::new(Services::build(&config).await?);
    let bound = bind(config.listen.as_str()).await;
    let (listener, addr) = bound.map_err(|source| StartError::Listen {
        listen: config.listen.clone(),
        source,
    })?;

    let stop = CancellationToken::new();
    let work = background::Work::start(&services, &config, lock.holder);

    let routes = routes(&services);
    let serving = serve_with(listener, routes, stop.clone(), config.patience());
    let connections = tokio::spawn(serving);
    Ok(Running {
        addr,
        stop,
        connections,
        work,
        services,
        lock,
    })
}

impl Running {
    /// Lets running requests finish, ends the loops and closes the database.
    pub fn stop(self) -> BoxFuture<'static, ()> {
        Box::pin(self.stop_here())
    }

    async fn stop_here(self) {
        self.stop.cancel();
        self.services.events.close();
        if let Err(error) = self.connections.await {
            tracing::error!(%error, "the accept loop ended badly");
        }
        self.work.stop().await;
        let store = self.services.core.store.clone();
        if let Err(error) = store.checkpoint().await {
            tracing::warn!(%error, "the last checkpoint failed");
        }
        store.close().await;
        drop(self.services);
        drop(self.lock);
    }
}

/// The description of the API, as checked in.
pub fn openapi_json() -> String {
    api::openapi_json()
}

/// Every route of the server.
fn routes(services: &Arc<Services>) -> impl Endpoint<Output = Response> + 'static {
    let route = api::file::content::mount(Route::new(), services);
    let route = pages::mount(route);
    dav::mount(route, services)
        .nest(api::PREFIX, api::routes(services))
        .at("/healthz", get(health::live))
        .at("/readyz", get(health::ready))
        .at("/manifest.json", get(web::web_manifest))
        .at("/.well-known/openid-configuration", get(well_known::openid))
        .at("/.well-known/jwks.json", get(well_known::key_set))
        .at("/", web::interface)
        .at("/*rest", web::interface)
        .with(Caused {
            services: Arc::clone(services),
        })
        .data(Arc::clone(services))
        .with(dav::Announce)
        .with(Compress)
        .with(Correlate)
        .map_to_response()
}
