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

pub use detect::{Kind, kind_by_name};
pub use names::{UnknownEncoding, is_encoding};
pub use order::{Bytes, Doing, Entry, Failure, Order, Reason};
pub use path::{MOST_DEPTH, contained};
pub use work::{COMMAND, work};
pub use zip::{Bounds, ListError, list_zip};

/// What a decoder may keep to look back at: archives that want more are refused. It is what `7z` and
/// `xz` want at their best, and `zstd` when it looks far back.
pub const DICTIONARY_BYTES: u64 = 256 << 20;
/// What a decoder holds beside its dictionary, with all that is known of the entries.
pub const WORKING_BYTES: u64 = 64 << 20;
