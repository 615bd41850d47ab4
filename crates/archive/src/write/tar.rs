//! Tar within zstd. What the old header has no room for, such as names of other scripts, long names
//! and large sizes, is said in records before it (POSIX pax).

use super::{Entry, Pack, copy_exactly};
use std::io::{self, Read, Write};
use tar::{Builder, EntryType, Header};
use zstd::Encoder;

/// Level of zstd: about as fast as disks are.
const LEVEL: i32 = 3;
/// Contents are followed by zeros up to a multiple of this.
const BLOCK: u64 = 512;
/// The largest size that eleven octal digits can say.
const LARGEST: u64 = 0o777_7777_7777;
/// The longest name of the old header.
const NAME: usize = 100;

/// A tar archive, compressed, on its way to `W`.
pub struct TarZst<W: Write> {
    builder: Builder<Encoder<'static, W>>,
}

impl<W: Write> TarZst<W> {
    /// # Errors
    /// If there is no memory
    pub fn new(to: W) -> io::Result<Self> {
        let mut encoder = Encoder::new(to, LEVEL)?;
        encoder.include_checksum(true)?;
        Ok(Self {
            builder: Builder::new(encoder),
        })
    }

    pub(super) fn header(&mut self, entry: &Entry) -> io::Result<Header> {
        self.header_of(entry, (EntryType::Regular, 0o644))
    }

    fn header_of(&mut self, entry: &Entry, (kind, mode): (EntryType, u32)) -> io::Result<Header> {
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(mode);
        let mut records: Vec<(&str, Vec<u8>)> = Vec::new();
        if entry.path.len() > NAME || !entry.path.is_ascii() {
            records.push(("path", entry.path.clone().into_bytes()));
            header.set_path("_")?;
        } else {
            header.set_path(&entry.path)?;
        }
        if entry.size_bytes > LARGEST {
            records.push(("size", entry.size_bytes.to_string().into_bytes()));
            // Readers of records take theirs.
            header.set_size(LARGEST);
        } else {
            header.set_size(entry.size_bytes);
        }
        match u64::try_from(entry.modified_unix) {
            Ok(seconds) if seconds <= LARGEST => header.set_mtime(seconds),
            _ => records.push(("mtime", entry.modified_unix.to_string().into_bytes())),
        }
        header.set_cksum();
        let records = records.iter().map(|(key, value)| (*key, value.as_slice()));
        self.builder.append_pax_extensions(records)?;
        Ok(header)
    }
}

impl<W: Write> Pack for TarZst<W> {
    fn add(&mut self, entry: &Entry, content: &mut dyn Read) -> io::Result<()> {
        let header = self.header(entry)?;
        let to = self.builder.get_mut();
        to.write_all(header.as_bytes())?;
        copy_exactly(content, entry.size_bytes, to)?;
        let over = (entry.size_bytes % BLOCK) as usize;
        if over > 0 {
            to.write_all(&[0; BLOCK as usize][over..])?;
        }
        Ok(())
    }

    fn add_folder(&mut self, folder: &Entry) -> io::Result<()> {
        let header = self.header_of(folder, (EntryType::Directory, 0o755))?;
        self.builder.get_mut().write_all(header.as_bytes())
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.builder.into_inner()?.finish()?.flush()
    }
}
