//! Pages of folders, read on the thread that asks, on SQLite.
//!
//! A row is made of its columns by their places: to have SQLite write the page as one text, which a
//! trip to another thread asks for (`json_rows`), and to read that again, takes three times as long.

use super::Connection;
use super::at_once::Moment;
use crate::listing::{Extras, Listed};
use crate::metadata::Metadata;
use entity::{BlobId, FileId, FileKind, Timestamp, UserId, file};
use rusqlite::{Error, Row};
use sea_orm::{DatabaseBackend, QueryTrait as _, Select, Value, Values};

/// So many rows are read right here at most.
const MOST: u64 = 2_048;

/// Metadata of files from one on.
const METADATA: &str =
    "SELECT file_id, is_public, name, value FROM metadata WHERE file_id >= ? ORDER BY file_id";
/// Files that have a share, from one on.
const SHARES: &str = "SELECT file_id FROM shares WHERE file_id >= ? ORDER BY file_id";

/// Up to `limit` rows of some queries, one after the other, each from an offset on; `None` if that
/// may take too long here, or did.
pub fn read(
    db: &Connection,
    parts: &[(Select<file::Entity>, u64)],
    limit: u64,
    extras: Extras,
) -> Option<Vec<Listed>> {
    if limit > MOST {
        return None;
    }
    db.at_one_moment(|moment| {
        let mut page = Vec::with_capacity(limit as usize);
        for (select, offset) in parts {
            let rest = limit - page.len() as u64;
            if rest == 0 {
                break;
            }
            let mut rows = select.build(DatabaseBackend::Sqlite);
            rows.sql.push_str(" LIMIT ? OFFSET ?");
            let values = rows.values.get_or_insert_with(|| Values(Vec::new()));
            values
                .0
                .extend([Value::from(rest as i64), Value::from(*offset as i64)]);
            moment.each(rows, |row| {
                page.push(listed(row)?);
                Ok(())
            })?;
        }
        tell(moment, &mut page, extras)?;
        Ok(page)
    })
}

/// Puts to the rows what is wanted besides.
fn tell(moment: &Moment<'_>, page: &mut [Listed], extras: Extras) -> rusqlite::Result<()> {
    if !extras.metadata && !extras.shares {
        return Ok(());
    }
    let ids = page.iter().enumerate();
    let mut places: Vec<(i64, usize)> = ids.map(|(n, row)| (row.file.id.0, n)).collect();
    places.sort_unstable();
    let ids: Vec<i64> = places.iter().map(|(id, _)| *id).collect();
    let place_of = |id: i64| ids.binary_search(&id).ok().map(|n| places[n].1);
    if extras.metadata {
        moment.each_of(METADATA, &ids, |id, row| {
            if let Some(place) = place_of(id).filter(|_| row.get(1) == Ok(true)) {
                page[place].metadata.insert(row.get(2)?, row.get(3)?);
            }
            Ok(())
        })?;
    }
    if extras.shares {
        moment.each_of(SHARES, &ids, |id, _| {
            if let Some(place) = place_of(id) {
                page[place].is_shared = true;
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// A row in the order of the entity's columns, without anything besides.
fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    let file = file::Model {
        id: FileId(row.get(0)?),
        kind: kind_of(row.get(1)?)?,
        owner_id: UserId(row.get(2)?),
        parent_id: row.get::<_, Option<i64>>(3)?.map(FileId),
        name: row.get(4)?,
        name_folded: row.get(5)?,
        size_bytes: row.get(6)?,
        current_blob_id: row.get::<_, Option<i64>>(7)?.map(BlobId),
        is_symbolic: row.get(8)?,
        view: row.get(9)?,
        created_at: Timestamp(row.get(10)?),
        updated_at: Timestamp(row.get(11)?),
        trashed_at: row.get::<_, Option<i64>>(12)?.map(Timestamp),
        purge_at: row.get::<_, Option<i64>>(13)?.map(Timestamp),
    };
    Ok(Listed {
        file,
        metadata: Metadata::new(),
        is_shared: false,
    })
}

fn kind_of(number: i16) -> rusqlite::Result<FileKind> {
    FileKind::try_from(number).map_err(|_| Error::IntegralValueOutOfRange(1, number.into()))
}

#[cfg(test)]
mod tests;
