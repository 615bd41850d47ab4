//! Direct links: the content of one file for everybody who has the address, to be embedded
//! elsewhere. They rest on the file alone: in the trash it is out of reach.

use crate::blob::{ContentLink, LinkError, SignedLink, VersionError, by_proxy, content_link};
use crate::context::Core;
use crate::error::FileError;
use crate::kept::location::location_of;
use crate::share::{self, LinkGrant, ShareError, is_active};
use crate::tree::{Change, ResolvedPath, check_batch};
use entity::{FileKind, direct_link, file};
use site::access::{self, Right};
use site::actor::Actor;
use site::secret::signature::NEVER;
use std::sync::Arc;
use store::journal::Op;
use store::{direct_links, files, shares};
use wire::{FileUri, GroupPermission, IdKind};

/// A direct link that was asked for.
#[derive(Clone, Debug)]
pub struct MadeLink {
    /// The file's URI, as its owner uses it.
    pub file_uri: String,
    pub to: LinkTo,
}

/// Where a direct link leads.
#[derive(Clone, Debug)]
pub enum LinkTo {
    /// By a row that counts and can be taken back.
    Row(direct_link::Model),
    /// Straight to the content, for ever: groups without redirects have these.
    Content(SignedLink),
}

/// Links that were made, and why others were not.
#[derive(Debug)]
pub struct MadeLinks {
    pub made: Vec<MadeLink>,
    pub failed: Vec<(String, FileError)>,
}

/// Where a visitor of a direct link is sent.
#[derive(Clone, Debug)]
pub struct Visit {
    pub to: SignedLink,
    /// Seconds until that address is void.
    pub max_age_secs: i64,
}

/// The service behind direct links.
#[derive(Clone, Debug)]
pub struct DirectLinks {
    core: Arc<Core>,
}

impl DirectLinks {
    pub fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Makes links to one's own files.
    /// # Errors
    /// `GroupNotAllowed`, `TooManyDirectLinks`, `BadUri`; what is wrong with single files is in
    /// the answer
    pub async fn make(&self, actor: &Actor, uris: &[String]) -> Result<MadeLinks, FileError> {
        access::signed_in(actor)?;
        check_batch(&self.core, uris)?;
        let most = usize::try_from(actor.group().settings.source_batch).unwrap_or(0);
        if most == 0 {
            return Err(FileError::GroupNotAllowed);
        }
        if uris.len() > most {
            return Err(LinkError::TooMany(most).into());
        }
        let parsed = uris
            .iter()
            .map(|uri| FileUri::parse(uri))
            .collect::<Result<Vec<_>, _>>()?;
        let mut links = MadeLinks {
            made: Vec::with_capacity(uris.len()),
            failed: Vec::new(),
        };
        for (text, uri) in uris.iter().zip(&parsed) {
            match self.one(actor, uri).await {
                Ok(made) => links.made.push(made),
                Err(error @ FileError::Store(_)) => return Err(error),
                Err(error) => links.failed.push((text.clone(), error)),
            }
        }
        Ok(links)
    }

    async fn one(&self, actor: &Actor, uri: &FileUri) -> Result<MadeLink, FileError> {
        let mut change = Change::on(&self.core, actor, uri).await?;
        let resolved = change.resolve(uri).await?;
        resolved.navigator.require(actor, Right::DirectLink)?;
        let file = resolved.existing()?.clone();
        if file.kind == FileKind::Folder || file.is_symbolic {
            return Err(VersionError::NotFound.into());
        }
        if let Some(share) = &resolved.navigator.share
            && !shares::take_downloads(change.db(), share.row.id, 1).await?
        {
            return Err(ShareError::Gone.into());
        }
        let to = if actor.group().settings.redirected_source {
            LinkTo::Row(row_of(&mut change, &resolved, &file).await?)
        } else {
            LinkTo::Content(self.for_ever(actor, &file))
        };
        change.commit().await?;
        let file_uri = resolved.uri.to_string();
        Ok(MadeLink { file_uri, to })
    }

    /// A link that cannot be counted or taken back, but ends with the file.
    fn for_ever(&self, actor: &Actor, file: &file::Model) -> SignedLink {
        let link = ContentLink {
            blob: file.current_blob_id,
            speed: actor.group().speed_limit.max(0),
            name: &file.name,
            download: false,
            via: Some(LinkGrant::File(file.id)),
        };
        content_link(&self.core, &link, NEVER)
    }

