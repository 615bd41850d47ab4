//! Walking: the rows of an answer, a page at a time, with one page in memory.

use super::ask::{Live, Question};
use super::write::{Row, Writer};
use crate::dav::active_lock::Outlook;
use crate::dav::dav_request::DavRequest;
use crate::dav::headers::Depth;
use crate::dav::location::push_encoded;
use crate::dav::xml;
use bytes::Bytes;
use drive::dav::{Child, Children, DeadProp, FoundFile};
use drive::error::FileError;
use drive::tree::TreeError;
use entity::{FileId, FileKind};
use futures_util::{StreamExt, stream};
use poem::Body;
use std::io;
use std::sync::Arc;
use wire::FileSystem;

/// A folder whose children are being listed.
struct Folder {
    /// Percent-encoded, ends in `/`.
    href: String,
    /// From the root of the drive, ends in `/`.
    drive_path: String,
    children: Children,
    /// Folders of the last page, last first, whose turn is next.
    below: Vec<(FileId, String)>,
}

/// An answer under way.
pub(super) struct Walk {
    request: Arc<DavRequest>,
    writer: Writer,
    top: FoundFile,
    shows_top: bool,
    is_deep: bool,
    /// The folder at hand, below those it lies in.
    folders: Vec<Folder>,
    /// Rows that may still come, when the walk is deep.
    left: u64,
    is_first: bool,
    has_ended: bool,
}

/// Bytes of a piece, about: many small folders share one, and a page of rows takes a bit more.
const PIECE: usize = 128 << 10;

impl Walk {
    /// Finds the top, and what is the same for all rows.
    /// # Errors
    /// Those of looking at the top; `WalkLimit` if a deep walk would find too much
    pub async fn begin(request: &Arc<DavRequest>, question: Question) -> Result<Self, FileError> {
        let top = request.dav().find(&request.actor, &request.uri()).await?;
        let depth = request.depth.unwrap_or(Depth::Infinity);
        let dav = request.dav();
        let wants_quota = question.wants(Live::QuotaUsed) || question.wants(Live::QuotaAvailable);
        let quota = if wants_quota && top.owned {
            let (used, total) = dav.quota(top.file.owner_id).await?;
            Some((used, total - used))
        } else {
            None
        };
        let locks = if question.wants(Live::LockDiscovery) && top.owned {
            dav.locks(top.file.owner_id).await?
        } else {
            Vec::new()
        };
        let outlook = if locks.is_empty() {
            Outlook::default()
        } else {
            Outlook::of(request).await?
        };
        let most = request.actor.group().settings.max_walked_files.max(1) as u64;
        let mut folders = Vec::new();
        if top.is_folder() && depth == Depth::Infinity {
            // Nothing is sent of what would break off.
            let below = dav
                .count_below(&request.actor, &top.file, most.saturating_add(1))
                .await?;
            if below > most {
                return Err(TreeError::WalkLimit(most).into());
            }
        }
        if top.is_folder() && depth != Depth::Zero {
            folders.push(Folder {
                href: request.mount_point.href(&request.at, true),
                drive_path: format!("{}/", top.drive_path.trim_end_matches('/')),
                children: Children::of(top.file.id),
                below: Vec::new(),
            });
        }
        Ok(Self {
            writer: Writer {
                question,
                settings: request.services.core.settings(),
                quota,
                locks,
                outlook,
            },
            request: Arc::clone(request),
            top,
            shows_top: depth != Depth::OneNoRoot,
            is_deep: depth == Depth::Infinity,
            folders,
            left: most,
            is_first: true,
            has_ended: false,
        })
    }

    /// Goes on writing until there are so many bytes. Answers whether there are more.
    /// # Errors
    /// `WalkLimit`, `Store`
    pub async fn write(&mut self, out: &mut String, bytes: usize) -> Result<bool, FileError> {
        if std::mem::take(&mut self.is_first) {
            Writer::begin(out);
        }
        while !self.has_ended && out.len() < bytes {
            if !self.page(out).await? {
                self.has_ended = true;
                Writer::end(out);
            }
        }
        Ok(!self.has_ended)
    }

