//! A server with one job, to be killed while it runs.

use sandbox::{Job, Limits, OutputTo, Sandbox, SandboxConfig};
use std::fs::File;
use std::time::Duration;

/// Runs this program in a sandbox; its output goes to a file beside the scratch folders.
pub fn serve(program: &str, folder: &str) {
    let sandbox = Sandbox::new(SandboxConfig {
        worker: program.into(),
        at_once: 1,
        scratch_root: folder.into(),
        change_user: true,
    });
    let output = File::create(format!("{folder}/output")).expect("the folder is writable");
    let job = Job {
        program: program.into(),
        args: vec!["linger".into(), "waiting-parent".into()],
        env: Vec::new(),
        input: File::open("/dev/null").expect("it exists"),
        output: OutputTo::File(output),
        limits: Limits {
            memory: 1 << 30,
            address_space: 1 << 33,
            cpu: Duration::from_mins(10),
            wall: Duration::from_mins(10),
            file_size: 1 << 20,
            descriptors: 64,
            processes: 16,
        },
        readable: ["/usr", "/lib", "/lib64"].map(Into::into).into(),
        scratch: Some(1 << 20),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let done = runtime.expect("it starts").block_on(sandbox.run(job));
    println!("{done:?}");
}
