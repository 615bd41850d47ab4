//! What a decoder says is believed only as far as it was seen to: strangers' bytes may have taken it
//! over.

use super::session::Broken;
use archive::read::frame::Stored;
use archive::read::{Entry, Failure, contained};

/// Bytes of a name that is only told, at most.
const TOLD_NAME: usize = 2 << 10;

/// How far a decoder is.
#[derive(Debug)]
pub(super) struct Watch {
    last: u64,
}

impl Watch {
    /// It begins behind the entry of this number.
    pub fn behind(last: u64) -> Self {
        Self { last }
    }

    /// Entries are told of one by one, so that there are no more of them than numbers.
    pub fn number(&mut self, number: u64) -> Result<(), Broken> {
        if self.last.checked_add(1) != Some(number) {
            return Err(nonsense());
        }
        self.last = number;
        Ok(())
    }

    /// An entry: its name leads nowhere else, or it is left out.
    pub fn entry(&mut self, entry: &Entry) -> Result<(), Broken> {
        self.number(entry.number)?;
        let is_good = match entry.left_out {
            None => contained(&entry.name).is_ok_and(|path| path == entry.name),
            Some(_) => entry.name.len() <= TOLD_NAME,
        };
        is_good.then_some(()).ok_or_else(nonsense)
    }

    /// A piece of content: nothing is no piece, and would cost memory all the same.
    pub fn piece(piece: &[u8]) -> Result<(), Broken> {
        (!piece.is_empty()).then_some(()).ok_or_else(nonsense)
    }
}

/// Bytes of an archive of so many that are content: something, and inside it.
pub(super) fn contains(archive_bytes: u64, stored: Stored) -> Result<(), Broken> {
    let end = stored.at.checked_add(stored.length);
    let is_inside = end.is_some_and(|end| end <= archive_bytes);
    (is_inside && stored.length > 0)
        .then_some(())
        .ok_or_else(nonsense)
}

fn nonsense() -> Broken {
    Failure::Damaged("its decoder talks nonsense".to_owned()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use archive::read::{MOST_DEPTH, Reason};

    fn entry(number: u64, name: &str) -> Entry {
        Entry {
            number,
            name: name.to_owned(),
            is_folder: false,
            size_bytes: None,
            modified: None,
            is_encrypted: false,
            left_out: None,
        }
    }

    #[test]
    fn numbers_come_one_by_one() {
        let mut watch = Watch::behind(2);
        assert!(watch.entry(&entry(3, "a")).is_ok());
        assert!(watch.number(4).is_ok());
        // The same again, one that is passed over in silence, and one of before.
        for number in [4, 6, 1, 0, u64::MAX] {
            assert!(watch.number(number).is_err(), "{number}");
            assert!(watch.entry(&entry(number, "b")).is_err(), "{number}");
        }
        assert!(watch.entry(&entry(5, "b")).is_ok());
        assert!(Watch::behind(u64::MAX).number(0).is_err());
    }

    #[test]
    fn names_lead_nowhere_else() {
        let deep = "d/".repeat(MOST_DEPTH) + "f";
        for name in [
            "", "/etc", "../a", "a/../b", "a//b", "a/", "C:a", "a\\b", "a\0b", &deep,
        ] {
            let told = Watch::behind(0).entry(&entry(1, name));
            assert!(told.is_err(), "{name:?}");
            let left_out = Entry {
                left_out: Some(Reason::Climbs),
                ..entry(1, name)
            };
            assert!(Watch::behind(0).entry(&left_out).is_ok(), "{name:?}");
        }
        let long = Entry {
            left_out: Some(Reason::NameTooLong),
            ..entry(1, &"n".repeat(TOLD_NAME + 1))
        };
        assert!(Watch::behind(0).entry(&long).is_err());
        assert!(Watch::behind(0).entry(&entry(1, "a/b.txt")).is_ok());
        assert!(Watch::piece(b"").is_err());
        assert!(Watch::piece(b"x").is_ok());
    }

    #[test]
    fn stored_content_lies_inside_the_archive() {
        let stored = |at, length| Stored { at, length, crc: 0 };
        assert!(contains(100, stored(0, 100)).is_ok());
        assert!(contains(100, stored(99, 1)).is_ok());
        for (at, length) in [(0, 0), (0, 101), (100, 1), (u64::MAX, 2), (1, u64::MAX)] {
            assert!(contains(100, stored(at, length)).is_err(), "{at} {length}");
        }
    }
}
