//! Blobs that files of several accounts hold, of which one's bytes move: the files of that one get
//! a blob of their own, and everybody else's keep what they have.

use super::holding::count;
use super::moving::{Moved, files_of, is_doubtful, is_held_by_others, is_still, own_props};
use super::of_file;
use crate::files::BATCH;
use crate::{Connection, StoreResult};
use entity::blob::CopyBefore;
use entity::{BlobId, FileId, Timestamp, UserId, blob, file, file_blob};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

/// Of what files held before, as much is remembered: bytes seldom move as often while a link is good.
const COPIES: usize = 16;

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parted {
    Yes,
    /// Nobody else holds it by now.
    Alone,
    /// None of these files hold it any more, or its bytes are elsewhere by now.
    Gone,
    /// The row of the copy is gone: recycling took it for left over.
    CopyGone,
}

/// Gives the files of an account a copy of what they hold together with others. The drive of that
/// account is taken. If it is not done, nothing of the transaction may be kept.
pub async fn part(
    db: &Connection,
    (old, owner): (&blob::Model, UserId),
    new: Moved,
) -> StoreResult<Parted> {
    // What it says of itself is changed below: nobody else may meanwhile.
    let still = blob::Entity::find().filter(is_still(old));
    let still = still.lock(LockType::Update).one(db).await?;
    let files: Vec<FileId> = files_of(old.id)
        .filter(file::Column::OwnerId.eq(owner))
        .select_only()
        .column(file::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let still = still.filter(|_| !files.is_empty());
    let Some(still) = still else {
        return Ok(Parted::Gone);
    };
    if is_doubtful(db, old).await? {
        return Ok(Parted::Gone);
    }
    if !is_held_by_others(db, old.id, owner).await? {
        return Ok(Parted::Alone);
    }
    if !hold(db, old, &new, files.len()).await? {
        return Ok(Parted::CopyGone);
    }
    for some in files.chunks(BATCH) {
        show(db, some, (old.id, new.copy)).await?;
    }
    keep_for_links(db, still, new.old_until).await?;
    // The others may let go of it at this moment: then it is left like whatever was moved.
    let let_go = files.iter().map(|_| old.id);
    count(db, let_go, -1, new.old_until).await?;
    Ok(Parted::Yes)
}

/// Has a blob stay until the links that were handed out for files which part from it have run out,
/// whenever the others let go of it.
async fn keep_for_links(db: &Connection, row: blob::Model, until: Timestamp) -> StoreResult<()> {
    let props = blob::Props {
        kept_until: row.props.kept_until.max(Some(until)),
        ..row.props
    };
    blob::Entity::update_many()
        .col_expr(blob::Column::Props, Expr::value(props))
        .filter(blob::Column::Id.eq(row.id))
        .exec(db)
        .await?;
    Ok(())
}

/// Whether a file held a blob until its bytes moved, so that its links lead there.
pub async fn held_before(db: &Connection, file: FileId, blob: BlobId) -> StoreResult<bool> {
    let held = of_file(db, file).await?;
    let was_it = |props: &blob::Props| {
        props.copy_of == Some(blob) || props.copies_before.iter().any(|before| before.0 == blob)
    };
    Ok(held.iter().any(|row| was_it(&row.props)))
}

/// What files held before what they part from now, the latest first.
fn copies_before(props: &blob::Props, new: &Moved) -> Vec<CopyBefore> {
    // No link is handed out to it any more, so none is followed for longer than those of now.
    let last = (props.copy_of).map(|before| CopyBefore(before, new.old_until));
    let earlier = (props.copies_before.iter().copied()).filter(|before| before.1 > new.at);
    last.into_iter().chain(earlier).take(COPIES).collect()
}

/// Makes the row of the copy one that so many files hold.
async fn hold(db: &Connection, old: &blob::Model, new: &Moved, files: usize) -> StoreResult<bool> {
    let files = i64::try_from(files).unwrap_or(i64::MAX);
    let props = blob::Props {
        copy_of: Some(old.id),
        copies_before: copies_before(&old.props, new),
        kept_until: None,
        ..own_props(old)
    };
    let held = blob::Entity::update_many()
        .col_expr(blob::Column::ReferenceCount, Expr::value(files))
        .col_expr(blob::Column::UnlinkedAt, Expr::value(None::<i64>))
        .col_expr(blob::Column::SizeBytes, Expr::value(old.size_bytes))
        .col_expr(blob::Column::Blake3, Expr::value(new.blake3.clone()))
        .col_expr(blob::Column::VerifiedAt, Expr::value(new.at))
        .col_expr(blob::Column::Props, Expr::value(props))
        .filter(blob::Column::Id.eq(new.copy))
        .filter(blob::Column::ReferenceCount.eq(0i64));
    Ok(held.exec(db).await?.rows_affected == 1)
}

/// Has files hold, and show, one blob instead of another.
async fn show(db: &Connection, files: &[FileId], (old, new): (BlobId, BlobId)) -> StoreResult<()> {
    file_blob::Entity::update_many()
        .col_expr(file_blob::Column::BlobId, Expr::value(new))
        .filter(file_blob::Column::FileId.is_in(files.iter().copied()))
        .filter(file_blob::Column::BlobId.eq(old))
        .exec(db)
        .await?;
    file::Entity::update_many()
        .col_expr(file::Column::CurrentBlobId, Expr::value(new))
        .filter(file::Column::Id.is_in(files.iter().copied()))
        .filter(file::Column::CurrentBlobId.eq(old))
        .exec(db)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a copy says of a time in seconds at which files part from what says this of itself.
    fn parted(props: &blob::Props, at: i64) -> Vec<CopyBefore> {
        let new = Moved {
            copy: BlobId(9),
            policy: entity::PolicyId(1),
            key: "key".to_owned(),
            blake3: Vec::new(),
            at: Timestamp(at),
            old_until: Timestamp(at + 100),
        };
        copies_before(props, &new)
    }

    #[test]
    fn what_was_held_before_is_forgotten_when_its_links_have_run_out() {
        let first = blob::Props {
            copy_of: Some(BlobId(1)),
            ..blob::Props::default()
        };
        let before = parted(&first, 0);
        assert_eq!(before, [CopyBefore(BlobId(1), Timestamp(100))]);
        let second = blob::Props {
            copy_of: Some(BlobId(2)),
            copies_before: before,
            ..blob::Props::default()
        };
        let both = [
            CopyBefore(BlobId(2), Timestamp(199)),
            CopyBefore(BlobId(1), Timestamp(100)),
        ];
        assert_eq!(parted(&second, 99), both);
        let last = [CopyBefore(BlobId(2), Timestamp(200))];
        assert_eq!(parted(&second, 100), last);
        assert_eq!(parted(&blob::Props::default(), 100), []);
    }
}
