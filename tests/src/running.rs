//! Servers of others that a script beside the tests starts.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use crate::tests_folder;

/// Where one listens; it ends with its input, that is: with this process.
pub struct Running {
    pub endpoint: String,
    _process: Option<Child>,
}

impl Running {
    /// The one whose address is in the environment, or else one of our own.
    pub fn of(script: &str, variable: &str) -> Self {
        match std::env::var(variable) {
            Ok(endpoint) => Self {
                endpoint,
                _process: None,
            },
            Err(_) => Self::start(script, variable),
        }
    }

    fn start(script: &str, variable: &str) -> Self {
        let mut process = Command::new(tests_folder().join("scripts").join(script))
            .args(["sh", "-c", &format!("echo ${variable}; cat")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the script runs");
        let output = process.stdout.take().expect("it is piped");
        let mut endpoint = String::new();
        let read = BufReader::new(output).read_line(&mut endpoint);
        assert!(read.is_ok_and(|bytes| bytes > 0), "{script} starts nothing");
        Self {
            endpoint: endpoint.trim().to_owned(),
            _process: Some(process),
        }
    }
}
