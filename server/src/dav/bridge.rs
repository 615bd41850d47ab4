//! The drive as the library's file system, for one request.

use super::dav_request::{DavRequest, Verb};
use super::headers::Depth;
use super::incoming::Incoming;
use super::location::Location;
use super::metadata::Metadata;
use dav_server::davpath::DavPath;
use dav_server::fs::{
    DavDirEntry, DavFile, DavFileSystem, DavMetaData, DavProp, FsError, FsFuture, FsResult,
    FsStream, OpenOptions, ReadDirMeta,
};
use drive::blob::StreamedContent;
use drive::dav::{FoundFile, Transfer};
use drive::error::FileError;
use drive::tree::TreeError;
use entity::FileKind;
use futures_util::FutureExt;
use poem::http::StatusCode;
use std::sync::Arc;
use wire::FileUri;

/// The file system of one request.
#[derive(Clone, Debug)]
pub struct Bridge {
    pub request: Arc<DavRequest>,
}

impl Bridge {
    fn location(path: &DavPath) -> FsResult<Location> {
        Location::of_decoded(path.as_bytes()).ok_or(FsError::NotFound)
    }

    fn uri(&self, path: &DavPath) -> FsResult<FileUri> {
        Ok(Self::location(path)?.uri(&self.request.root))
    }

    /// `follow`: through a shortcut at the end.
    async fn look(&self, path: &DavPath, follow: bool) -> FsResult<Box<dyn DavMetaData>> {
        let location = Self::location(path)?;
        let request = &self.request;
        let uri = location.uri(&request.root);
        let found = if follow {
            request.dav().find(&request.actor, &uri).await
        } else {
            request.dav().entry(&request.actor, &uri).await
        };
        if location == request.at {
            request.remember_seen(found.as_ref().ok());
        }
        let found: FoundFile = found.map_err(|error| request.fail(&error))?;
        // The library writes folders that it asks about as parents with a slash at their end; the
        // root, which always has one, is none when it is what shall go away.
        let is_parent =
            path.is_collection() && !(request.verb == Verb::Delete && location.name().is_none());
        let is_end =
            !is_parent && (location == request.at || request.to.as_ref() == Some(&location));
        let as_leaf = request.verb.is_whole() && is_end;
        Ok(Box::new(Metadata::of(request, &found.file, as_leaf)))
    }

    async fn is_folder(&self, uri: &FileUri) -> FsResult<bool> {
        let request = &self.request;
        let found = request.dav().entry(&request.actor, uri).await;
        let found = found.map_err(|error| request.fail(&error))?;
        Ok(found.is_folder())
    }

    async fn write(&self, path: &DavPath, options: OpenOptions) -> FsResult<Box<dyn DavFile>> {
        let request = &self.request;
        let location = Self::location(path)?;
        if request.is_blocked(location.name()) {
            request.refuse(StatusCode::METHOD_NOT_ALLOWED);
            return Err(FsError::Forbidden);
        }
        if request.verb == Verb::Lock {
            self.make_locked(path).await?;
            return Ok(Box::new(Incoming::nothing(Arc::clone(request))));
        }
        let uri = location.uri(&request.root);
        let there = request.dav().resolve_target(&request.actor, &uri).await;
        let (uri, resolved) = there.map_err(|error| request.fail(&error))?;
        let content = StreamedContent {
            make_folders: false,
            uri,
            expected_bytes: options.size.or(request.expected_bytes),
            last_modified: request.modified,
            only_over: request.only_over(),
            held: request.held(),
        };
        let (uploads, actor) = (&request.services.uploads, &request.actor);
        let upload = uploads.begin_stream(actor, content, resolved).await;
        let upload = upload.map_err(|error| {
            if matches!(error, FileError::Tree(TreeError::NameTaken(_))) {
                request.refuse(StatusCode::METHOD_NOT_ALLOWED);
            }
            request.fail(&error)
        })?;
        let incoming = Incoming::begin(Arc::clone(request), upload, options.checksum.as_deref());
        Ok(Box::new(incoming))
    }

