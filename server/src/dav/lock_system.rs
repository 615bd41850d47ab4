//! The drive's table of locks as the library's lock system, for one request.
//!
//! The library asks before it acts, and the drive asks again in the transaction of the change, so
//! nothing comes between the two.

use super::dav_request::DavRequest;
use super::location::Location;
use super::xml;
use dav_server::davpath::DavPath;
use dav_server::ls::{DavLock, DavLockSystem, LsFuture};
use drive::dav::{self, NewDavLock};
use drive::error::FileError;
use drive::lock::Target;
use drive::tree::TreeError;
use futures_util::FutureExt;
use poem::http::StatusCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use wire::{FileSystem, FileUri};
use xmltree::Element;

/// The lock system of one request.
#[derive(Clone, Debug)]
pub struct LockSystem {
    pub request: Arc<DavRequest>,
}

impl LockSystem {
    fn uri(&self, path: &DavPath) -> Option<FileUri> {
        Some(Location::of_decoded(path.as_bytes())?.uri(&self.request.root))
    }

    /// Where a path leads, from the root of the client's own drive; `None` in somebody else's,
    /// whose locks are not for visitors.
    async fn drive_path(&self, path: &DavPath) -> Result<Option<String>, FileError> {
        let request = &self.request;
        match self.uri(path) {
            Some(uri) => request.dav().drive_path(&request.actor, &uri).await,
            None => Ok(None),
        }
    }

    /// The same without asking, if no shortcut is on the way.
    fn plain_path(&self, path: &DavPath) -> Option<String> {
        let uri = self.uri(path)?;
        (uri.fs() == FileSystem::My).then(|| uri.path_string())
    }

    /// Locks that cannot be taken look like a lock that is in the way; the request knows better.
    fn refused(&self, path: &DavPath, error: &FileError) -> DavLock {
        self.request.refuse(self.request.status_of(error));
        nobodys(path)
    }

    async fn lock(&self, path: &DavPath, new: NewDavLock) -> Result<DavLock, DavLock> {
        let request = &self.request;
        match request.dav().lock(&request.actor, &new).await {
            Ok(Ok(lock)) => {
                request.remember_held(vec![lock.token.clone()]);
                let granted = wire(path, &lock);
                request.remember_granted(lock);
                Ok(granted)
            }
            Ok(Err(lock)) => Err(wire(path, &lock)),
            Err(FileError::Tree(TreeError::NotFound)) => {
                // The folder it should be in is missing (RFC 4918 §9.10.6).
                request.refuse(StatusCode::CONFLICT);
                Err(nobodys(path))
            }
            Err(error) => Err(self.refused(path, &error)),
        }
    }

    /// Whether a lock would make a file that the account does not take.
    async fn would_make_blocked(&self, uri: &FileUri) -> bool {
        let request = &self.request;
        request.is_blocked(uri.name()) && request.dav().entry(&request.actor, uri).await.is_err()
    }

    async fn unlock(&self, path: &DavPath, token: &str) -> Result<(), ()> {
        let request = &self.request;
        let unlocked = async {
            match self.drive_path(path).await? {
                Some(path) => request.dav().unlock(&request.actor, &path, token).await,
                None => Ok(false),
            }
        };
        match unlocked.await {
            Ok(true) => Ok(()),
            Ok(false) => Err(()),
            Err(error) => {
                request.refuse(request.status_of(&error));
                Err(())
            }
        }
    }

    async fn refresh(&self, path: &DavPath, token: &str) -> Result<DavLock, ()> {
        let request = &self.request;
        let secs = request.lock_secs;
        let refreshed = async {
            match self.drive_path(path).await? {
                Some(at) => {
                    request
                        .dav()
                        .refresh(&request.actor, &at, token, secs)
                        .await
                }
                None => Ok(None),
            }
        };
        match refreshed.await {
            Ok(Some(lock)) => {
                let granted = wire(path, &lock);
                request.remember_granted(lock);
                Ok(granted)
            }
            Ok(None) => Err(()),
            Err(error) => {
                request.refuse(request.status_of(&error));
                Err(())
            }
        }
    }

    /// Whether a token is that of a lock which covers the path: a condition of `If`.
    async fn is_locked_by(&self, path: &DavPath, tokens: &[String]) -> Result<bool, FileError> {
        let locks = self.request.locks().await?.iter();
        let named: Vec<_> = locks.filter(|lock| tokens.contains(&lock.token)).collect();
        let covered = |path: &str| named.iter().any(|lock| lock.covers_path(path));
        if named.is_empty() || self.plain_path(path).is_some_and(|path| covered(&path)) {
            return Ok(!named.is_empty());
        }
        let leads_to = self.drive_path(path).await?;
        Ok(leads_to.is_some_and(|path| covered(&path)))
    }

    /// Those of the tokens shown that are of the client's own locks.
    async fn held_of(&self, tokens: &[String]) -> Result<Vec<String>, FileError> {
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        let request = &self.request;
        let shown = request.locks().await?.iter();
        let shown = shown.filter(|lock| tokens.contains(&lock.token));
        let own = shown.filter(|lock| request.holds(lock));
        Ok(own.map(|lock| lock.token.clone()).collect())
    }

