//! The process that reads an archive: it is given the server's end of a pair of sockets as standard
//! output, from which it first reads its order, and the archive as standard input if that is a file.

use super::detect::{Kind, detect};
use super::frame::{Frame, MOST_ORDER};
use super::order::{Bytes, Failure, Order};
use super::out::Out;
use super::source::{Asked, Shared, Source};
use super::{rar, seven, stream, tar, zip};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::AsFd as _;
use std::process::ExitCode;
use std::rc::Rc;

/// The word with which such a process is started.
pub const COMMAND: &str = "unpack";

/// Does what the order says and tells what came of it.
pub fn work() -> ExitCode {
    let begun = (|| {
        let output = io::stdout().as_fd().try_clone_to_owned()?;
        let input = io::stdin().as_fd().try_clone_to_owned()?;
        let mut output = File::from(output);
        let order = read_order(&mut output)?;
        Ok::<_, io::Error>((order, Shared::new(output), File::from(input)))
    })();
    let (order, channel, input) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            eprintln!("this is not for people, but for the server to call: {error}");
            return ExitCode::FAILURE;
        }
    };
    let source = match order.bytes {
        Bytes::Input => Source::File(input),
        Bytes::Asked(size) => Source::Asked(Asked::new(channel.clone(), size)),
    };
    tell(&channel, source, order);
    ExitCode::SUCCESS
}

fn read_order(from: &mut impl Read) -> io::Result<Order> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > MOST_ORDER {
        return Err(io::Error::other("the order is too long"));
    }
    let mut text = vec![0; length];
    from.read_exact(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

/// An order as it is sent.
pub(super) fn order_bytes(order: &Order) -> io::Result<Vec<u8>> {
    let text = serde_json::to_vec(order)?;
    let length = u32::try_from(text.len()).map_err(io::Error::other)?;
    Ok([&length.to_le_bytes()[..], &text].concat())
}

impl Order {
    /// As it is sent.
    /// # Errors
    /// It is too long.
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let bytes = order_bytes(self)?;
        if bytes.len() > MOST_ORDER {
            return Err(io::Error::other("the order is too long"));
        }
        Ok(bytes)
    }
}

/// Reads an archive and tells of it, to the end or to what stops it.
pub(super) fn tell<S, F>(channel: &Shared<S>, source: F, order: Order)
where
    S: Read + Write,
    F: Read + Seek + Send + 'static,
    S: 'static,
{
    let order = Rc::new(order);
    let out = Out::new(channel.clone(), Rc::clone(&order));
    let end = match unpack(source, &order, out) {
        Ok(()) => Frame::Done,
        Err(failure) => Frame::Failed(failure),
    };
    // Whoever does not hear it has gone.
    let _ = channel.send(&end).and_then(|()| channel.flush());
}

fn unpack<S, F>(mut source: F, order: &Rc<Order>, mut out: Out<S>) -> Result<(), Failure>
where
    S: Read + Write + 'static,
    F: Read + Seek + Send + 'static,
{
    let kind = detect(&mut source, &order.name).map_err(|error| cannot_read(&error))?;
    match kind.ok_or(Failure::UnknownKind)? {
        Kind::Zip => zip::unpack(source, order, &mut out),
        Kind::SevenZip => seven::unpack(source, order, &mut out),
        Kind::Rar => rar::unpack(source, order, out),
        Kind::Tar => tar::unpack(io::BufReader::new(source), order, &mut out),
        Kind::Packed(packing) => stream::unpack(source, packing, order, &mut out),
    }
}

/// The bytes do not come, or are no more.
pub(super) fn cannot_read(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            Failure::Damaged(error.to_string())
        }
        io::ErrorKind::OutOfMemory => Failure::TooMuchMemory,
        _ => Failure::Source(error.to_string()),
    }
}