    /// Takes a link back.
    /// # Errors
    /// `BadId` for a garbled id, `LinkError::Gone` (also for others' links)
    pub async fn delete(&self, actor: &Actor, id: &str) -> Result<(), FileError> {
        let me = access::signed_in(actor)?.user.id;
        let number = self.number_of(id)?;
        let mut change = Change::of_drive(&self.core, actor, me).await?;
        let row = direct_links::find(change.db(), number).await?;
        let row = row.ok_or(LinkError::Gone)?;
        let file = files::by_id(change.db(), row.file_id).await?;
        let file = file
            .filter(|file| file.owner_id == me)
            .ok_or(LinkError::Gone)?;
        if !direct_links::delete(change.db(), row.id).await? {
            return Err(LinkError::Gone.into());
        }
        change.log(actor.entry(Op::DirectLinkDelete, &file));
        change.commit().await
    }

    /// Where a link leads now. `count`: somebody follows it, not only looks.
    /// # Errors
    /// `BadId` for a garbled id; `LinkError::Gone` for an unknown link or another name, if the
    /// file is in the trash or its owner is not active
    pub async fn visit(
        &self,
        id: &str,
        name: &str,
        download: bool,
        count: bool,
    ) -> Result<Visit, FileError> {
        let core = &self.core;
        let number = self.number_of(id)?;
        let db = core.store.read();
        let row = direct_links::find(db, number).await?;
        let row = row.filter(|row| row.name == name).ok_or(LinkError::Gone)?;
        if location_of(db, row.file_id).await?.is_none() {
            return Err(LinkError::Gone.into());
        }
        let file = files::by_id(db, row.file_id).await?;
        let file = file.ok_or(LinkError::Gone)?;
        if !is_active(core, file.owner_id).await? {
            return Err(LinkError::Gone.into());
        }
        if count {
            let tx = core.store.begin().await?;
            if !direct_links::count_download(tx.db(), row.id).await? {
                return Err(LinkError::Gone.into());
            }
            tx.commit().await?;
        }
        let now = core.now().unix_secs();
        let expires = expiry(core, now);
        let link = ContentLink {
            blob: file.current_blob_id,
            speed: row.speed_limit.max(0),
            name: &row.name,
            download,
            via: Some(LinkGrant::DirectLink {
                number,
                file: file.id,
            }),
        };
        let mut to = content_link(core, &link, expires);
        if let Some(blob) = file.current_blob_id {
            by_proxy(core, [(&mut to, blob)]).await?;
        }
        Ok(Visit {
            to,
            max_age_secs: (expires - now).max(0),
        })
    }

    fn number_of(&self, id: &str) -> Result<i64, FileError> {
        let ids = &self.core.settings().ids;
        ids.decode(IdKind::DirectLink, id)
            .ok_or_else(|| LinkError::BadId.into())
    }
}

/// The link the file has, or a new one.
async fn row_of(
    change: &mut Change<'_>,
    resolved: &ResolvedPath,
    file: &file::Model,
) -> Result<direct_link::Model, FileError> {
    let (db, speed) = (change.db(), change.actor.group().speed_limit.max(0));
    if !change.actor.may(GroupPermission::UniqueDirectLink)
        && let Some(same) = direct_links::same(db, file.id, &file.name, speed).await?
    {
        return Ok(same);
    }
    let number = share::random_number();
    let new = direct_links::NewLink {
        public_number: number,
        file: file.id,
        name: &file.name,
        speed_limit: speed,
    };
    direct_links::insert(db, new, change.now).await?;
    let made = direct_links::find(db, number).await?;
    change.log(
        change
            .actor
            .entry(Op::DirectLink, file)
            .after(resolved.drive_path()),
    );
    made.ok_or(FileError::Internal("a new link is not there"))
}

/// When an address handed out now expires. Those of some minutes are the same, so that whoever
/// embeds a picture on many pages has its readers' caches work.
fn expiry(core: &Core, now_unix: i64) -> i64 {
    let settings = core.settings();
    let ttl = settings.files.entity_url_ttl.as_secs().max(1) as i64;
    let step = (ttl / 6).max(1);
    (now_unix + ttl).div_euclid(step) * step
}
