//! The journal as administrators read it.

use super::accounts::{escape, lower as smaller};
use super::journal::{Category, Op};
use super::{Connection, StoreResult, Tx};
use entity::{FileId, JournalId, Timestamp, UserId, file, journal, user};
use sea_orm::sea_query::{ExprTrait, LikeExpr};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

/// Which entries are wanted.
#[derive(Clone, Debug, Default)]
pub struct EntryFilter {
    /// One of these operations.
    pub ops: Option<Vec<&'static str>>,
    pub actor: Option<UserId>,
    /// Whose drive it was in, or whose account it was about.
    pub owner: Option<UserId>,
    pub address: Option<String>,
    pub correlation_id: Option<String>,
    pub file: Option<FileId>,
    /// Of this time or later.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Part of the path before or after, whatever the case.
    pub path: Option<String>,
}

impl EntryFilter {
    fn condition(&self) -> Condition {
        let text = |column: journal::Column, text: &Option<String>| {
            text.as_deref().map(|text| column.eq(text))
        };
        Condition::all()
            .add_option(
                self.ops
                    .as_ref()
                    .map(|ops| journal::Column::Op.is_in(ops.iter().copied())),
            )
            .add_option(self.actor.map(|actor| journal::Column::ActorId.eq(actor)))
            .add_option(self.owner.map(|owner| journal::Column::OwnerId.eq(owner)))
            .add_option(text(journal::Column::Address, &self.address))
            .add_option(text(journal::Column::CorrelationId, &self.correlation_id))
            .add_option(self.file.map(|file| journal::Column::FileId.eq(file)))
            .add_option(self.since.map(|since| journal::Column::At.gte(since)))
            .add_option(self.until.map(|until| journal::Column::At.lt(until)))
            .add_option(self.path.as_deref().map(within_path))
    }

    /// Only some of a time are looked for by time: an index knows that order.
    fn is_by_time(&self) -> bool {
        self.since.is_some() || self.until.is_some()
    }
}

fn within_path(part: &str) -> Condition {
    let like = |part: &str| LikeExpr::new(format!("%{}%", escape(part))).escape('\\');
    let lower = like(&part.to_lowercase());
    let columns = [journal::Column::PathBefore, journal::Column::PathAfter];
    columns.into_iter().fold(Condition::any(), |any, column| {
        // Not every database knows small letters beyond ASCII.
        any.add(smaller(column).like(lower.clone()))
            .add(column.like(like(part)))
    })
}

/// Entries by id, or by time and id if they are of some time, from `offset` on.
pub async fn page(
    db: &Connection,
    filter: &EntryFilter,
    descending: bool,
    (offset, limit): (u64, u64),
) -> StoreResult<Vec<journal::Model>> {
    let direction = if descending { Order::Desc } else { Order::Asc };
    let mut found = journal::Entity::find().filter(filter.condition());
    if filter.is_by_time() {
        found = found.order_by(journal::Column::At, direction.clone());
    }
    Ok(found
        .order_by(journal::Column::Id, direction)
        .offset(offset)
        .limit(limit)
        .all(db)
        .await?)
}

/// Up to `limit` entries after one, by id.
pub async fn after(
    db: &Connection,
    filter: &EntryFilter,
    last: JournalId,
    limit: u64,
) -> StoreResult<Vec<journal::Model>> {
    Ok(journal::Entity::find()
        .filter(filter.condition())
        .filter(journal::Column::Id.gt(last))
        .order_by_asc(journal::Column::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// How many there are.
pub async fn count(db: &Connection, filter: &EntryFilter) -> StoreResult<u64> {
    let found = journal::Entity::find().filter(filter.condition());
    Ok(found.count(db).await?)
}

/// One entry.
pub async fn by_id(db: &Connection, id: JournalId) -> StoreResult<Option<journal::Model>> {
    Ok(journal::Entity::find_by_id(id).one(db).await?)
}

/// Which entries are to be forgotten.
#[derive(Clone, Debug, Default)]
pub struct ForgottenEntries {
    /// These.
    pub ids: Option<Vec<JournalId>>,
    /// Or those of this time or before.
    pub until: Option<Timestamp>,
    /// Only these operations; `None`: all.
    pub ops: Option<Vec<&'static str>>,
    /// What happened to files since then is kept: clients that are away still have to hear of it.
    pub keeps_files_since: Timestamp,
}

impl ForgottenEntries {
    fn condition(&self) -> Condition {
        let told = journal::Column::Category.ne(Category::File.as_str());
        let kept = Condition::any()
            .add(told)
            .add(journal::Column::At.lt(self.keeps_files_since));
        let (ids, ops) = (self.ids.as_ref(), self.ops.as_ref());
        Condition::all()
            .add(kept)
            .add(journal::Column::Op.ne(Op::EventsForgotten.as_str()))
            .add_option(ids.map(|ids| journal::Column::Id.is_in(ids.iter().copied())))
            .add_option(self.until.map(|until| journal::Column::At.lte(until)))
            .add_option(ops.map(|ops| journal::Column::Op.is_in(ops.iter().copied())))
    }
}

/// How many are to be forgotten, and the newest of them.
pub async fn forgotten(db: &Connection, which: &ForgottenEntries) -> StoreResult<(u64, JournalId)> {
    let found = journal::Entity::find()
        .select_only()
        .column_as(journal::Column::Id.count(), "count")
        .column_as(journal::Column::Id.max(), "last")
        .filter(which.condition());
    let found: Option<(i64, Option<JournalId>)> = found.into_tuple().one(db).await?;
    let (count, last) = found.unwrap_or_default();
    Ok((
        u64::try_from(count).unwrap_or(0),
        last.unwrap_or(JournalId(0)),
    ))
}

/// The next up to `limit` of them, by id. Entries do not change, so that nobody has to wait while
/// they are looked for.
pub async fn next_forgotten(
    db: &Connection,
    which: &ForgottenEntries,
    (after, until): (JournalId, JournalId),
    limit: u64,
) -> StoreResult<Vec<JournalId>> {
    Ok(journal::Entity::find()
        .select_only()
        .column(journal::Column::Id)
        .filter(which.condition())
        .filter(journal::Column::Id.gt(after))
        .filter(journal::Column::Id.lte(until))
        .order_by_asc(journal::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}

/// Forgets entries.
pub async fn forget(tx: &Tx, ids: &[JournalId]) -> StoreResult<()> {
    for batch in ids.chunks(crate::files::BATCH) {
        journal::Entity::delete_many()
            .filter(journal::Column::Id.is_in(batch.iter().copied()))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}

/// Who and what entries are about, as far as both are still there.
pub async fn about(
    db: &Connection,
    entries: &[journal::Model],
) -> StoreResult<(Vec<user::Model>, Vec<file::Model>)> {
    let users = entries
        .iter()
        .flat_map(|entry| entry.actor_id.into_iter().chain([entry.owner_id]));
    let files = entries.iter().filter_map(|entry| entry.file_id);
    let users = user::Entity::find().filter(user::Column::Id.is_in(users));
    let files = file::Entity::find().filter(file::Column::Id.is_in(files));
    Ok((users.all(db).await?, files.all(db).await?))
}
