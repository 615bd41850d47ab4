//! Where shared files lie in their owners' drives, if they still do.

use entity::{FileId, FileKind};
use moka::sync::Cache;
use std::collections::HashMap;
use std::sync::Arc;
use store::files::{self, Node};
use store::{Connection, StoreResult};

/// A file or folder below the root of a drive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Names from the root down, its own last.
    pub names: Vec<String>,
    /// Itself and what it lies in, upward, without the root.
    pub chain: Vec<FileId>,
    pub kind: FileKind,
}

impl Location {
    /// The path of the folder it lies in: `""` for the drive's root.
    pub fn folder_path(&self) -> String {
        let (_, above) = self.names.split_last().unwrap_or((&EMPTY, &[]));
        path(above)
    }

    /// Its own path.
    pub fn path(&self) -> String {
        path(&self.names)
    }
}

static EMPTY: String = String::new();

fn path(names: &[String]) -> String {
    names.iter().fold(String::new(), |mut path, name| {
        path.push('/');
        path.push_str(name);
        path
    })
}

/// Those of `ids` that lie below a root, neither themselves nor anything above them trashed: one
/// query for all of them. Roots themselves are left out.
pub(crate) async fn locations(
    db: &Connection,
    ids: &[FileId],
) -> StoreResult<HashMap<FileId, Location>> {
    let nodes = files::ancestors(db, ids).await?;
    let nodes: HashMap<FileId, Node> = nodes.into_iter().map(|node| (node.id, node)).collect();
    Ok(ids
        .iter()
        .filter_map(|id| Some((*id, climb(&nodes, *id)?)))
        .collect())
}

/// One of them.
pub(crate) async fn location_of(db: &Connection, id: FileId) -> StoreResult<Option<Location>> {
    Ok(locations(db, &[id]).await?.remove(&id))
}

/// Remembers where the roots of shares lie, so that visitors cost little more than their owner.
/// Keyed by the drive's version: never stale.
#[derive(Clone, Debug)]
pub struct KeptLocations {
    kept: Cache<(FileId, i64), Arc<Location>>,
}

impl Default for KeptLocations {
    fn default() -> Self {
        Self {
            kept: Cache::builder().max_capacity(4_096).build(),
        }
    }
}

impl KeptLocations {
    /// [`location_of`], in a drive whose version was read before. In a change nothing is
    /// remembered: its version is not the drive's until it is committed, and may become that of
    /// another change.
    pub(crate) async fn one(
        &self,
        db: &Connection,
        id: FileId,
        version: i64,
    ) -> StoreResult<Option<Arc<Location>>> {
        if db.is_in_change() {
            return Ok(location_of(db, id).await?.map(Arc::new));
        }
        if let Some(kept) = self.kept.get(&(id, version)) {
            return Ok(Some(kept));
        }
        let found = location_of(db, id).await?.map(Arc::new);
        if let Some(found) = &found {
            self.kept.insert((id, version), Arc::clone(found));
        }
        Ok(found)
    }
}

fn climb(nodes: &HashMap<FileId, Node>, id: FileId) -> Option<Location> {
    let (mut names, mut chain) = (Vec::new(), Vec::new());
    let mut at = nodes.get(&id)?;
    let kind = at.kind;
    while let Some(parent) = at.parent_id {
        names.push(at.name.clone());
        chain.push(at.id);
        at = nodes.get(&parent)?;
    }
    // Only the root of a drive has no name; the top of something trashed has one.
    if !at.name.is_empty() || chain.is_empty() {
        return None;
    }
    names.reverse();
    Some(Location { names, chain, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(rows: &[(i64, Option<i64>, &str)]) -> HashMap<FileId, Node> {
        let node = |(id, parent, name): &(i64, Option<i64>, &str)| Node {
            id: FileId(*id),
            parent_id: parent.map(FileId),
            kind: FileKind::File,
            name: (*name).to_owned(),
        };
        rows.iter().map(|row| (FileId(row.0), node(row))).collect()
    }

    #[test]
    fn only_what_lies_below_a_root_is_rooted() {
        let tree = nodes(&[
            (1, None, ""),
            (2, Some(1), "a"),
            (3, Some(2), "b"),
            (4, None, "5f0c2a34-9b1e-4c7a-8a55-0d7b6f1e2c33"),
            (5, Some(4), "c"),
            (6, Some(99), "d"),
        ]);
        let found = climb(&tree, FileId(3));
        let found = found.as_ref();
        assert_eq!(found.map(Location::path), Some("/a/b".to_owned()));
        assert_eq!(found.map(Location::folder_path), Some("/a".to_owned()));
        assert_eq!(
            found.map(|found| found.chain.clone()),
            Some(vec![FileId(3), FileId(2)])
        );
        for other in [1, 4, 5, 6, 7] {
            assert_eq!(climb(&tree, FileId(other)), None, "{other}");
        }
    }
}
