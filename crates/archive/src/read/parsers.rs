//! What reads strangers' bytes on the server's side, as plain functions of bytes for tests that send
//! anything. None panics for any bytes.

use super::frame::{self, MOST_PIECE};
use super::zip::{Bounds, list_zip};
use std::io::Cursor;

/// Directories of zips, in an old encoding and without one.
pub fn zip_listing(bytes: &[u8]) {
    let bounds = Bounds {
        entries: 1_000,
        bytes: 1 << 20,
    };
    for encoding in ["", "gbk"] {
        if let Ok(entries) = list_zip(&mut Cursor::new(bytes), encoding, bounds) {
            assert!(entries.len() <= bounds.entries);
        }
    }
}

/// What who reads an archive says: what is understood is said again in the same words.
pub fn frames(bytes: &[u8]) {
    let mut rest = bytes;
    while let Ok(Some(read)) = frame::read(&mut rest) {
        let mut again = Vec::new();
        frame::write(&mut again, &read).expect("it fits into memory");
        assert!(again.len() <= MOST_PIECE * 2);
        let once_more = frame::read(&mut again.as_slice());
        assert_eq!(once_more.ok().flatten(), Some(read));
    }
}
