//! Variables of the environment: settings that are not there, or that make no sense, stop the start;
//! others that look like ours are told.

use super::Cli;
use clap::builder::{OsStr as Name, Resettable};
use clap::{Arg, Command, CommandFactory as _};
use site::settings::{is_known, nearest, sealed, without_sense};
use std::collections::BTreeMap;
use std::ffi::OsStr;

/// What the settings of a site are named like.
const SETTING: &str = "ALCOVE_SETTING_";
/// What only new sites read.
const DEFAULT: &str = "ALCOVE_SETTING_DEFAULT_";

/// Names what looks like a variable of ours and means nothing: it is most likely misspelt, or put there
/// by what runs containers, after the name of this service.
/// # Errors
/// Settings that are not there, or whose values make no sense.
pub(super) fn check(all: impl Iterator<Item = (String, String)>) -> Result<(), String> {
    let command = Cli::command();
    let known: Vec<_> = command.get_arguments().filter_map(Arg::get_env).collect();
    let mut wrong = Vec::new();
    for (name, value) in all {
        if let Some(key) = setting(&name) {
            wrong.extend(fault(key, &value).map(|why| format!("{name} {why}")));
        } else if !is_variable(&name, &known) {
            tracing::warn!(name, "this variable means nothing");
        }
    }
    wrong.sort_unstable();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("; "))
    }
}

/// Without what the environment has no value for: a variable that is empty counts as not set, since
/// what runs containers sets those that nobody filled in.
pub(super) fn without_empty(command: Command, is_empty: impl Fn(&OsStr) -> bool) -> Command {
    command.mut_args(|arg| {
        if arg.get_env().is_some_and(&is_empty) {
            arg.env(Resettable::<Name>::Reset)
        } else {
            arg
        }
    })
}

/// Whether the environment has a variable of this name, and nothing in it.
pub(super) fn is_empty(name: &OsStr) -> bool {
    std::env::var_os(name).is_some_and(|value| value.is_empty())
}

fn setting(name: &str) -> Option<&str> {
    name.strip_prefix(DEFAULT)
        .or_else(|| name.strip_prefix(SETTING))
}

/// What is wrong with a setting.
fn fault(key: &str, value: &str) -> Option<String> {
    if !is_known(key) {
        let meant = nearest(key).map(|meant| format!(", is {meant} meant?"));
        return Some(format!("is no setting{}", meant.unwrap_or_default()));
    }
    let rows = BTreeMap::from([(key.to_owned(), value.to_owned())]);
    let is_wrong = !value.is_empty() && !without_sense(&rows).is_empty();
    let told = || {
        if sealed::is_secret(key) {
            // It is not written to the log, whatever is wrong with it.
            return "makes no sense".to_owned();
        }
        format!("cannot be {value:?}")
    };
    is_wrong.then(told)
}

fn is_variable(name: &str, known: &[&OsStr]) -> bool {
    let Some(rest) = name.strip_prefix("ALCOVE_") else {
        return true;
    };
    // The first is no flag, lest it shows in lists of processes.
    rest == "MASTER_KEY" || rest.starts_with("TEST_") || known.contains(&OsStr::new(name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn checked(name: &str, value: &str) -> Result<(), String> {
        check(std::iter::once((name.to_owned(), value.to_owned())))
    }

    #[test]
    fn misspelt_variables_are_told_from_ours() {
        let command = Cli::command();
        let known: Vec<_> = command.get_arguments().filter_map(Arg::get_env).collect();
        for ours in [
            "PATH",
            "ALCOVE_LISTEN",
            "ALCOVE_DATA",
            "ALCOVE_DATABASE_URL",
            "ALCOVE_STORAGE_ROOTS",
            "ALCOVE_LOG",
            "ALCOVE_PROXY_HEADER",
            "ALCOVE_TRUSTED_PROXIES",
            "ALCOVE_BODY_TIMEOUT",
            "ALCOVE_MASTER_KEY",
        ] {
            assert!(is_variable(ours, &known), "{ours}");
        }
        for other in ["ALCOVE_LISTN", "ALCOVE_PORT_80_TCP", "ALCOVE_"] {
            assert!(!is_variable(other, &known), "{other}");
            assert!(checked(other, "x").is_ok(), "{other}");
        }
    }

    #[test]
    fn empty_variables_count_as_not_set() {
        let command = without_empty(Cli::command(), |name| name == "ALCOVE_STORAGE_ROOTS");
        let read: Vec<_> = command.get_arguments().filter_map(Arg::get_env).collect();
        assert!(!read.contains(&OsStr::new("ALCOVE_STORAGE_ROOTS")));
        assert!(read.contains(&OsStr::new("ALCOVE_LISTEN")));
    }

    #[test]
    fn settings_that_mean_nothing_stop_the_start() {
        for (name, value, said) in [
            ("ALCOVE_SETTING_siteurl", "x", "is siteURL meant?"),
            (
                "ALCOVE_SETTING_DEFAULT_nonsense_at_all",
                "x",
                "is no setting",
            ),
            ("ALCOVE_SETTING_", "x", "is no setting"),
            ("ALCOVE_SETTING_smtpPort", "many", "cannot be \"many\""),
            ("ALCOVE_SETTING_DEFAULT_siteURL", "nowhere", "cannot be"),
        ] {
            let refused = checked(name, value).unwrap_err();
            assert!(
                refused.contains(said) && refused.contains(name),
                "{refused}"
            );
        }
        for (name, value) in [
            ("ALCOVE_SETTING_siteURL", "https://a.example"),
            ("ALCOVE_SETTING_DEFAULT_siteURL", "https://a.example"),
            ("ALCOVE_SETTING_smtpPort", ""),
        ] {
            assert_eq!(checked(name, value), Ok(()));
        }
    }
}
