//! Who decodes when, and with how much memory.

use super::source::{AnySource, Watched};
use super::{Encoding, Header, MOST_BYTES, Picture, PictureError, Shape, Source};
use super::{jpeg, other, resize, webp};
use image::ImageFormat;
use image::metadata::Orientation;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// One permit is this much memory.
const UNIT_BYTES: u64 = 64 << 10;
/// Bytes that tell what a picture is.
const MAGIC_BYTES: usize = 16;

/// Makes small pictures, a few at a time.
#[derive(Clone, Debug)]
pub struct Pictures {
    turns: Arc<Semaphore>,
    memory: Arc<Semaphore>,
}

impl Pictures {
    /// That decodes this many at a time; each keeps a site busy.
    pub fn new(at_once: usize) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(at_once.max(1))),
            memory: Arc::new(Semaphore::new((MOST_BYTES / UNIT_BYTES) as usize)),
        }
    }

    /// A small picture of what `source` holds. Waits for its turn; once it has it, a caller that
    /// goes away stops nothing, but the memory stays counted until it is free.
    /// # Errors
    /// [`PictureError`]
    pub async fn small(
        &self,
        source: impl Source,
        shape: Shape,
        encoding: Encoding,
    ) -> Result<Picture, PictureError> {
        let source: AnySource = Box::new(source);
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.expect("the semaphore is never closed");
        let looked = run(move || look(source, shape).map(|found| (found, turn)));
        let ((header, source), turn) = looked.await?;
        let units = header.cost_bytes.div_ceil(UNIT_BYTES) as u32;
        let memory = Arc::clone(&self.memory).acquire_many_owned(units).await;
        let memory = memory.expect("the semaphore is never closed");
        run(move || {
            let made = make(header, source, shape, encoding);
            drop((memory, turn));
            made
        })
        .await
    }
}

/// On a thread that may block. A decoder that panics has met a broken picture.
async fn run<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PictureError> + Send + 'static,
) -> Result<T, PictureError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => {
            Err(PictureError::Broken("its decoder gave up".to_owned()))
        }
        Err(error) => Err(PictureError::Unreadable(std::io::Error::other(error))),
    }
}

/// Reads the header, and nothing that costs.
fn look(source: AnySource, shape: Shape) -> Result<(Header, AnySource), PictureError> {
    let mut source = Watched::new(source);
    match header(&mut source, shape).and_then(Header::checked) {
        Ok(header) => Ok((header, source.into_inner())),
        Err(error) => Err(source.blame(error)),
    }
}

fn header(source: &mut Watched, shape: Shape) -> Result<Header, PictureError> {
    let mut magic = Vec::with_capacity(MAGIC_BYTES);
    let reader = source.reader().map_err(PictureError::Unreadable)?;
    reader
        .take(MAGIC_BYTES as u64)
        .read_to_end(&mut magic)
        .map_err(PictureError::Unreadable)?;
    let format = image::guess_format(&magic).map_err(|_| PictureError::Unknown)?;
    if format == ImageFormat::Jpeg {
        return jpeg_header(source, shape);
    }
    let reader = source.reader().map_err(PictureError::Unreadable)?;
    let header = other::header(format, reader)?;
    if format != ImageFormat::WebP {
        return Ok(header);
    }
    let reader = source.reader().map_err(PictureError::Unreadable)?;
    webp::check(reader, (header.width, header.height))?;
    with_all_bytes(header, source)
}

fn jpeg_header(source: &mut Watched, shape: Shape) -> Result<Header, PictureError> {
    let mut reader = source.reader().map_err(PictureError::Unreadable)?;
    let frame = jpeg::Frame::read(&mut reader)?;
    let (width, height) = frame.size();
    // Before its decoder sees it.
    Header {
        format: ImageFormat::Jpeg,
        width,
        height,
        cost_bytes: 0,
    }
    .checked()?;
    let reader = source.reader().map_err(PictureError::Unreadable)?;
    let header = jpeg::header(&frame, reader, both_ways(shape, (width, height)))?;
    with_all_bytes(header, source)
}

/// For decoders that may keep whatever the file holds.
fn with_all_bytes(header: Header, source: &mut Watched) -> Result<Header, PictureError> {
    let length = source.seek(SeekFrom::End(0));
    let length = length.map_err(PictureError::Unreadable)?;
    Ok(Header {
        cost_bytes: header.cost_bytes.saturating_add(length),
        ..header
    })
}

fn make(
    header: Header,
    source: AnySource,
    shape: Shape,
    encoding: Encoding,
) -> Result<Picture, PictureError> {
    let mut source = Watched::new(source);
    let full = (header.width, header.height);
    let (image, orientation) =
        decode(header, &mut source, shape).map_err(|error| source.blame(error))?;
    let small = resize::reduce(image, orientation, full, shape)?;
    encoding.write(small)
}

fn decode(
    header: Header,
    source: &mut Watched,
    shape: Shape,
) -> Result<(image::DynamicImage, Orientation), PictureError> {
    let reader = source.reader().map_err(PictureError::Unreadable)?;
    if header.format == ImageFormat::Jpeg {
        let wanted = both_ways(shape, (header.width, header.height));
        return jpeg::decode(reader, wanted, header.cost_bytes);
    }
    other::decode(header, reader)
}

/// Pixels that are enough whether the picture turns out to be turned or not.
fn both_ways(shape: Shape, full: (u32, u32)) -> (u32, u32) {
    let (upright, turned) = (shape.wanted(full, false), shape.wanted(full, true));
    (upright.0.max(turned.0), upright.1.max(turned.1))
}

impl Pictures {
    /// The same of bytes in memory.
    /// # Errors
    /// [`PictureError`]
    pub async fn small_of(
        &self,
        bytes: bytes::Bytes,
        shape: Shape,
        encoding: Encoding,
    ) -> Result<Picture, PictureError> {
        self.small(Cursor::new(bytes), shape, encoding).await
    }
}
