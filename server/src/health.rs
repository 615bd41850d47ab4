//! Whether the server lives, and whether it can do its work: for what restarts it, and for what
//! sends it requests.

use crate::disk;
use crate::readiness::Found;
use crate::services::Services;
use poem::http::StatusCode;
use poem::http::header::CACHE_CONTROL;
use poem::web::{Data, Json};
use poem::{IntoResponse, Response, handler};
use serde::Serialize;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// With less room than this nothing more can be relied on.
const LEAST_BYTES: u64 = 64 << 20;
/// Whatever takes longer does not work.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long what was found is answered again: anybody may ask.
const FRESH: Duration = Duration::from_secs(2);

/// What is told: `ok`, or what is wrong.
#[derive(Debug, Serialize)]
struct Health {
    database: &'static str,
    data_folder: &'static str,
    disk: &'static str,
}

const OK: &str = "ok";

/// Answers as long as requests are answered at all.
#[handler]
pub fn live() -> &'static str {
    OK
}

/// Answers 200 if database, data folder and disk can be used, else 503 and which cannot.
#[handler]
pub async fn ready(services: Data<&Arc<Services>>) -> Response {
    let services = Arc::clone(&services);
    // Who hangs up does not end it: others would begin anew.
    let found = tokio::spawn(async move { found(&services).await }).await;
    let found = found.unwrap_or_else(|_| Found::nothing());
    let said = |is: bool, otherwise: &'static str| if is { OK } else { otherwise };
    let health = Health {
        database: said(found.database, "does not answer"),
        data_folder: said(found.data_folder, "cannot be written to"),
        disk: said(found.disk, "is full"),
    };
    let status = if found.database && found.data_folder && found.disk {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    Json(health)
        .with_status(status)
        .with_header(CACHE_CONTROL, "no-store")
        .into_response()
}

async fn found(services: &Services) -> Found {
    let readiness = &services.readiness;
    let mut last = readiness.last.lock().await;
    let found = match *last {
        Some(found) if found.at.elapsed() < FRESH => found,
        _ => look(services).await,
    };
    *last = Some(found);
    found
}

async fn look(services: &Services) -> Found {
    let core = &services.core;
    let asked = tokio::time::timeout(PATIENCE, store::settings::revision(&core.store)).await;
    let (data_folder, disk) = try_folder(services).await;
    Found {
        at: Instant::now(),
        database: matches!(asked, Ok(Ok(_))),
        data_folder,
        disk,
    }
}

/// Whether the data folder can be written to, and has room. What hangs holds one thread, however
/// often it is asked.
async fn try_folder(services: &Services) -> (bool, bool) {
    let tries = Arc::clone(&services.readiness.tries);
    if tries.swap(true, Ordering::AcqRel) {
        return (false, false);
    }
    let data = services.core.data.clone();
    let tried = tokio::task::spawn_blocking(move || {
        let found = (is_writable(&data), has_room(&data));
        tries.store(false, Ordering::Release);
        found
    });
    match tokio::time::timeout(PATIENCE, tried).await {
        Ok(Ok(found)) => found,
        _ => (false, false),
    }
}

/// Tried, not asked: a disk that was mounted anew for reading says nothing of it.
fn is_writable(folder: &Path) -> bool {
    // One name, so that a server that was killed meanwhile leaves one file; a process of its own,
    // for those that share a folder.
    let path = folder.join(format!(".ready-{}", std::process::id()));
    let written = File::create(&path).and_then(|mut file| file.write_all(b"ready"));
    let removed = std::fs::remove_file(&path);
    written.is_ok() && removed.is_ok()
}

fn has_room(folder: &Path) -> bool {
    disk::room(folder).is_ok_and(|(free, _)| free >= LEAST_BYTES)
}
