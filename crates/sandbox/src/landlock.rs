//! What a program may open.

use crate::spec::{Spec, Task};
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, LandlockStatus, PathBeneath, PathFd, PathFdError,
    Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};
use std::io;
use std::path::Path;

/// The newest that we know of. Of a kernel that knows less, all that it knows is used.
const NEWEST: ABI = ABI::V10;

/// The doors that will be open, held as long as this process may still look for them.
pub struct Doors(Vec<PathBeneath<PathFd>>);

/// Why there are no doors.
pub enum OpenError {
    NoProgram,
    Other(String),
}

/// Looks for all that the job may open.
pub fn open(spec: &Spec) -> Result<Doors, OpenError> {
    let mut doors = Vec::new();
    let mut add = |path: &Path, access: BitFlags<AccessFs>| {
        let found = door(path, access)?;
        let is_there = found.is_some();
        doors.extend(found);
        Ok(is_there)
    };
    let read = AccessFs::from_read(NEWEST);
    if let Task::Program { program, .. } = &spec.task
        && !add(program, read)?
    {
        return Err(OpenError::NoProgram);
    }
    for path in &spec.readable {
        add(path, read)?;
    }
    add(
        Path::new("/dev/null"),
        AccessFs::ReadFile | AccessFs::WriteFile,
    )?;
    if let Some(scratch) = &spec.scratch {
        add(&scratch.path, in_scratch())?;
    }
    Ok(Doors(doors))
}

/// Everything but executing, devices and sockets: what is written there is data.
fn in_scratch() -> BitFlags<AccessFs> {
    let not = AccessFs::Execute
        | AccessFs::MakeChar
        | AccessFs::MakeBlock
        | AccessFs::MakeSock
        | AccessFs::IoctlDev
        | AccessFs::ResolveUnix;
    AccessFs::from_all(NEWEST) & !not
}

fn door(path: &Path, access: BitFlags<AccessFs>) -> Result<Option<PathBeneath<PathFd>>, OpenError> {
    let failed = |why: io::Error| OpenError::Other(format!("{}: {why}", path.display()));
    let is_folder = match path.metadata() {
        Ok(metadata) => metadata.is_dir(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let access = if is_folder {
        access
    } else {
        access & AccessFs::from_file(NEWEST)
    };
    match PathFd::new(path) {
        Ok(found) => Ok(Some(PathBeneath::new(found, access))),
        Err(PathFdError::OpenCall { source, .. }) => Err(failed(source)),
        Err(error) => Err(OpenError::Other(error.to_string())),
    }
}

impl Doors {
    /// Closes all others for good; which version of landlock does so, if the kernel has it.
    pub fn close(self) -> Result<Option<i32>, RulesetError> {
        let status = Ruleset::default()
            .handle_access(AccessFs::from_all(NEWEST))?
            .handle_access(AccessNet::from_all(NEWEST))?
            .scope(Scope::from_all(NEWEST))?
            .create()?
            .add_rules(self.0.into_iter().map(Ok::<_, RulesetError>))?
            .restrict_self()?;
        Ok(match status.landlock {
            LandlockStatus::Available { effective_abi, .. }
                if status.ruleset != RulesetStatus::NotEnforced =>
            {
                Some(effective_abi as i32)
            }
            _ => None,
        })
    }
}
