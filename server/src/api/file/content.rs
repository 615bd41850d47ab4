//! Content behind signed links: no token, no envelope on success.
//!
//! These are plain routes outside the API description: their answers are files, and they are the
//! hottest path of the server.

use crate::api::error::ApiError;
use crate::api::outer::Outer;
use crate::http::content::{Content, ContentSource, Disposition, disposition, harmless, respond};
use crate::http::cors::OpenCors;
use crate::http::range::ETag;
use crate::http::zip;
use crate::services::Services;
use drive::blob::{
    Archive, ByteRange, ContentAddress, Delivery, DownloadRequest, DriverError, LinkError,
    OpenBlob, VersionError,
};
use drive::error::FileError;
use drive::share::LinkGrant;
use entity::BlobId;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use percent_encoding::percent_decode_str;
use poem::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode};
use poem::web::{Data, Path};
use poem::{Body, EndpointExt, Request, Response, Result, Route, get, handler};
use site::task::causes;
use std::io;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;
use wire::IdKind;

/// So long caches that stand between may hand content out again without asking, seconds: who let go of a
/// direct link, a file or an account waits no longer for that.
const SHARED_SECS: u64 = 300;

/// Adds the routes of content and archives. They are more specific than the API's prefix, so
/// neither login nor envelopes stand in their way.
pub fn mount(route: Route, services: &Arc<Services>) -> Route {
    let services = Arc::clone(services);
    let content = get(serve_content).head(serve_content);
    let content = content
        .with(Outer)
        .with(OpenCors)
        .data(Arc::clone(&services));
    let archive = get(serve_archive).with(Outer).with(OpenCors).data(services);
    route
        .at("/api/v4/file/content/:id/:speed/:name", content)
        .at("/api/v4/file/archive/:id/archive.zip", archive)
}

/// Serves a blob to whoever has a valid signature.
#[handler]
async fn serve_content(
    request: &Request,
    services: Data<&Arc<Services>>,
    Path((id, speed, name)): Path<(String, String, String)>,
) -> Result<Response> {
    let via = query_value(request, "via");
    let settings = services.core.settings();
    let address = ContentAddress {
        id: &id,
        speed: &speed,
        name: &name,
        via: via.as_deref(),
    };
    let now = services.core.now().unix_secs();
    address
        .verify(&settings.signer, &signature(request), now)
        .map_err(ApiError::Signature)?;
    let speed: u64 = speed.parse().map_err(|_| ApiError::BadId)?;
    let blob = settings
        .ids
        .decode(IdKind::Blob, &id)
        .ok_or(ApiError::BadId)?;
    let download = query_value(request, "download").is_some_and(|value| value == "true");
    let kind = if download {
        Disposition::Attachment
    } else {
        Disposition::Inline
    };
    let etag = ETag::strong(&id);
    let rests_on = match &via {
        None => None,
        // It was signed, so it was written by us.
        Some(text) => Some(LinkGrant::read(text, &settings.ids).ok_or(ApiError::BadId)?),
    };
    if let Some(via) = rests_on {
        let version = (blob != 0).then_some(BlobId(blob));
        let holds = via
            .holds(&services.core, version)
            .await
            .map_err(ApiError::from)?;
        if !holds {
            return Err(ApiError::File(LinkError::Gone.into()).into());
        }
    }
    let (source, size) = match blob {
        // A file that has no content yet.
        0 => (ContentSource::Stream(Arc::new(|_| nothing())), 0),
        id => match services.blobs.get(BlobId(id)).await {
            Ok(blob) => {
                let wish = wish(&services, (&name, download, speed), rests_on.is_some());
                if let Some(url) = elsewhere(request, &blob, &wish).await? {
                    return Ok(url);
                }
                (source(&blob), blob.size_bytes)
            }
            Err(FileError::Version(VersionError::NotFound)) => return Ok(gone()),
            Err(FileError::Version(VersionError::Damaged)) => {
                return Ok(undelivered("the stored content is damaged"));
            }
            Err(FileError::Storage(error)) => return Ok(away(&error)),
            Err(error) => return Err(ApiError::from(error).into()),
        },
    };
    let content_type = HeaderValue::from_str(settings.files.mime.content_type(&name))
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let max_age = if matches!(rests_on, Some(LinkGrant::Share { .. })) {
        // A share can be taken back: nobody may go on showing what it held.
        "private, no-cache".to_owned()
    } else {
        let secs = settings.files.public_max_age.as_secs();
        let shared = secs.min(SHARED_SECS);
        format!("public, max-age={secs}, s-maxage={shared}")
    };
    let content = Content {
        disposition: Some(disposition(kind, &name)),
        cache_control: HeaderValue::from_str(&max_age).ok(),
        speed_limit: NonZeroU64::new(speed),
        headers: HeaderMap::new(),
        ..Content::new(source, size, etag, content_type)
    };
    Ok(respond(request, content).await)
}

/// How long a URL of the vendor lives that was handed out on a right which may be taken back.
const SHORT_LIFE: Duration = Duration::from_mins(5);

