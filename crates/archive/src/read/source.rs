//! The bytes of an archive, wherever they are, to be read in any order.

use super::frame::{self, Frame};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes asked for at once, and ranges kept of those that were.
const BLOCK: u64 = 256 << 10;
const KEPT: usize = 4;
/// What is gathered before it is sent.
const GATHERED: usize = 64 << 10;

/// The way to the server and back.
#[derive(Debug)]
pub struct Channel<S: Read + Write> {
    to: BufWriter<S>,
}

/// The same, used from several places.
#[derive(Debug)]
pub struct Shared<S: Read + Write>(Arc<Mutex<Channel<S>>>);

impl<S: Read + Write> Clone for Shared<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Read + Write> Shared<S> {
    pub fn new(stream: S) -> Self {
        let to = BufWriter::with_capacity(GATHERED, stream);
        Self(Arc::new(Mutex::new(Channel { to })))
    }

    fn channel(&self) -> MutexGuard<'_, Channel<S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn send(&self, frame: &Frame) -> io::Result<()> {
        frame::write(&mut self.channel().to, frame)
    }

    pub fn send_piece(&self, piece: &[u8]) -> io::Result<()> {
        frame::write_piece(&mut self.channel().to, piece)
    }

    pub fn flush(&self) -> io::Result<()> {
        self.channel().to.flush()
    }

    /// Asks for a range. The answer is its length, and so many bytes; less is the end of what can be
    /// read.
    fn ask(&self, at: u64, length: u32) -> io::Result<Vec<u8>> {
        let mut channel = self.channel();
        frame::write(&mut channel.to, &Frame::Want(at, length))?;
        channel.to.flush()?;
        let stream = channel.to.get_mut();
        let mut got = [0; 4];
        stream.read_exact(&mut got)?;
        let got = u32::from_le_bytes(got);
        if got > length {
            return Err(io::Error::other("the server cannot read it"));
        }
        let mut bytes = vec![0; got as usize];
        stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// Where an archive is.
#[derive(Debug)]
pub enum Source<S: Read + Write> {
    File(File),
    Asked(Asked<S>),
}

/// One that is asked for range by range.
#[derive(Debug)]
pub struct Asked<S: Read + Write> {
    channel: Shared<S>,
    size: u64,
    at: u64,
    /// Ranges that were asked for lately, by where they begin.
    blocks: VecDeque<(u64, Vec<u8>)>,
}

impl<S: Read + Write> Asked<S> {
    pub fn new(channel: Shared<S>, size: u64) -> Self {
        Self {
            channel,
            size,
            at: 0,
            blocks: VecDeque::new(),
        }
    }

    fn fetch(&mut self) -> io::Result<()> {
        let start = self.at / BLOCK * BLOCK;
        let length = BLOCK.min(self.size - start);
        let bytes = self.channel.ask(start, length as u32)?;
        if bytes.len() as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if self.blocks.len() == KEPT {
            self.blocks.pop_front();
        }
        self.blocks.push_back((start, bytes));
        Ok(())
    }

    fn buffered(&self) -> Option<&[u8]> {
        let start = self.at / BLOCK * BLOCK;
        let (_, bytes) = self.blocks.iter().rev().find(|(at, _)| *at == start)?;
        bytes.get((self.at - start) as usize..)
    }
}

impl<S: Read + Write> Read for Source<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let asked = match self {
            Self::File(file) => return file.read(into),
            Self::Asked(asked) => asked,
        };
        if asked.at >= asked.size || into.is_empty() {
            return Ok(0);
        }
        if asked.buffered().is_none() {
            asked.fetch()?;
        }
        let bytes = asked.buffered().unwrap_or_default();
        let count = bytes.len().min(into.len());
        into[..count].copy_from_slice(&bytes[..count]);
        asked.at += count as u64;
        Ok(count)
    }
}

impl<S: Read + Write> Seek for Source<S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let asked = match self {
            Self::File(file) => return file.seek(to),
            Self::Asked(asked) => asked,
        };
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => asked.size.checked_add_signed(by),
            SeekFrom::Current(by) => asked.at.checked_add_signed(by),
        };
        asked.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(asked.at)
    }
}
