//! Signed links to content: who may download is decided here, once, when the link is made.

use crate::access::Right;
use crate::actor::Actor;
use crate::context::Core;
use crate::error::FileError;
use crate::share::{self, OpenShare, Via};
use crate::store::{blobs, shares};
use crate::tree::{Place, check_batch};
use crate::wire::{FileUri, IdKind, uri};
use entity::{BlobId, FileId, ShareId, Timestamp, blob, file};
use std::sync::Arc;

/// Path under which content is served.
pub const CONTENT_PATH: &str = "/api/v4/file/content";

/// What kind of links are wanted.
#[derive(Clone, Debug, Default)]
pub struct LinkOptions {
    /// Save instead of show.
    pub download: bool,
    /// A certain version, for a single file.
    pub version: Option<BlobId>,
    /// Answer `None` for what fails instead of failing.
    pub skip_error: bool,
}

/// A link to one file's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedLink {
    /// Path and query, to be put behind a site URL.
    pub path_and_query: String,
}

/// The service behind links.
#[derive(Clone, Debug)]
pub struct Links {
    core: Arc<Core>,
}

impl Links {
    pub fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Links for files, in the order asked for, and when they expire.
    /// # Errors
    /// `Batch` of `NotFound`, `VersionNotFound` (also for folders), `Denied`, `ShareGone`
    pub async fn sign(
        &self,
        actor: &Actor,
        uris: &[String],
        options: &LinkOptions,
    ) -> Result<(Vec<Option<SignedLink>>, Timestamp), FileError> {
        check_batch(&self.core, uris)?;
        if options.version.is_some() && uris.len() > 1 {
            return Err(FileError::BadParameter("A version belongs to one file"));
        }
        let parsed = uris
            .iter()
            .map(|uri| FileUri::parse(uri))
            .collect::<Result<Vec<_>, _>>()?;
        let ttl = self.core.settings().files.entity_url_ttl.as_secs();
        let expires = self.core.now().plus_secs(ttl as i64);
        let mut found = Vec::with_capacity(uris.len());
        let mut failed = Vec::new();
        for (text, uri) in uris.iter().zip(&parsed) {
            match self.find(actor, uri, options).await {
                Ok(content) => found.push(Some(content)),
                Err(error @ (FileError::LoginRequired | FileError::Store(_))) => {
                    return Err(error);
                }
                Err(_) if options.skip_error => found.push(None),
                Err(error) => failed.push((text.clone(), error)),
            }
        }
        // Nothing counts as downloaded that is not handed out.
        FileError::of_batch(failed)?;
        self.count(uris, &mut found, options.skip_error).await?;
        let speed = actor.group().speed_limit.max(0);
        let signed = |content: Content| {
            let link = ContentLink {
                blob: content.blob,
                speed,
                name: &content.name,
                download: options.download,
                via: content.share.map(|share| share::via(&share, content.file)),
            };
            content_link(&self.core, &link, expires.unix_secs())
        };
        let links = found.into_iter().map(|content| content.map(signed));
        Ok((links.collect(), expires))
    }

    /// Takes the downloads of what comes through shares: all of them, or (`skip`) as many as
    /// there are, in the order asked for.
    async fn count(
        &self,
        uris: &[String],
        found: &mut [Option<Content>],
        skip: bool,
    ) -> Result<(), FileError> {
        let share_of = |slot: &Option<Content>| {
            let share = slot.as_ref().and_then(|content| content.share.as_ref());
            share.map(|share| share.row.id)
        };
        let mut through: Vec<(ShareId, usize)> = found
            .iter()
            .enumerate()
            .filter_map(|(n, slot)| Some((share_of(slot)?, n)))
            .collect();
        if through.is_empty() {
            return Ok(());
        }
        // All take several in the same order, so that no two wait for each other.
        through.sort_unstable();
        let tx = self.core.store.begin().await?;
        let mut failed = Vec::new();
        for (share, n) in through {
            if shares::take_downloads(tx.db(), share, 1).await? {
                continue;
            }
            if skip {
                found[n] = None;
            } else {
                failed.push((uris[n].clone(), share::gone()));
            }
        }
        FileError::of_batch(failed)?;
        Ok(tx.commit().await?)
    }

    async fn find(
        &self,
        actor: &Actor,
        uri: &FileUri,
        options: &LinkOptions,
    ) -> Result<Content, FileError> {
        let db = self.core.store.read();
        let place = Place::resolve(db, &self.core, actor, uri).await?;
        place.space.require(actor, Right::Download)?;
        let file = place.existing()?;
        if file.kind == file::KIND_FOLDER {
            return Err(FileError::VersionNotFound);
        }
        let blob = match options.version {
            // 0 stands for the content of a file that has none.
            Some(BlobId(0)) if file.current_blob_id.is_none() => None,
            Some(version) => {
                let held = blobs::of_file(db, file.id).await?;
                let stored =
                    |blob: &blob::Model| blob.id == version && blob.upload_session_id.is_none();
                Some(
                    held.into_iter()
                        .find(stored)
                        .ok_or(FileError::VersionNotFound)?
                        .id,
                )
            }
            None => file.current_blob_id,
        };
        Ok(Content {
            blob,
            file: file.id,
            name: file.name.clone(),
            share: place.space.share.clone(),
        })
    }
}

/// Content that may be handed out.
struct Content {
    /// `None`: a file that has no content yet.
    blob: Option<BlobId>,
    file: FileId,
    name: String,
    /// The share it comes through.
    share: Option<Arc<OpenShare>>,
}

/// What a link to content says.
#[derive(Debug)]
pub(crate) struct ContentLink<'a> {
    /// `None`: a file that has no content yet.
    pub blob: Option<BlobId>,
    /// Bytes a second; 0 = unlimited.
    pub speed: i64,
    pub name: &'a str,
    pub download: bool,
    /// What has to be still there when the link is used.
    pub via: Option<Via>,
}

/// Signs a link until `expires_unix`, or for ever.
pub(crate) fn content_link(core: &Core, link: &ContentLink<'_>, expires_unix: i64) -> SignedLink {
    let settings = core.settings();
    let ids = &settings.ids;
    let (speed, name) = (link.speed, link.name);
    let id = ids.encode(IdKind::Blob, link.blob.map_or(0, |id| id.0));
    let via = link.via.map(|via| via.write(ids));
    // The signature covers the decoded path.
    let decoded = format!("{CONTENT_PATH}/{id}/{speed}/{name}");
    let signed = signed_content(&decoded, via.as_deref());
    let sign = settings.signer.sign(&signed, expires_unix);
    let mut path = format!("{CONTENT_PATH}/{id}/{speed}/");
    uri::write_segment(&mut path, name);
    path.push_str(if link.download {
        "?download=true&sign="
    } else {
        "?sign="
    });
    uri::write_segment(&mut path, &sign);
    if let Some(via) = via {
        path.push_str("&via=");
        path.push_str(&via);
    }
    SignedLink {
        path_and_query: path,
    }
}

/// What is signed of a link: its decoded path, and what it rests on, so that this cannot be
/// left out or replaced.
pub fn signed_content(path: &str, via: Option<&str>) -> String {
    match via {
        Some(via) => format!("{path}?via={via}"),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_link_rests_on_is_part_of_what_is_signed() {
        let path = "/api/v4/file/content/a/0/b";
        assert_eq!(signed_content(path, None), path);
        assert_ne!(
            signed_content(path, Some("f-1")),
            signed_content(path, Some("f-2"))
        );
    }
}
