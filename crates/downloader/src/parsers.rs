//! What reads strangers' bytes, as plain functions of bytes for tests that send anything. None panics
//! for any bytes.

use crate::bencode::Value;
use crate::safe_path;
use crate::torrent::Torrent;
use crate::tracker::Without;

/// Torrent files, and names that stand in them.
pub fn torrent(bytes: &[u8]) {
    if let Ok(value) = Value::read(bytes) {
        assert!(value.texts().len() <= bytes.len());
        // Whoever cannot read it as a torrent says why; what is handed on is read as the same.
        if let Ok(torrent) = Torrent::read(bytes, &Without::default()) {
            let again = Torrent::read(&torrent.bytes, &Without::default());
            assert!(again.is_ok_and(|again| again.bytes == torrent.bytes));
        }
    }
    let names = safe_path(&String::from_utf8_lossy(bytes));
    assert!(!names.is_empty());
    for name in names {
        let is_safe = !matches!(name.as_str(), "" | "." | "..");
        assert!(is_safe && name.len() <= 255, "{name:?}");
        assert!(!name.contains(['/', '\\', '\0']), "{name:?}");
    }
}