fn wish(
    services: &Services,
    (name, attachment, speed): (&str, bool, u64),
    may_be_taken_back: bool,
) -> DownloadRequest {
    let usual = services.core.settings().files.entity_url_ttl;
    DownloadRequest {
        file_name: name.to_owned(),
        attachment,
        lifetime: if may_be_taken_back {
            usual.min(SHORT_LIFE)
        } else {
            usual
        },
        speed_bytes: Some(speed).filter(|speed| *speed > 0),
    }
}

/// Sends to the vendor, where clients fetch from it. A HEAD is answered here: what it asks for is
/// known, and a vendor's URL is good for a GET.
async fn elsewhere(
    request: &Request,
    blob: &OpenBlob,
    wish: &DownloadRequest,
) -> Result<Option<Response>> {
    if request.method() != Method::GET {
        return Ok(None);
    }
    let delivery = blob.deliver(wish).await.map_err(ApiError::from)?;
    let Delivery::Redirect(url) = delivery else {
        return Ok(None);
    };
    let url = HeaderValue::from_str(&url).map_err(|_| ApiError::Internal("a bad redirect"))?;
    let mut response = Response::from(StatusCode::FOUND);
    let headers = response.headers_mut();
    headers.insert(LOCATION, url);
    // The next one is another.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(Some(response))
}

/// What a file without content holds.
pub fn nothing() -> BoxFuture<'static, io::Result<crate::http::ByteStream>> {
    std::future::ready(Ok(stream::empty().boxed())).boxed()
}

/// Where the bytes of a blob come from.
pub fn source(blob: &Arc<OpenBlob>) -> ContentSource {
    if let Some(file) = blob.file.as_ref().filter(|_| !blob.has_copies) {
        return ContentSource::File(Arc::clone(file));
    }
    let blob = Arc::clone(blob);
    ContentSource::Stream(Arc::new(move |range| {
        let blob = Arc::clone(&blob);
        async move {
            let range = ByteRange {
                start: range.start,
                end: Some(range.end),
            };
            blob.read(range).await.map_err(|error| match error {
                FileError::Storage(DriverError::NotFound(_)) => {
                    io::Error::new(io::ErrorKind::NotFound, error)
                }
                other => io::Error::other(other),
            })
        }
        .boxed()
    }))
}

/// Whoever shows or plays content knows no envelope.
fn away(error: &DriverError) -> Response {
    tracing::error!("cannot open content: {}", causes(error));
    undelivered("the storage does not deliver the content")
}

fn undelivered(why: &'static str) -> Response {
    Response::builder()
        .status(StatusCode::BAD_GATEWAY)
        .header(CACHE_CONTROL, "no-store")
        .body(why)
}

fn gone() -> Response {
    Response::builder()
        .status(StatusCode::NOT_FOUND)
        .body("404 content not found")
}

fn signature(request: &Request) -> String {
    query_value(request, "sign").unwrap_or_default()
}

fn query_value(request: &Request, name: &str) -> Option<String> {
    let query = request.original_uri().query()?;
    let pair = query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    percent_decode_str(pair)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

/// Streams an archive to whoever has a valid signature.
#[handler]
async fn serve_archive(
    request: &Request,
    services: Data<&Arc<Services>>,
    Path(id): Path<String>,
) -> Result<Response> {
    services
        .archives
        .verify(&id, &signature(request))
        .map_err(ApiError::Signature)?;
    let archive = services.archives.open(&id).await.map_err(ApiError::from)?;
    let speed = NonZeroU64::new(archive.speed as u64);
    let bytes = zip::archive(entries(Arc::clone(services.0), archive));
    let bytes = match speed {
        Some(speed) => crate::http::content::throttle(bytes, speed),
        None => bytes,
    };
    let mut response = Response::builder().body(Body::from_bytes_stream(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    harmless(headers);
    Ok(response)
}

/// The files of an archive, each opened when the one before is done. What cannot be opened is
/// left out; a walk that fails breaks the archive off.
fn entries(
    services: Arc<Services>,
    archive: Archive,
) -> impl futures_util::Stream<Item = io::Result<zip::Entry>> + Send + 'static {
    stream::unfold(Some((services, archive)), |state| async move {
        let (services, mut archive) = state?;
        loop {
            let item = match archive.next().await {
                Ok(Some(item)) => item,
                Ok(None) => return None,
                Err(error) => return Some((Err(io::Error::other(error)), None)),
            };
            let (content, size_bytes) = match item.file.current_blob_id {
                None => (stream::empty().boxed(), 0),
                Some(id) => {
                    let Ok(blob) = services.blobs.get(id).await else {
                        continue;
                    };
                    let Ok(content) = blob.read(ByteRange::ALL).await else {
                        continue;
                    };
                    (content, blob.size_bytes)
                }
            };
            let entry = zip::Entry {
                path: item.path,
                modified_unix: item.file.updated_at.unix_secs(),
                size_bytes,
                content,
            };
            return Some((Ok(entry), Some((services, archive))));
        }
    })
}
