//! The `alcove` program.

use server::cli::{Cli, Command};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Threads for disks, hashing and pictures; each waits most of its time.
const BLOCKING_THREADS: usize = 64;

fn main() -> ExitCode {
    // Everything this program writes is its owner's alone: rows hold keys and digests.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let cli = Cli::read();
    if let Some(Command::Worker { order }) = &cli.command {
        // Before there is any other thread: what confines a process begins with its thread.
        return sandbox::work(order);
    }
    if let Some(Command::Unpack) = &cli.command {
        // It is confined: a runtime is more than it needs.
        return archive::read::work();
    }
    open_many_files();
    cli.start_log();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(cli.run()),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("alcove: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Takes all the files that the system grants: each connection is one. Many systems begin with a
/// number that old programs can bear.
fn open_many_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut files = getrlimit(Resource::Nofile);
    files.current = files.maximum;
    // Without it there are fewer connections.
    let _ = setrlimit(Resource::Nofile, files);
}
