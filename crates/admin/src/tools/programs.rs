//! Trying programs that make small pictures: whether they are there and what they say they are.

use super::Tools;
use crate::error::AdminError;
use sandbox::{Job, Limits, OutputTo};
use site::actor::Actor;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A program, how it is asked what it is, and what its answer must have in it.
struct Known {
    name: &'static str,
    args: &'static [&'static str],
    says: &'static str,
}

const KNOWN: [Known; 5] = [
    Known {
        name: "vips",
        args: &["--version"],
        says: "vips",
    },
    Known {
        name: "ffmpeg",
        args: &["-version"],
        says: "ffmpeg",
    },
    Known {
        name: "ffprobe",
        args: &["-version"],
        says: "ffprobe",
    },
    Known {
        name: "libreOffice",
        args: &["--version"],
        says: "LibreOffice",
    },
    // It lists the cameras that it knows.
    Known {
        name: "libraw",
        args: &["-L"],
        says: "Sony",
    },
];

/// What a program that only says its version may cost.
const LIMITS: Limits = Limits {
    memory: 1 << 30,
    address_space: 1 << 40,
    cpu: Duration::from_secs(10),
    wall: Duration::from_secs(20),
    file_size: 8 << 20,
    descriptors: 256,
    processes: 64,
};
const ANSWER_BYTES: u64 = 256 << 10;
const SCRATCH_BYTES: u64 = 64 << 20;

/// Where programs and what they need are.
const READABLE: [&str; 9] = [
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/opt",
    "/nix",
    "/etc/ld.so.cache",
    "/etc/fonts",
    "/etc/libreoffice",
];

impl Tools {
    /// What a program says it is. It runs confined.
    /// # Errors
    /// `BadValue` if it is none of those known here, not there, or not what it should be; also for
    /// apps, which would be told what is on this machine.
    pub async fn try_program(
        &self,
        actor: &Actor,
        name: &str,
        executable: &str,
    ) -> Result<String, AdminError> {
        crate::administrator(actor)?;
        if actor.scopes().is_some() {
            return Err(AdminError::bad("Apps do not try programs"));
        }
        let failed = |why: &dyn std::fmt::Display| {
            AdminError::bad(format!("Failed to invoke generator: {why}"))
        };
        let known = KNOWN.iter().find(|known| known.name == name);
        let known = known.ok_or_else(|| failed(&format!("{name} is not known")))?;
        let program = found(executable.trim());
        let program = program.ok_or_else(|| failed(&format!("there is no {executable}")))?;
        let mut readable: Vec<PathBuf> = READABLE.map(PathBuf::from).to_vec();
        readable.extend(program.parent().map(Path::to_owned));
        let input = File::open("/dev/null").map_err(|error| failed(&error))?;
        let job = Job {
            program,
            args: known.args.iter().map(|&arg| arg.to_owned()).collect(),
            env: vec![("LC_ALL".to_owned(), "C.UTF-8".to_owned())],
            input,
            output: OutputTo::Bytes(ANSWER_BYTES),
            limits: LIMITS,
            readable,
            scratch: Some(SCRATCH_BYTES),
        };
        let done = self
            .sandbox
            .run(job)
            .await
            .map_err(|error| failed(&error))?;
        let said = String::from_utf8_lossy(&done.output).into_owned();
        if !said.contains(known.says) {
            return Err(failed(&format!("it does not say that it is {name}")));
        }
        if name == "libraw" {
            let cameras = said.lines().filter(|line| !line.trim().is_empty()).count();
            return Ok(format!("N/A, {cameras} cameras supported"));
        }
        Ok(said)
    }
}

/// Where a program is: a path, or a name that the shell would find.
fn found(executable: &str) -> Option<PathBuf> {
    if executable.is_empty() {
        return None;
    }
    let is_program = |path: &PathBuf| path.is_file();
    if executable.contains('/') {
        return Path::new(executable).canonicalize().ok().filter(is_program);
    }
    let places = std::env::var_os("PATH").unwrap_or_default();
    let mut paths = std::env::split_paths(&places).map(|place| place.join(executable));
    paths.find_map(|path| path.canonicalize().ok().filter(is_program))
}
