//! Uploads in blocks. The store knows no uploads, only blocks that belong to a name and to no blob
//! yet: what they are is told by what they are called. An upload is begun by a block that becomes
//! no part of the blob.

use super::client::Container;
use super::{NAME_OF, checked, dropped, name_of, number_of};
use crate::refusal::{Refusal, garbage};
use crate::vendor::Part;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use md5::{Digest as _, Md5};
use quick_xml::se::to_string;
use reqwest::Method;
use reqwest::header::{ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use serde::{Deserialize, Serialize};
use storage::{BlobKey, DriverError};
use uuid::Uuid;

const CONTENT_TYPE: HeaderName = HeaderName::from_static("x-ms-blob-content-type");
/// Number of the block that begins an upload.
const BEGINNING: u32 = u32::MAX;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct BlockList {
    uncommitted_blocks: Blocks,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Blocks {
    block: Vec<Listed>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    name: String,
    size: u64,
}

#[derive(Serialize)]
#[serde(rename = "BlockList", rename_all = "PascalCase")]
struct Joined {
    uncommitted: Vec<String>,
}

/// Name of a block: of which upload it is, which part, and the MD5 of its bytes. All of one blob
/// are of one length, as the store wants them.
struct Block {
    upload: Uuid,
    number: u32,
    md5: [u8; 16],
}

impl Block {
    fn name(&self) -> String {
        let number = self.number.to_be_bytes();
        BASE64_STANDARD.encode([self.upload.as_bytes(), &number[..], &self.md5].concat())
    }

    fn read(name: &str) -> Option<Self> {
        let bytes = BASE64_STANDARD.decode(name.trim()).ok()?;
        let (upload, rest) = bytes.split_at_checked(16)?;
        let (number, md5) = rest.split_at_checked(4)?;
        Some(Self {
            upload: Uuid::from_slice(upload).ok()?,
            number: u32::from_be_bytes(number.try_into().ok()?),
            md5: md5.try_into().ok()?,
        })
    }
}

impl Container {
    pub async fn begin_blocks(&self, key: &BlobKey) -> Result<String, DriverError> {
        // Tells when it was begun.
        let upload = Uuid::now_v7();
        self.put_block(key, upload, BEGINNING, Bytes::from_static(b"-"), [0; 16])
            .await?;
        Ok(name_of(upload))
    }

    async fn put_block(
        &self,
        key: &BlobKey,
        upload: Uuid,
        number: u32,
        bytes: Bytes,
        md5: [u8; 16],
    ) -> Result<(), DriverError> {
        let name = Block {
            upload,
            number,
            md5,
        }
        .name();
        let query = [("comp", "block"), ("blockid", &*name)];
        let sent = self.ask(Method::PUT, Some(key), &query, (checked(&bytes), bytes));
        sent.await.map(drop).map_err(Refusal::into_error)
    }

    /// Sends one part, from 0. There are no empty blocks: an empty part is none.
    pub async fn send_block(
        &self,
        key: &BlobKey,
        upload: &str,
        index: u64,
        bytes: Bytes,
    ) -> Result<Option<Part>, DriverError> {
        let Some(upload) = number_of(upload) else {
            return Ok(None);
        };
        let number = u32::try_from(index).ok().filter(|at| *at < BEGINNING - 1);
        let number = number.ok_or_else(|| garbage("too many parts"))?;
        let (md5, size) = (Md5::digest(&bytes).into(), bytes.len() as u64);
        if size > 0 {
            self.put_block(key, upload, number, bytes, md5).await?;
        }
        Ok(Some(Part {
            number: index + 1,
            e_tag: tag(md5),
            size,
        }))
    }

    /// All blocks that belong to no blob yet.
    async fn waiting(&self, key: &BlobKey) -> Result<Vec<(Block, u64)>, DriverError> {
        let query = [("comp", "blocklist"), ("blocklisttype", "uncommitted")];
        let list: BlockList = match self.ask_of(Method::GET, key, &query, []).await {
            Ok(answer) => answer.xml("BlockList")?,
            Err(refusal) if refusal.is_missing() => return Ok(Vec::new()),
            Err(refusal) => return Err(refusal.into_error()),
        };
        let blocks = list.uncommitted_blocks.block.into_iter();
        Ok(blocks
            .filter_map(|block| Some((Block::read(&block.name)?, block.size)))
            .collect())
    }

    /// The uploads that were begun under a key.
    pub async fn uploads_of(&self, key: &BlobKey) -> Result<Vec<Uuid>, DriverError> {
        let waiting = self.waiting(key).await?.into_iter();
        let begun = waiting.filter(|(block, _)| block.number == BEGINNING);
        Ok(begun.map(|(block, _)| block.upload).collect())
    }

    /// The parts that an upload has, in order. `None`: there is no such upload.
    pub async fn blocks_of(
        &self,
        key: &BlobKey,
        upload: &str,
    ) -> Result<Option<Vec<Part>>, DriverError> {
        let Some(upload) = number_of(upload) else {
            return Ok(None);
        };
        let waiting = self.waiting(key).await?.into_iter();
        let mut own: Vec<_> = waiting.filter(|(b, _)| b.upload == upload).collect();
        own.sort_by_key(|(block, _)| block.number);
        if own.pop_if(|(block, _)| block.number == BEGINNING).is_none() {
            return Ok(None);
        }
        let parts = own.into_iter().map(|(block, size)| Part {
            number: u64::from(block.number) + 1,
            e_tag: tag(block.md5),
            size,
        });
        Ok(Some(parts.collect()))
    }

    /// Makes a blob of its parts, unless something has the key. `false`: there are no such blocks.
    /// # Errors
    /// `AlreadyExists`
    pub async fn join_blocks(
        &self,
        key: &BlobKey,
        upload: &str,
        parts: &[Part],
        content_type: Option<&str>,
    ) -> Result<bool, DriverError> {
        let Some(number) = number_of(upload) else {
            return Ok(false);
        };
        let names = parts.iter().filter(|part| part.size > 0).map(|part| {
            Some(Block {
                upload: number,
                number: u32::try_from(part.number.checked_sub(1)?).ok()?,
                md5: md5_of(&part.e_tag)?,
            })
        });
        let blocks: Option<Vec<Block>> = names.collect();
        let blocks = blocks.ok_or_else(|| garbage("parts of another upload"))?;
        let mut headers = vec![(NAME_OF, HeaderValue::from_str(upload))];
        // What is no type is left out.
        headers.extend(content_type.map(|kind| (CONTENT_TYPE, HeaderValue::from_str(kind))));
        let headers = headers.into_iter();
        let headers = headers.filter_map(|(name, value)| Some((name, value.ok()?)));
        match self.commit(key, &blocks, headers).await {
            Ok(_) => Ok(true),
            Err(refusal) if refusal.is_taken() => Err(DriverError::AlreadyExists(key.clone())),
            Err(refusal) if refusal.code == "InvalidBlockList" => Ok(false),
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    async fn commit(
        &self,
        key: &BlobKey,
        blocks: &[Block],
        headers: impl Iterator<Item = (HeaderName, HeaderValue)>,
    ) -> Result<crate::answer::Answer, Refusal> {
        let list = Joined {
            uncommitted: blocks.iter().map(Block::name).collect(),
        };
        let list = to_string(&list).map_err(Refusal::unsent)?;
        let mut headers: HeaderMap = headers.collect();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        let query = [("comp", "blocklist")];
        let body = (headers, list.into());
        self.ask(Method::PUT, Some(key), &query, body).await
    }

    /// Blocks are dropped when a blob comes to be without them. So one does, and goes again.
    pub async fn drop_blocks(&self, key: &BlobKey, upload: &str) -> Result<(), DriverError> {
        let Some(number) = number_of(upload) else {
            return Ok(());
        };
        let waiting = self.waiting(key).await?;
        if waiting.iter().any(|(block, _)| block.upload == number) {
            match self
                .commit(key, &[], std::iter::once(dropped(upload)))
                .await
            {
                Ok(_) => {}
                // Another blob came to be meanwhile.
                Err(refusal) if refusal.is_taken() => return Ok(()),
                Err(refusal) => return Err(refusal.into_error()),
            }
        }
        self.remove_dropped(key, upload).await
    }

    /// What is left of an upload that was dropped, if that was cut off.
    async fn remove_dropped(&self, key: &BlobKey, upload: &str) -> Result<(), DriverError> {
        let found = match self.ask_of(Method::HEAD, key, &[], []).await {
            Ok(found) => found,
            Err(refusal) if refusal.is_missing() => return Ok(()),
            Err(refusal) => return Err(refusal.into_error()),
        };
        let (name, own) = dropped(upload);
        let Some(tag) = found.headers.get(ETAG) else {
            return Ok(());
        };
        if found.headers.get(name) != Some(&own) {
            return Ok(());
        }
        let unchanged = [(IF_MATCH, tag.clone())];
        match self.ask_of(Method::DELETE, key, &[], unchanged).await {
            Ok(_) => Ok(()),
            Err(refusal) if refusal.is_missing() || refusal.is_taken() => Ok(()),
            Err(refusal) => Err(refusal.into_error()),
        }
    }
}

fn tag(md5: [u8; 16]) -> String {
    Uuid::from_bytes(md5).simple().to_string()
}

fn md5_of(tag: &str) -> Option<[u8; 16]> {
    Some(*Uuid::try_parse(tag).ok()?.as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_block_is_known_by_its_name() {
        let upload = Uuid::now_v7();
        let block = Block {
            upload,
            number: 7,
            md5: [9; 16],
        };
        let read = Block::read(&block.name()).unwrap();
        assert_eq!((read.upload, read.number, read.md5), (upload, 7, [9; 16]));
        assert_eq!(number_of(&name_of(upload)), Some(upload));
        assert_eq!(md5_of(&tag([9; 16])), Some([9; 16]));
        for foreign in ["", "AAAA", "not base64!", &BASE64_STANDARD.encode([0; 37])] {
            assert!(Block::read(foreign).is_none(), "{foreign}");
        }
    }
}
