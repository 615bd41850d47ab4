//! What a server tells of files and folders (RFC 4918, PROPFIND).

use super::client::{Server, is_missing, method, no_dav, told};
use crate::refusal::{Refusal, garbage, time};
use futures_util::TryStreamExt as _;
use percent_encoding::percent_decode_str;
use quick_xml::de::from_str;
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use std::io;
use std::time::SystemTime;
use storage::{BlobKey, BlobStat, DriverError, Room};

/// Longest answer about one folder.
const LONGEST: usize = 64 << 20;

const ASKED: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:propfind xmlns:D=\"DAV:\"><D:prop>\
    <D:resourcetype/><D:getcontentlength/><D:getlastmodified/></D:prop></D:propfind>";
const ASKED_ROOM: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:propfind xmlns:D=\"DAV:\"><D:prop>\
    <D:resourcetype/><D:quota-available-bytes/><D:quota-used-bytes/></D:prop></D:propfind>";

#[derive(Debug, Deserialize)]
struct MultiStatus {
    #[serde(default)]
    response: Vec<Told>,
}

#[derive(Debug, Deserialize)]
struct Told {
    href: String,
    #[serde(default)]
    propstat: Vec<PropStat>,
}

#[derive(Debug, Deserialize)]
struct PropStat {
    prop: Props,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Props {
    resourcetype: Option<Kind>,
    getcontentlength: Option<String>,
    getlastmodified: Option<String>,
    quota_available_bytes: Option<String>,
    quota_used_bytes: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Kind {
    collection: Option<serde::de::IgnoredAny>,
}

/// Something on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub name: String,
    /// `None`: a folder.
    pub file: Option<BlobStat>,
    /// Of folders, too.
    pub modified: SystemTime,
}

impl Told {
    /// Path without the slash at its end, as it stands there.
    fn path(&self) -> &str {
        let href = self.href.trim();
        let path = match href.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
            None => href,
        };
        path.trim_end_matches('/')
    }

    fn number(&self, of: impl Fn(&Props) -> Option<&String>) -> Option<u64> {
        let mut told = self.propstat.iter().filter_map(|stat| of(&stat.prop));
        told.find_map(|text| text.trim().parse().ok())
    }

    fn entry(&self) -> Option<Entry> {
        let (_, name) = self.path().rsplit_once('/')?;
        let name = percent_decode_str(name).decode_utf8().ok()?.into_owned();
        let props = || self.propstat.iter().map(|stat| &stat.prop);
        let mut kinds = props().filter_map(|prop| prop.resourcetype.as_ref());
        let is_folder = kinds.any(|kind| kind.collection.is_some());
        let modified = props().find_map(|prop| time(prop.getlastmodified.as_deref()?.trim()));
        let modified = modified.unwrap_or(SystemTime::UNIX_EPOCH);
        let file = if is_folder {
            None
        } else {
            let size_bytes = self.number(|prop| prop.getcontentlength.as_ref())?;
            Some(BlobStat {
                size_bytes,
                modified,
            })
        };
        (!name.contains('/')).then_some(Entry {
            name,
            file,
            modified,
        })
    }
}

impl Server {
    /// `None`: it is not there.
    async fn ask(
        &self,
        path: &str,
        depth: &'static str,
        body: &'static str,
    ) -> Result<Option<Vec<Told>>, DriverError> {
        let url = if depth == "1" {
            self.folder_url(path)
        } else {
            self.address(path)
        };
        let request = || {
            self.request(method("PROPFIND"), url.clone())
                .header("depth", depth)
                .header(CONTENT_TYPE, "application/xml")
                .body(body)
        };
        let response = match self.send(request).await {
            Ok(response) => response,
            Err(refusal) if is_missing(&refusal) => return Ok(None),
            // Some say so that it is a folder. Nobody is asked where they say.
            Err(refusal) if is_elsewhere(&refusal) && !url.path().ends_with('/') => {
                let folder = format!("{path}/");
                let told_there = Box::pin(self.ask(&folder, depth, body)).await?;
                return told_there.map(Some).ok_or_else(|| told(refusal));
            }
            // Below a file there is nothing, which not all can say.
            Err(refusal) if refusal.is(StatusCode::BAD_REQUEST) => {
                let is_of_folder = depth == "1" || path.ends_with('/');
                return if self.is_in_file(path, is_of_folder).await? {
                    Ok(None)
                } else {
                    Err(told(refusal))
                };
            }
            Err(refusal) => return Err(told(refusal)),
        };
        let mut pieces = response.bytes_stream();
        let mut text = Vec::new();
        while let Some(piece) = pieces.try_next().await.map_err(io::Error::other)? {
            if text.len() + piece.len() > LONGEST {
                return Err(garbage("the folder has more entries than can be listed"));
            }
            text.extend_from_slice(&piece);
        }
        read(&String::from_utf8_lossy(&text)).map(Some)
    }

