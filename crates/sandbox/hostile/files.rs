//! Attempts to read and change what is none of its business.

use super::{Attempt, call};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::process::Command;

pub fn attempt(words: &[&str]) -> Option<Attempt> {
    Some(match words {
        ["read", path] => fs::read(path).map(|bytes| format!("{} bytes", bytes.len())),
        ["list", path] => fs::read_dir(path).map(|all| format!("{} names", all.count())),
        ["write", path] => fs::write(path, "changed").map(|()| "written".into()),
        ["append", path] => append(path),
        ["truncate", path] => truncate(path),
        ["open-truncate", path] => File::create(path).map(|_| "truncated".into()),
        ["mkdir", path] => fs::create_dir(path).map(|()| "made".into()),
        ["remove", path] => fs::remove_file(path).map(|()| "removed".into()),
        ["rename", from, to] => fs::rename(from, to).map(|()| "renamed".into()),
        ["chmod", path] => {
            fs::set_permissions(path, Permissions::from_mode(0o777)).map(|()| "changed".into())
        }
        ["touch", path] => touch(path),
        ["symlink-read", link, path] => symlink(path, link)
            .and_then(|()| fs::read(link))
            .map(|_| "read".into()),
        ["symlink-write", link, path] => symlink(path, link)
            .and_then(|()| fs::write(link, "changed"))
            .map(|()| "written".into()),
        ["hard-link", link, path] => fs::hard_link(path, link)
            .and_then(|()| fs::read(link))
            .map(|_| "read".into()),
        ["execute", path] => Command::new(path)
            .output()
            .map(|done| done.status.to_string()),
        ["copy-and-execute", to] => copy_and_execute(to),
        ["device", path] => {
            let made = rustix::fs::mknodat(
                rustix::fs::CWD,
                *path,
                rustix::fs::FileType::CharacterDevice,
                0o600.into(),
                rustix::fs::makedev(1, 5),
            );
            made.map(|()| "made".into()).map_err(Into::into)
        }
        ["inotify"] => {
            call(libc::SYS_inotify_init1, [0; 6]).map(|made| format!("descriptor {made}"))
        }
        _ => return None,
    })
}

fn append(path: &str) -> Attempt {
    let mut file = OpenOptions::new().append(true).open(path)?;
    file.write_all(b"changed")?;
    Ok("written".into())
}

/// By its path, which old versions of landlock do not see.
fn truncate(path: &str) -> Attempt {
    let path = std::ffi::CString::new(path)?;
    // SAFETY: the path ends with a zero and lives as long as the call.
    #[expect(unsafe_code, reason = "libraries only truncate what is open")]
    let done = unsafe { libc::truncate(path.as_ptr(), 0) };
    if done == 0 {
        return Ok("truncated".into());
    }
    Err(std::io::Error::last_os_error())
}

fn touch(path: &str) -> Attempt {
    let times = rustix::fs::Timestamps {
        last_access: rustix::event::Timespec::default(),
        last_modification: rustix::event::Timespec::default(),
    };
    let none = rustix::fs::AtFlags::empty();
    rustix::fs::utimensat(rustix::fs::CWD, path, &times, none)?;
    Ok("changed".into())
}

fn copy_and_execute(to: &str) -> Attempt {
    let me = std::env::args().next().expect("it was started by its path");
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o755)
        .open(to)?;
    std::io::copy(&mut File::open(me)?, &mut file)?;
    drop(file);
    let done = Command::new(to).arg("nothing").output()?;
    Ok(done.status.to_string())
}
