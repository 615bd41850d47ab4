//! What who reads an archive tells the server, piece by piece: a letter, a length, and so many
//! bytes. The server trusts none of it.

use super::order::{Entry, Failure, Reason};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use std::io::{self, Read, Write};

/// Letter and length.
pub const HEAD_BYTES: usize = 5;
/// A piece of content.
pub const MOST_PIECE: usize = 128 << 10;
/// Everything else, which is JSON.
const MOST_TEXT: usize = 128 << 10;
/// A range that is asked for.
pub const MOST_RANGE: usize = 1 << 20;
/// The order, which is a line.
pub const MOST_ORDER: usize = 8 << 20;

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// How many entries and bytes there are, as far as that is known before.
    Begin(Option<u64>, Option<u64>),
    Entry(Entry),
    /// Content of the entry before.
    Piece(Bytes),
    /// The same, which the archive holds just as it is.
    Stored(Stored),
    /// The content is over; a reason if it is not whole.
    End(Option<Reason>),
    /// An entry of this number was not wanted.
    Passed(u64),
    /// So many bytes from there are needed.
    Want(u64, u32),
    Failed(Failure),
    /// All entries were told.
    Done,
}

/// Bytes of the archive that are bytes of a file: the server reads them itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    pub at: u64,
    pub length: u64,
    /// The CRC-32 of them all.
    pub crc: u32,
}

/// What is no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no frame")]
pub struct BadFrame;

/// Letter and length of the next frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    letter: u8,
    pub length: usize,
}

impl Head {
    /// # Errors
    /// No such frame is known, or it would be too long.
    pub fn parse(bytes: [u8; HEAD_BYTES]) -> Result<Self, BadFrame> {
        let [letter, length @ ..] = bytes;
        let length = usize::try_from(u32::from_le_bytes(length)).map_err(|_| BadFrame)?;
        let most = match letter {
            b'P' => MOST_PIECE,
            b'B' | b'E' | b'Z' | b'X' => MOST_TEXT,
            b'S' => 8,
            b'R' => 12,
            b'C' => 20,
            b'D' => 0,
            _ => return Err(BadFrame),
        };
        if length > most {
            return Err(BadFrame);
        }
        Ok(Self { letter, length })
    }

    /// The frame with this body.
    /// # Errors
    /// It does not fit.
    pub fn frame(self, body: Vec<u8>) -> Result<Frame, BadFrame> {
        if body.len() != self.length {
            return Err(BadFrame);
        }
        Ok(match self.letter {
            b'P' => Frame::Piece(body.into()),
            b'C' => Frame::Stored(Stored::parse(&body)?),
            b'B' => {
                let (entries, bytes) = text(&body)?;
                Frame::Begin(entries, bytes)
            }
            b'E' => Frame::Entry(text(&body)?),
            b'Z' => Frame::End(text(&body)?),
            b'X' => Frame::Failed(text(&body)?),
            b'S' => Frame::Passed(number(&body)?),
            b'R' => {
                let (at, length) = body.split_at_checked(8).ok_or(BadFrame)?;
                let length = length.try_into().map_err(|_| BadFrame)?;
                let length = u32::from_le_bytes(length);
                if length as usize > MOST_RANGE {
                    return Err(BadFrame);
                }
                Frame::Want(number(at)?, length)
            }
            b'D' => Frame::Done,
            _ => return Err(BadFrame),
        })
    }
}

fn text<T: DeserializeOwned>(body: &[u8]) -> Result<T, BadFrame> {
    serde_json::from_slice(body).map_err(|_| BadFrame)
}

fn number(body: &[u8]) -> Result<u64, BadFrame> {
    let bytes = body.try_into().map_err(|_| BadFrame)?;
    Ok(u64::from_le_bytes(bytes))
}

impl Stored {
    fn parse(body: &[u8]) -> Result<Self, BadFrame> {
        let (at, rest) = body.split_at_checked(8).ok_or(BadFrame)?;
        let (length, crc) = rest.split_at_checked(8).ok_or(BadFrame)?;
        Ok(Self {
            at: number(at)?,
            length: number(length)?,
            crc: u32::from_le_bytes(crc.try_into().map_err(|_| BadFrame)?),
        })
    }
}

/// Writes a piece of content without copying it.
pub fn write_piece(to: &mut impl Write, piece: &[u8]) -> io::Result<()> {
    write_body(to, b'P', piece)
}

