//! What a download is made of.

use super::reason::failure;
use super::state::Places;
use downloader::Source;
use drive::blob::{ByteRange, OpenBlobs};
use futures_util::TryStreamExt as _;
use site::actor::Actor;
use site::limits::TORRENT_BYTES;
use site::task::TaskError;
use wire::FileUri;

/// Reads what it is about.
pub(super) async fn read(
    blobs: &OpenBlobs,
    actor: &Actor,
    places: &Places,
) -> Result<Source, TaskError> {
    if places.src_file.is_empty() {
        let link = &places.link;
        let url = link.parse();
        let wrong = |_| TaskError::Fail(format!("{link:?} is not a link").into());
        return url.map(Source::Link).map_err(wrong);
    }
    let uri = FileUri::parse(&places.src_file).map_err(|error| TaskError::Fail(error.into()))?;
    let blob = blobs.of_file(actor, &uri).await.map_err(|_| {
        TaskError::Fail("the torrent file is not there any more, or may not be read".into())
    })?;
    if blob.size_bytes > TORRENT_BYTES {
        return Err(TaskError::Fail("the torrent file is too large".into()));
    }
    let all = ByteRange {
        start: 0,
        end: None,
    };
    let mut bytes = Vec::new();
    let mut stream = blob.read(all).await.map_err(failure)?;
    while let Some(piece) = stream.try_next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(Source::Torrent(bytes))
}
