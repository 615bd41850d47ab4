//! What is kept of a part that arrived: its place in the hash tree, and what the store calls its
//! pieces. A part may have been sent twice, and some stores tell both.

use crate::vendor::Part;
use std::collections::BTreeMap;
use storage::{PartDigest, PartWritten};

/// First byte, so that another format can follow.
const FORMAT: u8 = 2;
/// Of longer parts the names of the pieces are not kept: the last that the store tells count.
const MOST_PIECES: usize = 64;

#[derive(Debug)]
pub(crate) struct Digest {
    /// The part as the hash tree knows it.
    pub tree: PartWritten,
    /// Number and tag of each piece; empty if they were not kept.
    tags: Vec<(u64, String)>,
}

impl Digest {
    /// Format, length of the tree's digest, that digest, and a line a piece: its number and tag.
    pub fn bytes(tree: &PartDigest, pieces: &[Part]) -> PartDigest {
        let tree = tree.as_bytes();
        let mut bytes = vec![FORMAT];
        bytes.extend_from_slice(&(tree.len() as u64).to_le_bytes());
        bytes.extend_from_slice(tree);
        if pieces.len() <= MOST_PIECES {
            for Part { number, e_tag, .. } in pieces {
                bytes.extend_from_slice(format!("{number} {e_tag}\n").as_bytes());
            }
        }
        PartDigest::from_bytes(bytes)
    }

    /// What the store calls the part, where it is one piece.
    pub fn tag(&self) -> Option<&str> {
        match &self.tags[..] {
            [(_, tag)] => Some(tag),
            _ => None,
        }
    }

    /// Damaged ones tell nothing: then the bytes are read for their hash.
    pub fn of(part: &PartWritten) -> Self {
        let (tree, tags) = read(part.digest.as_bytes()).unwrap_or_default();
        Self {
            tree: PartWritten {
                digest: PartDigest::from_bytes(tree),
                ..part.clone()
            },
            tags,
        }
    }
}

type Read = (Vec<u8>, Vec<(u64, String)>);

fn read(bytes: &[u8]) -> Option<Read> {
    let (&FORMAT, rest) = bytes.split_first()? else {
        return None;
    };
    let (length, rest) = rest.split_at_checked(8)?;
    let length = u64::from_le_bytes(length.try_into().ok()?);
    let (tree, tags) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    let tags = std::str::from_utf8(tags).ok()?.lines();
    let tags = tags.filter_map(|line| {
        let (number, tag) = line.split_once(' ')?;
        Some((number.parse().ok()?, tag.to_owned()))
    });
    Some((tree.to_vec(), tags.collect()))
}

/// The parts of an upload, each once: as it was sent last.
pub(crate) fn latest(sent: Vec<Part>, digests: &[Digest]) -> Vec<Part> {
    let known: BTreeMap<u64, &str> = digests
        .iter()
        .flat_map(|digest| &digest.tags)
        .map(|(number, tag)| (*number, tag.as_str()))
        .collect();
    let mut parts: BTreeMap<u64, Part> = BTreeMap::new();
    for part in sent {
        let bare = |tag: &str| tag.trim_matches('"').to_owned();
        let is_other = |tag: &&str| bare(tag) != bare(&part.e_tag);
        if known.get(&part.number).is_some_and(is_other) {
            continue;
        }
        parts.insert(part.number, part);
    }
    parts.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(number: u64, e_tag: &str) -> Part {
        Part {
            number,
            e_tag: e_tag.to_owned(),
            size: 1,
        }
    }

    #[test]
    fn of_a_part_that_was_sent_twice_the_kept_one_counts() {
        let tree = PartDigest::from_bytes([1, 2, 3]);
        let written = PartWritten {
            offset: 0,
            size_bytes: 2,
            digest: Digest::bytes(&tree, &[part(1, "\"new\""), part(2, "\"b\"")]),
        };
        let digest = Digest::of(&written);
        assert_eq!(digest.tree.digest.as_bytes(), [1, 2, 3]);
        let sent = vec![part(1, "new"), part(1, "old"), part(2, "b"), part(3, "c")];
        let tags: Vec<String> = latest(sent, &[digest])
            .into_iter()
            .map(|part| part.e_tag)
            .collect();
        assert_eq!(tags, ["new", "b", "c"]);
        let damaged = PartWritten {
            digest: PartDigest::from_bytes([FORMAT, 9]),
            ..written
        };
        assert!(Digest::of(&damaged).tree.digest.as_bytes().is_empty());
    }
}