    async fn check(&self, path: &DavPath, deep: bool, tokens: &[String]) -> Result<(), DavLock> {
        let request = &self.request;
        let in_the_way = async {
            let path = match self.plain_path(path) {
                Some(path) => path,
                // In one's own share; what shortcuts lead to is asked again with the change.
                None => match self.drive_path(path).await? {
                    Some(path) => path,
                    None => return Ok(None),
                },
            };
            let target = if deep {
                // The library asks so for what is taken away, moved or replaced.
                Target::deep(path).as_member()
            } else if request.makes_new() {
                Target::shallow(path).as_member()
            } else {
                Target::shallow(path)
            };
            let held = self.held_of(tokens).await?;
            request.remember_held(held.clone());
            let dav = request.dav();
            dav.lock_in_the_way(&request.actor, &target, &held).await
        };
        match in_the_way.await {
            Ok(None) => Ok(()),
            Ok(Some(lock)) => Err(wire(path, &lock)),
            Err(error) => Err(self.refused(path, &error)),
        }
    }
}

impl DavLockSystem for LockSystem {
    fn lock(
        &self,
        path: &DavPath,
        _principal: Option<&str>,
        owner: Option<&Element>,
        _timeout: Option<Duration>,
        shared: bool,
        deep: bool,
    ) -> LsFuture<'_, Result<DavLock, DavLock>> {
        let path = path.clone();
        let owner_xml = owner.map(xml::inner).unwrap_or_default();
        async move {
            let Some(uri) = self.uri(&path) else {
                return Err(nobodys(&path));
            };
            if self.would_make_blocked(&uri).await {
                self.request.refuse(StatusCode::METHOD_NOT_ALLOWED);
                return Err(nobodys(&path));
            }
            let shown = self.request.conditions.tokens();
            let held = self.held_of(&shown).await;
            let held = held.map_err(|error| self.refused(&path, &error))?;
            let new = NewDavLock {
                uri,
                is_deep: deep,
                is_shared: shared,
                owner_xml,
                // The library would cap it at ten minutes.
                seconds: self.request.lock_secs,
                held,
            };
            self.lock(&path, new).await
        }
        .boxed()
    }

    fn unlock(&self, path: &DavPath, token: &str) -> LsFuture<'_, Result<(), ()>> {
        let (path, token) = (path.clone(), token.to_owned());
        async move { self.unlock(&path, &token).await }.boxed()
    }

    fn refresh(
        &self,
        path: &DavPath,
        token: &str,
        _timeout: Option<Duration>,
    ) -> LsFuture<'_, Result<DavLock, ()>> {
        let (path, token) = (path.clone(), token.to_owned());
        async move { self.refresh(&path, &token).await }.boxed()
    }

    fn check(
        &self,
        path: &DavPath,
        principal: Option<&str>,
        ignore_principal: bool,
        deep: bool,
        submitted_tokens: &[String],
    ) -> LsFuture<'_, Result<(), DavLock>> {
        let (path, tokens) = (path.clone(), submitted_tokens.to_vec());
        // So the library asks when it evaluates a condition.
        let is_condition = principal.is_none() && ignore_principal;
        async move {
            if !is_condition {
                return self.check(&path, deep, &tokens).await;
            }
            match self.is_locked_by(&path, &tokens).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(nobodys(&path)),
                Err(error) => Err(self.refused(&path, &error)),
            }
        }
        .boxed()
    }

    fn discover(&self, _path: &DavPath) -> LsFuture<'_, Vec<DavLock>> {
        // Only PROPFIND asks, which is ours.
        std::future::ready(Vec::new()).boxed()
    }

    fn delete(&self, _path: &DavPath) -> LsFuture<'_, Result<(), ()>> {
        // The drive ended them in the transaction of the change.
        std::future::ready(Ok(())).boxed()
    }
}

fn wire(path: &DavPath, lock: &dav::DavLock) -> DavLock {
    let timeout = lock.seconds_left.map(Duration::from_secs);
    DavLock {
        token: lock.token.clone(),
        path: Box::new(path.clone()),
        principal: Some(lock.user.to_string()),
        owner: lock
            .owner_xml
            .as_deref()
            .and_then(owner_element)
            .map(Box::new),
        timeout_at: timeout.map(|left| SystemTime::now() + left),
        timeout,
        shared: lock.is_shared,
        deep: lock.is_deep,
    }
}

fn owner_element(inner: &str) -> Option<Element> {
    let text = format!("<D:owner xmlns:D=\"DAV:\">{inner}</D:owner>");
    xml::parse(text.as_bytes())
        .ok()
        .filter(|_| !inner.is_empty())
}

fn nobodys(path: &DavPath) -> DavLock {
    DavLock {
        token: String::new(),
        path: Box::new(path.clone()),
        principal: None,
        owner: None,
        timeout_at: None,
        timeout: None,
        shared: false,
        deep: false,
    }
}
