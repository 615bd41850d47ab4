//! What is packed: files and folders by their URIs, as who packs may see them now.

use super::report::{Reason, Report};
use drive::context::Core;
use drive::error::FileError;
use drive::share::ShareError;
use drive::tree::{ResolvedPath, TreeError, contents_of};
use entity::{FileId, FileKind, UserId, file};
use site::access::Right;
use site::actor::Actor;
use std::collections::{BTreeMap, HashSet};
use std::time::Instant;
use store::files;
use wire::FileUri;

/// Something that was chosen, with all that is below it.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub uri: FileUri,
    pub top: file::Model,
    /// The folders that it lies in inside the archive: `""`, or `a/b/`.
    pub prefix: String,
    /// When it was there.
    pub found: Instant,
}

/// What of the chosen there is to pack.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub all: Vec<Source>,
    pub report: Report,
}

/// Where one leads.
struct Found {
    source: Source,
    /// The folders above it, from the root of its file system.
    above: Vec<String>,
    /// Itself, and what it lies in.
    chain: Vec<FileId>,
}

impl Sources {
    /// Looks all of them up. What lies in another one is packed with that.
    pub async fn find(core: &Core, actor: &Actor, uris: &[FileUri]) -> Result<Self, FileError> {
        let mut report = Report::default();
        let mut found = Vec::with_capacity(uris.len());
        // A wrong password is one guess, however many files of its share are named.
        let mut closed: HashSet<FileUri> = HashSet::new();
        for uri in uris {
            if closed.contains(&uri.to_root()) {
                report.leave_out(&name_of(uri), Reason::Denied);
                continue;
            }
            match find_one(core, actor, uri).await? {
                Ok(one) => found.push(one),
                Err((reason, is_closed)) => {
                    if is_closed {
                        closed.insert(uri.to_root());
                    }
                    report.leave_out(&name_of(uri), reason);
                }
            }
        }
        let found = distinct(found);
        let common = common_folders(&found);
        let all = found.into_iter().map(|one| {
            let below = one.above[common.min(one.above.len())..].iter();
            let prefix = below.fold(String::new(), |prefix, name| prefix + name + "/");
            Source {
                prefix,
                ..one.source
            }
        });
        Ok(Self {
            all: all.collect(),
            report,
        })
    }

    /// How many files and folders there are and how many bytes, as far as that is known soon. Of
    /// more than `limit` there is at least one more.
    pub async fn measure(
        &self,
        core: &Core,
        actor: &Actor,
        limit: u64,
    ) -> Result<(u64, u64), FileError> {
        let (mut nodes, mut bytes) = (0, 0);
        let mut folders: BTreeMap<UserId, Vec<FileId>> = BTreeMap::new();
        for Source { top, .. } in &self.all {
            nodes += 1;
            bytes += top.size_bytes.unsigned_abs();
            if top.kind == FileKind::Folder {
                folders.entry(top.owner_id).or_default().push(top.id);
            }
        }
        for (owner, folders) in folders {
            match contents_of(core, actor, (owner, &folders), limit).await {
                Ok((more, size)) => {
                    nodes += more;
                    bytes += size;
                }
                // Then the packing itself finds out.
                Err(FileError::Tree(TreeError::TooSlow)) => return Ok((0, 0)),
                Err(error) => return Err(error),
            }
        }
        Ok((nodes, bytes))
    }
}

impl Source {
    /// Why it may not be packed any more, if so.
    pub async fn lost(&self, core: &Core, actor: &Actor) -> Result<Option<Reason>, FileError> {
        Ok(match find_one(core, actor, &self.uri).await? {
            Ok(found) if found.source.top.id == self.top.id => None,
            Ok(_) => Some(Reason::Gone),
            Err((reason, _)) => Some(reason),
        })
    }

    /// Whether a file still lies in it.
    pub async fn has(&self, core: &Core, file: FileId) -> Result<bool, FileError> {
        if file == self.top.id {
            return Ok(true);
        }
        let above = files::ancestors(core.store.read(), &[file]).await?;
        Ok(above.iter().any(|node| node.id == self.top.id))
    }
}

/// Where a URI leads; or why it is left out, and whether so is everything in its file system.
async fn find_one(
    core: &Core,
    actor: &Actor,
    uri: &FileUri,
) -> Result<Result<Found, (Reason, bool)>, FileError> {
    match resolve(core, actor, uri).await {
        Ok(found) => Ok(found.map_err(|reason| (reason, false))),
        Err(error @ (FileError::Store(_) | FileError::Internal(_))) => Err(error),
        Err(FileError::Tree(TreeError::NotFound) | FileError::Share(ShareError::Gone)) => {
            Ok(Err((Reason::Gone, false)))
        }
        Err(FileError::Share(ShareError::WrongPassword) | FileError::TooManyTries(_)) => {
            Ok(Err((Reason::Denied, true)))
        }
        Err(_) => Ok(Err((Reason::Denied, false))),
    }
}

async fn resolve(
    core: &Core,
    actor: &Actor,
    uri: &FileUri,
) -> Result<Result<Found, Reason>, FileError> {
    let (db, found) = (core.store.read(), Instant::now());
    let resolved = ResolvedPath::resolve(db, core, actor, uri).await?;
    resolved.navigator.require(actor, Right::Download)?;
    let top = match &resolved.navigator.single {
        Some(single) if resolved.is_root() => file::Model::clone(single),
        _ if resolved.is_root() => return Ok(Err(Reason::Root)),
        _ => resolved.existing()?.clone(),
    };
    if top.is_symbolic {
        return Ok(Err(Reason::Shortcut));
    }
    let above = resolved.uri.segments();
    let above = above.split_last().map_or(&[][..], |(_, above)| above);
    let chain = resolved.chain.iter().map(|row| row.id).chain([top.id]);
    Ok(Ok(Found {
        above: above.to_vec(),
        chain: chain.collect(),
        source: Source {
            uri: uri.clone(),
            top,
            prefix: String::new(),
            found,
        },
    }))
}

/// Without what lies in others, and each once.
fn distinct(found: Vec<Found>) -> Vec<Found> {
    let tops: HashSet<FileId> = found.iter().map(|one| one.source.top.id).collect();
    let mut seen = HashSet::new();
    let is_new = |one: &Found| {
        let own = one.source.top.id;
        let is_inside = one.chain.iter().any(|id| *id != own && tops.contains(id));
        !is_inside && seen.insert(own)
    };
    let mut is_new = is_new;
    found.into_iter().filter(|one| is_new(one)).collect()
}

/// How many folders all of them lie in together; of what comes from several file systems only the
/// names count.
fn common_folders(found: &[Found]) -> usize {
    let Some((first, others)) = found.split_first() else {
        return 0;
    };
    let root = first.source.uri.to_root();
    if others.iter().any(|one| one.source.uri.to_root() != root) {
        return usize::MAX;
    }
    let shared = |one: &Found| {
        let pairs = first.above.iter().zip(&one.above);
        pairs.take_while(|(one, other)| one == other).count()
    };
    let most = others.iter().map(shared).min();
    most.unwrap_or(first.above.len())
}

fn name_of(uri: &FileUri) -> String {
    uri.name().unwrap_or("/").to_owned()
}
