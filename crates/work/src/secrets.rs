//! What opens the sources and targets of a task: sealed at rest, and told to nobody.

use serde::{Deserialize, Serialize};
use site::secret::Sealer;
use std::collections::BTreeMap;
use wire::{FileSystem, FileUri};

/// What they are sealed for.
const SEAL: &str = "archive task";

/// What opens something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Secrets {
    /// Of the archive.
    pub password: Option<String>,
    /// Of shares, by their ids.
    pub shares: BTreeMap<String, String>,
}

impl Secrets {
    /// Those of shares that these URIs lead into.
    pub fn of<'u>(uris: impl Iterator<Item = &'u FileUri>) -> Self {
        let uris = uris.filter(|uri| uri.fs() == FileSystem::Share);
        let shares =
            uris.filter_map(|uri| Some((uri.id()?.to_owned(), uri.password()?.to_owned())));
        Self {
            password: None,
            shares: shares.collect(),
        }
    }

    /// `None` if there are none.
    pub fn sealed(&self, sealer: &Sealer) -> Option<String> {
        (*self != Self::default()).then(|| {
            let text = serde_json::to_string(self).unwrap_or_default();
            sealer.seal(SEAL, &text)
        })
    }

    /// `None`: they were sealed under another key.
    pub fn open_sealed(sealer: &Sealer, sealed: Option<&str>) -> Option<Self> {
        let Some(sealed) = sealed else {
            return Some(Self::default());
        };
        let text = sealer.open(SEAL, sealed).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// The URI as it was sent.
    pub fn uri(&self, told: &str) -> Option<FileUri> {
        let uri = FileUri::parse(told).ok()?;
        let id = uri.id().filter(|_| uri.fs() == FileSystem::Share);
        let Some((id, password)) = id.and_then(|id| self.shares.get_key_value(id)) else {
            return Some(uri);
        };
        let root = FileUri::share(id.clone(), Some(password.clone()));
        Some(uri.segments().iter().fold(root, |uri, name| uri.join(name)))
    }
}

/// A URI as it is kept and shown.
pub(crate) fn told(uri: &FileUri) -> String {
    uri.without_password().to_string()
}
