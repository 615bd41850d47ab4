//! The drive as the library's file system, for one request.

use super::headers::Depth;
use super::incoming::Incoming;
use super::location::Location;
use super::metadata::Metadata;
use super::visit::{Verb, Visit};
use dav_server::davpath::DavPath;
use dav_server::fs::{
    DavDirEntry, DavFile, DavFileSystem, DavMetaData, DavProp, FsError, FsFuture, FsResult,
    FsStream, OpenOptions, ReadDirMeta,
};
use drive::blob::StreamedContent;
use drive::dav::{Found, Transfer};
use drive::error::FileError;
use drive::wire::FileUri;
use entity::file;
use futures_util::FutureExt;
use poem::http::StatusCode;
use std::sync::Arc;

/// The file system of one request.
#[derive(Clone, Debug)]
pub struct Bridge {
    pub visit: Arc<Visit>,
}

impl Bridge {
    fn location(path: &DavPath) -> FsResult<Location> {
        Location::of_decoded(path.as_bytes()).ok_or(FsError::NotFound)
    }

    fn uri(&self, path: &DavPath) -> FsResult<FileUri> {
        Ok(Self::location(path)?.uri(&self.visit.root))
    }

    /// `follow`: through a shortcut at the end.
    async fn look(&self, path: &DavPath, follow: bool) -> FsResult<Box<dyn DavMetaData>> {
        let location = Self::location(path)?;
        let visit = &self.visit;
        let uri = location.uri(&visit.root);
        let found = if follow {
            visit.dav().find(&visit.actor, &uri).await
        } else {
            visit.dav().entry(&visit.actor, &uri).await
        };
        if location == visit.at {
            visit.note_seen(found.as_ref().ok());
        }
        let found: Found = found.map_err(|error| visit.fail(&error))?;
        // The library writes folders that it asks about as parents with a slash at their end; the
        // root, which always has one, is none when it is what shall go away.
        let is_parent =
            path.is_collection() && !(visit.verb == Verb::Delete && location.name().is_none());
        let is_end = !is_parent && (location == visit.at || visit.to.as_ref() == Some(&location));
        let as_leaf = visit.verb.is_whole() && is_end;
        Ok(Box::new(Metadata::of(visit, &found.file, as_leaf)))
    }

    async fn is_folder(&self, uri: &FileUri) -> FsResult<bool> {
        let visit = &self.visit;
        let found = visit.dav().entry(&visit.actor, uri).await;
        let found = found.map_err(|error| visit.fail(&error))?;
        Ok(found.is_folder())
    }

    async fn write(&self, path: &DavPath, options: OpenOptions) -> FsResult<Box<dyn DavFile>> {
        let visit = &self.visit;
        let location = Self::location(path)?;
        if visit.is_blocked(location.name()) {
            visit.refuse(StatusCode::METHOD_NOT_ALLOWED);
            return Err(FsError::Forbidden);
        }
        if visit.verb == Verb::Lock {
            self.make_locked(path).await?;
            return Ok(Box::new(Incoming::nothing(Arc::clone(visit))));
        }
        let uri = location.uri(&visit.root);
        let there = visit.dav().resolve_target(&visit.actor, &uri).await;
        let (uri, resolved) = there.map_err(|error| visit.fail(&error))?;
        let content = StreamedContent {
            make_folders: false,
            uri,
            expected_bytes: options.size.or(visit.expected_bytes),
            last_modified: visit.modified,
            only_over: visit.only_over(),
            held: visit.held(),
        };
        let (uploads, actor) = (&visit.services.uploads, &visit.actor);
        let admitted = uploads.admit(actor, content, resolved).await;
        let admitted = admitted.map_err(|error| {
            if matches!(error, FileError::NameTaken(_)) {
                visit.refuse(StatusCode::METHOD_NOT_ALLOWED);
            }
            visit.fail(&error)
        })?;
        let incoming = Incoming::begin(Arc::clone(visit), admitted, options.checksum.as_deref());
        Ok(Box::new(incoming))
    }

    /// The empty file of a lock on nothing, which came into being with the lock.
    async fn make_locked(&self, path: &DavPath) -> FsResult<()> {
        match self.make(path, file::KIND_FILE).await {
            Err(FsError::Exists) => Ok(()),
            made => made,
        }
    }

    async fn make(&self, path: &DavPath, kind: i16) -> FsResult<()> {
        let visit = &self.visit;
        let location = Self::location(path)?;
        if visit.is_blocked(location.name()) {
            visit.refuse(StatusCode::METHOD_NOT_ALLOWED);
            return Err(FsError::Forbidden);
        }
        let (uri, held) = (location.uri(&visit.root), visit.held());
        let made = visit.dav().make(&visit.actor, &uri, kind, &held).await;
        made.map(|_| ()).map_err(|error| visit.fail(&error))
    }

