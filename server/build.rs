//! Lets the program be built before the web interface is, and anew when that has changed.

use std::{env, fs, io};

const DIST: &str = "../frontend/dist";

fn main() -> io::Result<()> {
    // The macro that embeds the interface looks for its folder only while this is compiled.
    fs::create_dir_all(DIST)?;
    println!("cargo::rerun-if-changed=build.rs");
    // Debug builds read the folder when they run.
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed={DIST}");
    }
    Ok(())
}