    /// The next piece of a long answer; `None` behind its end.
    async fn piece(&mut self) -> Result<Option<Bytes>, FileError> {
        let mut out = String::with_capacity(PIECE);
        self.write(&mut out, PIECE).await?;
        out.shrink_to_fit();
        Ok((!out.is_empty()).then(|| out.into()))
    }

    /// Writes some rows. Answers whether there are more.
    async fn page(&mut self, out: &mut String) -> Result<bool, FileError> {
        if std::mem::take(&mut self.shows_top) {
            let request = &self.request;
            let href = request.mount_point.href(&request.at, self.top.is_folder());
            let mut dead = Vec::new();
            if self.writer.question.wants_dead() {
                dead = request.dav().dead_props(self.top.file.id).await?;
            }
            dead.retain(is_shown);
            self.writer
                .row(out, &Writer::found(&href, &self.top, &dead));
        }
        let Some(mut folder) = self.folders.pop() else {
            return Ok(false);
        };
        if let Some((id, name)) = folder.below.pop() {
            let mut href = folder.href.clone();
            push_encoded(&mut href, &name);
            href.push('/');
            let below = Folder {
                href,
                drive_path: format!("{}{name}/", folder.drive_path),
                children: Children::of(id),
                below: Vec::new(),
            };
            self.folders.push(folder);
            folder = below;
        } else if folder.children.ended() {
            return Ok(!self.folders.is_empty());
        }
        let wants_dead = self.writer.question.wants_dead();
        let children = &mut folder.children;
        let rows = self.request.dav().children(children, wants_dead).await?;
        if self.is_deep {
            let left = self.left.checked_sub(rows.len() as u64);
            let most = self.request.actor.group().settings.max_walked_files;
            self.left = left.ok_or(TreeError::WalkLimit(most.unsigned_abs()))?;
            let folders = rows
                .iter()
                .map(|row| &row.file)
                .filter(|row| row.kind == FileKind::Folder && !row.is_symbolic);
            folder.below = folders
                .map(|row| (row.id, row.name.clone()))
                .rev()
                .collect();
        }
        self.rows(out, &folder, rows);
        if !folder.children.ended() || !folder.below.is_empty() {
            self.folders.push(folder);
        }
        Ok(!self.folders.is_empty())
    }

    fn rows(&self, out: &mut String, folder: &Folder, rows: Vec<Child>) {
        let (mut href, mut path) = (folder.href.clone(), folder.drive_path.clone());
        for Child { file, mut dead } in rows {
            href.truncate(folder.href.len());
            push_encoded(&mut href, &file.name);
            if file.kind == FileKind::Folder {
                href.push('/');
            }
            path.truncate(folder.drive_path.len());
            path.push_str(&file.name);
            dead.retain(is_shown);
            let row = Row {
                href: &href,
                file: &file,
                drive_path: &path,
                owned: self.top.owned,
                dead: &dead,
            };
            self.writer.row(out, &row);
        }
    }

    /// Whether the stamp of the asking account covers everything in the answer: nothing of others,
    /// and no lock, which runs out without anybody changing anything.
    pub fn may_be_kept(&self) -> bool {
        self.top.owned && self.top.uri.fs() == FileSystem::My && self.writer.locks.is_empty()
    }

    /// An answer that has become long, behind what is written already.
    pub fn stream(self, written: Bytes) -> Body {
        let rest = stream::try_unfold(self, |mut walk| async move {
            let piece = walk.piece().await.map_err(|error| {
                tracing::warn!(%error, "a long PROPFIND broke off");
                io::Error::other(error)
            })?;
            Ok::<_, io::Error>(piece.map(|piece| (piece, walk)))
        });
        let written = stream::iter([Ok(written)]);
        Body::from_bytes_stream(written.chain(rest))
    }
}

/// Whether a dead property hides no live one, and breaks nobody's parser.
fn is_shown(prop: &DeadProp) -> bool {
    Live::named(&prop.namespace, &prop.name).is_none()
        && xml::is_harmless(&prop.namespace, &prop.name, &prop.inner_xml)
}
