//! Serves the files of one folder through the accept loop and the content responder, for
//! measuring: `cargo run --release --example serve_content -- <folder> [port]`, then for instance
//! `wrk -t2 -c16 http://127.0.0.1:8055/c/16k`. `/o/<name>` opens the file for each request,
//! `/c/<name>` keeps it open.

use std::fs::File;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;

use moka::sync::Cache;
use poem::http::{HeaderValue, StatusCode};
use poem::web::{Data, Path};
use poem::{EndpointExt, Request, Response, Route, get, handler};
use server::http::content::{Content, ContentSource, respond};
use server::http::correlation::Correlate;
use server::http::cors::OpenCors;
use server::http::range::ETag;
use server::http::serve::{bind, serve};
use tokio_util::sync::CancellationToken;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Clone)]
struct Folder {
    path: PathBuf,
    open: Cache<String, (Arc<File>, u64)>,
}

fn open(folder: &Folder, name: &str) -> std::io::Result<(Arc<File>, u64)> {
    let file = File::open(folder.path.join(name))?;
    let size = file.metadata()?.len();
    Ok((Arc::new(file), size))
}

async fn send(request: &Request, file: std::io::Result<(Arc<File>, u64)>) -> Response {
    let Ok((file, size)) = file else {
        return StatusCode::NOT_FOUND.into();
    };
    let kind = HeaderValue::from_static("application/octet-stream");
    let mut content = Content::new(ContentSource::File(file), size, ETag::strong("bench"), kind);
    content.speed_limit = request
        .header("x-speed")
        .and_then(|speed| speed.parse::<NonZeroU64>().ok());
    respond(request, content).await
}

#[handler]
async fn opened(request: &Request, folder: Data<&Folder>, Path(name): Path<String>) -> Response {
    send(request, open(&folder, &name)).await
}

#[handler]
async fn kept(request: &Request, folder: Data<&Folder>, Path(name): Path<String>) -> Response {
    let file = folder
        .open
        .get(&name)
        .map_or_else(|| open(&folder, &name), Ok);
    if let Ok(file) = &file {
        folder.open.insert(name, file.clone());
    }
    send(request, file).await
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("the folder to serve").into();
    let port = arguments
        .next()
        .map_or(8055, |port| port.parse().expect("a port"));
    let folder = Folder {
        path,
        open: Cache::new(1000),
    };
    let app = Route::new()
        .at("/o/:name", get(opened).head(opened))
        .at("/c/:name", get(kept).head(kept))
        .data(folder)
        .with(OpenCors)
        .with(Correlate);
    let (listener, addr) = bind(("127.0.0.1", port)).await?;
    println!("listening on {addr}");
    serve(listener, app, CancellationToken::new()).await;
    Ok(())
}
