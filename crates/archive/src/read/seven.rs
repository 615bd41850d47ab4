//! 7z.

use super::WORKING_BYTES;
use super::order::{Doing, Failure, Order, Reason};
use super::out::{Broken, Found, Out, Wanted, What};
use super::work::cannot_read;
use super::zip::{since_1601, what_of_mode};
use crate::seven_error::words;
use sevenz_rust2::{ArchiveEntry, ArchiveReader, Error, Password};
use std::io::{self, BufReader, Read, Seek, Write};

/// The bit that says that the upper half of the attributes is a mode, as p7zip writes it.
const HAS_MODE: u32 = 0x8000;

/// Tells of all entries.
pub fn unpack<S: Read + Write>(
    file: impl Read + Seek,
    order: &Order,
    out: &mut Out<S>,
) -> Result<(), Failure> {
    let given = order.password.as_deref().unwrap_or_default();
    let most = usize::try_from((order.most_said() + WORKING_BYTES / 2) >> 10).unwrap_or(usize::MAX);
    let file = BufReader::with_capacity(64 << 10, file);
    let opened = ArchiveReader::new_with_memory_limit(file, Password::from(given), most);
    let has_password = !given.is_empty();
    let mut archive = opened.map_err(|error| failure_of(error, has_password))?;
    archive.set_thread_count(1);
    let files = &archive.archive().files;
    let sum = files.iter().map(|file| file.size);
    let sum = sum.fold(0, u64::saturating_add);
    out.begin(Some(files.len() as u64), Some(sum))?;
    if order.doing == Doing::List {
        // Names can be read where only what they name is encrypted.
        let archive = archive.archive();
        return files.iter().enumerate().try_for_each(|(index, entry)| {
            let found = found(entry, archive.is_file_encrypted(index));
            out.entry(found).map(drop)
        });
    }
    let is_encrypted = (0..files.len()).any(|n| archive.archive().is_file_encrypted(n));
    if is_encrypted && !has_password {
        return Err(Failure::NoPassword);
    }
    let mut stopped = None;
    let told = archive.for_each_entries(|entry, content| {
        let one = one(entry, content, out);
        one.map(|()| true).map_err(|broken| match broken {
            Broken::Reading(error) => Error::from(error),
            Broken::Failed(failure) => {
                stopped = Some(failure);
                Error::Other("stopped".into())
            }
        })
    });
    match (stopped, told) {
        (Some(failure), _) => Err(failure),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => Err(failure_of(error, is_encrypted)),
    }
}

fn found(entry: &ArchiveEntry, is_encrypted: bool) -> Found {
    let attributes = entry.windows_attributes;
    let what = match () {
        () if entry.is_anti_item => What::Device,
        () if entry.is_directory => What::Folder,
        () if entry.has_windows_attributes && attributes & HAS_MODE != 0 => {
            what_of_mode(attributes >> 16)
        }
        () => What::File,
    };
    let modified = entry
        .has_last_modified_date
        .then_some(entry.last_modified_date);
    Found {
        name: entry.name.clone(),
        what,
        size_bytes: Some(entry.size),
        modified: modified.and_then(|time| since_1601(time.into())),
        is_encrypted,
    }
}

fn one<S: Read + Write>(
    entry: &ArchiveEntry,
    content: &mut dyn Read,
    out: &mut Out<S>,
) -> Result<(), Broken> {
    // Whether it was encrypted matters to those who only look.
    let wanted = out.entry(found(entry, false)).map_err(Broken::Failed)?;
    if wanted == Wanted::Nothing {
        // It is decoded all the same where others come behind it.
        return out.passed(entry.size).map_err(Broken::Failed);
    }
    match out.copy(content) {
        Ok(_) => out.end(None).map_err(Broken::Failed),
        Err(Broken::Reading(error)) => {
            out.end(Some(Reason::Damaged)).map_err(Broken::Failed)?;
            Err(Broken::Reading(error))
        }
        Err(failed) => Err(failed),
    }
}

/// Why it cannot be read. What is encrypted and makes no sense was opened with a wrong password.
fn failure_of(error: Error, is_encrypted: bool) -> Failure {
    match error {
        Error::PasswordRequired => Failure::NoPassword,
        Error::MaybeBadPassword(_) => Failure::WrongPassword,
        Error::MaxMemLimited { .. } => Failure::TooMuchMemory,
        Error::Io(error, _) if error.kind() == io::ErrorKind::OutOfMemory => Failure::TooMuchMemory,
        Error::UnsupportedCompressionMethod(method) => Failure::Unsupported(method),
        Error::Unsupported(what) => Failure::Unsupported(what.into_owned()),
        Error::ExternalUnsupported => Failure::Unsupported("a header elsewhere".to_owned()),
        Error::UnsupportedVersion { major, minor } => {
            Failure::Unsupported(format!("version {major}.{minor}"))
        }
        Error::Io(error, _) => match cannot_read(&error) {
            // Decoders say in many ways that their input is nonsense.
            Failure::Damaged(_) | Failure::Source(_) if is_encrypted => Failure::WrongPassword,
            failure => failure,
        },
        _ if is_encrypted => Failure::WrongPassword,
        error => Failure::Damaged(words(&error)),
    }
}
