//! Files of all accounts, as administrators list them.

use super::accounts::escape;
use super::ordered::{self, Slice};
use super::{Connection, StoreResult};
use crate::files::BATCH;
use entity::{
    BlobId, DirectLinkId, FileId, FileKind, PolicyId, ShareId, UserId, blob, direct_link, file,
    file_blob, metadata, share, user,
};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, LikeExpr, Query, WindowStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, Iden, Order, PaginatorTrait, QueryFilter,
    QueryOrder, TryGetable,
};
use std::collections::HashMap;

/// Which files are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FileFilter {
    /// A part of the name, in any case.
    pub name: Option<String>,
    pub owner: Option<UserId>,
    /// Where their content is kept.
    pub policy: Option<PolicyId>,
    /// That have this key of metadata.
    pub metadata: Option<String>,
    pub is_shared: bool,
    pub has_direct_link: bool,
}

/// By what files are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileOrder {
    Id,
    Name,
    Size,
    Created,
    Updated,
}

impl FileFilter {
    fn condition(&self) -> Condition {
        let id = file::Column::Id;
        let named = self.name.as_deref().map(|part| {
            let like = LikeExpr::new(format!("%{}%", escape(&part.to_lowercase())));
            file::Column::NameFolded.like(like.escape('\\'))
        });
        let stored = self.policy.map(|policy| {
            let blobs = Query::select()
                .column(blob::Column::Id)
                .from(blob::Entity)
                .and_where(blob::Column::PolicyId.eq(policy))
                .to_owned();
            file::Column::CurrentBlobId.in_subquery(blobs)
        });
        let tagged = self.metadata.as_deref().map(|key| {
            let keys = Query::select()
                .column(metadata::Column::FileId)
                .from(metadata::Entity)
                .and_where(metadata::Column::Name.eq(key))
                .to_owned();
            id.in_subquery(keys)
        });
        let shared = self.is_shared.then(|| {
            let shares = Query::select()
                .column(share::Column::FileId)
                .from(share::Entity)
                .to_owned();
            id.in_subquery(shares)
        });
        let linked = self.has_direct_link.then(|| {
            let links = Query::select()
                .column(direct_link::Column::FileId)
                .from(direct_link::Entity)
                .to_owned();
            id.in_subquery(links)
        });
        Condition::all()
            .add(file::Column::Kind.eq(FileKind::File))
            .add(file::Column::IsSymbolic.eq(false))
            .add_option(self.owner.map(|owner| file::Column::OwnerId.eq(owner)))
            .add_option(named)
            .add_option(stored)
            .add_option(tagged)
            .add_option(shared)
            .add_option(linked)
    }
}

/// A slice of the files.
pub async fn page(
    db: &Connection,
    filter: &FileFilter,
    order: FileOrder,
    slice: Slice,
) -> StoreResult<Vec<file::Model>> {
    let by = match order {
        FileOrder::Id => None,
        FileOrder::Name => Some(file::Column::Name),
        FileOrder::Size => Some(file::Column::SizeBytes),
        FileOrder::Created => Some(file::Column::CreatedAt),
        FileOrder::Updated => Some(file::Column::UpdatedAt),
    };
    let found = file::Entity::find().filter(filter.condition());
    let ids: Vec<FileId> = ordered::ids(db, found, (file::Column::Id, by), slice).await?;
    let rows = by_ids(db, &ids).await?;
    Ok(ordered::in_order(&ids, rows, |row| row.id))
}

/// How many there are.
pub async fn count(db: &Connection, filter: &FileFilter) -> StoreResult<u64> {
    let found = file::Entity::find().filter(filter.condition());
    Ok(found.count(db).await?)
}

/// The rows of these ids, in any order.
pub async fn by_ids(db: &Connection, ids: &[FileId]) -> StoreResult<Vec<file::Model>> {
    let mut rows = Vec::new();
    for batch in ids.chunks(BATCH) {
        let found = file::Entity::find().filter(file::Column::Id.is_in(batch.iter().copied()));
        rows.extend(found.all(db).await?);
    }
    Ok(rows)
}

/// Whom these files belong to, and who made their versions.
pub async fn accounts(
    db: &Connection,
    ids: impl IntoIterator<Item = UserId>,
) -> StoreResult<HashMap<UserId, user::Model>> {
    let mut ids: Vec<UserId> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let mut found = HashMap::new();
    for batch in ids.chunks(BATCH) {
        let rows = user::Entity::find().filter(user::Column::Id.is_in(batch.iter().copied()));
        found.extend(rows.all(db).await?.into_iter().map(|row| (row.id, row)));
    }
    Ok(found)
}

