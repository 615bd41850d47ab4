//! All downloaders of this server, with what is kept between two questions.

use crate::aria2::{Aria2, Looks, Told};
use crate::builtin::Builtin;
use crate::proxy::{GuardingProxy, ProxyAddress};
use crate::qbittorrent::{QBittorrent, Sessions};
use crate::settings::Program;
use crate::{Downloader, DownloaderError, NodeSettings, Provider};
use site::outgoing::{AddressRules, Outgoing};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;
use url::Url;

/// Longest answer of a program that is read: files and pieces of large torrents are many.
const ANSWER_BYTES: usize = 16 << 20;
/// Clients kept; there are as many as nodes have programs.
const KEPT: usize = 16;

/// Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Programs {
    builtin: Builtin,
    told: Told,
    looks: Looks,
    sessions: Sessions,
    proxy: Arc<OnceCell<GuardingProxy>>,
    /// By host: making one costs more than a question.
    clients: Arc<Mutex<HashMap<String, Outgoing>>>,
}

impl Programs {
    /// One of them, as its node says. `own`: hosts and ports of this site, which may be asked
    /// wherever they are.
    /// # Errors
    /// `NotConfigured`, `Io`
    pub async fn get(
        &self,
        settings: &NodeSettings,
        provider: &Provider,
        own: Vec<(String, u16)>,
    ) -> Result<Arc<dyn Downloader>, DownloaderError> {
        let rules = settings.rules()?;
        Ok(match provider {
            Provider::Builtin => Arc::new(self.builtin.under(&rules, own)?),
            Provider::Aria2(program) => {
                // Who says which proxy is to be asked, knows better.
                let has_own = program.options.contains_key("all-proxy");
                let proxy = if has_own {
                    None
                } else {
                    self.proxy(&rules, own).await?
                };
                self.program(provider, program, proxy)?
            }
            Provider::QBittorrent(program) => {
                let proxy = self.proxy(&rules, own).await?;
                self.program(provider, program, proxy)?
            }
        })
    }

    /// Which version one is, whose settings need not be saved.
    /// # Errors
    /// [`DownloaderError`]
    pub async fn version(
        &self,
        settings: &NodeSettings,
        provider: &Provider,
    ) -> Result<String, DownloaderError> {
        let rules = settings.rules()?;
        match provider {
            Provider::Builtin => self.builtin.under(&rules, Vec::new())?.version().await,
            Provider::Aria2(program) | Provider::QBittorrent(program) => {
                self.program(provider, program, None)?.version().await
            }
        }
    }

    fn program(
        &self,
        provider: &Provider,
        program: &Program,
        proxy: Option<ProxyAddress>,
    ) -> Result<Arc<dyn Downloader>, DownloaderError> {
        let server = address(program)?;
        let outgoing = self.client(server.host_str().unwrap_or_default())?;
        Ok(match provider {
            Provider::QBittorrent(_) => {
                let sessions = Arc::clone(&self.sessions);
                Arc::new(QBittorrent::new(
                    program,
                    server,
                    outgoing,
                    (proxy, sessions),
                )?)
            }
            Provider::Builtin | Provider::Aria2(_) => {
                let kept = (Arc::clone(&self.told), self.looks.clone());
                Arc::new(Aria2::new(program, server, outgoing, proxy, kept))
            }
        })
    }

    fn client(&self, host: &str) -> Result<Outgoing, DownloaderError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = clients.get(host) {
            return Ok(known.clone());
        }
        let made = Outgoing::trusting([host.to_owned()]);
        let made = made.map_err(|error| DownloaderError::NotConfigured(error.to_string()))?;
        let made = made.reading(ANSWER_BYTES);
        if clients.len() >= KEPT {
            clients.clear();
        }
        clients.insert(host.to_owned(), made.clone());
        Ok(made)
    }

    /// Through which proxy a program asks; it needs none where it may ask anybody.
    async fn proxy(
        &self,
        rules: &AddressRules,
        own: Vec<(String, u16)>,
    ) -> Result<Option<ProxyAddress>, DownloaderError> {
        if rules.allow_all() {
            return Ok(None);
        }
        let proxy = self.proxy.get_or_try_init(GuardingProxy::start).await?;
        // What was allowed before an administrator changed their mind is over.
        proxy.retain(rules);
        Ok(Some(proxy.address(rules, own)))
    }
}

/// Where a program listens.
fn address(program: &Program) -> Result<Url, DownloaderError> {
    let said = program.server.trim().trim_end_matches('/');
    let url = Url::parse(said).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| {
        DownloaderError::NotConfigured(format!("{:?} is no address of a server", program.server))
    })
}
