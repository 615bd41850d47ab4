//! Servers that the scripts beside the API tests run, once for all tests of this process.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

pub struct Server {
    pub endpoint: String,
    /// Ends when this process does, and with it its input.
    _running: Option<Child>,
}

impl Server {
    /// The one whose address is in the environment already, or one of our own.
    pub fn of(script: &str, variable: &str) -> Self {
        if let Ok(endpoint) = std::env::var(variable) {
            return Self {
                endpoint,
                _running: None,
            };
        }
        let manifest = std::env::var("CARGO_MANIFEST_DIR").unwrap();
        let scripts = std::path::Path::new(&manifest).join("../../tests/scripts");
        let mut running = Command::new(scripts.join(script))
            .args(["sh", "-c", &format!("echo ${variable}; cat")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut endpoint = String::new();
        let mut output = BufReader::new(running.stdout.take().unwrap());
        output.read_line(&mut endpoint).unwrap();
        assert!(!endpoint.is_empty(), "{script} starts no server");
        Self {
            endpoint: endpoint.trim().to_owned(),
            _running: Some(running),
        }
    }
}
