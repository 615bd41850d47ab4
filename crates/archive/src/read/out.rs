//! What is told of an archive, within the bounds that were set.

use super::frame::{Frame, MOST_PIECE, Stored};
use super::order::{Doing, Entry, Failure, Order, Reason};
use super::path;
use super::source::Shared;
use std::io::{self, Read, Write};
use std::rc::Rc;

/// An entry as an archive has it.
pub struct Found {
    pub name: String,
    pub what: What,
    pub size_bytes: Option<u64>,
    /// Microseconds since 1970.
    pub modified: Option<i64>,
    pub is_encrypted: bool,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    File,
    Folder,
    Link,
    Device,
}

/// What is to be done with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Its content is wanted: pieces, and an end.
    Content,
    Nothing,
}

/// Why a copy ended early.
pub enum Broken {
    /// The archive: its content cannot be read.
    Reading(io::Error),
    Failed(Failure),
}

/// Where everything is told.
pub struct Out<S: Read + Write> {
    channel: Shared<S>,
    order: Rc<Order>,
    /// Entries so far.
    pub entries: u64,
    bytes: u64,
    buffer: Vec<u8>,
}

impl<S: Read + Write> Out<S> {
    pub fn new(channel: Shared<S>, order: Rc<Order>) -> Self {
        Self {
            channel,
            order,
            entries: 0,
            bytes: 0,
            buffer: Vec::new(),
        }
    }

    /// Begins with what the archive says of itself: one that is too large by its own account is not
    /// unpacked up to there first. What is wanted of it may be less.
    pub fn begin(&mut self, entries: Option<u64>, bytes: Option<u64>) -> Result<(), Failure> {
        let order = &self.order;
        if entries.is_some_and(|entries| entries > order.most_entries) {
            return Err(Failure::TooManyEntries(order.most_entries));
        }
        let is_for_all = order.doing == Doing::Unpack && order.mask.is_empty();
        if is_for_all && bytes.is_some_and(|bytes| bytes > order.most_bytes) {
            return Err(Failure::TooLarge(order.most_bytes));
        }
        self.send(&Frame::Begin(entries, bytes))
    }

    /// Tells of an entry, and whether its content is wanted.
    pub fn entry(&mut self, found: Found) -> Result<Wanted, Failure> {
        self.entries += 1;
        let number = self.entries;
        if number > self.order.most_entries {
            return Err(Failure::TooManyEntries(self.order.most_entries));
        }
        if number <= self.order.skip {
            return Ok(Wanted::Nothing);
        }
        let path = path::contained(&found.name);
        // `./` is where everything goes, and nothing that could be missing there.
        if found.what == What::Folder && matches!(path, Err(Reason::NoName)) {
            self.send(&Frame::Passed(number))?;
            return Ok(Wanted::Nothing);
        }
        let inside = path.as_deref().unwrap_or(&found.name);
        let inside = inside.trim_start_matches('/');
        if !path::is_wanted(inside, &self.order.mask) {
            self.send(&Frame::Passed(number))?;
            return Ok(Wanted::Nothing);
        }
        let left_out = left_out(found.what, path.as_ref());
        let is_file = found.what == What::File && left_out.is_none();
        self.send(&Frame::Entry(Entry {
            number,
            name: path.unwrap_or_else(|_| shortened(&found.name)),
            is_folder: found.what == What::Folder,
            size_bytes: found.size_bytes,
            modified: found.modified,
            is_encrypted: found.is_encrypted,
            left_out,
        }))?;
        Ok(if is_file && self.order.doing == Doing::Unpack {
            Wanted::Content
        } else {
            Wanted::Nothing
        })
    }

    pub fn piece(&mut self, piece: &[u8]) -> Result<(), Failure> {
        self.bytes += piece.len() as u64;
        if self.bytes > self.order.most_bytes {
            return Err(Failure::TooLarge(self.order.most_bytes));
        }
        for piece in piece.chunks(MOST_PIECE) {
            let sent = self.channel.send_piece(piece);
            sent.map_err(|_| Failure::Gone)?;
        }
        Ok(())
    }

    /// All of the content of the entry before is in the archive just as it is.
    pub fn stored(&mut self, stored: Stored) -> Result<(), Failure> {
        self.passed(stored.length)?;
        self.send(&Frame::Stored(stored))
    }

    /// What is passed over costs time as well, and counts.
    pub fn passed(&mut self, bytes: u64) -> Result<(), Failure> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > self.order.most_bytes {
            return Err(Failure::TooLarge(self.order.most_bytes));
        }
        Ok(())
    }

    pub fn end(&mut self, reason: Option<Reason>) -> Result<(), Failure> {
        self.send(&Frame::End(reason))
    }

    /// The content of the entry before, up to its end. Answers its length.
    pub fn copy(&mut self, from: &mut dyn Read) -> Result<u64, Broken> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(MOST_PIECE, 0);
        let copied = self.copy_with(from, &mut buffer);
        self.buffer = buffer;
        copied
    }

    fn copy_with(&mut self, from: &mut dyn Read, buffer: &mut [u8]) -> Result<u64, Broken> {
        let mut all = 0;
        loop {
            // Decoders answer little at a time.
            let mut filled = 0;
            while filled < buffer.len() {
                match from.read(&mut buffer[filled..]) {
                    Ok(0) => break,
                    Ok(count) => filled += count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(Broken::Reading(error)),
                }
            }
            if filled == 0 {
                return Ok(all);
            }
            self.piece(&buffer[..filled]).map_err(Broken::Failed)?;
            all += filled as u64;
            if filled < buffer.len() {
                return Ok(all);
            }
        }
    }

    fn send(&mut self, frame: &Frame) -> Result<(), Failure> {
        self.channel.send(frame).map_err(|_| Failure::Gone)
    }
}

/// Why an entry is not unpacked, as far as that can be known before its content is read.
pub fn left_out(what: What, path: Result<&String, &Reason>) -> Option<Reason> {
    match (what, path) {
        (_, Err(reason)) => Some(*reason),
        (What::Link, _) => Some(Reason::Link),
        (What::Device, _) => Some(Reason::Device),
        (What::File | What::Folder, Ok(_)) => None,
    }
}

/// A name that is only for people to read.
fn shortened(name: &str) -> String {
    name.chars().take(300).collect()
}