    /// The empty file of a lock on nothing, which came into being with the lock.
    async fn make_locked(&self, path: &DavPath) -> FsResult<()> {
        match self.make(path, FileKind::File).await {
            Err(FsError::Exists) => Ok(()),
            made => made,
        }
    }

    async fn make(&self, path: &DavPath, kind: FileKind) -> FsResult<()> {
        let request = &self.request;
        let location = Self::location(path)?;
        if request.is_blocked(location.name()) {
            request.refuse(StatusCode::METHOD_NOT_ALLOWED);
            return Err(FsError::Forbidden);
        }
        let (uri, held) = (location.uri(&request.root), request.held());
        let made = request.dav().make(&request.actor, &uri, kind, &held).await;
        made.map(|_| ()).map_err(|error| request.fail(&error))
    }

    fn transfer(&self, from: &DavPath, to: &DavPath) -> FsResult<Transfer> {
        let request = &self.request;
        if request.is_blocked(request.to.as_ref().and_then(Location::name)) {
            request.refuse(StatusCode::METHOD_NOT_ALLOWED);
            return Err(FsError::Forbidden);
        }
        Ok(Transfer {
            from: self.uri(from)?,
            to: self.uri(to)?,
            overwrite: request.overwrite,
            modified: request.modified,
            only: request.only_over(),
            held: request.held(),
        })
    }

    fn moved(&self, result: Result<(), FileError>) -> FsResult<()> {
        result.map_err(|error| {
            if matches!(error, FileError::Tree(TreeError::NameTaken(_))) {
                // Somebody was faster: as if Overwrite: F had met it.
                self.request.refuse(StatusCode::PRECONDITION_FAILED);
            }
            self.request.fail(&error)
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
        self.make(path, FileKind::Folder).boxed()
    }

    fn remove_file<'a>(&'a self, path: &'a DavPath) -> FsFuture<'a, ()> {
        async move {
            let request = &self.request;
            if request.verb != Verb::Delete {
                // The destination of a move or copy: replaced in the same transaction.
                return Ok(());
            }
            let uri = self.uri(path)?;
            if request.depth == Some(Depth::Zero) && self.is_folder(&uri).await? {
                // RFC 4918 §9.6.1: a folder goes with everything in it.
                request.refuse(StatusCode::BAD_REQUEST);
                return Err(FsError::GeneralFailure);
            }
            let (only, held) = (request.only_over(), request.held());
            let removed = request
                .dav()
                .remove(&request.actor, &uri, only, &held)
                .await;
            removed.map_err(|error| request.fail(&error))
        }
        .boxed()
    }

    fn rename<'a>(&'a self, from: &'a DavPath, to: &'a DavPath) -> FsFuture<'a, ()> {
        async move {
            let transfer = self.transfer(from, to)?;
            let request = &self.request;
            self.moved(request.dav().relocate(&request.actor, &transfer).await)
        }
        .boxed()
    }

    fn copy<'a>(&'a self, from: &'a DavPath, to: &'a DavPath) -> FsFuture<'a, ()> {
        async move {
            let transfer = self.transfer(from, to)?;
            let request = &self.request;
            let whole = request.depth != Some(Depth::Zero);
            self.moved(
                request
                    .dav()
                    .duplicate(&request.actor, &transfer, whole)
                    .await,
            )
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
            let (request, uri) = (&self.request, self.uri(path)?);
            if let Some(planned) = request.planned() {
                let (dav, held) = (request.dav(), request.held());
                let done = dav.patch_props(&request.actor, &uri, &planned, &held).await;
                done.map_err(|error| request.fail(&error))?;
            }
            let unset = |(_, prop)| (StatusCode::OK, DavProp { xml: None, ..prop });
            Ok(patch.into_iter().map(unset).collect())
        }
        .boxed()
    }
}
