//! Archives are read: which kind one is, what is in it, and its files one after the other.
//!
//! All of this is for a process of its own in the sandbox ([`work`]), which tells the server in
//! [frames](frame) what it finds. Only the directory of a zip ([`list_zip`]) is read within bounds
//! so tight that anybody may do it.

mod detect;
pub mod frame;
mod names;
mod order;
mod out;
pub mod parsers;
mod path;
mod rar;
mod seven;
mod source;
mod stream;
mod tar;
#[cfg(test)]
mod tests;
mod work;
mod zip;

pub use detect::{Kind, detect, kind_by_name};
pub use names::{UnknownEncoding, is_encoding};
pub use order::{Bytes, Doing, Entry, Failure, Order, Reason};
pub use path::{MOST_DEPTH, contained};
pub use work::{COMMAND, work};
pub use zip::{Bounds, ListError, list_zip};

/// What a decoder takes beside its dictionary, with all that is known of the entries.
pub const WORKING_BYTES: u64 = 12 << 20;
/// What it may keep to look back at: for a small archive, which is what `7z` and RAR usually want,
/// and for a large one, which is what `7z -mx=9` does.
const SMALL_DICTIONARY: u64 = 36 << 20;
const LARGE_DICTIONARY: u64 = 256 << 20;
/// In between so many times what the archive itself has: who wants much memory sends much.
const TIMES: u64 = 8;
/// Many programs say that they look back over so much, whatever there is to look back at. Nothing
/// of that is taken before it is filled.
const SAID_DICTIONARY: u64 = 64 << 20;

/// What a decoder may hold to look back at, of an archive of so many bytes.
pub fn dictionary_bytes(archive_bytes: u64) -> u64 {
    let by_size = archive_bytes.saturating_mul(TIMES);
    by_size.clamp(SMALL_DICTIONARY, LARGE_DICTIONARY)
}

impl Order {
    /// What an archive may say that its decoder is to look back over.
    fn most_said(&self) -> u64 {
        self.dictionary_bytes.max(SAID_DICTIONARY)
    }
}
