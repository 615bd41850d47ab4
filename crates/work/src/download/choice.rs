//! Which node fetches something, and with what.

use super::state::Assigned;
use downloader::{Downloader, DownloaderError, NodeSettings, Programs, Provider, Source};
use drive::context::Core;
use drive::policy::secrets;
use entity::{NodeId, node};
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::sync::Arc;
use store::{StoreError, nodes};
use wire::NodeCapability;

/// Below the data folder.
const FOLDER: &str = "downloads";

/// Why nobody fetches it.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    #[error("no available node")]
    NoNode,
    #[error(transparent)]
    Downloader(#[from] DownloaderError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who fetches.
#[derive(Clone, Debug)]
pub struct Fetchers {
    core: Arc<Core>,
    programs: Programs,
}

/// One of them, with what its node says of it.
#[derive(Debug)]
pub struct Chosen {
    pub node: NodeId,
    pub settings: NodeSettings,
    pub provider: Provider,
    pub downloader: Arc<dyn Downloader>,
    /// Hosts and ports of this site.
    own: Vec<(String, u16)>,
}

impl Fetchers {
    pub fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            programs: Programs::default(),
        }
    }

    /// Who would fetch something now.
    pub(super) async fn choose(&self, source: &Source) -> Result<Chosen, ChoiceError> {
        let able = nodes::able(
            self.core.store.read(),
            NodeCapability::RemoteDownload.into(),
        );
        let node = able.await?.ok_or(ChoiceError::NoNode)?;
        let settings = self.read(&node)?;
        let provider = settings.provider_for(source)?;
        self.chosen(node.id, settings, provider).await
    }

    /// Who fetches it.
    pub(super) async fn of(&self, assigned: &Assigned) -> Result<Chosen, ChoiceError> {
        let all = nodes::all(self.core.store.read()).await?;
        let node = all.into_iter().find(|node| node.id == assigned.node);
        let node = node.ok_or(ChoiceError::NoNode)?;
        let settings = self.read(&node)?;
        let provider = settings.provider_called(&assigned.provider)?;
        self.chosen(node.id, settings, provider).await
    }

    /// Which version the downloader is that settings of a node describe, which need not be saved.
    /// # Errors
    /// [`DownloaderError`]
    pub async fn version(&self, settings: &Value) -> Result<String, DownloaderError> {
        let settings = NodeSettings::read(settings)?;
        let provider = settings.provider()?;
        self.programs.version(&settings, &provider).await
    }

    fn own(&self) -> Vec<(String, u16)> {
        self.core.settings().site.own_places()
    }

    fn read(&self, node: &node::Model) -> Result<NodeSettings, DownloaderError> {
        let open = secrets::with_node_keys(&self.core.sealer, node.clone());
        NodeSettings::read(&open.settings)
    }

    async fn chosen(
        &self,
        node: NodeId,
        settings: NodeSettings,
        provider: Provider,
    ) -> Result<Chosen, ChoiceError> {
        let own = self.own();
        Ok(Chosen {
            node,
            downloader: self.programs.get(&settings, &provider, own.clone()).await?,
            settings,
            provider,
            own,
        })
    }

    /// Where the files of a job go.
    pub(super) fn folder(&self, chosen: &Chosen, id: uuid::Uuid) -> PathBuf {
        let program = chosen.provider.program();
        let said = program.map_or("", |program| program.temp_path.trim());
        let root = if said.is_empty() {
            self.core.data.join(FOLDER)
        } else {
            PathBuf::from(said)
        };
        root.join(chosen.provider.name()).join(id.to_string())
    }
}

impl Chosen {
    /// What may be handed on of something that leads only where the node lets it.
    pub(super) async fn check(&self, source: Source) -> Result<Source, DownloaderError> {
        downloader::check(source, &self.settings.rules()?, &self.own).await
    }

    /// Of the program, overlaid by those of a group.
    pub(super) fn options(&self, group: Option<&Value>) -> Map<String, Value> {
        let program = self.provider.program();
        let mut options = program.map_or_else(Map::new, |program| program.options.clone());
        let group = group.and_then(Value::as_object).into_iter().flatten();
        options.extend(group.map(|(key, value)| (key.clone(), value.clone())));
        options
    }
}
