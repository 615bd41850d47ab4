//! A worker from its start to its end.

use super::SandboxConfig;
use crate::spec::{Order, Report, Spec};
use crate::{COMMAND, Limits, OutputTo, SandboxError};
use std::fs::File;
use std::process::Stdio;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

/// A report is a few lines of the program's complaints.
const MAX_REPORT_BYTES: u64 = 64 * 1024;

/// What the program wrote.
pub enum Output {
    Bytes(Vec<u8>),
    File(File),
}

impl Output {
    /// Whether a file has reached its bound: a program may take the error for the end.
    pub fn is_full(&self, limits: &Limits) -> bool {
        let Self::File(file) = self else { return false };
        file.metadata()
            .is_ok_and(|file| file.len() >= limits.file_size)
    }

    pub fn bytes(self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::File(_) => Vec::new(),
        }
    }
}

/// Does a job until nothing of it lives, or gives it up if it is cancelled.
pub async fn do_job(
    config: &SandboxConfig,
    spec: Spec,
    input: Stdio,
    output: OutputTo,
    cancelled: oneshot::Receiver<()>,
) -> Result<(Report, Output), SandboxError> {
    let (stdout, max, file) = match output {
        OutputTo::Bytes(max) => (Stdio::piped(), max, None),
        OutputTo::File(file) => {
            let kept = file.try_clone().map_err(spawn_failed)?;
            (file.into(), 0, Some(kept))
        }
    };
    let order = serde_json::to_string(&Order::Watch(spec)).map_err(spawn_failed)?;
    let mut worker = Command::new(&config.worker)
        .arg(COMMAND)
        .arg(order)
        .env_clear()
        // What a terminal sends to the server is not for it: it ends when the server has ended.
        .process_group(0)
        .stdin(input)
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .map_err(spawn_failed)?;
    let heard = tokio::select! {
        heard = hear(&mut worker, max) => heard,
        _ = cancelled => Err(SandboxError::Spawn("nobody waits for it".to_owned())),
    };
    // The worker knows by its pipes, which are closed by now, that it has to come to an end.
    let status = worker.wait().await.map_err(spawn_failed)?;
    let (report, bytes) = heard?;
    let report = serde_json::from_slice(&report).map_err(|_| {
        let said = String::from_utf8_lossy(&report);
        SandboxError::Spawn(format!("the worker ended with {status}: {said}"))
    })?;
    Ok((report, file.map_or(Output::Bytes(bytes), Output::File)))
}

/// Reads the report, and what the program writes up to so many bytes, until the worker ends.
async fn hear(worker: &mut Child, max: u64) -> Result<(Vec<u8>, Vec<u8>), SandboxError> {
    let report = read_to_end(worker.stderr.take(), MAX_REPORT_BYTES);
    let output = read_to_end(worker.stdout.take(), max);
    tokio::try_join!(report, output)
}

async fn read_to_end(
    pipe: Option<impl AsyncRead + Unpin>,
    max: u64,
) -> Result<Vec<u8>, SandboxError> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        let mut pipe = pipe.take(max.saturating_add(1));
        pipe.read_to_end(&mut bytes).await.map_err(spawn_failed)?;
    }
    if bytes.len() as u64 > max {
        return Err(SandboxError::OutputTooLarge);
    }
    Ok(bytes)
}

/// Something on the way to the program failed.
pub fn spawn_failed(error: impl ToString) -> SandboxError {
    SandboxError::Spawn(error.to_string())
}
