//! Which kind an archive is: what it begins with counts, its name only where that says nothing.

use std::io::{Read, Result, Seek, SeekFrom};

/// Bytes at the beginning that are looked at: the mark of a tar is behind its first names.
const HEAD: u64 = 512;

/// How something is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Zip,
    SevenZip,
    Rar,
    Tar,
    /// One stream: a tar, or a single file.
    Packed(Packing),
}

/// How one stream of bytes is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Gzip,
    Bzip2,
    Xz,
    Zstd,
    Lz4,
}

/// Ends of names, longest first where one is the end of another.
const BY_NAME: [(&str, Kind); 15] = [
    (".zip", Kind::Zip),
    (".7z", Kind::SevenZip),
    (".rar", Kind::Rar),
    (".tar", Kind::Tar),
    (".gz", Kind::Packed(Packing::Gzip)),
    (".tgz", Kind::Packed(Packing::Gzip)),
    (".bz2", Kind::Packed(Packing::Bzip2)),
    (".tbz", Kind::Packed(Packing::Bzip2)),
    (".tbz2", Kind::Packed(Packing::Bzip2)),
    (".xz", Kind::Packed(Packing::Xz)),
    (".txz", Kind::Packed(Packing::Xz)),
    (".zst", Kind::Packed(Packing::Zstd)),
    (".tzst", Kind::Packed(Packing::Zstd)),
    (".lz4", Kind::Packed(Packing::Lz4)),
    (".cbz", Kind::Zip),
];

/// The kind that a name promises.
pub fn kind_by_name(name: &str) -> Option<Kind> {
    let name = name.to_ascii_lowercase();
    let known = BY_NAME.iter().find(|(end, _)| name.ends_with(end));
    known.map(|(_, kind)| *kind)
}

/// Name of the single file that is packed in one of this name.
pub fn name_inside(name: &str) -> String {
    let end = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
    match end {
        Some((stem, _)) if kind_by_name(name).is_some() => stem.to_owned(),
        // Two files of one name would be one.
        _ => format!("{name}.out"),
    }
}

/// Looks at the beginning, and at the name where that says nothing.
pub fn detect(file: &mut (impl Read + Seek), name: &str) -> Result<Option<Kind>> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(by_head(&head, name).or_else(|| match kind_by_name(name)? {
        // Programs that unpack themselves stand in front of these.
        kind @ (Kind::Zip | Kind::Rar) if head.len() > 20 => Some(kind),
        _ => None,
    }))
}

fn by_head(head: &[u8], name: &str) -> Option<Kind> {
    const BEGINNINGS: [(&[u8], Kind); 10] = [
        (b"PK\x03\x04", Kind::Zip),
        (b"PK\x05\x06", Kind::Zip),
        (b"PK\x07\x08", Kind::Zip),
        (b"7z\xbc\xaf\x27\x1c", Kind::SevenZip),
        (b"Rar!\x1a\x07", Kind::Rar),
        (b"\x1f\x8b", Kind::Packed(Packing::Gzip)),
        (b"BZh", Kind::Packed(Packing::Bzip2)),
        (b"\xfd7zXZ\0", Kind::Packed(Packing::Xz)),
        (b"\x28\xb5\x2f\xfd", Kind::Packed(Packing::Zstd)),
        (b"\x04\x22\x4d\x18", Kind::Packed(Packing::Lz4)),
    ];
    let known = BEGINNINGS.iter().find(|(mark, _)| head.starts_with(mark));
    let known = known.map(|(_, kind)| *kind);
    known.or_else(|| is_tar(head, name).then_some(Kind::Tar))
}

/// Whether a name promises a tar, packed or not.
fn promises_tar(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let short = [".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tzst"];
    name.contains(".tar.") || short.iter().any(|end| name.ends_with(end))
}

/// Whether these are the first bytes of a tar: its header adds up (POSIX, ustar). One with nothing in
/// it looks like any file of nothing.
pub fn is_tar(head: &[u8], name: &str) -> bool {
    const SUM: std::ops::Range<usize> = 148..156;
    let Some(head) = head.get(..HEAD as usize) else {
        return false;
    };
    if head.iter().all(|byte| *byte == 0) {
        return promises_tar(name);
    }
    let text = head[SUM].iter().copied();
    let digits = text
        .skip_while(|byte| *byte == b' ')
        .take_while(|byte| matches!(byte, b'0'..=b'7'));
    let said = digits.fold(0_u32, |sum, digit| sum * 8 + u32::from(digit - b'0'));
    let blank = |n: usize| if SUM.contains(&n) { b' ' } else { head[n] };
    let sum: u32 = (0..head.len()).map(|n| u32::from(blank(n))).sum();
    said == sum
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Cursor;

    fn kind(bytes: &[u8], name: &str) -> Option<Kind> {
        detect(&mut Cursor::new(bytes), name).unwrap()
    }

    #[test]
    fn content_counts_before_the_name() {
        assert_eq!(kind(b"PK\x03\x04....", "a.rar"), Some(Kind::Zip));
        assert_eq!(
            kind(b"\x1f\x8b......", "a"),
            Some(Kind::Packed(Packing::Gzip))
        );
        assert_eq!(kind(b"", "a.zip"), None);
        assert_eq!(kind(b"hello, this is only text", "a.7z"), None);
        assert_eq!(kind(&[b'x'; 600], "setup.zip"), Some(Kind::Zip));
        assert_eq!(kind(&[0; 1024], "a.tar"), Some(Kind::Tar));
        assert_eq!(kind(&[0; 1024], "a.bin"), None);
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_ustar();
        header.set_size(0);
        header.set_cksum();
        tar.append_data(&mut header, "a", &b""[..]).unwrap();
        assert_eq!(kind(&tar.into_inner().unwrap(), "a.bin"), Some(Kind::Tar));
        assert_eq!(kind(&[b'x'; 600], "a.tar"), None);
    }

    #[test]
    fn a_single_file_has_the_name_without_its_end() {
        for (packed, inside) in [
            ("a.txt.gz", "a.txt"),
            ("b.XZ", "b"),
            ("odd", "odd.out"),
            (".gz", ".gz.out"),
            ("a.bin", "a.bin.out"),
        ] {
            assert_eq!(name_inside(packed), inside);
        }
        assert_eq!(kind_by_name("A.TAR.GZ"), Some(Kind::Packed(Packing::Gzip)));
        assert_eq!(kind_by_name("a.txt"), None);
    }
}
