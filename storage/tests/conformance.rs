//! Every driver of this crate against the one suite.

use std::sync::Arc;

use storage::conformance::Fixture;
use storage::{Driver, LocalDriver, LocalOptions, MemoryDriver};

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
