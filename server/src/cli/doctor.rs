//! `alcove doctor`: whether everything is as it must be.

use super::Outcome;
use crate::config::Config;
use crate::services::{Services, forget_sealed};
use chrono::DateTime;
use clap::Args;
use drive::doctor::{Diagnosis, DoctorOptions, examine};
use drive::proof::{PolicyProof, Proofs};
use sandbox::{Sandbox, SandboxConfig};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How thorough to be. Safe while the server runs. The exit code is 0 if nothing was found, 1 if
/// something was, repaired or not, or if it could not be looked, and 2 if the command makes no sense.
#[derive(Args, Clone, Copy, Debug)]
pub struct DoctorCommand {
    /// Put right what can be without losing a byte; otherwise nothing is changed.
    #[arg(long)]
    pub repair: bool,
    /// Read every stored byte and compare hashes; what has none yet gets one.
    #[arg(long)]
    pub hash: bool,
    /// Give up the secret settings that were sealed under a master key that is lost.
    #[arg(long)]
    pub forget_sealed: bool,
}

impl DoctorCommand {
    /// Examines and prints one line a finding.
    /// # Errors
    /// What was found and not repaired, or what kept the doctor from looking.
    pub async fn run(self, config: &Config) -> Outcome {
        super::require_site(config)?;
        if self.forget_sealed {
            for key in forget_sealed(config).await? {
                println!("Forgot setting `{key}`");
            }
        }
        let services = Services::build(config).await?;
        let options = DoctorOptions {
            repair: self.repair,
            hash: self.hash,
        };
        println!("Foreign programs are confined by: {}", confinement().await);
        let began = Instant::now();
        let done = examine(&services.core, options, |finding| println!("{finding}")).await;
        if self.hash {
            let (proofs, _) = Proofs::new(Arc::clone(&services.core)).overview().await?;
            for of_policy in &proofs {
                println!("{}", proven(of_policy));
            }
        }
        services.core.store.clone().close().await;
        conclude(done?, self.hash, began.elapsed())
    }
}

/// What this machine has to confine foreign programs with. That is no matter of the data, so what is
/// missing is said and not found fault with.
async fn confinement() -> String {
    let sandbox = Sandbox::new(SandboxConfig {
        worker: "/proc/self/exe".into(),
        at_once: 1,
        scratch_root: std::env::temp_dir(),
        change_user: true,
    });
    match sandbox.confinement().await {
        Ok(confinement) => confinement.to_string(),
        Err(error) => error.to_string(),
    }
}

/// When the bytes of a policy were last seen whole.
fn proven(of: &PolicyProof) -> String {
    let since = of.proof.since.map_or_else(
        || "has nothing that was read yet".to_owned(),
        |since| {
            let since = DateTime::from_timestamp_micros(since.0).unwrap_or_default();
            let day = since.format("%Y-%m-%d %H:%M UTC");
            format!("was read and found whole on {day} or later")
        },
    );
    let mut text = format!("{}: all that it keeps {since}", of.policy.name);
    for (count, what) in [
        (of.proof.unhashed, "without a hash"),
        (of.proof.damaged, "damaged"),
        (of.gaps, "lacking in its mirror"),
    ] {
        if count > 0 {
            // Writing to a text does not fail.
            let _ = write!(text, "; {count} {what}");
        }
    }
    text
}

/// `hash`: whether every byte was read. Without that nobody knows of copies more than how long they are.
fn conclude(diagnosis: Diagnosis, hash: bool, took: Duration) -> Outcome {
    let Diagnosis {
        blobs,
        files,
        found,
        repaired,
        on_their_way,
        hashed,
    } = diagnosis;
    let how = if hash {
        "with every byte"
    } else {
        "without reading them"
    };
    let took = lasted(took);
    println!("Examined {files} files and folders and {blobs} stored versions {how} in {took}");
    if hashed > 0 {
        println!("Read {hashed} of them for the first time and noted their hashes");
    }
    match (on_their_way, hash) {
        (0, _) => {}
        (some, true) => {
            println!("Nothing is lost: mirrors still have to copy {some} stored versions");
        }
        (some, false) => {
            println!(
                "Mirrors still have to copy {some} stored versions; \
                 whether what they copy from is whole is known with --hash"
            );
        }
    }
    match found {
        0 => {
            println!(
                "Everything {}is as it should be",
                if on_their_way > 0 { "else " } else { "" }
            );
            Ok(())
        }
        _ if found == repaired => Err(format!("{found} findings, all repaired").into()),
        _ if repaired > 0 => Err(format!("{found} findings, {repaired} repaired").into()),
        _ => Err(format!("{found} findings").into()),
    }
}

/// How long something took, as people say it.
fn lasted(took: Duration) -> String {
    let secs = took.as_secs();
    match (secs / 3_600, secs / 60 % 60, secs % 60) {
        (0, 0, _) => format!("{:.1} s", took.as_secs_f64()),
        (0, minutes, secs) => format!("{minutes} min {secs} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_finding_fails_the_command_even_when_repaired() {
        assert!(conclude(Diagnosis::default(), true, Duration::ZERO).is_ok());
        let mends_itself = Diagnosis {
            on_their_way: 3,
            ..Diagnosis::default()
        };
        assert!(conclude(mends_itself, true, Duration::ZERO).is_ok());
        assert!(conclude(mends_itself, false, Duration::ZERO).is_ok());
        let told = |found, repaired| {
            let diagnosis = Diagnosis {
                found,
                repaired,
                ..Diagnosis::default()
            };
            conclude(diagnosis, true, Duration::ZERO)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(told(2, 2), "2 findings, all repaired");
        assert_eq!(told(3, 1), "3 findings, 1 repaired");
        assert_eq!(told(1, 0), "1 findings");
    }

    #[test]
    fn how_long_it_took_is_told_as_people_say_it() {
        for (secs, text) in [
            (0, "0.0 s"),
            (59, "59.0 s"),
            (61, "1 min 1 s"),
            (7_260, "2 h 1 min"),
        ] {
            assert_eq!(lasted(Duration::from_secs(secs)), text);
        }
    }
}
