//! Shares that take files and show none. What is there does not show in how newcomers fare: a
//! name that is taken gives way to a free one, and who brought the file is told the name they gave.

use super::Place;
use crate::error::FileError;
use crate::store::files;
use crate::wire::name::MAX_NAME_BYTES;
use entity::file;
use sea_orm::ConnectionTrait;

/// Numbers tried before a random one.
pub(super) const TRIES: u32 = 20;

impl Place {
    /// The place that new content for this one goes to: beside what is there. Folders are
    /// entered, since that tells nothing.
    pub(super) async fn beside(mut self, db: &impl ConnectionTrait) -> Result<Self, FileError> {
        // Row n of the chain is what segment n - 1 names; row 0 is the shared folder.
        let in_the_way = |row: &file::Model| row.kind != file::KIND_FOLDER || row.is_symbolic;
        let stuck = self.chain.iter().skip(1).position(in_the_way);
        let taken = match stuck {
            Some(at) => at,
            None if self.missing().is_empty() && !self.is_root() => self.uri.segments().len() - 1,
            None => return Ok(self),
        };
        let parent = self.chain[taken].id;
        let asked = self.uri.clone();
        let name = asked.segments()[taken].clone();
        let candidates: Vec<String> = (1..=TRIES).map(|n| numbered(&name, n)).collect();
        let in_use = files::names_among(db, parent, &candidates).await?;
        let free = candidates.into_iter().find(|name| !in_use.contains(name));
        let free = free.unwrap_or_else(|| numbered(&name, rand::random()));
        self.chain.truncate(taken + 1);
        let base = self.space.base.clone();
        let segments = asked.segments().iter().enumerate();
        self.uri = segments.fold(base, |uri, (n, segment)| {
            uri.join(if n == taken { &free } else { segment })
        });
        self.asked = Some(asked);
        Ok(self)
    }
}

/// `plan.md` → `plan (2).md`, within the length of names.
pub(super) fn numbered(name: &str, n: u32) -> String {
    let (stem, suffix) = match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot < MAX_NAME_BYTES / 2 => name.split_at(dot),
        _ => (name, ""),
    };
    let number = format!(" ({n})");
    let room = MAX_NAME_BYTES - number.len() - suffix.len();
    let stem = &stem[..stem.floor_char_boundary(room)];
    format!("{stem}{number}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_before_the_suffix_and_fit() {
        for (name, expected) in [
            ("plan.md", "plan (2).md"),
            ("plan", "plan (2)"),
            (".profile", ".profile (2)"),
            ("a.tar.gz", "a.tar (2).gz"),
        ] {
            assert_eq!(numbered(name, 2), expected);
        }
        for long in [
            "x".repeat(255),
            "ü".repeat(127),
            format!("{}.md", "ü".repeat(126)),
        ] {
            let name = numbered(&long, u32::MAX);
            assert!(name.len() <= MAX_NAME_BYTES && name.len() > 240, "{name}");
            assert!(name.contains(" (4294967295)"));
        }
    }
}