/// Writes a frame.
pub fn write(to: &mut impl Write, frame: &Frame) -> io::Result<()> {
    match frame {
        Frame::Begin(entries, bytes) => {
            write_body(to, b'B', &serde_json::to_vec(&(entries, bytes))?)
        }
        Frame::Entry(entry) => write_body(to, b'E', &serde_json::to_vec(entry)?),
        Frame::Piece(piece) => write_piece(to, piece),
        Frame::Stored(Stored { at, length, crc }) => {
            let mut body = [0; 20];
            body[..8].copy_from_slice(&at.to_le_bytes());
            body[8..16].copy_from_slice(&length.to_le_bytes());
            body[16..].copy_from_slice(&crc.to_le_bytes());
            write_body(to, b'C', &body)
        }
        Frame::End(reason) => write_body(to, b'Z', &serde_json::to_vec(reason)?),
        Frame::Passed(number) => write_body(to, b'S', &number.to_le_bytes()),
        Frame::Want(at, length) => {
            let mut body = [0; 12];
            body[..8].copy_from_slice(&at.to_le_bytes());
            body[8..].copy_from_slice(&length.to_le_bytes());
            write_body(to, b'R', &body)
        }
        Frame::Failed(failure) => write_body(to, b'X', &serde_json::to_vec(failure)?),
        Frame::Done => write_body(to, b'D', &[]),
    }
}

fn write_body(to: &mut impl Write, letter: u8, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len()).map_err(io::Error::other)?;
    let mut head = [letter, 0, 0, 0, 0];
    head[1..].copy_from_slice(&length.to_le_bytes());
    to.write_all(&head)?;
    to.write_all(body)
}

/// Reads a frame; `None`: there are no more.
pub fn read(from: &mut impl Read) -> io::Result<Option<Frame>> {
    let mut head = [0; HEAD_BYTES];
    match from.read(&mut head[..1])? {
        0 => return Ok(None),
        _ => from.read_exact(&mut head[1..])?,
    }
    let head = Head::parse(head).map_err(io::Error::other)?;
    let mut body = vec![0; head.length];
    from.read_exact(&mut body)?;
    head.frame(body).map(Some).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn entry() -> Entry {
        Entry {
            number: 7,
            name: "a/b.txt".into(),
            is_folder: false,
            size_bytes: Some(3),
            modified: None,
            is_encrypted: true,
            left_out: Some(Reason::Climbs),
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        let frames = [
            Frame::Begin(Some(1), None),
            Frame::Entry(entry()),
            Frame::Piece(vec![1, 2, 3].into()),
            Frame::Stored(Stored {
                at: 1 << 40,
                length: 1 << 33,
                crc: 0xdead_beef,
            }),
            Frame::End(None),
            Frame::End(Some(Reason::Damaged)),
            Frame::Passed(9),
            Frame::Want(1 << 40, 4096),
            Frame::Failed(Failure::Damaged("x".into())),
            Frame::Done,
        ];
        let mut bytes = Vec::new();
        for frame in &frames {
            write(&mut bytes, frame).unwrap();
        }
        let mut from = bytes.as_slice();
        for frame in frames {
            assert_eq!(read(&mut from).unwrap(), Some(frame));
        }
        assert_eq!(read(&mut from).unwrap(), None);
    }

    #[test]
    fn nothing_too_long_or_unknown_is_believed() {
        let head = |letter, length: u32| {
            let mut head = [letter, 0, 0, 0, 0];
            head[1..].copy_from_slice(&length.to_le_bytes());
            Head::parse(head)
        };
        assert!(head(b'P', MOST_PIECE as u32).is_ok());
        for (letter, length) in [
            (b'P', MOST_PIECE as u32 + 1),
            (b'E', u32::MAX),
            (b'D', 1),
            (b'S', 9),
            (b'R', 13),
            (b'C', 21),
            (b'?', 0),
            (0, 0),
        ] {
            assert_eq!(head(letter, length), Err(BadFrame), "{letter}");
        }
        let want = head(b'R', 12).unwrap();
        assert!(want.frame(vec![0xff; 12]).is_err(), "a range without end");
        assert!(head(b'S', 4).unwrap().frame(vec![0; 4]).is_err());
        assert!(head(b'E', 2).unwrap().frame(b"{}".to_vec()).is_err());
    }
}
