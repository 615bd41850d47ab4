//! BLAKE3 of a file whose parts arrive in any order, without reading it again.
//!
//! BLAKE3 is a binary tree over 1024-byte chunks. A run of a power-of-two number of chunks that
//! starts at a multiple of its own length is always one whole subtree. So each part is cut into
//! such runs, the chaining value of each goes into the part's digest, and completion joins them
//! into the root. Runs never span the whole file, because the root is finalised differently.

use blake3::hazmat::{
    ChainingValue, HasherExt, Mode, left_subtree_len, merge_subtrees_non_root, merge_subtrees_root,
};
use blake3::{CHUNK_LEN, Hasher, OUT_LEN};

use crate::{PartDigest, PartWritten};

const CHUNK: u64 = CHUNK_LEN as u64;
/// First byte of a digest, so that another format can follow.
const FORMAT: u8 = 1;

/// Hashes one part as it streams by.
#[derive(Debug)]
pub struct PartHasher {
    total: u64,
    offset: u64,
    end: u64,
    hasher: Hasher,
    /// Bytes that the current run still lacks.
    run_left: u64,
    /// `None` when the part does not fit the tree; completion then reads the file.
    digest: Option<Vec<u8>>,
}

impl PartHasher {
    /// For the part at `offset..offset + size_bytes` of a file of `total` bytes.
    pub fn new(total: u64, offset: u64, size_bytes: u64) -> Self {
        let end = offset + size_bytes;
        let fits = offset.is_multiple_of(CHUNK) && (end.is_multiple_of(CHUNK) || end == total);
        let mut part = Self {
            total,
            offset,
            end,
            hasher: Hasher::new(),
            run_left: 0,
            digest: fits.then(|| vec![FORMAT]),
        };
        part.start_run();
        part
    }

    /// Takes the next bytes; together they must not exceed the part.
    pub fn update(&mut self, mut data: &[u8]) {
        let Some(digest) = &mut self.digest else {
            return;
        };
        while !data.is_empty() {
            let take = self.run_left.min(data.len() as u64);
            let (run, rest) = data.split_at(take as usize);
            self.hasher.update(run);
            self.run_left -= take;
            self.offset += take;
            data = rest;
            if self.run_left == 0 {
                let value = if self.total <= CHUNK {
                    *self.hasher.finalize().as_bytes()
                } else {
                    self.hasher.finalize_non_root()
                };
                digest.extend_from_slice(&value);
                if self.offset >= self.end {
                    debug_assert!(data.is_empty(), "more bytes than the part has");
                    return;
                }
                // Not `reset`: it keeps the old input offset.
                self.hasher = Hasher::new();
                self.run_left = run_len(self.total, self.offset, self.end);
                self.hasher.set_input_offset(self.offset);
            }
        }
    }

    fn start_run(&mut self) {
        if self.digest.is_some() && self.offset < self.end {
            self.run_left = run_len(self.total, self.offset, self.end);
            self.hasher.set_input_offset(self.offset);
        }
    }

    pub fn finish(self) -> PartDigest {
        PartDigest::from_bytes(self.digest.unwrap_or_default())
    }
}

/// Length of the run at `offset` of a part that stops at `end`.
fn run_len(total: u64, offset: u64, end: u64) -> u64 {
    let left = end - offset;
    if left <= CHUNK {
        return left; // the last chunk of the file, or exactly one chunk
    }
    let longest = 1 << left.ilog2();
    let aligned = if offset == 0 {
        longest
    } else {
        longest.min(1 << offset.trailing_zeros())
    };
    if aligned == total {
        aligned / 2
    } else {
        aligned
    }
}

/// One run of the file.
#[derive(Clone, Copy)]
struct Run {
    offset: u64,
    value: ChainingValue,
}

/// The hash of the whole file from the digests of its parts, given in file order and without
/// gaps; `None` if some digest does not tell.
pub fn root_hash(total: u64, parts: &[&PartWritten]) -> Option<[u8; 32]> {
    if total == 0 {
        return Some(*blake3::hash(b"").as_bytes());
    }
    let mut runs = Vec::new();
    for part in parts {
        runs_of(total, part, &mut runs)?;
    }
    if let [only] = runs.as_slice() {
        // Only a file of one chunk is a single run, hashed as the root.
        return (total <= CHUNK).then_some(only.value);
    }
    let (left, right) = split(0, total, &runs)?;
    let left_len = left_subtree_len(total);
    let left = join(0, left_len, left)?;
    let right = join(left_len, total - left_len, right)?;
    Some(*merge_subtrees_root(&left, &right, Mode::Hash).as_bytes())
}

