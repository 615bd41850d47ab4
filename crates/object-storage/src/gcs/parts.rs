//! Uploads in parts. What the store itself calls an upload in parts is joined without conditions, and
//! would take the place of what somebody else wrote meanwhile (Cloud Storage, request preconditions).
//! So parts are objects in a folder that no blob can have, which are composed into one on the
//! condition that nothing has its name. They are of the class of the bucket: what is composed is of
//! that of its parts.

use super::client::Bucket;
use super::objects::{New, Told};
use crate::driver::path_of;
use crate::listing::MOST_STAGED;
use crate::refusal::garbage;
use crate::vendor::Part;
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use md5::{Digest as _, Md5};
use std::collections::BTreeMap;
use std::pin::pin;
use storage::{BlobKey, DriverError, STAGING_FOLDER, Staged};
use uuid::Uuid;

/// The object that is there as long as an upload takes parts.
const BEGUN: &str = "begun";

/// Where the parts of an upload are, with the slash.
pub(super) fn folder(key: &BlobKey, upload: Uuid) -> String {
    format!("{STAGING_FOLDER}/{key}/{}/", upload.simple())
}

/// Parts are called by their bytes: sent twice, both are kept.
fn part_name(number: u64, tag: &str) -> String {
    format!("part-{number:05}-{tag}")
}

