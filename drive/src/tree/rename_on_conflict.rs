//! Bringing things to a folder where others bear their names.

use super::ResolvedPath;
use super::upload_only::{TRIES, numbered};
use crate::error::FileError;
use entity::{FileId, file};
use std::collections::HashSet;
use store::{Connection, files};

/// Rounds of [`TRIES`] numbers before a random one.
const ROUNDS: u32 = 5;

/// What happens to an item whose name is taken where it goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenTaken {
    /// The whole batch is refused.
    #[default]
    Refuse,
    /// It goes there under a free name: `plan.md` becomes `plan (1).md`.
    KeepBoth,
}

/// Gives a free name to each item that needs one. What stays where it is (`lies_there`) keeps its
/// own, and nobody else gets it.
pub(super) async fn free_names(
    db: &Connection,
    folder: FileId,
    items: &mut [(ResolvedPath, file::Model)],
    lies_there: impl Fn(&file::Model) -> bool,
) -> Result<(), FileError> {
    let (staying, coming): (Vec<_>, Vec<_>) = items
        .iter_mut()
        .map(|(_, node)| node)
        .partition(|node| lies_there(node));
    let mut given: HashSet<String> = staying.into_iter().map(|node| node.name.clone()).collect();
    let names: Vec<String> = coming.iter().map(|node| node.name.clone()).collect();
    let mut in_use: HashSet<String> = HashSet::new();
    for batch in names.chunks(files::BATCH) {
        in_use.extend(files::names_among(db, folder, batch).await?);
    }
    for node in coming {
        if in_use.contains(&node.name) || given.contains(&node.name) {
            node.name = free_name(db, folder, &node.name, &given).await?;
            node.name_folded = files::fold(&node.name);
        }
        given.insert(node.name.clone());
    }
    Ok(())
}

async fn free_name(
    db: &Connection,
    folder: FileId,
    name: &str,
    given: &HashSet<String>,
) -> Result<String, FileError> {
    for round in 0..ROUNDS {
        let numbers = round * TRIES + 1..=(round + 1) * TRIES;
        let candidates: Vec<String> = numbers.map(|n| numbered(name, n)).collect();
        let in_use = files::names_among(db, folder, &candidates).await?;
        let free = |name: &String| !in_use.contains(name) && !given.contains(name);
        if let Some(free) = candidates.into_iter().find(free) {
            return Ok(free);
        }
    }
    Ok(numbered(name, rand::random()))
}
