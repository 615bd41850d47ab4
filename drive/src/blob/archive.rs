//! Archives of a selection, streamed when their link is opened.

use super::contents::Looked;
use super::{ArchiveError, LinkError};
use crate::context::Core;
use crate::error::FileError;
use crate::share::{self, LinkGrant, OpenShare};
use crate::tree::{ResolvedPath, TreeError, Walker, check_batch, contents_of};
use entity::{FileId, FileKind, ShareId, Timestamp, file};
use serde::{Deserialize, Serialize};
use site::access::Right;
use site::actor::Actor;
use site::secret::{BadSignature, Purpose, SignedText};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use store::files;
use store::tickets::{self, NewTicket};
use wire::{FileUri, GroupPermission, uri};

/// Kind of ticket behind an archive link.
const TICKET: &str = "archive";
/// Path under which archives are served.
pub const ARCHIVE_PATH: &str = "/api/v4/file/archive";

/// What a link stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Selection {
    files: Vec<FileId>,
    /// What has to be still there of the file at the same place, as links write it; empty: no
    /// more than the file itself.
    #[serde(default)]
    via: Vec<String>,
    /// Items walked at most.
    limit: u64,
    /// Bytes packed at most; `None`: any.
    #[serde(default)]
    most_bytes: Option<u64>,
    speed: i64,
}

/// An archive about to be streamed.
#[derive(Debug)]
pub struct Archive {
    walker: Walker,
    most_bytes: Option<u64>,
    packed_bytes: u64,
    /// Bytes a second; 0 = unlimited.
    pub speed: i64,
}

/// What is signed of a link to an archive.
fn signed(id: &str) -> SignedText {
    SignedText::new(Purpose::Archive, [id])
}

/// One file of an archive.
#[derive(Clone, Debug)]
pub struct ArchiveEntry {
    /// Relative, `/`-separated.
    pub path: String,
    pub file: file::Model,
}

impl Archive {
    /// The next file; `None` at the end.
    /// # Errors
    /// `WalkLimit`, `ArchiveError::TooLarge`, `Store`
    pub async fn next(&mut self) -> Result<Option<ArchiveEntry>, FileError> {
        let item = self.walker.next().await?;
        if let Some(item) = &item {
            self.packed_bytes += item.file.size_bytes.unsigned_abs();
            within(self.packed_bytes, self.most_bytes)?;
        }
        Ok(item.map(|item| ArchiveEntry {
            path: item.path,
            file: item.file,
        }))
    }
}

fn within(bytes: u64, most: Option<u64>) -> Result<(), FileError> {
    match most {
        Some(most) if bytes > most => Err(ArchiveError::TooLarge(most).into()),
        _ => Ok(()),
    }
}

/// The service behind archives.
#[derive(Clone, Debug)]
pub struct Archives {
    pub(super) core: Arc<Core>,
    pub(super) looked: Looked,
}