/// Whether it is one that was made here.
fn is_tag(tag: &str) -> bool {
    tag.len() == 32 && tag.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The part that an object is, by its name.
fn part_of(folder: &str, told: &Told) -> Option<Part> {
    let name = told.name.strip_prefix(folder)?.strip_prefix("part-")?;
    let (number, tag) = name.split_once('-')?;
    is_tag(tag).then_some(Part {
        number: number.parse().ok()?,
        e_tag: tag.to_owned(),
        size: told.size,
    })
}

/// The upload that an object is of: its key, and how it is called.
fn upload_of(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix(STAGING_FOLDER)?.strip_prefix('/')?;
    let (folder, _) = rest.rsplit_once('/')?;
    let (key, upload) = folder.rsplit_once('/')?;
    let is_ours = upload.len() == 32 && Uuid::try_parse(upload).is_ok();
    is_ours.then_some((key, upload))
}

impl Bucket {
    pub async fn begin_parts(&self, key: &BlobKey) -> Result<String, DriverError> {
        // What the library would not read is not written.
        path_of(key)?;
        let upload = Uuid::now_v7();
        let called = upload.simple().to_string();
        let name = format!("{}{BEGUN}", folder(key, upload));
        self.insert(of_upload(&name, &called), Bytes::new()).await?;
        Ok(called)
    }

    /// Whether an upload takes parts.
    pub async fn is_begun(&self, key: &BlobKey, upload: &str) -> Result<bool, DriverError> {
        let Ok(number) = Uuid::try_parse(upload) else {
            return Ok(false);
        };
        let name = format!("{}{BEGUN}", folder(key, number));
        Ok(self.look(&name).await?.is_some())
    }

    /// Sends one part, from 0. An empty part is none.
    pub async fn put_part(
        &self,
        key: &BlobKey,
        upload: &str,
        index: u64,
        bytes: Bytes,
    ) -> Result<Option<Part>, DriverError> {
        let Ok(number) = Uuid::try_parse(upload) else {
            return Ok(None);
        };
        let digest: [u8; 16] = Md5::digest(&bytes).into();
        let part = Part {
            number: index + 1,
            e_tag: Uuid::from_bytes(digest).simple().to_string(),
            size: bytes.len() as u64,
        };
        if part.size > 0 {
            let name = part_name(part.number, &part.e_tag);
            let name = format!("{}{name}", folder(key, number));
            // What has the name has these bytes.
            self.insert(of_upload(&name, upload), bytes).await?;
        }
        Ok(Some(part))
    }

    /// The parts that an upload has, in order. `None`: there is no such upload, or it is a blob
    /// already.
    pub async fn parts_of(
        &self,
        key: &BlobKey,
        upload: &str,
    ) -> Result<Option<Vec<Part>>, DriverError> {
        let Ok(number) = Uuid::try_parse(upload) else {
            return Ok(None);
        };
        let folder = folder(key, number);
        let mut all = self.all_below(&folder).await?;
        let begun = format!("{folder}{BEGUN}");
        if !all.iter().any(|told| told.name == begun) {
            return Ok(None);
        }
        // Parts go after the blob came to be: whoever sees it may not have seen all of them.
        let blob = self.look(key.as_str()).await?;
        if blob.is_some_and(|blob| blob.is_of(upload, blob.size)) {
            self.clear(&folder).await;
            return Ok(None);
        }
        all.sort_by_key(|told| told.updated);
        let mut parts: Vec<Part> = all
            .iter()
            .filter_map(|told| part_of(&folder, told))
            .collect();
        parts.sort_by_key(|part| part.number);
        Ok(Some(parts))
    }

    /// Names of the objects that the parts are.
    pub(super) fn names_of(folder: &str, parts: &[Part]) -> Result<Vec<String>, DriverError> {
        let parts = parts.iter().filter(|part| part.size > 0);
        let names = parts.map(|part| {
            let name = part_name(part.number, &part.e_tag);
            is_tag(&part.e_tag).then(|| format!("{folder}{name}"))
        });
        let names: Option<Vec<String>> = names.collect();
        names.ok_or_else(|| garbage("parts of another upload"))
    }

    /// Drops an upload with all its parts. From then on it takes none.
    pub async fn drop_parts(&self, key: &BlobKey, upload: &str) -> Result<(), DriverError> {
        let Ok(number) = Uuid::try_parse(upload) else {
            return Ok(());
        };
        self.empty(&folder(key, number)).await
    }

    async fn empty(&self, folder: &str) -> Result<(), DriverError> {
        self.remove(&format!("{folder}{BEGUN}")).await?;
        let all = self.all_below(folder).await?.into_iter();
        let left = self.remove_all(all.map(|told| told.name).collect()).await?;
        match left.first() {
            Some(name) => Err(garbage(format!("{name} cannot be removed"))),
            None => Ok(()),
        }
    }

    /// The same where nothing depends on it: what stays is swept later.
    pub(super) async fn clear(&self, folder: &str) {
        if let Err(error) = self.empty(folder).await {
            tracing::warn!(folder, %error, "parts are left in the bucket");
        }
    }

    /// Uploads below the prefix of this storage of which something is there.
    pub async fn unfinished_uploads(&self) -> Result<Vec<Staged>, DriverError> {
        let prefix = &self.options.staging_prefix;
        if prefix.is_empty() {
            // Others may use the same bucket: what is not known to be ours is left alone.
            return Ok(Vec::new());
        }
        let mut found: BTreeMap<String, Staged> = BTreeMap::new();
        let prefix = format!("{STAGING_FOLDER}/{prefix}");
        // There may be ten thousand parts of each: no more than a page of them is held.
        let mut pages = pin!(self.pages_below(&prefix));
        while let Some(page) = pages.try_next().await? {
            for told in &page {
                count(&mut found, told);
            }
            if found.len() >= MOST_STAGED {
                break;
            }
        }
        Ok(found.into_values().collect())
    }
}

/// Counts an object among those of its upload.
fn count(found: &mut BTreeMap<String, Staged>, told: &Told) {
    let Some((key, upload)) = upload_of(&told.name) else {
        return;
    };
    let name = format!("{upload} {key}");
    let modified = told.updated.into();
    let staged = found.entry(name.clone()).or_insert_with(|| Staged {
        name,
        upload: None,
        vendor_state: Some(upload.to_owned()),
        size_bytes: 0,
        modified,
    });
    staged.size_bytes += told.size;
    staged.modified = staged.modified.max(modified);
}

fn of_upload<'a>(name: &'a str, upload: &'a str) -> New<'a> {
    New {
        name,
        upload,
        content_type: None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_upload_is_known_by_the_names_of_its_objects() {
        let upload = Uuid::now_v7();
        let key = BlobKey::parse("uploads/1/a b/c").unwrap();
        let folder = folder(&key, upload);
        let name = format!("{folder}{}", part_name(7, &"a".repeat(32)));
        let called = upload.simple().to_string();
        assert_eq!(upload_of(&name), Some(("uploads/1/a b/c", &*called)));
        assert!(
            BlobKey::parse(&*name).is_err(),
            "some blob may be called so"
        );
        for foreign in ["a", ".staging/a", ".staging/a/b/c", ".staging/x/begun"] {
            assert_eq!(upload_of(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn parts_of_others_are_not_joined() {
        let part = |tag: &str| Part {
            number: 1,
            e_tag: tag.to_owned(),
            size: 1,
        };
        let names = Bucket::names_of("f/", &[part(&"0".repeat(32))]).unwrap();
        assert_eq!(names, [format!("f/part-00001-{}", "0".repeat(32))]);
        for tag in ["", "../../other", &"g".repeat(32)] {
            assert!(Bucket::names_of("f/", &[part(tag)]).is_err(), "{tag}");
        }
    }
}
