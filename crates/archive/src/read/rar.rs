//! RAR, of all ages.

use super::order::{Doing, Failure, Order, Reason};
use super::out::{Found, Out, Wanted, What};
use super::zip::{dos_time, what_of_mode};
use super::{WORKING_BYTES, names};
use encoding_rs::Encoding;
use rars::{
    Archive, ArchiveFamily, ArchiveMember, ArchiveReadOptions, ArchiveReader, AttrSource, Error,
    ErrorKind, ExtractionDecision, ExtractionErrorAction,
};
use std::cell::RefCell;
use std::io::{self, Read, Seek, Write};
use std::rc::Rc;

/// Headers, at most.
const HEADER_BYTES: u64 = 16 << 20;
/// Members that are decoded whole in memory; larger ones are streamed.
const BUFFERED_BYTES: u64 = 4 << 20;

/// Tells of all entries.
pub fn unpack<S, F>(file: F, order: &Order, out: Out<S>) -> Result<(), Failure>
where
    S: Read + Write + 'static,
    F: Read + Seek + Send + 'static,
{
    let given = order.password.as_deref().filter(|given| !given.is_empty());
    let options = ArchiveReadOptions::with_optional_password(given.map(str::as_bytes))
        .with_max_header_count(order.most_entries.saturating_mul(3).saturating_add(1_000))
        .with_max_header_bytes(HEADER_BYTES)
        .with_max_reader_workspace_bytes(order.most_said() + WORKING_BYTES)
        .with_rar50_dictionary_size_limit(order.most_said())
        .with_rar50_buffered_decode_limit(BUFFERED_BYTES)
        .with_max_total_output_bytes(order.most_bytes);
    let failed = |error: &Error| failure_of(error, order);
    let archive = ArchiveReader::read_reader_with_options(file, options).map_err(|e| failed(&e))?;
    let mut told = Told::of(&archive, order, out)?;
    if order.doing == Doing::List {
        return told.list(&archive);
    }
    let told = Rc::new(RefCell::new(told));
    let end = archive.extract_with_control_and_errors(
        options,
        |member| Ok(told.borrow_mut().member(member, &told)),
        |_, error| {
            let mut told = told.borrow_mut();
            if told.stopped.is_some() || is_password(error) {
                return Ok(ExtractionErrorAction::Abort);
            }
            told.is_broken = true;
            told.close();
            Ok(ExtractionErrorAction::Continue)
        },
    );
    let mut told = told.borrow_mut();
    if let Some(failure) = told.stopped.take() {
        return Err(failure);
    }
    if let Err(error) = &end {
        told.is_broken = true;
        told.close();
        return Err(failed(error));
    }
    told.close();
    told.stopped.take().map_or(Ok(()), Err)
}

/// What was told so far.
struct Told<S: Read + Write> {
    out: Out<S>,
    asked: Option<&'static Encoding>,
    is_solid: bool,
    /// The content of an entry is on its way.
    is_open: bool,
    is_broken: bool,
    stopped: Option<Failure>,
}

impl<S: Read + Write + 'static> Told<S> {
    fn of(archive: &Archive, order: &Order, mut out: Out<S>) -> Result<Self, Failure> {
        let (mut count, mut sum, mut is_solid) = (0_u64, 0_u64, false);
        for member in archive.members() {
            if member.meta.is_split_before || member.meta.is_split_after {
                return Err(Failure::OneOfSeveral);
            }
            // Names can be read where only what they name is encrypted.
            let is_closed = member.meta.is_encrypted && order.doing == Doing::Unpack;
            if is_closed && order.password.as_deref().unwrap_or_default().is_empty() {
                return Err(Failure::NoPassword);
            }
            count += 1;
            sum = sum.saturating_add(member.meta.unpacked_size);
            is_solid |= member.is_solid();
        }
        out.begin(Some(count), Some(sum))?;
        Ok(Self {
            out,
            asked: names::encoding_of(&order.encoding).unwrap_or(None),
            is_solid,
            is_open: false,
            is_broken: false,
            stopped: None,
        })
    }

    fn list(&mut self, archive: &Archive) -> Result<(), Failure> {
        for member in archive.members() {
            self.out.entry(found(&member, self.asked))?;
        }
        Ok(())
    }

    fn member(&mut self, member: &ArchiveMember, told: &Rc<RefCell<Self>>) -> ExtractionDecision {
        self.close();
        let wanted = match self.stopped {
            Some(_) => Ok(Wanted::Nothing),
            None => self.out.entry(found(member, self.asked)),
        };
        let is_content = !member.meta.is_directory && !member.meta.is_redirection;
        match wanted {
            Err(failure) => {
                self.stopped = Some(failure);
                ExtractionDecision::Stop
            }
            Ok(_) if self.stopped.is_some() => ExtractionDecision::Stop,
            Ok(Wanted::Content) if is_content => {
                self.is_open = true;
                ExtractionDecision::Extract(Box::new(Pieces(Rc::clone(told))))
            }
            // What comes behind it cannot be decoded without it.
            Ok(_) if self.is_solid && is_content => {
                if let Err(failure) = self.out.passed(member.meta.unpacked_size) {
                    self.stopped = Some(failure);
                    return ExtractionDecision::Stop;
                }
                ExtractionDecision::Extract(Box::new(io::sink()))
            }
            Ok(_) => ExtractionDecision::Skip,
        }
    }

    /// The content of the entry before is over.
    fn close(&mut self) {
        let is_broken = std::mem::take(&mut self.is_broken);
        if !std::mem::take(&mut self.is_open) || self.stopped.is_some() {
            return;
        }
        if let Err(failure) = self.out.end(is_broken.then_some(Reason::Damaged)) {
            self.stopped = Some(failure);
        }
    }
}

