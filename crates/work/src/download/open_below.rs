//! Opening what strangers gave names to.

use std::fs::File;
use std::io;
use std::path::Path;

/// Opens a plain file below a folder, following no link on the way: names come from strangers.
pub(super) fn open_below(folder: &Path, name: &str) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let wrong = || io::Error::new(io::ErrorKind::InvalidInput, "no path of a file");
    let names: Vec<&str> = name.split('/').filter(|name| !name.is_empty()).collect();
    let (last, folders) = names.split_last().ok_or_else(wrong)?;
    if names.iter().any(|name| matches!(*name, "." | "..")) {
        return Err(wrong());
    }
    let enter = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut at = rustix::fs::open(folder, enter, Mode::empty())?;
    for name in folders {
        at = rustix::fs::openat(&at, *name, enter | OFlags::NOFOLLOW, Mode::empty())?;
    }
    // Without NONBLOCK a pipe would hang the open.
    let read = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::openat(&at, *last, read, Mode::empty())?);
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(wrong())
    }
}

/// Whether there is no such file, and never will be: it is not that it cannot be opened now.
pub(super) fn is_none(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    let is_link = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    is_link
        || matches!(
            error.kind(),
            Kind::NotFound | Kind::NotADirectory | Kind::InvalidInput | Kind::InvalidFilename
        )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn nothing_is_read_that_lies_elsewhere() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("job");
        std::fs::create_dir_all(folder.join("a")).unwrap();
        std::fs::write(folder.join("a/file"), "mine").unwrap();
        std::fs::write(root.path().join("secret"), "not mine").unwrap();
        symlink(root.path(), folder.join("out")).unwrap();
        symlink("../../secret", folder.join("a/link")).unwrap();
        symlink("file", folder.join("a/near")).unwrap();
        assert!(open_below(&folder, "a/file").is_ok());
        assert!(open_below(&folder, "/a//file").is_ok());
        for name in [
            "out/secret",
            "a/link",
            "a/near",
            "../secret",
            "a/../../secret",
            "a",
            "",
            "a/none",
        ] {
            let error = open_below(&folder, name).unwrap_err();
            assert!(is_none(&error), "{name}: {error}");
        }
        let full = io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error());
        assert!(!is_none(&full));
    }
}