    async fn is_in_file(&self, path: &str, is_of_folder: bool) -> Result<bool, DriverError> {
        let path = path.trim_end_matches('/');
        let above = match path.rsplit_once('/') {
            _ if is_of_folder => path,
            Some((parent, _)) => parent,
            None => return Ok(false),
        };
        let above = Box::pin(self.entry(above)).await?;
        Ok(above.is_none_or(|above| above.file.is_some()))
    }

    /// What is known of a file. `None`: there is none, or a folder.
    pub async fn found(&self, path: &str) -> Result<Option<BlobStat>, DriverError> {
        let found = self.entry(path).await?;
        Ok(found.and_then(|entry| entry.file))
    }

    /// What has the name; of a path with a slash at its end, the folder.
    pub async fn entry(&self, path: &str) -> Result<Option<Entry>, DriverError> {
        let told = self.ask(path, "0", ASKED).await?;
        Ok(told.and_then(|told| told.first()?.entry()))
    }

    /// # Errors
    /// `NotFound`, where the folder of the storage is there.
    pub async fn stat(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        if let Some(stat) = self.found(key.as_str()).await? {
            return Ok(stat);
        }
        self.require_root().await?;
        Err(DriverError::NotFound(key.clone()))
    }

    /// How much room there is, where the server says it (RFC 4331).
    pub async fn room(&self) -> Result<Option<Room>, DriverError> {
        let told = self.ask("", "0", ASKED_ROOM).await?;
        let told = told.ok_or_else(no_folder)?;
        let of = |of: fn(&Props) -> Option<&String>| told.first().and_then(|told| told.number(of));
        let free = of(|prop| prop.quota_available_bytes.as_ref());
        let used = of(|prop| prop.quota_used_bytes.as_ref());
        Ok(free.map(|free_bytes| Room {
            free_bytes,
            total_bytes: free_bytes.saturating_add(used.unwrap_or(0)),
        }))
    }

    /// Where the folder itself is gone nothing is known of what lies in it.
    pub async fn require_root(&self) -> Result<(), DriverError> {
        self.room().await.map(drop)
    }

    /// What lies in a folder, by name. `None`: it is not there.
    pub async fn children(&self, folder: &str) -> Result<Option<Vec<Entry>>, DriverError> {
        let Some(told) = self.ask(folder, "1", ASKED).await? else {
            return Ok(None);
        };
        // The folder itself is told as well. Its address may be another one behind a proxy.
        let own = told.iter().map(|told| told.path().len()).min().unwrap_or(0);
        let below = told.iter().filter(|told| told.path().len() > own);
        let mut entries: Vec<Entry> = below.filter_map(Told::entry).collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Some(entries))
    }
}

fn is_elsewhere(refusal: &Refusal) -> bool {
    refusal.status.is_some_and(|status| status.is_redirection())
}

fn no_folder() -> DriverError {
    DriverError::Io(io::Error::other("there is no such folder on the server"))
}

fn read(text: &str) -> Result<Vec<Told>, DriverError> {
    let begin: String = text.chars().take(500).collect();
    if !begin.contains("multistatus") {
        return Err(no_dav());
    }
    let read: Result<MultiStatus, _> = from_str(text);
    read.map(|all| all.response)
        .map_err(|error| garbage(error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_servers_tell_is_understood() {
        let text = r#"<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">
            <d:response><d:href>/dav/f/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype>
            <d:getlastmodified>Thu, 26 Nov 2026 12:00:00 GMT</d:getlastmodified></d:prop>
            <d:status>HTTP/1.1 200 OK</d:status></d:propstat><d:propstat><d:prop><d:getcontentlength/></d:prop>
            <d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>
            <d:response><d:href>http://h/dav/f/a%20%25%c3%a9</d:href><d:propstat><d:prop><d:resourcetype/>
            <d:getcontentlength>7</d:getcontentlength>
            <d:getlastmodified>Thu, 26 Nov 2026 12:00:00 GMT</d:getlastmodified></d:prop></d:propstat></d:response>
            </d:multistatus>"#;
        let told = read(text).unwrap();
        assert_eq!(told.len(), 2);
        assert_eq!(told[0].entry().unwrap().file, None);
        let file = told[1].entry().unwrap();
        assert_eq!(file.name, "a %é");
        assert_eq!(file.file.unwrap().size_bytes, 7);
        assert!(read("<!DOCTYPE html><html><p>hello").is_err());
    }
}