impl Archives {
    pub fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            looked: Looked::new(),
        }
    }

    /// A link to an archive of a selection, usable until it expires.
    /// # Errors
    /// `GroupNotAllowed`, `Batch`; `WalkLimit` and `ArchiveError::TooLarge` where it would break
    /// off
    pub async fn link(
        &self,
        actor: &Actor,
        uris: &[String],
    ) -> Result<(String, Timestamp), FileError> {
        check_batch(&self.core, uris)?;
        if !actor.may(GroupPermission::ArchiveDownload) {
            return Err(FileError::GroupNotAllowed);
        }
        let mut chosen: Vec<file::Model> = Vec::with_capacity(uris.len());
        let mut via = Vec::with_capacity(uris.len());
        let mut limited: BTreeMap<ShareId, Arc<OpenShare>> = BTreeMap::new();
        let mut failed = Vec::new();
        for text in uris {
            let uri = FileUri::parse(text)?;
            match self.select(actor, &uri).await {
                Ok((file, share)) => {
                    let rests_on = share.as_deref().map(|share| share::via(share, file.id));
                    let ids = &self.core.settings().ids;
                    via.push(rests_on.map_or_else(String::new, |via| via.write(ids)));
                    chosen.push(file);
                    let share = share.filter(|share| share.row.remaining_downloads.is_some());
                    limited.extend(share.map(|share| (share.row.id, share)));
                }
                Err(error @ (FileError::LoginRequired | FileError::Store(_))) => {
                    return Err(error);
                }
                Err(error) => failed.push((text.clone(), error)),
            }
        }
        FileError::of_batch(failed)?;
        let settings = self.core.settings();
        let limit = actor.group().settings.max_walked_files.max(1) as u64;
        let most_bytes = Some(settings.files.max_archive_bytes).filter(|most| *most > 0);
        self.measure(actor, &chosen, limit, most_bytes).await?;
        // Archives do not count, unless there is a limit that they would get around.
        let limited: Vec<_> = limited.into_values().collect();
        share::count_each(&self.core, &limited).await?;
        let expires = self
            .core
            .now()
            .plus_secs(settings.files.archive_ttl.as_secs() as i64);
        let speed = actor.group().speed_limit.max(0);
        let value = Selection {
            files: chosen.iter().map(|file| file.id).collect(),
            via,
            limit,
            most_bytes,
            speed,
        };
        let value = serde_json::to_string(&value).expect("ids and numbers are JSON");
        let id = uuid::Uuid::new_v4().to_string();
        let tx = self.core.store.begin().await?;
        let user = actor.user_id();
        let ticket = NewTicket {
            id: id.clone(),
            kind: TICKET,
            user,
            value,
            expires_at: expires,
        };
        tickets::put(tx.db(), ticket).await?;
        tx.commit().await?;
        let sign = settings.signer.sign(&signed(&id), expires.unix_secs());
        let mut path = format!("{ARCHIVE_PATH}/{id}/archive.zip?sign=");
        uri::write_segment(&mut path, &sign);
        Ok((path, expires))
    }

    /// Refuses what would break off on the way: a piece of an archive is of no use.
    async fn measure(
        &self,
        actor: &Actor,
        chosen: &[file::Model],
        limit: u64,
        most_bytes: Option<u64>,
    ) -> Result<(), FileError> {
        let folders: Vec<FileId> = chosen
            .iter()
            .filter(|file| file.kind == FileKind::Folder)
            .map(|folder| folder.id)
            .collect();
        let (nodes, below) = match chosen.first() {
            Some(first) if !folders.is_empty() => {
                contents_of(&self.core, actor, (first.owner_id, &folders), limit).await?
            }
            _ => (0, 0),
        };
        if nodes > limit {
            return Err(TreeError::WalkLimit(limit).into());
        }
        let bytes: u64 = chosen
            .iter()
            .map(|file| file.size_bytes.unsigned_abs())
            .sum();
        within(bytes + below, most_bytes)
    }

    async fn select(
        &self,
        actor: &Actor,
        uri: &FileUri,
    ) -> Result<(file::Model, Option<Arc<OpenShare>>), FileError> {
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, actor, uri).await?;
        resolved.navigator.require(actor, Right::Download)?;
        let file = match &resolved.navigator.single {
            Some(single) if resolved.is_root() => file::Model::clone(single),
            _ => resolved.existing()?.clone(),
        };
        Ok((file, resolved.navigator.share))
    }

    /// Checks the signature of a link.
    /// # Errors
    /// [`BadSignature`]
    pub fn verify(&self, id: &str, sign: &str) -> Result<(), BadSignature> {
        let settings = self.core.settings();
        let now = self.core.now().unix_secs();
        settings.signer.verify(&signed(id), sign, now)
    }

    /// Opens the archive of a link whose signature was checked.
    /// # Errors
    /// `LinkError::Gone`
    pub async fn open(&self, id: &str) -> Result<Archive, FileError> {
        let id = uuid::Uuid::parse_str(id)
            .map_err(|_| LinkError::Gone)?
            .to_string();
        let ticket = tickets::peek(&self.core.store, TICKET, &id, self.core.now()).await?;
        let value = ticket.ok_or(LinkError::Gone)?.value;
        let selection: Selection = serde_json::from_str(&value).map_err(|_| LinkError::Gone)?;
        let mut nodes = Vec::with_capacity(selection.files.len());
        let allowed = self.still_allowed(&selection).await?;
        if allowed.is_empty() && selection.via.iter().any(|via| !via.is_empty()) {
            return Err(LinkError::Gone.into());
        }
        let there = self.still_there(&allowed).await?;
        for id in there {
            nodes.extend(files::by_id(self.core.store.read(), id).await?);
        }
        let walker = Walker::new(self.core.store.clone(), nodes, selection.limit);
        Ok(Archive {
            walker,
            most_bytes: selection.most_bytes,
            packed_bytes: 0,
            speed: selection.speed,
        })
    }

    /// What was not taken back since.
    async fn still_allowed(&self, selection: &Selection) -> Result<Vec<FileId>, FileError> {
        let settings = self.core.settings();
        let mut allowed = Vec::with_capacity(selection.files.len());
        for (n, id) in selection.files.iter().enumerate() {
            let text = selection.via.get(n).map_or("", String::as_str);
            let holds = match LinkGrant::read(text, &settings.ids) {
                Some(via) => via.holds(&self.core, None).await?,
                None => text.is_empty(),
            };
            if holds {
                allowed.push(*id);
            }
        }
        Ok(allowed)
    }

    /// What was deleted since, itself or a folder above it, is left out as what cannot be read is.
    async fn still_there(&self, selected: &[FileId]) -> Result<Vec<FileId>, FileError> {
        let above = files::ancestors(self.core.store.read(), selected).await?;
        let above: HashMap<FileId, files::Node> =
            above.into_iter().map(|node| (node.id, node)).collect();
        let in_a_drive = |id: &FileId| {
            let mut at = above.get(id);
            while let Some(parent) = at.and_then(|node| node.parent_id) {
                at = above.get(&parent);
            }
            // Only the root of a drive has no name; the top of something trashed has one.
            at.is_some_and(|top| top.name.is_empty())
        };
        Ok(selected.iter().copied().filter(in_a_drive).collect())
    }
}
