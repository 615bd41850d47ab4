//! Lets the program be built before the web interface is, and anew when that has changed; and has the
//! linker pack what the loader reads.

use std::process::Command;
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
    if knows_packed_relocations() {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    Ok(())
}

/// Whether the C library of this machine, for which is built, loads programs with packed relocations
/// (`DT_RELR`): glibc 2.36 and later. As a plain table they have several MiB, all of which are read at
/// each start and count as memory of the program from then on.
fn knows_packed_relocations() -> bool {
    let is_for_here = env::var("HOST") == env::var("TARGET");
    let is_gnu = env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|libc| libc == "gnu");
    if !is_for_here || !is_gnu {
        return false;
    }
    // `glibc 2.36`
    let Ok(said) = Command::new("getconf").arg("GNU_LIBC_VERSION").output() else {
        return false;
    };
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let version = said
        .trim()
        .strip_prefix("glibc ")
        .and_then(|version| version.split_once('.'));
    let number = |text: &str| text.split('.').next()?.parse().ok();
    let version = version.and_then(|(major, minor)| Some((number(major)?, number(minor)?)));
    version.is_some_and(|version: (u32, u32)| version >= (2, 36))
}