    fn transfer(&self, from: &DavPath, to: &DavPath) -> FsResult<Transfer> {
        let visit = &self.visit;
        if visit.is_blocked(visit.to.as_ref().and_then(Location::name)) {
            visit.refuse(StatusCode::METHOD_NOT_ALLOWED);
            return Err(FsError::Forbidden);
        }
        Ok(Transfer {
            from: self.uri(from)?,
            to: self.uri(to)?,
            overwrite: visit.overwrite,
            modified: visit.modified,
            only: visit.only_over(),
            held: visit.held(),
        })
    }

    fn moved(&self, result: Result<(), FileError>) -> FsResult<()> {
        result.map_err(|error| {
            if matches!(error, FileError::NameTaken(_)) {
                // Somebody was faster: as if Overwrite: F had met it.
                self.visit.refuse(StatusCode::PRECONDITION_FAILED);
            }
            self.visit.fail(&error)
        })
    }
}

impl DavFileSystem for Bridge {
    fn open<'a>(
        &'a self,
        path: &'a DavPath,
        options: OpenOptions,
    ) -> FsFuture<'a, Box<dyn DavFile>> {
        async move {
            if options.write {
                self.write(path, options).await
            } else {
                // Reading is not the library's.
                Err(FsError::NotImplemented)
            }
        }
        .boxed()
    }

    fn read_dir<'a>(
        &'a self,
        _path: &'a DavPath,
        _meta: ReadDirMeta,
    ) -> FsFuture<'a, FsStream<Box<dyn DavDirEntry>>> {
        // Neither is walking.
        async { Err(FsError::NotImplemented) }.boxed()
    }

    fn metadata<'a>(&'a self, path: &'a DavPath) -> FsFuture<'a, Box<dyn DavMetaData>> {
        self.look(path, true).boxed()
    }

    fn symlink_metadata<'a>(&'a self, path: &'a DavPath) -> FsFuture<'a, Box<dyn DavMetaData>> {
        self.look(path, false).boxed()
    }

    fn create_dir<'a>(&'a self, path: &'a DavPath) -> FsFuture<'a, ()> {
        self.make(path, file::KIND_FOLDER).boxed()
    }

    fn remove_file<'a>(&'a self, path: &'a DavPath) -> FsFuture<'a, ()> {
        async move {
            let visit = &self.visit;
            if visit.verb != Verb::Delete {
                // The destination of a move or copy: replaced in the same transaction.
                return Ok(());
            }
            let uri = self.uri(path)?;
            if visit.depth == Some(Depth::Zero) && self.is_folder(&uri).await? {
                // RFC 4918 §9.6.1: a folder goes with everything in it.
                visit.refuse(StatusCode::BAD_REQUEST);
                return Err(FsError::GeneralFailure);
            }
            let (only, held) = (visit.only_over(), visit.held());
            let removed = visit.dav().remove(&visit.actor, &uri, only, &held).await;
            removed.map_err(|error| visit.fail(&error))
        }
        .boxed()
    }

    fn rename<'a>(&'a self, from: &'a DavPath, to: &'a DavPath) -> FsFuture<'a, ()> {
        async move {
            let transfer = self.transfer(from, to)?;
            let visit = &self.visit;
            self.moved(visit.dav().relocate(&visit.actor, &transfer).await)
        }
        .boxed()
    }

    fn copy<'a>(&'a self, from: &'a DavPath, to: &'a DavPath) -> FsFuture<'a, ()> {
        async move {
            let transfer = self.transfer(from, to)?;
            let visit = &self.visit;
            let whole = visit.depth != Some(Depth::Zero);
            self.moved(visit.dav().duplicate(&visit.actor, &transfer, whole).await)
        }
        .boxed()
    }

    fn patch_props<'a>(
        &'a self,
        path: &'a DavPath,
        patch: Vec<(bool, DavProp)>,
    ) -> FsFuture<'a, Vec<(StatusCode, DavProp)>> {
        // The library has evaluated conditions and locks; what it was told to set is not meant.
        async move {
            let (visit, uri) = (&self.visit, self.uri(path)?);
            if let Some(planned) = visit.planned() {
                let (dav, held) = (visit.dav(), visit.held());
                let done = dav.patch_props(&visit.actor, &uri, &planned, &held).await;
                done.map_err(|error| visit.fail(&error))?;
            }
            let unset = |(_, prop)| (StatusCode::OK, DavProp { xml: None, ..prop });
            Ok(patch.into_iter().map(unset).collect())
        }
        .boxed()
    }
}
