//! Every driver of this crate against the one suite.

use std::sync::Arc;

use storage::conformance::Fixture;
use storage::{
    BlobKey, Driver, DriverError, LocalDriver, LocalOptions, Member, MemoryDriver, MirrorDriver,
    MirrorLog,
};

#[derive(Default)]
struct Memory(MemoryDriver);

impl Fixture for Memory {
    fn open(&self) -> Arc<dyn Driver> {
        Arc::new(self.0.clone())
    }
}

struct Local {
    folder: tempfile::TempDir,
    options: LocalOptions,
}

impl Local {
    fn new(options: LocalOptions) -> Self {
        Self {
            folder: tempfile::tempdir().expect("there is room for tests"),
            options,
        }
    }
}

impl Fixture for Local {
    fn open(&self) -> Arc<dyn Driver> {
        Arc::new(LocalDriver::new(
            self.folder.path().join("data"),
            self.options,
        ))
    }
}

mod memory {
    storage::conformance_tests!(super::Memory::default());
}

mod local {
    storage::conformance_tests!(super::Local::new(storage::LocalOptions::default()));
}

mod local_pre_allocated {
    use storage::LocalOptions;
    storage::conformance_tests!(super::Local::new(LocalOptions {
        pre_allocate: true,
        fsync: false,
        ..LocalOptions::default()
    }));
}

/// One that nothing may be written down in: all members of these mirrors work.
#[derive(Debug)]
struct NothingLacks;

#[async_trait::async_trait]
impl MirrorLog for NothingLacks {
    async fn lacks(&self, key: &BlobKey, members: &[i64]) -> Result<(), DriverError> {
        panic!("{members:?} lack {key}");
    }
}

/// A disk and a memory.
struct Mirror {
    memory: MemoryDriver,
    folder: tempfile::TempDir,
    quorum: usize,
}

impl Mirror {
    fn new(quorum: usize) -> Self {
        Self {
            memory: MemoryDriver::default(),
            folder: tempfile::tempdir().expect("there is room for tests"),
            quorum,
        }
    }
}

impl Fixture for Mirror {
    fn open(&self) -> Arc<dyn Driver> {
        let local = LocalDriver::new(self.folder.path().join("data"), LocalOptions::default());
        let members = vec![
            Member {
                id: 7,
                driver: Arc::new(local),
            },
            Member {
                id: 3,
                driver: Arc::new(self.memory.clone()),
            },
        ];
        let mirror = MirrorDriver::new(members, self.quorum, Arc::new(NothingLacks));
        Arc::new(mirror.expect("it is one"))
    }
}

mod mirror_of_two {
    storage::conformance_tests!(super::Mirror::new(1));
}

mod mirror_of_two_that_both_have_it {
    storage::conformance_tests!(super::Mirror::new(2));
}