/// What is kept with files.
#[derive(Debug, Default)]
pub struct Belongings {
    pub blobs: HashMap<FileId, Vec<blob::Model>>,
    pub metadata: HashMap<FileId, Vec<metadata::Model>>,
    pub shares: HashMap<FileId, Vec<share::Model>>,
    pub direct_links: HashMap<FileId, Vec<direct_link::Model>>,
}

/// What is kept with these files: all metadata, and of each file the newest `most` of everything
/// else.
pub async fn belongings(db: &Connection, files: &[FileId], most: u32) -> StoreResult<Belongings> {
    let mut all = Belongings::default();
    for batch in files.chunks(BATCH) {
        let of = (file_blob::Column::FileId, file_blob::Column::BlobId);
        let holds: Vec<(FileId, BlobId)> =
            newest::<file_blob::Entity, _>(db, of, batch, most).await?;
        let held: Vec<BlobId> = holds.iter().map(|(_, blob)| *blob).collect();
        let held = super::blob_pages::by_ids(db, &held).await?;
        let held: HashMap<BlobId, blob::Model> =
            held.into_iter().map(|blob| (blob.id, blob)).collect();
        for (file, blob) in holds {
            if let Some(blob) = held.get(&blob) {
                all.blobs.entry(file).or_default().push(blob.clone());
            }
        }
        let rows = metadata::Entity::find()
            .filter(metadata::Column::FileId.is_in(batch.iter().copied()))
            .order_by_asc(metadata::Column::FileId)
            .order_by_asc(metadata::Column::Name);
        gather(&mut all.metadata, rows.all(db).await?, |row| row.file_id);
        let of = (share::Column::FileId, share::Column::Id);
        for ids in newest::<share::Entity, ShareId>(db, of, batch, most)
            .await?
            .chunks(BATCH)
        {
            let ids = ids.iter().map(|(_, id)| *id);
            let rows = share::Entity::find().filter(share::Column::Id.is_in(ids));
            let rows = rows.order_by_asc(share::Column::Id);
            gather(&mut all.shares, rows.all(db).await?, |row| row.file_id);
        }
        let of = (direct_link::Column::FileId, direct_link::Column::Id);
        for ids in newest::<direct_link::Entity, DirectLinkId>(db, of, batch, most)
            .await?
            .chunks(BATCH)
        {
            let ids = ids.iter().map(|(_, id)| *id);
            let rows = direct_link::Entity::find().filter(direct_link::Column::Id.is_in(ids));
            let rows = rows.order_by_asc(direct_link::Column::Id);
            gather(&mut all.direct_links, rows.all(db).await?, |row| {
                row.file_id
            });
        }
    }
    Ok(all)
}

/// Of each file the `most` rows of a table with the highest ids, highest first.
async fn newest<E, I>(
    db: &Connection,
    (file, id): (E::Column, E::Column),
    files: &[FileId],
    most: u32,
) -> StoreResult<Vec<(FileId, I)>>
where
    E: EntityTrait,
    I: TryGetable + Send,
{
    let (place, newest) = (Alias::new("place"), Alias::new("newest"));
    let window = WindowStatement::partition_by(file)
        .order_by(id, Order::Desc)
        .take();
    let numbered = Query::select()
        .columns([file, id])
        .expr_window_as(Expr::cust("ROW_NUMBER()"), window, place.clone())
        .from(E::default())
        .and_where(Expr::col(file).is_in(files.iter().copied()))
        .take();
    let found = Query::select()
        .columns([file, id])
        .from_subquery(numbered, newest)
        .and_where(Expr::col(place).lte(most))
        .order_by(id, Order::Desc)
        .take();
    let rows = db.query_all(&found).await?;
    rows.iter()
        .map(|row| {
            Ok((
                row.try_get("", &file.to_string())?,
                row.try_get("", &id.to_string())?,
            ))
        })
        .collect()
}

fn gather<R>(all: &mut HashMap<FileId, Vec<R>>, rows: Vec<R>, of: impl Fn(&R) -> FileId) {
    for row in rows {
        all.entry(of(&row)).or_default().push(row);
    }
}
