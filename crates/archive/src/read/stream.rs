//! One packed stream: a tar in it, or a single file.

use super::detect::{Packing, is_tar, name_inside};
use super::order::{Failure, Order, Reason};
use super::out::{Broken, Found, Out, Wanted, What};
use super::tar;
use super::work::cannot_read;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};

/// What a decoder of xz holds beside its dictionary, KiB.
const XZ_MORE_KIB: u32 = 1 << 10;

/// Tells what is in it.
pub fn unpack<S, F>(
    file: F,
    packing: Packing,
    order: &Order,
    out: &mut Out<S>,
) -> Result<(), Failure>
where
    S: Read + Write,
    F: Read + Seek,
{
    let mut file = BufReader::with_capacity(256 << 10, file);
    let modified = match packing {
        Packing::Gzip => gzip_time(&mut file).map_err(|error| cannot_read(&error))?,
        _ => None,
    };
    let plain = open(file, packing, (order.dictionary_bytes, order.most_said()))
        .map_err(|error| cannot_read(&error))?;
    let mut plain = BufReader::with_capacity(256 << 10, Filled(plain));
    let is_tar = {
        let head = plain.fill_buf().map_err(|error| broken(&error))?;
        is_tar(head, &order.name)
    };
    if is_tar {
        return tar::unpack(plain, order, out);
    }
    out.begin(Some(1), None)?;
    let wanted = out.entry(Found {
        name: name_inside(&order.name),
        what: What::File,
        size_bytes: None,
        modified,
        is_encrypted: false,
    })?;
    if wanted == Wanted::Nothing {
        return Ok(());
    }
    match out.copy(&mut plain) {
        Ok(_) => out.end(None),
        Err(Broken::Failed(failure)) => Err(failure),
        Err(Broken::Reading(error)) => {
            out.end(Some(Reason::Damaged))?;
            Err(broken(&error))
        }
    }
}

/// When the file was changed that a gzip holds, if that is said (RFC 1952).
fn gzip_time(file: &mut (impl Read + Seek)) -> io::Result<Option<i64>> {
    let mut head = [0; 8];
    file.read_exact(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    let [.., a, b, c, d] = head;
    let secs = i64::from(u32::from_le_bytes([a, b, c, d]));
    Ok((secs > 0).then_some(secs * 1_000_000))
}

fn open<'a>(
    file: impl BufRead + 'a,
    packing: Packing,
    (dictionary, most_said): (u64, u64),
) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match packing {
        Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        Packing::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(file)),
        Packing::Xz => {
            let most = (most_said >> 10) as u32 + XZ_MORE_KIB;
            Box::new(lzma_rust2::XzReader::new_mem_limit(file, true, most))
        }
        Packing::Zstd => {
            let mut decoder = zstd::Decoder::with_buffer(file)?;
            decoder.window_log_max(dictionary.ilog2())?;
            Box::new(decoder)
        }
        Packing::Lz4 => Box::new(Lz4::new(file)),
    })
}

/// Frames of LZ4, one behind the other. Its decoder takes an end between two blocks for the end of a
/// frame, and another frame for something else.
struct Lz4<R: BufRead>(lz4_flex::frame::FrameDecoder<Tail<R>>);

impl<R: BufRead> Lz4<R> {
    fn new(file: R) -> Self {
        Self(lz4_flex::frame::FrameDecoder::new(Tail {
            file,
            last: [1; 8],
        }))
    }
}

impl<R: BufRead> Read for Lz4<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.0.read(into)?;
            if count > 0 || into.is_empty() {
                return Ok(count);
            }
            let tail = self.0.get_mut();
            if tail.file.fill_buf()?.is_empty() {
                // Four bytes of nothing end a frame; a checksum may follow (LZ4 frame format).
                let ended = tail.last[..4] == [0; 4] || tail.last[4..] == [0; 4];
                return if ended {
                    Ok(0)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
        }
    }
}

/// Remembers the last bytes that were read.
struct Tail<R> {
    file: R,
    last: [u8; 8],
}

impl<R: Read> Read for Tail<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(into)?;
        let new = &into[count.saturating_sub(8)..count];
        self.last.rotate_left(new.len());
        self.last[8 - new.len()..].copy_from_slice(new);
        Ok(count)
    }
}

/// A reader that fills what it is given, so that what a stream begins with is seen at once.
struct Filled<R>(R);

impl<R: Read> Read for Filled<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < into.len().min(64 << 10) {
            match self.0.read(&mut into[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // What came before it is told first; it comes again.
                Err(_) if filled > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

/// Why a stream ends early. Decoders have many words for nonsense.
pub(super) fn broken(error: &io::Error) -> Failure {
    let text = error.to_string();
    if error.kind() == io::ErrorKind::OutOfMemory || text.contains("requires too much memory") {
        return Failure::TooMuchMemory;
    }
    match cannot_read(error) {
        Failure::Source(text) if text.contains("server") => Failure::Source(text),
        Failure::Source(text) => Failure::Damaged(text),
        failure => failure,
    }
}