/// The content of one entry.
struct Pieces<S: Read + Write>(Rc<RefCell<Told<S>>>);

impl<S: Read + Write> Write for Pieces<S> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let mut told = self.0.borrow_mut();
        if let Err(failure) = told.out.piece(piece) {
            told.stopped = Some(failure);
            return Err(io::Error::other("stopped"));
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn found(member: &ArchiveMember, asked: Option<&'static Encoding>) -> Found {
    Found {
        name: name_of(member, asked),
        what: what_of(member),
        size_bytes: Some(member.meta.unpacked_size),
        modified: modified_of(member),
        is_encrypted: member.meta.is_encrypted,
    }
}

fn name_of(member: &ArchiveMember, asked: Option<&'static Encoding>) -> String {
    if member.name_is_unicode() {
        return member.meta.name_lossy();
    }
    names::read_one(asked, &member.meta.name)
}

fn what_of(member: &ArchiveMember) -> What {
    let meta = &member.meta;
    if meta.is_directory {
        return What::Folder;
    }
    if meta.is_redirection {
        return What::Link;
    }
    match (meta.attr_source(), u32::try_from(meta.file_attr)) {
        (AttrSource::Unix, Ok(mode)) => what_of_mode(mode),
        _ => What::File,
    }
}

fn modified_of(member: &ArchiveMember) -> Option<i64> {
    let raw = member.meta.file_time?;
    let detail = member.meta.mtime_refinement.unwrap_or_default();
    let whole = if member.meta.family == ArchiveFamily::Rar50Plus {
        i64::from(raw) * 1_000_000
    } else {
        dos_time((raw >> 16) as u16, raw as u16)? + i64::from(detail.add_second) * 1_000_000
    };
    Some(whole + i64::from(detail.nanoseconds / 1_000))
}

fn is_password(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::BadPassword | ErrorKind::PasswordRequired
    )
}

fn failure_of(error: &Error, order: &Order) -> Failure {
    match error.kind() {
        ErrorKind::PasswordRequired => Failure::NoPassword,
        ErrorKind::BadPassword => Failure::WrongPassword,
        ErrorKind::UnsupportedFeature | ErrorKind::UnsupportedFormat => {
            Failure::Unsupported(error.to_string())
        }
        ErrorKind::ResourceLimit => limit_of(error, order),
        ErrorKind::Io => Failure::Source(error.to_string()),
        _ => Failure::Damaged(error.to_string()),
    }
}

/// Which limit was passed.
fn limit_of(error: &Error, order: &Order) -> Failure {
    match error {
        Error::AtArchiveOffset { source, .. }
        | Error::AtEntry { source, .. }
        | Error::InVolume { source, .. } => limit_of(source, order),
        Error::HeaderCountLimitExceeded { .. } => Failure::TooManyEntries(order.most_entries),
        Error::HeaderBytesLimitExceeded { .. } => {
            Failure::Damaged("its headers are larger than any that are read".to_owned())
        }
        Error::TotalOutputLimitExceeded { .. } | Error::MemberOutputLimitExceeded { .. } => {
            Failure::TooLarge(order.most_bytes)
        }
        _ => Failure::TooMuchMemory,
    }
}
