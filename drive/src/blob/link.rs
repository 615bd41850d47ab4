//! Signed links to content: who may download is decided here, once, when the link is made.

use super::{LinkError, VersionError};
use crate::context::Core;
use crate::error::FileError;
use crate::policy::cdn::through;
use crate::share::{self, LinkGrant, OpenShare, ShareError};
use crate::tree::{ResolvedPath, check_batch};
use entity::{BlobId, FileId, FileKind, PolicyId, ShareId, Timestamp, blob};
use site::access::Right;
use site::actor::Actor;
use site::secret::{BadSignature, Purpose, SignedText, Signer};
use std::collections::HashMap;
use std::sync::Arc;
use store::{StoreResult, blobs, shares};
use url::Url;
use wire::{FileUri, IdKind, uri};

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
    /// What stands before this server, and is asked in its place.
    pub proxy: Option<Url>,
}

impl SignedLink {
    /// The whole address, where the site is called so.
    pub fn at(&self, site: &str) -> String {
        let own = format!("{site}{}", self.path_and_query);
        let by_proxy = self.proxy.as_ref().and_then(|proxy| through(proxy, &own));
        by_proxy.unwrap_or(own)
    }
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
    /// `Batch` of `NotFound`, `VersionError::NotFound` (also for folders), `NotAllowed`,
    /// `ShareError::Gone`
    pub async fn sign(
        &self,
        actor: &Actor,
        uris: &[String],
        options: &LinkOptions,
    ) -> Result<(Vec<Option<SignedLink>>, Timestamp), FileError> {
        check_batch(&self.core, uris)?;
        if options.version.is_some() && uris.len() > 1 {
            return Err(LinkError::VersionOfMany.into());
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
        let blobs: Vec<Option<BlobId>> = found
            .iter()
            .map(|content| content.as_ref().and_then(|content| content.blob))
            .collect();
        let links = found.into_iter().map(|content| content.map(signed));
        let mut links: Vec<Option<SignedLink>> = links.collect();
        let each = links.iter_mut().zip(blobs);
        by_proxy(
            &self.core,
            each.filter_map(|(link, blob)| link.as_mut().zip(blob)),
        )
        .await?;
        Ok((links, expires))
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
                failed.push((uris[n].clone(), ShareError::Gone.into()));
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
        let resolved = ResolvedPath::resolve(db, &self.core, actor, uri).await?;
        resolved.navigator.require(actor, Right::Download)?;
        let file = resolved.existing()?;
        if file.kind == FileKind::Folder {
            return Err(VersionError::NotFound.into());
        }
        let blob = match options.version {
            // 0 stands for the content of a file that has none.
            Some(BlobId(0)) if file.current_blob_id.is_none() => None,
            Some(version) => {
                let held = blobs::of_file(db, file.id).await?;
                let is_owner = actor.user_id() == Some(file.owner_id);
                let stored = |blob: &blob::Model| {
                    blob.id == version
                        && blob.upload_session_id.is_none()
                        && (is_owner || blobs::is_for_visitors(file, blob))
                };
                Some(
                    held.into_iter()
                        .find(stored)
                        .ok_or(VersionError::NotFound)?
                        .id,
                )
            }
            None => file.current_blob_id,
        };
        Ok(Content {
            blob,
            file: file.id,
            name: file.name.clone(),
            share: resolved.navigator.share.clone(),
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
pub struct ContentLink<'a> {
    /// `None`: a file that has no content yet.
    pub blob: Option<BlobId>,
    /// Bytes a second; 0 = unlimited.
    pub speed: i64,
    pub name: &'a str,
    pub download: bool,
    /// What has to be still there when the link is used.
    pub via: Option<LinkGrant>,
}

/// Signs a link until `expires_unix`, or for ever.
pub fn content_link(core: &Core, link: &ContentLink<'_>, expires_unix: i64) -> SignedLink {
    let settings = core.settings();
    let ids = &settings.ids;
    let (speed, name) = (link.speed.to_string(), link.name);
    let id = ids.encode(IdKind::Blob, link.blob.map_or(0, |id| id.0));
    let via = link.via.map(|via| via.write(ids));
    let signed = ContentAddress {
        id: &id,
        speed: &speed,
        name,
        via: via.as_deref(),
    };
    let sign = settings.signer.sign(&signed.text(), expires_unix);
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
        proxy: None,
    }
}

/// Has links lead by way of what stands before the disks that their blobs lie on, if anything does.
/// # Errors
/// Only the database's.
pub async fn by_proxy<'a>(
    core: &Core,
    links: impl IntoIterator<Item = (&'a mut SignedLink, BlobId)>,
) -> StoreResult<()> {
    let db = core.store.read();
    let proxies = core.policies.proxies(db).await?;
    if proxies.is_empty() {
        return Ok(());
    }
    let links: Vec<_> = links.into_iter().collect();
    let ids: Vec<BlobId> = links.iter().map(|(_, blob)| *blob).collect();
    let policies: HashMap<BlobId, PolicyId> =
        blobs::policies_of(db, &ids).await?.into_iter().collect();
    for (link, blob) in links {
        let policy = policies.get(&blob);
        link.proxy = policy.and_then(|policy| proxies.get(policy)).cloned();
    }
    Ok(())
}

/// What a link to content says, as it stands in its address, decoded.
#[derive(Clone, Copy, Debug)]
pub struct ContentAddress<'a> {
    pub id: &'a str,
    pub speed: &'a str,
    pub name: &'a str,
    /// What it rests on.
    pub via: Option<&'a str>,
}

impl ContentAddress<'_> {
    /// What is signed: all of it, so that nothing can be left out or replaced.
    pub fn text(&self) -> SignedText {
        let fields = [Some(self.id), Some(self.speed), Some(self.name), self.via];
        SignedText::new(Purpose::Content, fields)
    }

    /// Checks the signature that a link was made with.
    /// # Errors
    /// [`BadSignature`]
    pub fn verify(&self, signer: &Signer, sign: &str, now_unix: i64) -> Result<(), BadSignature> {
        let verified = signer.verify(&self.text(), sign, now_unix);
        match (verified, self.earlier()) {
            (Err(BadSignature::Wrong), Some(earlier)) => signer.verify_endless(&earlier, sign),
            (verified, _) => verified,
        }
    }

    /// What was signed of links without an end that were handed out before all fields had their
    /// lengths in front. No name can hold a `?`; with one, it could be read in two ways.
    fn earlier(&self) -> Option<String> {
        let Self {
            id,
            speed,
            name,
            via,
        } = self;
        let via = via.filter(|via| via.starts_with("f-"))?;
        let path = format!("{CONTENT_PATH}/{id}/{speed}/{name}");
        (!path.contains('?')).then(|| format!("{path}?via={via}"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use site::secret::signature::NEVER;

    fn address<'a>(fields: &'a [String; 3], via: Option<&'a String>) -> ContentAddress<'a> {
        let [id, speed, name] = fields;
        ContentAddress {
            id,
            speed,
            name,
            via: via.map(String::as_str),
        }
    }

    /// Whole and broken pieces of addresses, escaped and not.
    fn piece() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            Just("?via=".to_owned()),
            Just("%3Fvia%3D".to_owned()),
            Just("/".to_owned()),
            Just("\n4:".to_owned()),
            "[a-c0-2:?=&%/\n-]{0,3}",
        ];
        proptest::collection::vec(part, 0..4).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn two_addresses_never_share_a_signature(
            one in ([piece(), piece(), piece()], proptest::option::of(piece())),
            two in ([piece(), piece(), piece()], proptest::option::of(piece())),
            expires in prop_oneof![Just(NEVER), 1i64..],
        ) {
            let signer = Signer::new(b"key");
            let (first, second) = (address(&one.0, one.1.as_ref()), address(&two.0, two.1.as_ref()));
            let sign = signer.sign(&first.text(), expires);
            prop_assert_eq!(first.verify(&signer, &sign, 0), Ok(()));
            prop_assert_eq!(one == two, second.verify(&signer, &sign, 0).is_ok());
        }

        #[test]
        fn what_a_link_rests_on_cannot_be_moved_into_its_name(
            fields in [piece(), piece(), piece()], via in piece(),
        ) {
            let signer = Signer::new(b"key");
            let sign = signer.sign(&address(&fields, Some(&via)).text(), NEVER);
            let [id, speed, name] = fields;
            let moved = [id, speed, format!("{name}?via={via}")];
            prop_assert!(address(&moved, None).verify(&signer, &sign, 0).is_err());
            prop_assert!(address(&moved, Some(&via)).verify(&signer, &sign, 0).is_err());
        }
    }

    /// The key and a link of before.
    const KEY: &[u8] = b"unit-test-key-0001";
    const EARLIER: &str = "Bkvtqssg2LbMbrMg4fMGIld3KA4rgMsyvPOiNQPIwN4=:0";

    #[test]
    fn links_without_an_end_stay_good_and_only_as_they_were_made() {
        let signer = Signer::new(KEY);
        let made = ContentAddress {
            id: "a",
            speed: "0",
            name: "b.txt",
            via: Some("f-x"),
        };
        assert_eq!(made.verify(&signer, EARLIER, i64::MAX), Ok(()));
        let name = "b.txt?via=f-x";
        for other in [
            ContentAddress { via: None, ..made },
            ContentAddress {
                name,
                via: None,
                ..made
            },
            ContentAddress { name, ..made },
            ContentAddress {
                name: "c.txt",
                ..made
            },
            ContentAddress {
                via: Some("f-y"),
                ..made
            },
            ContentAddress { speed: "1", ..made },
        ] {
            let refused = other.verify(&signer, EARLIER, 0);
            assert_eq!(refused, Err(BadSignature::Wrong), "{other:?}");
        }
        let (mac, _) = EARLIER.rsplit_once(':').unwrap();
        let expiring = format!("{mac}:1800000000");
        assert!(made.verify(&signer, &expiring, 0).is_err());
    }
}
