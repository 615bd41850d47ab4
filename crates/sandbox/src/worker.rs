//! The entrance of a worker process.

use crate::spec::Order;
use crate::{confine, watch};
use std::process::ExitCode;

/// Does what the order says. To be called before the process has any other thread: what confines a
/// process begins with its thread.
pub fn work(order: &str) -> ExitCode {
    match serde_json::from_str(order) {
        Ok(Order::Watch(spec)) => watch::watch(spec),
        Ok(Order::Confine(spec, watcher)) => confine::become_job(&spec, watcher),
        Err(error) => {
            eprintln!("this is not for people, but for the server to call: {error}");
            ExitCode::FAILURE
        }
    }
}
