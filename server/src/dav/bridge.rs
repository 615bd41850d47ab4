//! The drive as the library's file system, for one request.

use super::incoming::Incoming;
use super::location::Location;
use super::visit::{Verb, Visit};
use super::xml;
use dav_server::davpath::DavPath;
use dav_server::fs::{
    DavDirEntry, DavFile, DavFileSystem, DavMetaData, DavProp, FsError, FsFuture, FsResult,
    FsStream, OpenOptions, ReadDirMeta,
};
use drive::blob::StreamedContent;
use drive::dav::{DeadProp, Found, PropChange, Transfer};
use drive::error::FileError;
use drive::wire::{FileUri, IdKind};
use entity::{Timestamp, file};
use futures_util::FutureExt;
use poem::http::StatusCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The file system of one request.
#[derive(Clone, Debug)]
pub struct Bridge {
    pub visit: Arc<Visit>,
}

/// What the library wants to know about a file.
#[derive(Clone, Debug)]
pub struct Facts {
    is_folder: bool,
    size_bytes: u64,
    modified: Timestamp,
    etag: Option<String>,
}

impl Facts {
    /// `as_leaf`: a folder is shown as a file, so that it is not walked through.
    pub fn of(visit: &Visit, file: &file::Model, as_leaf: bool) -> Self {
        let is_folder = file.kind == file::KIND_FOLDER;
        Self {
            is_folder: is_folder && !as_leaf,
            size_bytes: file.size_bytes.unsigned_abs(),
            modified: file.updated_at,
            etag: (!is_folder).then(|| etag(visit, file)),
        }
    }
}

/// The tag of a file's content without quotes: the public id of its current version, which never
/// changes; 0 stands for no version yet (V4 API, WebDAV).
pub fn etag(visit: &Visit, file: &file::Model) -> String {
    let id = file.current_blob_id.map_or(0, |id| id.0);
    let settings = visit.services.core.settings();
    settings.ids.encode(IdKind::Blob, id)
}

impl DavMetaData for Facts {
    fn len(&self) -> u64 {
        self.size_bytes
    }

    fn modified(&self) -> FsResult<SystemTime> {
        let micros = u64::try_from(self.modified.0).unwrap_or(0);
        Ok(UNIX_EPOCH + Duration::from_micros(micros))
    }

    fn is_dir(&self) -> bool {
        self.is_folder
    }

    fn etag(&self) -> Option<String> {
        self.etag.clone()
    }
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
        // The library writes folders that it asks about as parents with a slash at their end.
        let is_end =
            !path.is_collection() && (location == visit.at || visit.to.as_ref() == Some(&location));
        let as_leaf = visit.verb.is_whole() && is_end;
        Ok(Box::new(Facts::of(visit, &found.file, as_leaf)))
    }

    async fn write(&self, path: &DavPath, options: OpenOptions) -> FsResult<Box<dyn DavFile>> {
        let visit = &self.visit;
        let location = Self::location(path)?;
        if visit.is_blocked(location.name()) {
            visit.refuse(StatusCode::METHOD_NOT_ALLOWED);
            return Err(FsError::Forbidden);
        }
        if visit.verb == Verb::Lock {
            self.make(path, file::KIND_FILE).await?;
            return Ok(Box::new(Incoming::nothing(Arc::clone(visit))));
        }
        let uri = location.uri(&visit.root);
        let uri = visit.dav().place_of(&visit.actor, &uri).await;
        let content = StreamedContent {
            uri: uri.map_err(|error| visit.fail(&error))?,
            expected_bytes: options.size.or(visit.expected_bytes),
            last_modified: visit.modified,
            only_over: visit.only_over(),
            held: visit.held(),
        };
        let admitted = visit.services.uploads.admit(&visit.actor, content).await;
        let admitted = admitted.map_err(|error| {
            if matches!(error, FileError::NameTaken(_)) {
                visit.refuse(StatusCode::METHOD_NOT_ALLOWED);
            }
            visit.fail(&error)
        })?;
        let incoming = Incoming::begin(Arc::clone(visit), admitted, options.checksum.as_deref());
        Ok(Box::new(incoming))
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
            let (uri, held) = (self.uri(path)?, visit.held());
            let removed = visit.dav().remove(&visit.actor, &uri, &held).await;
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
            let whole = visit.depth != Some(super::headers::Depth::Zero);
            self.moved(visit.dav().duplicate(&visit.actor, &transfer, whole).await)
        }
        .boxed()
    }

    fn patch_props<'a>(
        &'a self,
        path: &'a DavPath,
        patch: Vec<(bool, DavProp)>,
    ) -> FsFuture<'a, Vec<(StatusCode, DavProp)>> {
        async move {
            let changes = patch.iter().map(change_of).collect::<FsResult<Vec<_>>>()?;
            let (visit, uri) = (&self.visit, self.uri(path)?);
            let (dav, held) = (visit.dav(), visit.held());
            let done = dav.patch_props(&visit.actor, &uri, &changes, &held).await;
            done.map_err(|error| visit.fail(&error))?;
            let named = patch
                .into_iter()
                .map(|(_, prop)| DavProp { xml: None, ..prop });
            Ok(named.map(|prop| (StatusCode::OK, prop)).collect())
        }
        .boxed()
    }
}

/// What the library says a client wants of a property.
fn change_of((is_set, prop): &(bool, DavProp)) -> FsResult<PropChange> {
    let namespace = prop.namespace.clone().unwrap_or_default();
    let name = prop.name.clone();
    if !is_set {
        return Ok(PropChange::Remove { namespace, name });
    }
    let bytes = prop.xml.as_deref().unwrap_or_default();
    let element = xml::parse(bytes).map_err(|_| FsError::GeneralFailure)?;
    Ok(PropChange::Set(DeadProp {
        inner_xml: xml::inner(&element),
        language: element.attributes.get("lang").cloned(),
        namespace,
        name,
    }))
}
