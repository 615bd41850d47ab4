//! The `alcove` program from a shell.

mod backup;
mod doctor;
mod site;
mod start;
mod user;
mod worker;

use std::process::Output;

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// The command did what it was asked to; what it said.
#[track_caller]
fn succeeded(output: &Output) -> &str {
    assert!(output.status.success(), "{output:?}");
    stdout(output)
}

/// The command failed with a message for people: short, and without a panic.
#[track_caller]
fn failed<'a>(output: &'a Output, because: &str) -> &'a str {
    assert!(!output.status.success(), "{output:?}");
    let said = stderr(output);
    assert!(
        said.contains(because),
        "{because:?} is not what it says: {output:?}"
    );
    assert!(!said.contains("panicked"), "{said}");
    said
}
