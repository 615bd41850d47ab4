//! Attempts to take more than is granted.

use super::Attempt;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const MIB: usize = 1024 * 1024;

pub fn attempt(words: &[&str]) -> Option<Attempt> {
    let number = |text: &str| -> usize { text.parse().expect("a number") };
    Some(match words {
        ["allocate", mib] => allocate(number(mib)),
        ["allocate-slowly", mib] => Ok(allocate_slowly(number(mib))),
        ["allocate-in-children", children, mib] => in_children(number(children), mib),
        ["memory-file"] => rustix::fs::memfd_create("file", rustix::fs::MemfdFlags::empty())
            .map(|_| "made".into())
            .map_err(Into::into),
        ["fork", most] => fork(number(most)),
        ["spawn-threads", most] => spawn_threads(number(most)),
        ["compute", seconds] => Ok(compute(number(seconds))),
        ["sleep", seconds] => {
            std::thread::sleep(Duration::from_secs(number(seconds) as u64));
            Ok("slept".into())
        }
        ["open", most] => open(number(most)),
        ["print", mib] => print(number(mib)),
        ["copy"] => std::io::copy(&mut std::io::stdin(), &mut std::io::stdout())
            .map(|bytes| format!("{bytes} bytes")),
        ["fill", path, mib] => fill(&mut File::create(path).expect("it may"), number(mib)),
        ["fill-many", folder, files, mib] => fill_many(folder, number(files), number(mib)),
        ["fill-nameless", folder, files, mib] => fill_nameless(folder, number(files), number(mib)),
        ["dig", depth] => dig(number(depth)),
        _ => return None,
    })
}

fn allocate(mib: usize) -> Attempt {
    let mut bytes: Vec<u8> = Vec::new();
    bytes
        .try_reserve_exact(mib * MIB)
        .map_err(std::io::Error::other)?;
    bytes.resize(mib * MIB, 1);
    Ok(format!("{} bytes", std::hint::black_box(bytes).len()))
}

/// In time for somebody to see it.
fn allocate_slowly(mib: usize) -> String {
    let mut held = Vec::new();
    for _ in 0..mib {
        held.push(vec![1_u8; MIB]);
        std::thread::sleep(Duration::from_millis(10));
    }
    format!("{} MiB", std::hint::black_box(held).len())
}

fn in_children(children: usize, mib: &str) -> Attempt {
    let me = std::env::args().next().expect("it was started by its path");
    let start = |_| {
        Command::new(&me)
            .args(["allocate-slowly", mib])
            .stdout(Stdio::null())
            .spawn()
    };
    let mut children = (0..children).map(start).collect::<Result<Vec<_>, _>>()?;
    for child in &mut children {
        child.wait()?;
    }
    Ok("allocated".into())
}

/// How many children it can have at a time.
fn fork(most: usize) -> Attempt {
    let me = std::env::args().next().expect("it was started by its path");
    let mut children = Vec::new();
    let mut refusal = None;
    while children.len() < most {
        match Command::new(&me)
            .args(["sleep", "60"])
            .stdout(Stdio::null())
            .spawn()
        {
            Ok(child) => children.push(child),
            Err(error) => {
                refusal = Some(error);
                break;
            }
        }
    }
    let count = children.len();
    for child in &mut children {
        // In the sandbox it may not, and the worker does.
        if child.kill().is_ok() {
            child.wait()?;
        }
    }
    if let Some(refusal) = refusal {
        return Err(std::io::Error::other(format!("after {count}: {refusal}")));
    }
    Ok(format!("{count} children"))
}

fn spawn_threads(most: usize) -> Attempt {
    for started in 0..most {
        let spawned = std::thread::Builder::new()
            .stack_size(64 * 1024)
            .spawn(|| std::thread::sleep(Duration::from_mins(1)));
        if let Err(refusal) = spawned {
            return Err(std::io::Error::other(format!("after {started}: {refusal}")));
        }
    }
    // In time for somebody to see them.
    std::thread::sleep(Duration::from_secs(1));
    Ok(format!("{most} threads"))
}

fn compute(seconds: usize) -> String {
    let start = std::time::Instant::now();
    while start.elapsed() < Duration::from_secs(seconds as u64) {
        std::hint::spin_loop();
    }
    "computed".into()
}

fn open(most: usize) -> Attempt {
    let mut files = Vec::new();
    while files.len() < most {
        match File::open("/dev/null") {
            Ok(file) => files.push(file),
            Err(error) => {
                let count = files.len();
                return Err(std::io::Error::other(format!("after {count}: {error}")));
            }
        }
    }
    Ok(format!("{most} files"))
}

fn print(mib: usize) -> Attempt {
    fill(&mut std::io::stdout(), mib)
}

fn fill(to: &mut impl std::io::Write, mib: usize) -> Attempt {
    let bytes = vec![b'x'; MIB];
    for _ in 0..mib {
        to.write_all(&bytes)?;
    }
    to.flush()?;
    Ok(format!("{mib} MiB"))
}

/// Each small enough, all together not.
fn fill_many(folder: &str, files: usize, mib: usize) -> Attempt {
    for file in 0..files {
        fill(
            &mut File::create(Path::new(folder).join(file.to_string()))?,
            mib,
        )?;
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(format!("{files} files"))
}

/// The same with files that no folder shows.
fn fill_nameless(folder: &str, files: usize, mib: usize) -> Attempt {
    let mut held = Vec::new();
    for _ in 0..files {
        let path = Path::new(folder).join("file");
        let mut file = File::create(&path)?;
        fs::remove_file(&path)?;
        fill(&mut file, mib)?;
        held.push(file);
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(format!("{} files", held.len()))
}

/// Folders in folders, which are hard to get rid of.
fn dig(depth: usize) -> Attempt {
    for level in 0..depth {
        fs::create_dir("d")?;
        fs::write("f", level.to_string())?;
        std::env::set_current_dir("d")?;
    }
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o777));
    fs::create_dir("locked")?;
    std::io::stdout().flush()?;
    Ok(format!("{depth} levels"))
}
