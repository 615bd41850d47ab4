//! Folders are made, and files renamed and removed.

use super::client::{NO_DAV, Server, is_missing, method, no_dav, told};
use crate::refusal::{Refusal, garbage};
use reqwest::header::HeaderName;
use reqwest::{Method, StatusCode};
use std::sync::atomic::Ordering;
use storage::{BlobKey, DriverError};

/// What servers say where a folder is missing; Apache the last where something is renamed.
const NO_PARENT: [StatusCode; 4] = [
    StatusCode::CONFLICT,
    StatusCode::FORBIDDEN,
    StatusCode::NOT_FOUND,
    StatusCode::INTERNAL_SERVER_ERROR,
];
/// Folders that are remembered to be there.
const MOST_KNOWN: usize = 1_000;
/// Names that are remembered to be given, in each sixteenth of all.
const MOST_GIVEN: usize = 16;

fn lacks_parent(refusal: &Refusal) -> bool {
    NO_PARENT.iter().any(|status| refusal.is(*status))
}

fn has_odd_letters(path: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./ ".contains(letter);
    !path.chars().all(is_plain)
}

impl Server {
    /// Makes a folder. `false`: something has the name.
    pub async fn make_folder(&self, path: &str) -> Result<bool, Refusal> {
        let url = self.folder_url(path);
        match self
            .send(|| self.request(method("MKCOL"), url.clone()))
            .await
        {
            Ok(_) => Ok(true),
            Err(refusal) if refusal.is(StatusCode::METHOD_NOT_ALLOWED) => Ok(false),
            Err(refusal) if lacks_parent(&refusal) => {
                // Or somebody else makes it at the same moment.
                let folder = format!("{}/", path.trim_end_matches('/'));
                match self.entry(&folder).await {
                    Ok(Some(found)) if found.file.is_none() => Ok(false),
                    _ => Err(refusal),
                }
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Makes all folders above a name that are not there: most are.
    pub async fn make_parents(&self, path: &str) -> Result<(), Refusal> {
        let Some((parent, _)) = path.rsplit_once('/') else {
            return Ok(());
        };
        // Where one above it is missing, servers say one or another.
        match self.make_folder(parent).await {
            Err(refusal) if lacks_parent(&refusal) => {}
            made => return made.map(drop),
        }
        for (at, _) in path.match_indices('/') {
            self.make_folder(&path[..at]).await?;
        }
        Ok(())
    }

    /// The same unless they were there a while ago.
    async fn know_parents(&self, path: &str) -> Result<(), Refusal> {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        if parent.is_empty() || self.known().contains(parent) {
            return Ok(());
        }
        self.make_parents(path).await?;
        let mut known = self.known();
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(parent.to_owned());
        Ok(())
    }

    /// Makes the folder that everything lies in, unless it is there.
    pub async fn make_root(&self) -> Result<(), DriverError> {
        if self.folder.is_empty() {
            return Ok(());
        }
        let mut above = self.clone();
        above.root = self.base.clone();
        let ends = self.folder.match_indices('/').map(|(at, _)| at);
        for end in ends.chain([self.folder.len()]) {
            let folder = format!("{}/", &self.folder[..end]);
            if above.entry(&folder).await?.is_none() {
                above.make_folder(&folder).await.map_err(told)?;
            }
        }
        Ok(())
    }

    /// Makes the folder of unfinished uploads, unless it is there as far as is known.
    pub async fn make_staging(&self) -> Result<(), DriverError> {
        if self.has_staging.load(Ordering::Relaxed) {
            return Ok(());
        }
        let made = self.make_parents(&format!("{}/x", self.staging)).await;
        made.map_err(told)?;
        self.has_staging.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Somebody may have removed it.
    pub fn doubt_staging(&self) {
        self.has_staging.store(false, Ordering::Relaxed);
    }

    /// Gives something another name, unless something else has it.
    pub async fn rename(&self, from: &str, to: &BlobKey) -> Result<(), DriverError> {
        let path = to.as_str();
        let mut given = self.given(path).await;
        if given.iter().any(|last| last == path) && self.found(path).await?.is_some() {
            return Err(DriverError::AlreadyExists(to.clone()));
        }
        self.know_parents(path).await.map_err(told)?;
        let mut moved = self.try_rename(from, path).await;
        if moved.as_ref().is_err_and(lacks_parent) {
            // Somebody may have removed the folder.
            self.known().clear();
            self.know_parents(path).await.map_err(told)?;
            moved = self.try_rename(from, path).await;
        }
        if moved.is_ok() {
            given.push_front(path.to_owned());
            given.truncate(MOST_GIVEN);
        }
        drop(given);
        // Not every server reads all addresses as they are meant.
        if moved.is_ok() && has_odd_letters(path) && self.found(path).await?.is_none() {
            return Err(garbage(
                "the server gave it another name than was asked for",
            ));
        }
        moved.map_err(|refusal| {
            if refusal.is(StatusCode::PRECONDITION_FAILED) {
                return DriverError::AlreadyExists(to.clone());
            }
            told(refusal)
        })
    }

    pub async fn try_rename(&self, from: &str, to_path: &str) -> Result<(), Refusal> {
        let (from, to) = (self.url(from), self.url(to_path));
        let request = || {
            self.request(method("MOVE"), from.clone())
                .header(HeaderName::from_static("destination"), to.as_str())
                .header(HeaderName::from_static("overwrite"), "F")
        };
        let response = self.send(request).await?;
        let why = match response.status() {
            StatusCode::CREATED | StatusCode::NO_CONTENT => return Ok(()),
            StatusCode::MULTI_STATUS => "only some of it was moved",
            // Whoever answers everything so has moved nothing.
            _ => match self.found(to_path).await {
                Ok(Some(_)) => return Ok(()),
                _ => NO_DAV,
            },
        };
        Err(Refusal::unsent(std::io::Error::other(why)))
    }

    /// Removes something; with a slash at its end, a folder with all that lies in it. What is not there is
    /// removed.
    pub async fn remove(&self, path: &str) -> Result<(), DriverError> {
        let url = self.address(path);
        let answer = self
            .send(|| self.request(Method::DELETE, url.clone()))
            .await;
        match answer.map(|answer| answer.status()) {
            Ok(StatusCode::NO_CONTENT) => Ok(()),
            Ok(StatusCode::MULTI_STATUS) => Err(garbage("some of it cannot be removed")),
            // Whoever answers everything so has removed nothing.
            Ok(_) => match self.entry(path).await? {
                Some(_) => Err(no_dav()),
                None => Ok(()),
            },
            Err(refusal) if is_missing(&refusal) => self.require_root().await,
            Err(refusal) => Err(told(refusal)),
        }
    }
}
