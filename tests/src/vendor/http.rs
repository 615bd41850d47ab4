//! What clients see of the vendor: parts, completion, content; all by signed URLs.

use super::{Inner, Vendor, signature};
use bytes::Bytes;
use poem::{
    Body, Endpoint, EndpointExt, IntoResponse, Request, Response, Route, get, handler,
    http::StatusCode,
    listener::TcpAcceptor,
    post, put,
    web::{Data, Path},
};
use std::{
    sync::Weak,
    time::{SystemTime, UNIX_EPOCH},
};
use storage::{BlobKey, ByteRange, Driver, collect, whole};
use tokio::net::TcpListener;

pub(super) async fn serve(listener: TcpListener, vendor: Weak<Inner>) {
    let app = Route::new()
        .at("/part/:id/:part", put(take_part))
        .at("/complete/:id", post(complete))
        .at("/blob/*key", get(content))
        .data(vendor)
        .around(|inner, request: Request| async move {
            if is_signed(&request) {
                return inner.call(request).await.map(IntoResponse::into_response);
            }
            Ok(StatusCode::FORBIDDEN.into())
        });
    let acceptor = TcpAcceptor::from_tokio(listener).expect("a listener");
    let server = poem::Server::new_with_acceptor(acceptor).run(app);
    let _ = server.await;
}

fn is_signed(request: &Request) -> bool {
    let query = request.uri().query().unwrap_or_default();
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name));
    let until = value("until=").and_then(|until| until.parse().ok());
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let path = percent_encoding::percent_decode_str(request.uri().path()).decode_utf8_lossy();
    until.is_some_and(|until: u64| {
        now.is_ok_and(|now| now.as_secs() < until)
            && value("sign=") == Some(&*signature(&path, until))
    })
}

#[handler]
async fn take_part(
    vendor: Data<&Weak<Inner>>,
    Path((id, part)): Path<(String, u64)>,
    body: Body,
) -> Response {
    let bytes: Bytes = body.into_bytes().await.unwrap_or_default();
    let Some(vendor) = vendor.upgrade().map(Vendor) else {
        return StatusCode::NOT_FOUND.into();
    };
    match vendor.uploads().get_mut(&id) {
        Some(upload) => {
            upload.parts.insert(part, bytes);
            Response::builder()
                .header("ETag", format!("\"{part}\""))
                .finish()
        }
        None => StatusCode::NOT_FOUND.into(),
    }
}

#[handler]
async fn complete(vendor: Data<&Weak<Inner>>, Path(id): Path<String>) -> Response {
    let Some(vendor) = vendor.upgrade().map(Vendor) else {
        return StatusCode::NOT_FOUND.into();
    };
    let upload = vendor.uploads().remove(&id);
    let Some(upload) = upload else {
        return StatusCode::NOT_FOUND.into();
    };
    let all: Vec<Bytes> = upload.parts.into_values().collect();
    let written = vendor
        .0
        .blobs
        .write(&upload.key, whole(all.concat()), None)
        .await;
    match written {
        Ok(_) => StatusCode::OK.into(),
        Err(_) => StatusCode::CONFLICT.into(),
    }
}

#[handler]
async fn content(vendor: Data<&Weak<Inner>>, Path(key): Path<String>) -> Response {
    let Some(vendor) = vendor.upgrade().map(Vendor) else {
        return StatusCode::NOT_FOUND.into();
    };
    let Ok(key) = BlobKey::parse(key) else {
        return StatusCode::NOT_FOUND.into();
    };
    match vendor.0.blobs.read(&key, ByteRange::ALL).await {
        Ok(bytes) => collect(bytes).await.unwrap_or_default().into_response(),
        Err(_) => StatusCode::NOT_FOUND.into(),
    }
}
