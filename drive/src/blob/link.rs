//! Signed links to content: who may download is decided here, once, when the link is made.

use crate::access::Right;
use crate::actor::Actor;
use crate::context::Core;
use crate::error::FileError;
use crate::store::blobs;
use crate::tree::{Place, check_batch};
use crate::wire::{FileUri, IdKind, uri};
use entity::{BlobId, Timestamp, blob, file};
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
    /// `Batch` of `NotFound`, `VersionNotFound` (also for folders), `Denied`
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
        let mut links = Vec::with_capacity(uris.len());
        let mut failed = Vec::new();
        for (text, uri) in uris.iter().zip(&parsed) {
            match self.one(actor, uri, options, expires).await {
                Ok(link) => links.push(Some(link)),
                Err(error @ (FileError::LoginRequired | FileError::Store(_))) => {
                    return Err(error);
                }
                Err(_) if options.skip_error => links.push(None),
                Err(error) => failed.push((text.clone(), error)),
            }
        }
        FileError::of_batch(failed)?;
        Ok((links, expires))
    }

    async fn one(
        &self,
        actor: &Actor,
        uri: &FileUri,
        options: &LinkOptions,
        expires: Timestamp,
    ) -> Result<SignedLink, FileError> {
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
        let speed = actor.group().speed_limit.max(0);
        Ok(self.link(blob, speed, &file.name, options.download, expires))
    }

    fn link(
        &self,
        blob: Option<BlobId>,
        speed: i64,
        name: &str,
        download: bool,
        expires: Timestamp,
    ) -> SignedLink {
        let settings = self.core.settings();
        let id = settings.ids.encode(IdKind::Blob, blob.map_or(0, |id| id.0));
        // The signature covers the decoded path.
        let decoded = format!("{CONTENT_PATH}/{id}/{speed}/{name}");
        let sign = settings.signer.sign(&decoded, expires.unix_secs());
        let mut path = format!("{CONTENT_PATH}/{id}/{speed}/");
        uri::write_segment(&mut path, name);
        path.push_str(if download {
            "?download=true&sign="
        } else {
            "?sign="
        });
        uri::write_segment(&mut path, &sign);
        SignedLink {
            path_and_query: path,
        }
    }
}