fn runs_of(total: u64, part: &PartWritten, runs: &mut Vec<Run>) -> Option<()> {
    let (&FORMAT, values) = part.digest.as_bytes().split_first()? else {
        return None;
    };
    let (values, rest) = values.as_chunks::<OUT_LEN>();
    let mut offset = part.offset;
    let end = part.offset + part.size_bytes;
    if !rest.is_empty() || !offset.is_multiple_of(CHUNK) {
        return None;
    }
    for &value in values {
        if offset >= end {
            return None;
        }
        runs.push(Run { offset, value });
        offset += run_len(total, offset, end);
    }
    (offset == end).then_some(())
}

/// The chaining value of the subtree at `offset..offset + len`.
fn join(offset: u64, len: u64, runs: &[Run]) -> Option<ChainingValue> {
    if let [only] = runs {
        return (only.offset == offset).then_some(only.value);
    }
    let (left, right) = split(offset, len, runs)?;
    let left_len = left_subtree_len(len);
    let left = join(offset, left_len, left)?;
    let right = join(offset + left_len, len - left_len, right)?;
    Some(merge_subtrees_non_root(&left, &right, Mode::Hash))
}

fn split(offset: u64, len: u64, runs: &[Run]) -> Option<(&[Run], &[Run])> {
    if len <= CHUNK || runs.is_empty() {
        return None;
    }
    let middle = offset + left_subtree_len(len);
    Some(runs.split_at(runs.partition_point(|run| run.offset < middle)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn bytes(len: usize) -> Vec<u8> {
        (0..len).map(|i| (i / 7 + i % 251) as u8).collect()
    }

    fn part(data: &[u8], offset: usize, len: usize, step: usize) -> PartWritten {
        let mut hasher = PartHasher::new(data.len() as u64, offset as u64, len as u64);
        for piece in data[offset..offset + len].chunks(step) {
            hasher.update(piece);
        }
        PartWritten {
            offset: offset as u64,
            size_bytes: len as u64,
            digest: hasher.finish(),
        }
    }

    fn parts(data: &[u8], chunk: usize, step: usize) -> Vec<PartWritten> {
        (0..data.len().div_ceil(chunk))
            .map(|i| part(data, i * chunk, chunk.min(data.len() - i * chunk), step))
            .collect()
    }

    fn root(data: &[u8], parts: &[PartWritten]) -> Option<[u8; 32]> {
        root_hash(data.len() as u64, &parts.iter().collect::<Vec<_>>())
    }

    #[test]
    fn edges_of_chunks_and_powers_of_two_hash_right() {
        for size in [
            1, 1023, 1024, 1025, 2047, 2048, 2049, 3072, 4096, 8192, 8193, 65536, 99999,
        ] {
            let data = bytes(size);
            for chunk in [1024, 2048, 3072, 5120, 65536, 1 << 20] {
                let hash = root(&data, &parts(&data, chunk, 777));
                assert_eq!(
                    hash,
                    Some(*blake3::hash(&data).as_bytes()),
                    "{size} by {chunk}"
                );
            }
        }
        assert_eq!(root(&[], &[]), Some(*blake3::hash(b"").as_bytes()));
    }

    #[test]
    fn a_part_that_fits_no_tree_or_lost_its_digest_tells_nothing() {
        let data = bytes(10_000);
        assert_eq!(root(&data, &parts(&data, 1000, 777)), None);
        for damage in [&[][..], &[9], &[FORMAT], &[FORMAT, 1, 2]] {
            let mut parts = parts(&data, 4096, 777);
            parts[1].digest = PartDigest::from_bytes(damage);
            assert_eq!(root(&data, &parts), None);
        }
    }

    #[test]
    fn a_digest_stays_small() {
        let mut hasher = PartHasher::new(1 << 30, 25 << 20, 25 << 20);
        hasher.update(&vec![0; 25 << 20]);
        assert!(hasher.finish().as_bytes().len() < 512);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn parts_hash_like_the_whole(
            size in 1_usize..300_000, chunk in 1_usize..64, step in 1_usize..50_000,
        ) {
            let data = bytes(size);
            let parts = parts(&data, chunk * 1024, step);
            prop_assert_eq!(root(&data, &parts), Some(*blake3::hash(&data).as_bytes()));
        }

        #[test]
        fn parts_of_uneven_lengths_hash_like_the_whole(
            lens in proptest::collection::vec(1_usize..40, 1..12), tail in 0_usize..1024,
        ) {
            let data = bytes(lens.iter().sum::<usize>() * 1024 + tail);
            let mut parts = Vec::new();
            let mut offset = 0;
            for (i, len) in lens.iter().enumerate() {
                let len = len * 1024 + if i + 1 == lens.len() { tail } else { 0 };
                parts.push(part(&data, offset, len, 4000));
                offset += len;
            }
            prop_assert_eq!(root(&data, &parts), Some(*blake3::hash(&data).as_bytes()));
        }
    }
}
